package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/api"
)

// status is what needs attention, as one caller sees it.
type status struct {
	Me          client.Me           `json:"me"`
	Operator    bool                `json:"operator"`
	Login       *loginState         `json:"login,omitempty"` // nil: the caller is not logged in by curfew login
	Decide      []client.Elevation  `json:"waits_for_you"`
	Stuck       []client.Elevation  `json:"stuck"`
	Unreviewed  []client.Elevation  `json:"not_reviewed"` // over, and the review is due
	Active      []client.Elevation  `json:"with_access"`
	Waiting     []client.Elevation  `json:"waiting"` // asked for, and not granted yet
	Suspensions []client.Suspension `json:"suspensions,omitempty"`
}

func (a *app) statusCommand() *cobra.Command {
	var watch bool
	c := a.command(&cobra.Command{
		Use: "status", Short: "Show what needs attention, and what has access", Args: cobra.NoArgs,
		Long: `Show what needs attention: what waits for you to decide, what is stuck, what
waits for a review, what has access and until when, and what was asked for. You
see what concerns you; operators see the whole installation, and what is
suspended.`,
		Example: "  curfew status\n  curfew status --watch",
	}, func(ctx context.Context, _ []string) error {
		return a.showView(ctx, watch, func(ctx context.Context) (view, error) {
			s, err := a.status(ctx)
			return view{value: s, draw: func(w io.Writer) error { return a.writeStatus(w, s) }, lines: s.lines(a)}, err
		})
	})
	watchFlag(c, &watch)
	return c
}

func (a *app) status(ctx context.Context) (s status, err error) {
	if s.Me, err = bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Me, error) { return c.Me(ctx) }); err != nil {
		return s, err
	}
	s.Login = a.loginState()
	mine, err := a.pages(ctx, client.Filter{Mine: api.ToDecide, Limit: access.MostListed}, true)
	if err != nil {
		return s, err
	}
	s.Decide = mine.Elevations
	seen, err := a.inStates(ctx, openStates()...)
	if err != nil {
		return s, err
	}
	for _, e := range seen {
		of := &s.Active
		switch access.State(e.State) {
		case access.Requested, access.Approved:
			of = &s.Waiting
		case access.Stuck:
			of = &s.Stuck
		}
		if !slices.ContainsFunc(s.Decide, func(d client.Elevation) bool { return d.ID == e.ID }) {
			*of = append(*of, e)
		}
	}
	reviews, err := a.openReviews(ctx, client.ReviewFilter{Limit: access.MostListed}, true)
	if err != nil {
		return s, err
	}
	for _, r := range reviews.Reviews {
		s.Unreviewed = append(s.Unreviewed, r.Elevation)
	}
	s.Suspensions, err = bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Suspension, error) { return c.Suspensions(ctx) })
	if p, ok := errors.AsType[*client.Problem](err); ok && kind(p) == "denied" {
		return s, nil // only operators see them
	}
	s.Operator = err == nil
	return s, err
}

// statusList is one list of a status.
type statusList struct {
	title, do string // do: what to do about each
	all       []client.Elevation
}

func (s status) parts() []statusList {
	return []statusList{
		{"waits for you to decide", "curfew approve ID, curfew deny ID --reason TEXT", s.Decide},
		{"stuck: removal is overdue and goes on", "curfew acknowledge ID", s.Stuck},
		{"not reviewed", "curfew review ID --note TEXT", s.Unreviewed},
		{"with access", "curfew end ID", s.Active},
		{"asked for, not granted yet", "curfew withdraw ID", s.Waiting},
	}
}

// lines has one line for each thing that may change.
func (s status) lines(a *app) (all []string) {
	for _, p := range s.parts() {
		for _, e := range p.all {
			all = append(all, p.title+": "+a.line(e))
		}
	}
	for _, x := range s.Suspensions {
		all = append(all, "suspended: "+x.Scope.String()+": "+x.Reason)
	}
	return all
}

func (a *app) writeStatus(w io.Writer, s status) error {
	fmt.Fprintf(w, "You are %s%s, at %s.\n", printable(s.Me.Name), when(s.Operator, ", an operator"), a.endpoint)
	if s.Login != nil {
		fmt.Fprintf(w, "Logged in at %s as %s.\n", printable(s.Login.Issuer), printable(a.loginLine(*s.Login)))
	}
	quiet := true
	for _, p := range s.parts() {
		if len(p.all) == 0 {
			continue
		}
		quiet = false
		fmt.Fprintf(w, "\n%s: %d (%s)\n", p.title, len(p.all), p.do)
		if err := a.elevationTable(w, p.all); err != nil {
			return err
		}
	}
	if len(s.Suspensions) > 0 {
		quiet = false
		fmt.Fprintf(w, "\nsuspended: %d (curfew lift)\n", len(s.Suspensions))
		if err := a.suspensionTable(w, s.Suspensions); err != nil {
			return err
		}
	}
	if quiet {
		_, err := fmt.Fprintln(w, "Nothing needs you: no access is open, and nothing waits. curfew entitlements lists what you may ask for.")
		return err
	}
	return nil
}
