package access

import (
	"testing"
	"time"

	"curfew/shared/identity"
	"curfew/shared/task"
)

func TestForgedTermsLoseNeitherStepUpNorEnd(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	ent := Entitlement{
		Name: "x", Owners: []string{"group:platform"}, Requesters: []string{"group:engineers"}, Principals: []string{"arn:aws:iam::111122223333:role/a"},
		Tasks: []TaskRule{{Kind: "change"}}, Max: time.Hour, Session: BindUserID, Until: at.Add(30 * time.Minute),
		Approval: &ApprovalRule{Need: 1, Of: []string{"group:leads"}, Within: time.Hour, MFAWithin: 15 * time.Minute, Seen: true, Then: []ApprovalRuleStep{{30 * time.Minute, []string{"group:heads"}}}},
	}
	good := Terms{
		RequestedAt: at, Task: task.Task{Kind: "change", ID: "CHG-1"}, Requester: identity.Caller{ID: "person:i|1", Kind: identity.Person, Groups: []string{"engineers"}},
		Principal: Principal{ARN: "arn:aws:iam::111122223333:role/a"}, Duration: 3600,
	}
	good.fromEntitlement(ent, Request{Duration: time.Hour}, at)
	if why := good.differ(ent); why != "" || !good.LatestEnd.Equal(ent.Until) {
		t.Fatalf("terms of the entitlement differ in %q, and end by %s", why, good.LatestEnd)
	}
	for _, then := range [][]ApprovalStep{nil, {{60, []string{"group:heads"}}}, {{1800, []string{"group:engineers"}}}, {{1800, []string{"group:heads"}}, {1860, []string{"group:engineers"}}}} {
		forged := good
		forged.Approval.Then = then
		if got := forged.differ(ent); got != "approval" {
			t.Errorf("with the steps %v it differs in %q", then, got)
		}
	}
	unseen := good
	unseen.Approval.Seen = false
	if got := unseen.differ(ent); got != "approval" {
		t.Errorf("without what was to be seen it differs in %q", got)
	}
	for want, forge := range map[string]func(*Terms){
		"approval":           func(t *Terms) { t.Approval.MFAWithin = 0 },
		"end of eligibility": func(t *Terms) { t.LatestEnd = ent.Until.Add(time.Second) },
	} {
		forged := good
		forge(&forged)
		if got := forged.differ(ent); got != want {
			t.Errorf("differs in %q, want %q", got, want)
		}
	}
}
