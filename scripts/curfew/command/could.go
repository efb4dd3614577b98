package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

func (a *app) couldCommand() *cobra.Command {
	var q client.PowerQuery
	var at string
	var all bool
	c := a.command(&cobra.Command{
		Use: "could ACTION RESOURCE", Short: "List elevations that allowed a call at an instant", Args: cobra.ExactArgs(2), ValidArgsFunction: cobra.NoFileCompletions,
		Long: `List elevations that allowed a call at an instant.

Policies are evaluated as IAM does, within the fence, the boundary and the Deny
statements that the principal had then. STANDING is the answer of the
principal's own policies, which only operators and owners are told. Principals
without an elevation are not looked at. Unless you are an operator, the list
also ends where hundreds in a row are hidden from you: older ones may exist.`,
		Example: "  curfew could logs:DeleteLogGroup \\\n      arn:aws:logs:eu-central-1:111122223333:log-group:orders:* \\\n      --at 2026-11-30T09:00:00Z\n" +
			"  curfew could s3:GetObject arn:aws:s3:::orders/key \\\n      --at 2026-11-30T09:00:00Z --account 111122223333",
	}, func(ctx context.Context, args []string) (err error) {
		q.Action, q.Resource = args[0], args[1]
		if q.At, err = flagInstant("at", at); err != nil {
			return err
		}
		return a.could(ctx, q, all)
	})
	c.Flags().StringVar(&at, "at", "", "the instant, as 2026-11-30T09:00:00Z")
	c.Flags().StringVar(&q.Principal, "principal", "", "only elevations of the principal of this ARN")
	c.Flags().StringVar(&q.Account, "account", "", "only those in this account (default: the resource's)")
	c.Flags().IntVar(&q.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	c.Flags().BoolVar(&all, "all", false, "all pages")
	requireFlags(c, "at")
	return c
}

func (a *app) could(ctx context.Context, q client.PowerQuery, all bool) error {
	if q.Limit < 0 || q.Limit > access.MostListed {
		return usage("--limit %d: want 1 to %d", q.Limit, access.MostListed)
	}
	out := client.PowerPage{Powers: []client.Power{}}
	err := a.follow(all, func(cursor string) (next string, err error) {
		q.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.PowerPage, error) { return c.Could(ctx, q) })
		out.Powers, out.Unreadable, out.NextCursor = append(out.Powers, page.Powers...), append(out.Unreadable, page.Unreadable...), page.NextCursor
		return page.NextCursor, err
	})
	if err != nil {
		return err
	}
	a.warnUnreadable(out.Unreadable)
	return a.print(out, func(w io.Writer) error {
		if len(out.Powers) == 0 {
			_, err := fmt.Fprintln(w, "No elevation that you may see allowed it. Principals without one are not looked at.")
			return err
		}
		rows := [][]string{{"ID", "ANSWER", "PRINCIPAL", "REQUESTER", "APPROVERS", "FROM", "UNTIL", "STANDING"}}
		for _, p := range out.Powers {
			rows = append(rows, []string{p.Elevation, p.Answer, p.Principal, a.person(p.Requester.Name, p.Requester.ID), or(a.people(p.Approvers), "-"),
				a.instant(p.From), a.instant(p.Until), p.Standing})
		}
		if err := a.table(w, rows); err != nil {
			return err
		}
		return writeDoubts(w, out.Powers)
	})
}

func (a *app) people(all []client.Caller) string {
	var names []string
	for _, c := range all {
		names = append(names, a.person(c.Name, c.ID))
	}
	return strings.Join(names, ", ")
}

// writeDoubts says why answers are unknown.
func writeDoubts(w io.Writer, all []client.Power) error {
	for _, p := range all {
		var lines [][]string
		for _, why := range p.Why {
			lines = append(lines, []string{"  unknown", why})
		}
		if p.StandingWhy != "" {
			lines = append(lines, []string{"  standing", p.StandingWhy})
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintln(w, printable(p.Elevation))
		if err := table(w, lines); err != nil {
			return err
		}
	}
	return nil
}
