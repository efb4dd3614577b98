package command_test

import (
	"encoding/json"
	"net/http"
	"time"

	"curfew/scripts/curfew/client"
)

// evidence has two pages.
func (f *fakeAPI) evidence(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if len(q) == 0 || q.Get("account") == "0" {
		refuse(w, 400, "invalid", "give one of elevation, task, approver, requester, principal, account or caller")
		return
	}
	page := client.AuditPage{Records: []client.AuditRecord{}}
	switch {
	case q.Get("kind") == "elevation.stuck":
	case q.Get("cursor") == "":
		page.Records = append(page.Records, client.AuditRecord{Chain: "elevation#" + second, Seq: 1, At: instant().Add(-time.Minute), Kind: "elevation.requested",
			Actor: "person:https://id.example.com|0001", Elevation: second, Detail: json.RawMessage(`{"reason":"x"}`), Hash: "00"})
		page.NextCursor = "two"
	default:
		page.Records = append(page.Records, client.AuditRecord{Chain: "caller#\u202e", Seq: 2, At: instant(), Kind: "call.refused", Actor: "\u202eana", Hash: "01"})
	}
	f.give(w, r, page, "elevation", "account", "caller", "kind", "day", "from", "to", "approver", "limit", "cursor")
}

func (f *fakeAPI) could(w http.ResponseWriter, r *http.Request) {
	page := client.PowerPage{Powers: []client.Power{}}
	if r.URL.Query().Get("account") == "" {
		p := client.Power{Elevation: second, Entitlement: "admin-30m", Principal: role, PrincipalID: "AROAEXAMPLE0000000001",
			Requester: client.Caller{ID: "person:https://id.example.com|0001", Kind: "person", Name: "ana"}, Approvers: []client.Caller{{ID: "person:https://id.example.com|0002", Kind: "person", Name: "ben"}},
			From: instant().Add(-time.Hour), Until: instant().Add(-time.Minute), Answer: "yes", Why: []string{}, Standing: "no"}
		page.Powers = append(page.Powers, p)
		p.Answer, p.Why, p.Approvers = "unknown", []string{"it depends on aws:resourcetag/team of the call", "it was contained"}, []client.Caller{}
		p.Standing, p.StandingWhy = "unknown", "no survey saw the policies that it had then"
		page.Powers = append(page.Powers, p)
	}
	f.give(w, r, page, "action", "resource", "at", "account", "principal", "limit", "cursor")
}
