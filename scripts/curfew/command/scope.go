package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

// scopeFlags select elevations: exactly one is given.
func scopeFlags(c *cobra.Command, s *client.Scope) {
	f := c.Flags()
	f.StringVar(&s.Principal, "principal", "", "the principal with this ARN or name")
	f.StringVar(&s.Requester, "requester", "", "the caller with this id or name")
	f.StringVar(&s.Entitlement, "entitlement", "", "the entitlement with this name")
	f.BoolVar(&s.Everything, "everything", false, "everything")
	c.MarkFlagsOneRequired("principal", "requester", "entitlement", "everything")
	c.MarkFlagsMutuallyExclusive("principal", "requester", "entitlement", "everything")
}

// checkScope refuses a flag with an empty value, as --principal "$NOT_SET".
func checkScope(s client.Scope) error {
	if s == (client.Scope{}) {
		return usage("what is meant is empty: want one of --principal, --requester, --entitlement and --everything")
	}
	return nil
}

func (a *app) suspendCommand() *cobra.Command {
	var s client.Suspend
	var yes bool
	c := a.command(&cobra.Command{
		Use: "suspend", Short: "Suspend a principal, a caller, an entitlement, or everything", Args: cobra.NoArgs,
		Long: `Deny all of a principal, a caller, an entitlement, or everything, from now on,
until a person lifts it. For operators. What has access is ended by the next
sweep; curfew end-all --suspend ends it at once, and says when it is gone.

A name selects the one caller or principal that has it. If nothing matches, it
is refused, with the nearest match. For a person or machine that Curfew has
never seen, give the exact id and --unseen.

Some suspensions lapse after an hour unless a second operator confirms them with
the same command: of an operator, of an id never seen, of everything, and of any
person if a machine made it. Before you suspend yourself it asks; without a
terminal give --yes.`,
		Example: `  curfew suspend --requester ana --reason "a lost laptop"
  curfew suspend --requester "person:https://id.example.com|0001" --unseen \
      --reason "a lost laptop"`,
	}, func(ctx context.Context, _ []string) error {
		made, err := a.suspend(ctx, s, yes)
		if err != nil {
			return err
		}
		return a.print(made, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s is suspended since %s by %s: %s%s\n", printable(scopeName(made.Scope, made.Name)), a.instant(made.At),
				printable(named(made.ByName, made.By)), printable(made.Reason), printable(a.inEffectText(made, "; ")))
			return err
		})
	})
	scopeFlags(c, &s.Scope)
	c.Flags().StringVar(&s.Reason, "reason", "", "why, for the record")
	c.Flags().BoolVar(&s.Unseen, "unseen", false, "accept the exact id of a person or machine that Curfew has never seen")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask before you suspend yourself")
	requireFlags(c, "reason")
	return c
}

// suspend suspends. It asks operators before they suspend themselves.
func (a *app) suspend(ctx context.Context, s client.Suspend, yes bool) (client.Suspension, error) {
	if err := checkScope(s.Scope); err != nil {
		return client.Suspension{}, err
	}
	send := func(ctx context.Context, c *client.Client) (client.Suspension, error) { return c.Suspend(ctx, s) }
	made, err := retry(ctx, a, nil, send)
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || !slices.Contains(p.Reasons, "curfew.suspends-self") {
		return made, err
	}
	if !yes {
		if !a.AskTerminal {
			return made, usage("%s; there is no terminal to ask on: --yes continues", p.Error())
		}
		fmt.Fprintf(a.Stderr, "%s\ntype yes to continue: ", printable(p.Error()))
		answer, err := a.ask(ctx)
		if err != nil {
			return made, err
		}
		if answer != "yes" {
			return made, &failure{OtherEnd, "nothing was suspended: the answer was not yes"}
		}
	}
	s.Self = true
	return retry(ctx, a, nil, send)
}

// scopeName names the scope in words, a caller by name and id.
func scopeName(s client.Scope, name string) string {
	if s.Requester == "" {
		return s.String()
	}
	return "requester " + named(name, s.Requester)
}

// named is a caller's name with the id behind it.
func named(name, id string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%s (%s)", name, id)
}

// inEffectText says until when a suspension lasts, and who confirmed it.
func (a *app) inEffectText(s client.Suspension, before string) string {
	switch {
	case !s.ConfirmedAt.IsZero():
		return before + "confirmed by " + s.ConfirmedBy + " at " + a.instant(s.ConfirmedAt)
	case !s.LapsesAt.IsZero():
		left := max(0, s.LapsesAt.Sub(a.Now()).Round(time.Minute))
		return fmt.Sprintf("%slapses in %d min unless a second operator confirms (%s)", before, int(left.Minutes()), s.Because)
	}
	return ""
}

func (a *app) liftCommand() *cobra.Command {
	var s client.Lift
	c := a.command(&cobra.Command{
		Use: "lift", Short: "Lift a suspension; what was ended stays ended", Args: cobra.NoArgs,
		Example: `  curfew lift --requester ana --reason "the laptop was found"`,
	}, func(ctx context.Context, _ []string) error {
		if err := checkScope(s.Scope); err != nil {
			return err
		}
		was, err := retry(ctx, a, nil, func(ctx context.Context, c *client.Client) (client.Suspension, error) { return c.Lift(ctx, s) })
		if err != nil {
			return err
		}
		return a.print(was, func(w io.Writer) error {
			text := "was never suspended"
			switch {
			case !was.LiftedAt.IsZero():
				text = "suspension lifted at " + a.near(was.LiftedAt) + " by " + was.LiftedBy
			case !was.LapsesAt.IsZero():
				text = "suspension lapsed at " + a.near(was.LapsesAt)
			}
			_, err := fmt.Fprintf(w, "%s: %s\n", printable(scopeName(was.Scope, was.Name)), printable(text))
			return err
		})
	})
	scopeFlags(c, &s.Scope)
	c.Flags().StringVar(&s.Reason, "reason", "", "why, for the record")
	requireFlags(c, "reason")
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
			if len(all) == 0 {
				_, err := fmt.Fprintln(w, "Nothing is suspended. curfew suspend suspends a principal, a caller, an entitlement, or everything.")
				return err
			}
			return a.suspensionTable(w, all)
		})
	})
}

func (a *app) suspensionTable(w io.Writer, all []client.Suspension) error {
	rows := [][]string{{"SUSPENDED", "SINCE", "BY", "REASON", "STANDING"}}
	for _, s := range all {
		standing, what := or(a.inEffectText(s, ""), "stays until it is lifted"), s.Scope.String()
		if s.Requester != "" {
			what = "requester " + a.person(s.Name, s.Requester)
		}
		rows = append(rows, []string{what, a.age(s.At), a.person(s.ByName, s.By), s.Reason, standing})
	}
	return a.table(w, rows)
}

// insist waits from firstWait to longestWait between retries, and gives up after insistFor without an answer.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
	insistFor   = 5 * time.Minute
)

// retry retries a call after throttling, 5xx and no answer. The call must be idempotent. told, unless nil, hears of
// each wait.
func retry[T any](ctx context.Context, a *app, told func(why string), call func(context.Context, *client.Client) (T, error)) (T, error) {
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
		if !pause(ctx, wait/2+rand.N(wait/2)) { // jitter: throttled clients must not come back together
			return v, err
		}
	}
}
