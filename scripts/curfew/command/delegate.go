package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

func (a *app) delegateCommand() *cobra.Command {
	var from, until, reason, end string
	c := a.command(&cobra.Command{
		Use: "delegate PERSON", Short: "Name who decides in your stead while you are away, or end that", Args: cobra.MaximumNArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		Long: `Name a delegate: a person who decides in your stead while you are away, for at
most 30 days. They may decide what you may, if policy allows it to you and to
them. What you decide yourself counts, and not what they decide in your stead.

PERSON is a name, a subject or an id: of somebody who requested or decided
something before. You have one delegate at a time. --end takes back your
delegation at once; as an operator, any.`,
		Example: "  curfew delegate eva --until 2026-12-24T17:00:00Z --reason \"on holiday\"\n  curfew delegate --end 01k6y3m1x8q2v4t6w8y0a2c4e6",
	}, func(ctx context.Context, args []string) error {
		if end != "" {
			return a.endDelegation(ctx, end, reason)
		}
		if len(args) == 0 || until == "" || reason == "" {
			return usage("want a person, --until and --reason; or --end ID")
		}
		d := client.NewDelegation{To: args[0], Reason: reason}
		var err error
		if d.From, err = parseInstant("from", from); err != nil {
			return err
		}
		if d.Until, err = parseInstant("until", until); err != nil {
			return err
		}
		made, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Delegation, error) { return c.Delegate(ctx, d) })
		if err != nil {
			return err
		}
		return a.printDelegation(made)
	})
	f := c.Flags()
	f.StringVar(&until, "until", "", "they decide until this instant, as 2026-12-24T17:00:00Z")
	f.StringVar(&from, "from", "", "they decide from this instant on (default: now)")
	f.StringVar(&reason, "reason", "", "why, for the record")
	f.StringVar(&end, "end", "", "end the delegation of this id")
	c.MarkFlagsMutuallyExclusive("end", "until")
	c.MarkFlagsMutuallyExclusive("end", "from")
	return c
}

// endDelegation asks the list whose it is: an operator may end that of another.
func (a *app) endDelegation(ctx context.Context, id, reason string) error {
	if !access.ValidID(id) {
		return usage("--end %q: want the id of a delegation; curfew delegations lists them", id)
	}
	in := client.DelegationEnd{Delegation: id, Reason: reason}
	ended, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Delegation, error) {
		all, err := c.Delegations(ctx)
		if err != nil {
			return client.Delegation{}, err
		}
		me, err := c.Me(ctx)
		if err != nil {
			return client.Delegation{}, err
		}
		for _, d := range all {
			if d.ID == id && d.Of.ID != me.ID {
				in.Of = d.Of.ID
			}
		}
		return c.EndDelegation(ctx, in)
	})
	if err != nil {
		return err
	}
	return a.printDelegation(ended)
}

func (a *app) printDelegation(d client.Delegation) error {
	return a.print(d, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s decides in the stead of %s %s\n", printable(d.ID), printable(named(d.ToName, d.To)), printable(d.Of.Name), printable(a.delegatedWhen(d)))
		return err
	})
}

func (a *app) delegatedWhen(d client.Delegation) string {
	switch {
	case !d.EndedAt.IsZero():
		return "no more: ended " + a.near(d.EndedAt)
	case d.InForce:
		return "until " + a.near(d.Until)
	}
	return "from " + a.near(d.From) + " until " + a.instant(d.Until)
}

func (a *app) delegationsCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "delegations", Short: "List who decides in your stead, and in whose stead you may", Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		Long: "List the delegations that are not over: yours, and those to you. Operators see\nall.",
	}, func(ctx context.Context, _ []string) error {
		all, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Delegation, error) { return c.Delegations(ctx) })
		if err != nil {
			return err
		}
		return a.print(struct {
			Delegations []client.Delegation `json:"delegations"`
		}{all}, func(w io.Writer) error {
			if len(all) == 0 {
				_, err := fmt.Fprintln(w, "No delegations. curfew delegate PERSON names who decides in your stead.")
				return err
			}
			rows := [][]string{{"ID", "AWAY", "DELEGATE", "FROM", "UNTIL", "REASON"}}
			for _, d := range all {
				rows = append(rows, []string{d.ID, a.person(d.Of.Name, d.Of.ID), a.person(d.ToName, d.To), a.age(d.From), a.age(d.Until), d.Reason})
			}
			return a.table(w, rows)
		})
	})
}
