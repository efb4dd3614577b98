package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/campaign"
)

func (a *app) campaignsCommand() *cobra.Command {
	var f client.CampaignFilter
	var mine, all bool
	c := a.command(&cobra.Command{
		Use: "campaigns [ID]", Short: "List principals with standing privilege that you own, or show one", Args: cobra.MaximumNArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		Long: `List principals with standing privilege, each an item of a monthly campaign. An
owner signs that the privilege stays, or says that it was removed: the next
review of the account verifies that.`,
		Example: "  curfew campaigns --mine\n  curfew campaigns --state overdue --all\n  curfew campaigns 2026-11-AROAEXAMPLE0000000001",
	}, func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			i, err := a.campaignItem(ctx, args[0])
			if err != nil {
				return err
			}
			return a.print(i, func(w io.Writer) error { return a.writeCampaignItem(w, i) })
		}
		if mine {
			f.Mine = api.ToSign
		}
		return a.listCampaigns(ctx, f, all)
	})
	c.Flags().StringVar(&f.State, "state", "", "only those in this state: open, overdue, signed or removed\n(default open)")
	c.Flags().StringVar(&f.Campaign, "campaign", "", "only those of the campaign of this month, as 2026-11")
	c.Flags().StringVar(&f.Account, "account", "", "only those in this AWS account")
	c.Flags().BoolVar(&mine, "mine", false, "only those that you may sign")
	c.Flags().IntVar(&f.Limit, "limit", 0, "page size, 1 to 200 (default 50)")
	c.Flags().BoolVar(&all, "all", false, "all pages")
	complete(c, "state", api.CampaignStates()...)
	c.AddCommand(
		a.campaignAnswer("sign ID", "Sign that the privilege stays", campaign.Signed),
		a.campaignAnswer("removed ID", "Say that the privilege was removed", campaign.Removed))
	return c
}

// campaignAnswer makes a command that first shows what is answered.
func (a *app) campaignAnswer(use, short string, says campaign.State) *cobra.Command {
	var reason string
	c := a.command(&cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		Long: short + ". It first shows what you answer;\non a terminal it asks.",
	}, func(ctx context.Context, args []string) error {
		i, err := a.campaignItem(ctx, args[0])
		if err == nil {
			err = a.writeCampaignItem(a.Stderr, i)
		}
		if err != nil {
			return err
		}
		if a.AskTerminal {
			fmt.Fprintf(a.Stderr, "answer that this is %s? (yes/no) ", says)
			answer, err := a.ask(ctx)
			if err != nil {
				return err
			}
			if answer != "yes" {
				return &failure{OtherEnd, "not answered: the answer was not yes, in full"}
			}
		}
		i, err = bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CampaignItem, error) {
			return c.AnswerCampaignItem(ctx, args[0], string(says), i.Digest, reason)
		})
		if err != nil {
			return err
		}
		return a.print(i, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: %s\n", printable(i.ID), printable(a.campaignAnswered(i.Answer)))
			return err
		})
	})
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	requireFlags(c, "reason")
	return c
}

func (a *app) campaignItem(ctx context.Context, id string) (client.CampaignItem, error) {
	if campaign.PrincipalIn(id) == "" {
		return client.CampaignItem{}, usage("%q is not the id of an item, as 2026-11-AROAEXAMPLE0000000001; curfew campaigns lists them", id)
	}
	i, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CampaignItem, error) {
		return c.CampaignItem(ctx, id)
	})
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Kind == "not-found" {
		return i, &failure{NotFound, "there is no item " + id + ", or you may not see it; curfew campaigns lists the open ones that you may see"}
	}
	return i, err
}

func (a *app) campaignAnswered(by *client.CampaignAnswer) string {
	if by == nil {
		return ""
	}
	return by.Says + " " + a.near(by.At) + " by " + named(by.Name, by.By) + ": " + by.Reason
}

func (a *app) writeCampaignItem(w io.Writer, i client.CampaignItem) error {
	fmt.Fprintf(w, "%s: %s%s\n", printable(i.ID), printable(i.State), when(i.Overdue, ", overdue"))
	return facts(w, "  ", "principal", i.Principal, "unique id", i.PrincipalID, "used by", i.Kind, "score", fmt.Sprint(i.Score), "classes", strings.Join(i.Classes, ", "), "why", i.Why,
		"again", when(i.Again, "it was said to be removed, and the review found it"), "owners", strings.Join(i.Owners, ", "), "opened", a.near(i.OpenedAt),
		"due by", when(i.Answer == nil && i.GoneAt.IsZero(), a.near(i.DueBy)), "answer", a.campaignAnswered(i.Answer), "before", a.campaignAnswered(i.Last), "gone", a.near(i.GoneAt),
		"account", i.Account, "its trend", trendText(i.Trend))
}

// trendText is the score of each month, and what the last one counts.
func trendText(all []client.CampaignScore) string {
	if len(all) == 0 {
		return ""
	}
	var months []string
	for _, s := range all {
		months = append(months, s.Campaign+" "+fmt.Sprint(s.Score))
	}
	last := all[len(all)-1]
	return fmt.Sprintf("score %s; now %d of %d principals privileged, %d administrators%s", strings.Join(months, ", "), last.Privileged, last.Principals, last.Admins,
		when(last.Unknown > 0, fmt.Sprintf(", %d not all known", last.Unknown)))
}

func (a *app) listCampaigns(ctx context.Context, f client.CampaignFilter, all bool) error {
	switch {
	case f.Limit < 0 || f.Limit > access.MostListed:
		return usage("--limit %d: want 1 to %d", f.Limit, access.MostListed)
	case f.State != "" && !slices.Contains(api.CampaignStates(), f.State):
		return usage("--state %q: want %s", f.State, strings.Join(api.CampaignStates(), ", "))
	}
	out := client.CampaignPage{Items: []client.CampaignItem{}}
	err := a.follow(all, func(cursor string) (next string, err error) {
		f.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CampaignPage, error) {
			return c.CampaignItems(ctx, f)
		})
		out.Items, out.Unreadable = append(out.Items, page.Items...), append(out.Unreadable, page.Unreadable...)
		for _, t := range page.Trends {
			if !slices.ContainsFunc(out.Trends, func(o client.CampaignTrend) bool { return o.Account == t.Account }) {
				out.Trends = append(out.Trends, t)
			}
		}
		out.NextCursor = page.NextCursor
		return page.NextCursor, err
	})
	if err != nil {
		return err
	}
	a.warnUnreadable(out.Unreadable)
	return a.print(out, func(w io.Writer) error {
		if err := a.campaignTable(w, out.Items); err != nil {
			return err
		}
		for _, t := range out.Trends {
			if _, err := fmt.Fprintf(w, "account %s: %s\n", printable(t.Account), printable(trendText(t.Scores))); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *app) campaignTable(w io.Writer, all []client.CampaignItem) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "No items that you may see match. curfew campaigns --state signed lists those that were signed.")
		return err
	}
	rows := [][]string{{"ID", "STATE", "SCORE", "PRINCIPAL", "WHY", "DUE", "OWNERS"}}
	for _, i := range all {
		due := "-"
		if i.Answer == nil {
			due = a.age(i.DueBy) + when(i.Overdue, " (overdue)")
		}
		rows = append(rows, []string{i.ID, i.State + when(i.Again, ", again"), fmt.Sprint(i.Score), i.Principal, i.Why, due, strings.Join(i.Owners, ", ")})
	}
	return a.table(w, rows)
}
