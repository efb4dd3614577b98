package sweep

import (
	"context"
	"errors"
	"fmt"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/finding"
)

// CampaignOverdue is one finding for each account and campaign.
var CampaignOverdue = kind("campaign-overdue", finding.Medium, "no owner has said whether this privilege is to stay",
	"curfew campaigns --overdue lists the items; their owners sign or remove: curfew campaigns sign, curfew campaigns removed")

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
