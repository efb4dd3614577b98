package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

// scopeFlags say which elevations are meant: exactly one of them.
func scopeFlags(c *cobra.Command, s *client.Scope) {
	f := c.Flags()
	f.StringVar(&s.Principal, "principal", "", "all on the principal of this ARN")
	f.StringVar(&s.Requester, "requester", "", "all that the caller of this id asked for (curfew show gives it)")
	f.StringVar(&s.Entitlement, "entitlement", "", "all of the entitlement of this name")
	f.BoolVar(&s.Everything, "everything", false, "all that there is")
	c.MarkFlagsOneRequired("principal", "requester", "entitlement", "everything")
	c.MarkFlagsMutuallyExclusive("principal", "requester", "entitlement", "everything")
}

// checkScope refuses a flag that was given and says nothing, as --principal "$NOT_SET".
func checkScope(s client.Scope) error {
	if s == (client.Scope{}) {
		return usage("what is meant is empty: want one of --principal, --requester, --entitlement and --everything")
	}
	return nil
}

func (a *app) suspendCommand() *cobra.Command {
	var s client.Suspend
	c := a.command(&cobra.Command{
		Use: "suspend", Short: "Deny all of a principal, a caller, an entitlement, or everything, from now on", Args: cobra.NoArgs,
		Long: `Deny all of a principal, a caller, an entitlement, or everything, from now on,
until somebody lifts it. For operators. What has access is ended by the next
sweep; curfew end-all --suspend ends it at once, and tells when it is gone.`,
		Example: `  curfew suspend --requester "person:https://id.example.com|0001" --reason "a lost laptop"`,
	}, func(ctx context.Context, _ []string) error {
		made, err := a.suspend(ctx, s)
		if err != nil {
			return err
		}
		return a.print(made, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s is suspended since %s by %s: %s\n", printable(made.Scope.String()), a.instant(made.At), printable(made.By), printable(made.Reason))
			return err
		})
	})
	scopeFlags(c, &s.Scope)
	c.Flags().StringVar(&s.Reason, "reason", "", "why, for the record")
	need(c, "reason")
	return c
}

func (a *app) suspend(ctx context.Context, s client.Suspend) (client.Suspension, error) {
	if err := checkScope(s.Scope); err != nil {
		return client.Suspension{}, err
	}
	return insist(ctx, a, nil, func(ctx context.Context, c *client.Client) (client.Suspension, error) { return c.Suspend(ctx, s) })
}

func (a *app) liftCommand() *cobra.Command {
	var s client.Suspend
	c := a.command(&cobra.Command{
		Use: "lift", Short: "Take a suspension back; what was ended stays ended", Args: cobra.NoArgs,
		Example: `  curfew lift --requester "person:https://id.example.com|0001" --reason "the laptop was found"`,
	}, func(ctx context.Context, _ []string) error {
		if err := checkScope(s.Scope); err != nil {
			return err
		}
		was, err := insist(ctx, a, nil, func(ctx context.Context, c *client.Client) (client.Suspension, error) { return c.Lift(ctx, s) })
		if err != nil {
			return err
		}
		return a.print(was, func(w io.Writer) error {
			text := "was never suspended"
			if !was.LiftedAt.IsZero() {
				text = "is not suspended, since " + a.instant(was.LiftedAt) + " by " + was.LiftedBy
			}
			_, err := fmt.Fprintf(w, "%s %s\n", printable(was.Scope.String()), printable(text))
			return err
		})
	})
	scopeFlags(c, &s.Scope)
	c.Flags().StringVar(&s.Reason, "reason", "", "why, for the record")
	need(c, "reason")
	return c
}

func (a *app) suspensionsCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "suspensions", Short: "List what is suspended, as an operator", Args: cobra.NoArgs,
	}, func(ctx context.Context, _ []string) error {
		all, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Suspension, error) { return c.Suspensions(ctx) })
		if err != nil {
			return err
		}
		return a.print(struct {
			Suspensions []client.Suspension `json:"suspensions"`
		}{all}, func(w io.Writer) error {
			rows := [][]string{{"SUSPENDED", "SINCE", "BY", "REASON"}}
			for _, s := range all {
				rows = append(rows, []string{s.Scope.String(), a.instant(s.At), s.By, s.Reason})
			}
			return table(w, rows)
		})
	})
}

// How a call is insisted on: the waits between its tries grow from firstWait to longestWait, and it is given up after
// insistFor without an answer.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
	insistFor   = 5 * time.Minute
)

// insist repeats a call as long as what keeps it may pass: throttling, faults at the other end, no answer. The call must
// mean the same when it is sent twice. told, unless nil, hears of every wait.
func insist[T any](ctx context.Context, a *app, told func(why string), call func(context.Context, *client.Client) (T, error)) (T, error) {
	began := a.Now()
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		v, err := bounded(ctx, a, call)
		passes := client.Passing(err) || errors.Is(err, context.DeadlineExceeded)
		if err == nil || !passes || a.Now().Sub(began) >= insistFor {
			return v, err
		}
		if told != nil {
			told(err.Error())
		}
		if !pause(ctx, wait/2+rand.N(wait/2)) { // never the same: many that are throttled do not come back at once
			return v, err
		}
	}
}
