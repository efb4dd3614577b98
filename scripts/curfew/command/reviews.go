package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/api"
)

func (a *app) reviewsCommand() *cobra.Command {
	var f client.ReviewFilter
	var mine, overdue, all bool
	c := a.command(&cobra.Command{
		Use: "reviews [ID]", Short: "List reviews that are due, or show what one is about", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeID(access.Ended),
		Example: "  curfew reviews --mine\n  curfew reviews 01k6y3m1x8q2v4t6w8y0a2c4e6",
	}, func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			return a.showReview(ctx, args[0])
		}
		if f.Limit < 0 || f.Limit > access.MostListed {
			return usage("--limit %d: want 1 to %d", f.Limit, access.MostListed)
		}
		if mine {
			f.Mine = api.ToSign
		}
		if overdue {
			f.State = api.ReviewOverdue
		}
		page, err := a.openReviews(ctx, f, all)
		if err != nil {
			return err
		}
		if page.NextCursor != "" {
			fmt.Fprintln(a.Stderr, "curfew: there are more; --all lists them all")
		}
		a.warnUnreadable(page.Unreadable)
		return a.print(page, func(w io.Writer) error { return a.reviewTable(w, page.Reviews) })
	})
	c.Flags().BoolVar(&mine, "mine", false, "only those that you may sign")
	c.Flags().BoolVar(&overdue, "overdue", false, "only those that were not signed in time")
	c.Flags().IntVar(&f.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	c.Flags().BoolVar(&all, "all", false, "all pages")
	return c
}

// openReviews returns the first page, or all as one. It stops if a cursor repeats.
func (a *app) openReviews(ctx context.Context, f client.ReviewFilter, all bool) (client.ReviewPage, error) {
	out := client.ReviewPage{Reviews: []client.OpenReview{}}
	for {
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.ReviewPage, error) { return c.Reviews(ctx, f) })
		if err != nil {
			return out, err
		}
		out.Reviews, out.Unreadable = append(out.Reviews, page.Reviews...), append(out.Unreadable, page.Unreadable...)
		if out.NextCursor = page.NextCursor; !all || page.NextCursor == "" {
			return out, nil
		}
		if page.NextCursor == f.Cursor {
			return out, &failure{Unexpected, "the API gave the same page twice; try again without --all"}
		}
		f.Cursor = page.NextCursor
	}
}

func (a *app) reviewTable(w io.Writer, all []client.OpenReview) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "No reviews that you may see are due. curfew reviews ID shows one that was signed.")
		return err
	}
	rows := [][]string{{"ID", "ENTITLEMENT", "REQUESTER", "TASK", "ENDED", "SIGN BY", "REVIEWERS"}}
	for _, r := range all {
		rows = append(rows, []string{r.ID, r.Entitlement, a.person(r.Requester.Name, r.Requester.ID), r.Task.Kind + "/" + r.Task.ID,
			or(a.age(r.EndedAt), "-"), a.age(r.DueBy) + when(r.Overdue, " (overdue)"), strings.Join(r.Review.Reviewers, ", ")})
	}
	return a.table(w, rows)
}

func (a *app) review(ctx context.Context, id string) (client.ReviewShown, error) {
	return bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.ReviewShown, error) { return c.Review(ctx, id) })
}

func (a *app) showReview(ctx context.Context, arg string) error {
	id, err := a.idOf(ctx, arg)
	if err != nil {
		return err
	}
	r, err := a.review(ctx, id)
	if err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) error { return a.writeReviewShown(w, r) })
}

