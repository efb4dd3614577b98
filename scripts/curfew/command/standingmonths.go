package command

import (
	"context"

	"curfew/scripts/curfew/client"
	"curfew/shared/api"
	"curfew/shared/standing"
)

// addMonths adds the scores of campaigns where the caller may read them: the API gives them with items of the account. Without the
// address of an installation there are none.
func (a *app) addMonths(ctx context.Context, r *standing.Report) {
	if len(r.Accounts) != 1 || a.resolveEndpoint() != nil || a.endpoint == defaultEndpoint {
		return
	}
	for _, state := range api.CampaignStates() {
		if state == api.CampaignOverdue { // they are open
			continue
		}
		f := client.CampaignFilter{Account: r.Accounts[0].ID, State: state, Limit: 1}
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.CampaignPage, error) {
			return c.CampaignItems(ctx, f)
		})
		if err != nil {
			r.Notes = append(r.Notes, "the scores of campaigns are not known: "+a.explain(ctx, err).Error())
			return
		}
		for _, t := range page.Trends {
			if t.Account != f.Account {
				continue
			}
			for _, s := range t.Scores {
				r.Months = append(r.Months, standing.Month{Campaign: s.Campaign, Score: s.Score})
			}
			return
		}
	}
	r.Notes = append(r.Notes, "the scores of campaigns are not known: there is no item of this account that you may see")
}
