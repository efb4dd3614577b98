package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/finding"
)

func (a *app) findingsCommand() *cobra.Command {
	var f client.FindingFilter
	var since time.Duration
	var all bool
	c := a.command(&cobra.Command{
		Use: "findings [ID]", Short: "List findings, as an operator, or show one", Args: cobra.MaximumNArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		Example: "  curfew findings\n  curfew findings --severity high --since 24h\n  curfew findings --state closed --all -o json\n  curfew findings orphan-0123456789abcdef",
	}, func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			return a.finding(ctx, func(ctx context.Context, c *client.Client) (client.Finding, error) { return c.Finding(ctx, args[0]) })
		}
		if since != 0 {
			f.Since = a.Now().Add(-since)
		}
		return a.listFindings(ctx, f, all)
	})
	c.Flags().StringVar(&f.State, "state", "", "only those in this state; several with commas between (default\nopen,acknowledged)")
	c.Flags().StringVar(&f.Severity, "severity", "", "only those of this severity or a higher one")
	c.Flags().StringVar(&f.Kind, "kind", "", "only those of this kind")
	c.Flags().StringVar(&f.Principal, "principal", "", "only those about the principal of this ARN")
	c.Flags().StringVar(&f.Account, "account", "", "only those in this AWS account")
	c.Flags().StringVar(&f.Elevation, "elevation", "", "only those about the elevation of this id")
	c.Flags().DurationVar(&since, "since", 0, "only those that occurred within this time, as 24h")
	c.Flags().IntVar(&f.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	c.Flags().BoolVar(&all, "all", false, "all pages")
	complete(c, "state", each(finding.States())...)
	complete(c, "severity", each(finding.Severities())...)
	c.AddCommand(
		a.findingAct("ack ID", "Acknowledge a finding: it pages once a week from now on", "", (*client.Client).AcknowledgeFinding),
		a.findingAct("close ID", "Close a finding, until it occurs again", "reason", (*client.Client).CloseFinding))
	return c
}

func each[T ~string](all []T) (names []string) {
	for _, v := range all {
		names = append(names, string(v))
	}
	return names
}

// findingAct makes a command that does one thing to one finding.
func (a *app) findingAct(use, short, required string, do func(*client.Client, context.Context, string, string) (client.Finding, error)) *cobra.Command {
	var reason string
	c := a.command(&cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: cobra.NoFileCompletions}, func(ctx context.Context, args []string) error {
		return a.finding(ctx, func(ctx context.Context, c *client.Client) (client.Finding, error) {
			return do(c, ctx, args[0], reason)
		})
	})
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	if required != "" {
		requireFlags(c, required)
	}
	return c
}

func (a *app) finding(ctx context.Context, call func(context.Context, *client.Client) (client.Finding, error)) error {
	f, err := bounded(ctx, a, call)
	if err != nil {
		return err
	}
	return a.print(f, func(w io.Writer) error { return a.writeFinding(w, f) })
}

func (a *app) writeFinding(w io.Writer, f client.Finding) error {
	fmt.Fprintf(w, "finding %s: %s, %s\n", printable(f.ID), printable(f.State), printable(f.Severity))
	act := func(by *client.FindingAct) string {
		if by == nil {
			return ""
		}
		return a.near(by.At) + " by " + named(by.Name, by.By) + when(by.Why != "", ": "+by.Why)
	}
	events := strings.Join(f.Events, ", ") + when(f.EventCount > int64(len(f.Events)), fmt.Sprintf(" and %d more", f.EventCount-int64(len(f.Events))))
	closed := "closed"
	if f.State != string(finding.Closed) {
		closed = "was closed"
	}
	return facts(w, "  ", "what", f.What, "why", f.Why, "do", f.Do, "about", f.Subject, "elevation", f.Elevation, "principal", f.Principal, "account", f.Account,
		"occurred", count(int(f.Count), "time", "times"), "first", a.near(f.FirstAt), "last", a.near(f.LastAt), "paged", a.near(f.PagedAt), "events", events,
		"acknowledged", act(f.Acknowledged), closed, act(f.Closed))
}

func (a *app) listFindings(ctx context.Context, f client.FindingFilter, all bool) error {
	if f.Limit < 0 || f.Limit > access.MostListed {
		return usage("--limit %d: want 1 to %d", f.Limit, access.MostListed)
	}
	asked := f
	out := client.FindingPage{Findings: []client.Finding{}}
	err := a.follow(all, func(cursor string) (next string, err error) {
		f.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.FindingPage, error) { return c.Findings(ctx, f) })
		out.Findings, out.Unreadable = append(out.Findings, page.Findings...), append(out.Unreadable, page.Unreadable...)
		out.NextCursor = page.NextCursor
		return page.NextCursor, err
	})
	if err != nil {
		return err
	}
	a.warnUnreadable(out.Unreadable)
	return a.print(out, func(w io.Writer) error { return a.findingTable(w, asked, out.Findings) })
}

func (a *app) findingTable(w io.Writer, f client.FindingFilter, all []client.Finding) error {
	if len(all) == 0 {
		text := "No findings match."
		if f == (client.FindingFilter{Limit: f.Limit}) {
			text = "No findings are open."
		}
		if !slices.Contains(strings.Split(f.State, ","), string(finding.Closed)) {
			text += " curfew findings --state closed lists those that were closed."
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	rows := [][]string{{"ID", "STATE", "SEVERITY", "WHAT", "ABOUT", "COUNT", "LAST"}}
	for _, f := range all {
		rows = append(rows, []string{f.ID, f.State, f.Severity, f.What, or(f.Principal, f.Subject), fmt.Sprint(f.Count), a.age(f.LastAt)})
	}
	return a.table(w, rows)
}
