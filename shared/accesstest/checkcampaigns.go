package accesstest

import (
	"context"
	"fmt"

	"curfew/shared/campaign"
	"curfew/shared/record"
)

// checkCampaigns checks that each item is listed until its privilege is gone, and that each answer counts.
func checkCampaigns(w *World) []string {
	var wrong []string
	for _, row := range w.Store.All(record.AccessTable) {
		if row.Key != campaign.Key(campaign.PrincipalOf(row.Key)) {
			continue
		}
		all, err := campaign.Read(context.Background(), w.Store, campaign.PrincipalOf(row.Key))
		if err != nil {
			wrong = append(wrong, "10: "+err.Error())
			continue
		}
		i, want := all[0].Value, 2
		if all[0].State() == campaign.Gone {
			want = 0
		}
		if len(row.Index) != want {
			wrong = append(wrong, fmt.Sprintf("10: item %s is %s, and in %d lists", i.ID(), all[0].State(), len(row.Index)))
		}
		rows, err := w.Store.Read(context.Background(), campaign.AnswerKey(i.ID()))
		if _, there := rows[campaign.AnswerKey(i.ID())]; err != nil || there != (all[0].Answer() != nil) {
			wrong = append(wrong, fmt.Sprintf("7: item %s has an answer that does not count: %v", i.ID(), err))
		}
	}
	return wrong
}
