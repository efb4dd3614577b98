package access

import (
	"maps"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/task"
)

func TestARenewalAsksForTheSame(t *testing.T) {
	old := Terms{
		ID: "01jd2q7v3x0000000000000000", Principal: Principal{ARN: "arn:aws:iam::111122223333:role/a", ID: "AROAX", Account: "111122223333"}, Entitlement: "x",
		Parameters: map[string]string{"bucket": "logs"}, Task: task.Task{Kind: "change", ID: "CHG-1"}, Session: Session{Bind: BindUserID, Value: "ana"},
		Requester: identity.Caller{ID: "person:i|1", Kind: identity.Person, Name: "ana"},
	}
	same := old
	same.ID, same.Renews, same.Duration, same.Reason = "01jd2q7v3x0000000000000001", old.ID, 60, "again"
	if err := (renewing{}).check(old, same); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Terms){
		"another principal":    func(t *Terms) { t.Principal.ARN += "b" },
		"a recreated one":      func(t *Terms) { t.Principal.ID = "AROAY" },
		"another entitlement":  func(t *Terms) { t.Entitlement = "y" },
		"another parameter":    func(t *Terms) { t.Parameters = maps.Clone(t.Parameters); t.Parameters["bucket"] = "all" },
		"one parameter less":   func(t *Terms) { t.Parameters = nil },
		"another task":         func(t *Terms) { t.Task.ID = "CHG-2" },
		"another kind of task": func(t *Terms) { t.Task.Kind = "incident" },
		"another session":      func(t *Terms) { t.Session.Value = "cem" },
		"another requester":    func(t *Terms) { t.Requester.Name = "cem" },
	} {
		other := same
		change(&other)
		if got := fault.Reasons((renewing{}).check(old, other)); len(got) != 1 || got[0] != "curfew.renewal" {
			t.Errorf("%s: refused by %v", name, got)
		}
	}
}

// Forged terms may name any elevation.
func TestAForgedRenewalIsRefusedAtItsGrant(t *testing.T) {
	ana := identity.Caller{ID: "person:i|1", Kind: identity.Person, Name: "ana"}
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	old := Terms{ID: "01jd2q7v3x0000000000000000", Principal: Principal{ARN: "arn:aws:iam::111122223333:role/a", ID: "AROAX", Account: "111122223333"}, Entitlement: "x", Requester: ana, RequestedAt: at}
	good := old
	good.ID, good.Renews, good.RequestedAt = "01jd2q7v3x0000000000000001", old.ID, at.Add(time.Hour)
	granted := Elevation{ID: old.ID, GrantedAt: at.Add(time.Minute)}
	if err := (renewing{}).stillOf(Life{Terms: old, Elevation: granted}, good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Terms, *Elevation, *Terms){
		"another requester":   func(_ *Terms, _ *Elevation, t *Terms) { t.Requester.ID, t.Requester.Name = "person:i|2", "cem" },
		"another principal":   func(_ *Terms, _ *Elevation, t *Terms) { t.Principal.ID = "AROAY" },
		"another entitlement": func(_ *Terms, _ *Elevation, t *Terms) { t.Entitlement = "y" },
		"one never granted":   func(_ *Terms, e *Elevation, _ *Terms) { e.GrantedAt = time.Time{} },
		"break-glass":         func(_ *Terms, e *Elevation, _ *Terms) { e.BreakGlass = true },
		"a later one":         func(old *Terms, _ *Elevation, t *Terms) { old.RequestedAt = t.RequestedAt.Add(time.Second) },
	} {
		old, e, forged := old, granted, good
		change(&old, &e, &forged)
		if got := fault.Reasons((renewing{}).stillOf(Life{Terms: old, Elevation: e}, forged)); len(got) != 1 || got[0] != "curfew.renewal" {
			t.Errorf("%s: refused by %v", name, got)
		}
	}
}