// writeReviewShown prints what a reviewer signs.
func (a *app) writeReviewShown(w io.Writer, r client.ReviewShown) error {
	e := r.Elevation
	fmt.Fprintf(w, "review of %s: %s\n", printable(e.ID), printable(a.standing(e)))
	var decisions []string
	for _, d := range r.Decisions {
		decisions = append(decisions, d.Decision+" by "+named(d.By.Name, d.By.ID)+inStead(d)+when(d.Reason != "", ": "+d.Reason))
	}
	err := facts(w, "  ", "entitlement", e.Entitlement, "principal", e.Principal, "requester", named(e.Requester.Name, e.Requester.ID), "task", e.Task.Kind+"/"+e.Task.ID,
		"reason", e.Reason, "asked", a.instant(e.RequestedAt), "decisions", strings.Join(decisions, "; "), "break-glass", when(e.BreakGlass, "granted at once"),
		"granted", a.instant(e.GrantedAt), "deadline", a.instant(e.Deadline), "ended", a.instant(e.EndedAt)+when(e.Cause != "", " ("+e.Cause+")"), "why", e.Why,
		"sign by", when(r.Due, a.near(r.DueBy)))
	if err != nil {
		return err
	}
	if !e.GrantedAt.IsZero() {
		if err := errors.Join(a.writeUsage(w, &r.Usage), writeAllowed(w, r)); err != nil {
			return err
		}
	}
	var rows [][]string
	for _, f := range r.Findings {
		rows = append(rows, []string{"  " + f.ID, f.Severity, f.State, f.What})
	}
	if err := titled(w, "findings"+when(r.MoreFindings, ", the first "+strconv.Itoa(len(rows))), rows); err != nil {
		return err
	}
	return a.writeReview(w, client.Detail{Review: &r.Review})
}

// writeAllowed prints what of the grant was never used. What CloudTrail does not show is apart.
func writeAllowed(w io.Writer, r client.ReviewShown) error {
	counts := map[string]int{}
	var rows [][]string
	for _, x := range r.Allowed {
		counts[x.Use]++
		switch x.Use {
		case api.Unused, api.NotShown, api.UseUnknown:
			hidden := when(x.Hidden > 0 && x.Use != api.NotShown, count(x.Hidden, "of its actions is", "of its actions are")+" not shown by CloudTrail")
			rows = append(rows, []string{"  " + map[string]string{api.Unused: "never used", api.NotShown: "not shown by CloudTrail", api.UseUnknown: "not known"}[x.Use], x.Action, hidden})
		}
	}
	fmt.Fprintf(w, "of %s of the grant: %d used, %d never used, %d not shown by CloudTrail%s%s\n", count(len(r.Allowed), "action pattern", "action patterns"),
		counts[api.Used], counts[api.Unused], counts[api.NotShown], when(counts[api.UseUnknown] > 0, fmt.Sprintf(", %d not known", counts[api.UseUnknown])),
		when(!r.Complete, " (log files may add more)"))
	return table(w, rows)
}

func (a *app) reviewCommand() *cobra.Command {
	var note string
	c := a.command(&cobra.Command{
		Use: "review ID", Short: "Sign the review of an elevation that is over", Args: oneID, ValidArgsFunction: a.completeID(access.Ended),
		Long: `Sign the review of an elevation that is over. It first shows what you sign, as
curfew reviews ID does; on a terminal it asks.`,
		Example: "  curfew review 01k6y3m1x8q2v4t6w8y0a2c4e6 \\\n      --note \"read the timeline: logs of orders only\"",
	}, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		if err := a.readReview(ctx, id); err != nil {
			return err
		}
		r, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Review, error) {
			return c.SignReview(ctx, id, note)
		})
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: review signed at %s by %s\n", printable(r.Elevation), a.instant(r.SignedAt), printable(r.SignedBy))
			return err
		})
	})
	c.Flags().StringVar(&note, "note", "", "what you found")
	requireFlags(c, "note")
	return c
}

// readReview shows the review, and on a terminal asks.
func (a *app) readReview(ctx context.Context, id string) error {
	r, err := a.review(ctx, id)
	if err == nil {
		err = a.writeReviewShown(a.Stderr, r)
	}
	if err != nil || !a.AskTerminal {
		return err
	}
	fmt.Fprint(a.Stderr, "sign this review? (yes/no) ")
	answer, err := a.ask(ctx)
	if err == nil && answer != "yes" {
		err = &failure{OtherEnd, "not signed: the answer was not yes, in full"}
	}
	return err
}
