package command

import (
	"testing"

	"curfew/scripts/curfew/client"
	"curfew/shared/api"
)

func TestBudgetsAndStepUpInWords(t *testing.T) {
	none := int64(0)
	e := client.Entitlement{
		Approval: &client.ApprovalRule{Need: 1, Of: []string{"group:leads"}, Within: 3600, MFAWithin: 900},
		Budgets:  []api.Budget{{Per: "entitlement", Minutes: 600, In: 2592000}, {Per: "requester", Minutes: 120, In: 86400, Left: &none}},
	}
	if got, want := budgetsOf(e), "600 min in 30 days per entitlement; 120 min in 24h per requester (0 left)"; got != want {
		t.Errorf("budgets %q, want %q", got, want)
	}
	if got, want := approvalOf(e), "1 of group:leads within 1h, MFA not older than 15m"; got != want {
		t.Errorf("approval %q, want %q", got, want)
	}
	if got := budgetsOf(client.Entitlement{}); got != "" {
		t.Errorf("without budgets %q", got)
	}
}
