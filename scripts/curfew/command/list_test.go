package command

import (
	"strings"
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
	some := int64(40)
	facts := budgetFacts([]client.Budget{{Per: "entitlement", Minutes: 600, In: 2592000}, {Per: "requester", Minutes: 120, In: 86400, Left: &some}, {Per: "principal", Minutes: 60, In: 86400, Left: &none}}, "ana", "role/x")
	want := "budget|600 min in 30 days used by all; what is left cannot be read|budget|80 of 120 min in 24h used by ana; 40 left|budget|60 of 60 min in 24h used on role/x; 0 left"
	if got := strings.Join(facts, "|"); got != want {
		t.Errorf("budgets %q, want %q", got, want)
	}
	if got := budgetsOf(client.Entitlement{}); got != "" {
		t.Errorf("without budgets %q", got)
	}
}
