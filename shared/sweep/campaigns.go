package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/finding"
)

// CampaignOverdue is one finding for each account and campaign.
var CampaignOverdue = kind("campaign-overdue", finding.Medium, "no owner has said whether this privilege is to stay",
	"curfew campaigns --overdue lists the items; their owners sign or remove: curfew campaigns sign, curfew campaigns removed")

// NotReviewed is one finding for each campaign.
var NotReviewed = kind("campaign-not-reviewed", finding.High, "the standing privilege of an account is not known: the schedule of the month did not run, or a review was given up",
	"look at the rule curfew-campaign, the log of function review and the queue curfew-dead-reviews; then a deployer reviews again: see \"Read and empty a queue\" in infra/README.md")

// A campaign is due at 06:00 on the first day of a month: see infra/review.go. After three days all tries of a review have failed.
const campaignHour, reviewedWithin = 6 * time.Hour, 3 * 24 * time.Hour

// mostSweepMinutes is the longest interval of sweeps: one of every third minute may never begin with an hour.
const mostSweepMinutes = 3

// sweepReviewed looks each hour for accounts without the month's review. One that came later is in the next campaign.
func (s pass) sweepReviewed(ctx context.Context, sw *PassResult) error {
	if sw.began.Minute() >= mostSweepMinutes {
		return nil
	}
	month := campaign.Month(sw.began.Add(-campaignHour - reviewedWithin))
	begins, err := time.Parse("2006-01", month)
	if err != nil {
		return err
	}
	accounts, err := access.Accounts(s.Service).Governed(ctx)
	failed, missing := []error{err}, []string{}
	for _, id := range accounts {
		is, err := s.isUnreviewed(ctx, id, month, begins.Add(campaignHour))
		if failed = append(failed, err); is {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		sw.Findings++
		failed = append(failed, finding.Report(ctx, s.Base, NotReviewed, finding.Occurrence{Subject: "campaign " + month, Account: missing[0],
			What: fmt.Sprintf("campaign %s: %d of %d accounts are not reviewed; one is %s", month, len(missing), len(accounts), missing[0])}))
	}
	return errors.Join(failed...)
}

func (s pass) isUnreviewed(ctx context.Context, account, month string, due time.Time) (bool, error) {
	since, err := access.Accounts(s.Service).ChangedAt(ctx, account)
	if err != nil || !since.Before(due) {
		return false, err
	}
	trend, err := campaign.ReadTrend(ctx, s.Store, account)
	return err == nil && !slices.ContainsFunc(trend.Scores, func(c campaign.Score) bool { return c.Campaign >= month }), err
}

type lateItems struct {
	campaign.Facts
	count int
}

func (s pass) sweepCampaigns(ctx context.Context, sw *PassResult) error {
	within := s.timeLeft(sw, restBy)
	late, order := map[string]*lateItems{}, []string{}
	err := access.Campaigns{Service: s.Service}.Due(ctx, func(i campaign.Stored) bool {
		if in := i.Value.Campaign + " " + i.Value.Account; i.Overdue(s.Now()) {
			if late[in] == nil {
				late[in] = &lateItems{Facts: i.Value.Facts}
				order = append(order, in)
			}
			late[in].count++
		}
		if !within() {
			sw.addOutOfTime(1, 1, "lists of campaigns")
			return false
		}
		return true
	})
	failed := []error{err}
	for _, in := range order {
		l := late[in]
		sw.Findings++
		failed = append(failed, finding.Report(ctx, s.Base, CampaignOverdue, finding.Occurrence{Subject: in, Account: l.Account,
			What: fmt.Sprintf("campaign %s: %d principals in account %s are not signed; one is %s", l.Campaign, l.count, l.Account, l.Principal)}))
	}
	return errors.Join(failed...)
}
