package httpapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/campaign"
)

// TestACampaignOverHTTP: owners read and answer their items, at the door of decisions alone. Pages have each item once.
func TestACampaignOverHTTP(t *testing.T) {
	w := newWorld(t)
	r := access.Reviewed{Account: "111122223333", Campaign: "2026-10", Began: w.now}
	for i := range 130 { // more than one read of the index
		p := campaign.Privileged{Principal: fmt.Sprintf("arn:aws:iam::111122223333:role/legacy-%03d", i), PrincipalID: fmt.Sprintf("AROALEGACY%010d", i), Score: i, Why: "admin"}
		if i%3 == 0 {
			p.Owners = []string{"group:platform"}
		}
		r.Privileged = append(r.Privileged, p)
	}
	if taken, err := (access.Campaigns{Service: w.svc}).Take(t.Context(), r); err != nil || len(taken.Opened) != 130 {
		t.Fatalf("%d opened, %v", len(taken.Opened), err)
	}
	for who, want := range map[string]int{"ben": 44, "dee": 130, "eve": 0} {
		for _, query := range []string{"?limit=7", "?account=111122223333&limit=50", "?campaign=2026-10&state=open"} {
			seen, pages, next := map[string]bool{}, 0, query
			for next != "" {
				var page api.CampaignPage
				if err := json.Unmarshal(w.call(who, "GET", "/v1/campaigns"+next, "").want(t, http.StatusOK).body, &page); err != nil {
					t.Fatal(err)
				}
				for _, i := range page.Items {
					if seen[i.ID] {
						t.Errorf("%s %s: %s is there twice", who, query, i.ID)
					}
					seen[i.ID] = true
				}
				if next = ""; page.NextCursor != "" {
					next = query + "&cursor=" + page.NextCursor
				}
				if pages++; pages > 200 {
					t.Fatal("it does not end")
				}
			}
			if len(seen) != want {
				t.Errorf("%s %s: %d items, want %d", who, query, len(seen), want)
			}
		}
	}
	const path = "/v1/campaigns/2026-10-AROALEGACY0000000000"
	var item api.CampaignItem
	if err := json.Unmarshal(w.call("ben", "GET", path, "").want(t, http.StatusOK).body, &item); err != nil || item.State != "open" || len(item.Digest) != 64 {
		t.Fatalf("%+v, %v", item, err)
	}
	w.call("eve", "GET", path, "").want(t, http.StatusNotFound)
	answer := `{"answer": "signed", "digest": "` + item.Digest + `", "reason": "it stays until May"}`
	doors := map[string]http.Handler{"api": API(w.svc, authenticate, slog.New(slog.DiscardHandler)), "decisions": Decisions(w.svc, authenticate, slog.New(slog.DiscardHandler))}
	for _, c := range []struct {
		door, who, body string
		want            int
	}{
		{"api", "ben", answer, http.StatusNotFound},
		{"decisions", "robot", answer, http.StatusForbidden},
		{"decisions", "eve", answer, http.StatusNotFound},
		{"decisions", "dee", answer, http.StatusForbidden},
		{"decisions", "ben", strings.Replace(answer, "signed", "kept", 1), http.StatusBadRequest},
		{"decisions", "ben", strings.Replace(answer, item.Digest, strings.Repeat("0", 64), 1), http.StatusConflict},
		{"decisions", "ben", answer, http.StatusOK},
		{"decisions", "ben", answer, http.StatusConflict},
	} {
		if a := w.callOn(doors[c.door], c.who, "POST", path+"/answer", c.body); a.StatusCode != c.want {
			t.Errorf("%s at %s: %d %s, want %d", c.who, c.door, a.StatusCode, a.body, c.want)
		}
	}
	if err := json.Unmarshal(w.call("dee", "GET", path, "").want(t, http.StatusOK).body, &item); err != nil || item.State != "signed" || item.Answer == nil || item.Answer.Name != "ben" {
		t.Errorf("%+v, %v", item, err)
	}
	for _, query := range []string{"state=gone", "campaign=2026-13", "account=1", "limit=201", "mine=all", "cursor=x"} {
		w.call("ben", "GET", "/v1/campaigns?"+query, "").want(t, http.StatusBadRequest)
	}
}
