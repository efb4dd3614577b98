package access

import (
	"context"

	"curfew/shared/campaign"
)

// mostTrends bounds the accounts of one page: the first ones have trends.
const mostTrends = 20

// AccountTrend is the scores of an account's standing privilege in the last twelve months, the oldest first.
type AccountTrend struct {
	Account string
	Scores  []campaign.Score
}

// Trends returns the trends of the accounts of items that the caller may see, in the order of the items, at most 20. An account that was
// not reviewed yet has none.
func (s Campaigns) Trends(ctx context.Context, items ...campaign.Stored) (all []AccountTrend, err error) {
	seen := map[string]bool{}
	for _, i := range items {
		account := i.Value.Account
		if seen[account] || len(seen) == mostTrends {
			continue
		}
		seen[account] = true
		trend, err := campaign.ReadTrend(ctx, s.Store, account)
		if err != nil {
			return nil, err
		}
		if year := trend.Year(s.Now()); len(year) > 0 {
			all = append(all, AccountTrend{account, year})
		}
	}
	return all, nil
}
