package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listItems are the items of campaigns that an identity sees.
func listItems(t *testing.T, h *house, base, who string) (all []struct{ Principal, Why string }) {
	t.Helper()
	var page struct {
		Items []struct{ Principal, Why string }
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v1/campaigns", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.tokens.of(who))
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(&page); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", got.Status, err)
	}
	return page.Items
}

// The rehearsal begins with a campaign, and reviews again when it is told to: then what was used since is known.
func TestARehearsalHasACampaign(t *testing.T) {
	t.Parallel()
	h, server := serve(t)
	base := server.URL
	before := listItems(t, h, base, "dee")
	if len(before) == 0 {
		t.Fatal("there are no items")
	}
	const admin = "arn:aws:iam::111122223333:role/engineer-deploy"
	if err := h.iam.PutRolePolicyByHand(admin, "forever", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail"],"Resource":"*"}]}`); err != nil {
		t.Fatal(err)
	}
	post := func(path, body string) {
		t.Helper()
		got, err := http.Post(base+path, "application/json", bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		if text, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", path, got.Status, text)
		}
	}
	post("/local/calls", `{"principal":"`+admin+`","session":"ana","action":"cloudtrail:StopLogging","resource":"*"}`)
	for range 40 { // two reviews of one second are one
		post("/local/reviews", "")
		for _, i := range listItems(t, h, base, "dee") {
			if i.Principal == admin && strings.Contains(i.Why, "log (2") {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the review did not find the new privilege: %+v", listItems(t, h, base, "dee"))
}
