package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

func (a *app) evidenceCommand() *cobra.Command {
	var f client.AuditFilter
	var from, to string
	var all bool
	c := a.command(&cobra.Command{
		Use: "evidence", Short: "List records of evidence, by elevation, person, principal or task", Args: cobra.NoArgs,
		Example: "  curfew evidence --elevation 01k6y3m1x8q2v4t6w8y0a2c4e6\n  curfew evidence --approver me --kind elevation.approved,elevation.denied\n" +
			"  curfew evidence --account 111122223333 --day 2026-11-30 --all -o json\n  curfew evidence --caller me --day 2026-11-30",
	}, func(ctx context.Context, _ []string) (err error) {
		if f.From, err = flagInstant("from", from); err != nil {
			return err
		}
		if f.To, err = flagInstant("to", to); err != nil {
			return err
		}
		if f.Elevation != "" {
			if f.Elevation, err = a.idOf(ctx, f.Elevation); err != nil {
				return err
			}
		}
		return a.evidence(ctx, f, all)
	})
	flags := c.Flags()
	flags.StringVar(&f.Elevation, "elevation", "", "only those about the elevation of this id")
	flags.StringVar(&f.Task, "task", "", "only those about elevations for this task, as change/CHG-1042")
	flags.StringVar(&f.Approver, "approver", "", "only those about elevations that this person approved or\ndenied: their id, or me")
	flags.StringVar(&f.Requester, "requester", "", "only those about elevations that this caller requested:\ntheir id, or me")
	flags.StringVar(&f.Principal, "principal", "", "only those about elevations of the principal of this ARN")
	flags.StringVar(&f.Account, "account", "", "only those about elevations in this AWS account")
	flags.StringVar(&f.Caller, "caller", "", "the refusals of this caller, on --day or between --from and\n--to: their id, or me")
	flags.StringVar(&f.Kind, "kind", "", "only those of this kind; several with commas between")
	flags.StringVar(&f.Day, "day", "", "only those of this day in UTC, as 2026-11-30")
	flags.StringVar(&from, "from", "", "only those at this instant or later, as 2026-11-30T09:00:00Z")
	flags.StringVar(&to, "to", "", "only those before this instant")
	flags.IntVar(&f.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	flags.BoolVar(&all, "all", false, "all pages")
	return c
}

// flagInstant reads an instant of a flag. It may have an offset.
func flagInstant(flag, value string) (t time.Time, err error) {
	if value == "" {
		return t, nil
	}
	if t, err = time.Parse(time.RFC3339, value); err != nil {
		return t, usage("--%s %q: want an instant as 2026-11-30T09:00:00Z", flag, value)
	}
	return t, nil
}

func (a *app) evidence(ctx context.Context, f client.AuditFilter, all bool) error {
	if f.Limit < 0 || f.Limit > access.MostListed {
		return usage("--limit %d: want 1 to %d", f.Limit, access.MostListed)
	}
	out := client.AuditPage{Records: []client.AuditRecord{}}
	err := a.follow(all, func(cursor string) (next string, err error) {
		f.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.AuditPage, error) { return c.Evidence(ctx, f) })
		out.Records, out.NextCursor = append(out.Records, page.Records...), page.NextCursor
		return page.NextCursor, err
	})
	if err != nil {
		return err
	}
	return a.print(out, func(w io.Writer) error {
		if len(out.Records) == 0 {
			_, err := fmt.Fprintln(w, "No records that you may see match.")
			return err
		}
		rows := [][]string{{"AT", "KIND", "ACTOR", "ELEVATION", "SEQ"}}
		for _, r := range out.Records {
			rows = append(rows, []string{a.instant(r.At), r.Kind, r.Actor, or(r.Elevation, "-"), fmt.Sprint(r.Seq)})
		}
		return a.table(w, rows)
	})
}
