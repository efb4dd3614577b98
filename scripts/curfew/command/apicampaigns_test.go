package command_test

import (
	"net/http"
	"strings"
	"time"

	"curfew/scripts/curfew/client"
)

// newItem is the one item of a fake API. ben is its owner.
func newItem() *client.CampaignItem {
	return &client.CampaignItem{
		ID: "2026-10-AROAEXAMPLE0000000001", State: "open", Campaign: "2026-10", Principal: role, PrincipalID: "AROAEXAMPLE0000000001", Account: "111122223333", Kind: "human", Score: 40,
		Classes: []string{"credentials", "trust"}, Why: "may create access keys of any user", Owners: []string{"group:platform"}, OpenedAt: instant().Add(-time.Hour), DueBy: instant().Add(719 * time.Hour),
		Digest: strings.Repeat("a", 64), Again: true,
		Trend: trend(),
		Last:  &client.CampaignAnswer{Campaign: "2026-09", Says: "removed", By: "person:https://id.example.com|0002", Name: "ben", Reason: "detached\u202e", At: instant().Add(-20 * 24 * time.Hour)},
	}
}

func trend() []client.CampaignScore {
	return []client.CampaignScore{{Campaign: "2026-08", Score: 61, Principals: 40, Privileged: 12, Admins: 4}, {Campaign: "2026-10", Score: 44, Principals: 42, Privileged: 9, Admins: 2, Unknown: 1}}
}

func (f *fakeAPI) listItems(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	page, q := client.CampaignPage{Items: []client.CampaignItem{}}, r.URL.Query()
	state := q.Get("state")
	if state == "" {
		state = "open"
	}
	if caller.Name != "ana" && f.item.State == state && (q.Get("campaign") == "" || q.Get("campaign") == f.item.Campaign) {
		of := *f.item
		of.Trend = nil
		page.Items, page.Trends = append(page.Items, of), []client.CampaignTrend{{Account: of.Account, Scores: trend()}}
	}
	f.give(w, r, page, "mine", "state", "campaign")
}

// actOnItem takes an id and, after it, what is done.
func (f *fakeAPI) actOnItem(w http.ResponseWriter, r *http.Request, caller client.Caller, parts []string) {
	var q struct{ Answer, Digest, Reason string }
	switch {
	case parts[0] != f.item.ID || caller.Name == "ana":
		refuse(w, 404, "not-found", "there is no such item of a campaign, or you may not see it")
		return
	case len(parts) > 1 && !understood(w, r, &q):
		return
	case len(parts) > 1 && caller.Name != "ben":
		refuse(w, 403, "denied", "you are not among the owners of "+f.item.ID, "curfew.owner")
		return
	case len(parts) > 1 && f.item.Answer != nil:
		refuse(w, 409, "conflict", f.item.ID+" was answered by "+f.item.Answer.By+": "+f.item.Answer.Says)
		return
	case len(parts) > 1 && q.Digest != f.item.Digest:
		refuse(w, 409, "conflict", f.item.ID+" is not what you read: read it again")
		return
	case len(parts) > 1:
		f.item.State = q.Answer
		f.item.Answer = &client.CampaignAnswer{Campaign: f.item.Campaign, Says: q.Answer, By: caller.ID, Name: caller.Name, Reason: q.Reason, At: instant()}
	}
	f.give(w, r, f.item)
}
