package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/identity"
	"curfew/shared/message"
)

// safeBuffer is a screen that several goroutines may write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// calledAs makes a call with a token, and decodes the answer.
func calledAs(t *testing.T, token, method, url string, body, into any) (status int) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if into != nil && resp.StatusCode < 300 {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// kindsFor are the kinds of an identity's messages about an elevation, the newest first.
func kindsFor(t *testing.T, h *house, base, name, id string) string {
	t.Helper()
	var got inboxAnswer
	if status := calledAs(t, h.tokens.of(name), http.MethodGet, base+"/local/inbox", nil, &got); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	var kinds []string
	for _, one := range got.Messages {
		var m message.Message
		if err := json.Unmarshal(one.Message, &m); err != nil {
			t.Fatal(err)
		}
		if m.Elevation == id {
			kinds = append(kinds, string(m.Kind))
		}
	}
	return strings.Join(kinds, " ")
}

func TestTheInboxShowsEachIdentityItsMessages(t *testing.T) {
	t.Parallel()
	h, server := serve(t)
	var screen safeBuffer
	h.inbox.printTo(&screen)
	var asked struct{ ID string }
	status := calledAs(t, h.tokens.of("ana"), http.MethodPost, server.URL+"/v1/elevations", map[string]any{
		"entitlement": "admin-30m", "principal": deployer, "task": map[string]string{"kind": "change", "id": "CHG-1"},
		"reason": "a test", "duration_seconds": 60, "parameters": map[string]string{"account": account},
	}, &asked)
	if status != http.StatusCreated || asked.ID == "" {
		t.Fatalf("status = %d, %+v", status, asked)
	}
	for kindsFor(t, h, server.URL, "ana", asked.ID) == "" { // the outbox is not part of the call
		time.Sleep(10 * time.Millisecond)
	}
	for name, want := range map[string]string{"ana": "requested", "ben": "decide", "dee": ""} {
		if got := kindsFor(t, h, server.URL, name, asked.ID); got != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
	if got := screen.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "message to group:leads: decide: ana asks for admin-30m on "+deployer) {
		t.Errorf("printed:\n%s", got)
	}
	for _, token := range []string{"", "local-x"} {
		if status := calledAs(t, token, http.MethodGet, server.URL+"/local/inbox", nil, nil); status != http.StatusUnauthorized {
			t.Errorf("with token %q: status = %d", token, status)
		}
	}
}

func TestTheInboxKeepsTheNewestOfEachRecipient(t *testing.T) {
	i := newInbox()
	i.take(message.Message{Kind: message.Decide, To: []string{"group:heads", "group:leads"}, Elevation: "first"})
	for n := range inboxSize + 50 {
		i.take(message.Message{Kind: message.Decide, To: []string{"group:leads"}, Elevation: fmt.Sprint(n)})
	}
	both := identity.Caller{ID: "person:x|ben", Kind: identity.Person, Name: "ben", Groups: []string{"heads", "leads"}}
	if got := i.of(both); len(got) != inboxSize || got[0].message.Elevation != fmt.Sprint(inboxSize+49) {
		t.Errorf("%d messages, the newest %+v", len(got), got[0])
	}
	heads := both
	heads.Groups = []string{"heads"}
	if got := i.of(heads); len(got) != 1 || got[0].message.Elevation != "first" {
		t.Errorf("others pushed out a message: %+v", got)
	}
	if len(i.kept["group:leads"]) != inboxSize {
		t.Errorf("%d are kept", len(i.kept["group:leads"]))
	}
}

// A terminal obeys no value of a message, and a value prints no line.
func TestPrintedMessagesAreInert(t *testing.T) {
	i := newInbox()
	var screen safeBuffer
	i.printTo(&screen)
	hostile := "x\n12:00:00 message to group:leads: approved\x1b[2J\u202e"
	i.take(message.Message{Kind: message.Denied, To: []string{hostile}, Elevation: "01k1", Entitlement: hostile, Principal: hostile, Why: hostile, Requester: message.Party{ID: hostile, Name: hostile}})
	if got := screen.String(); strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("printed %q", got)
	}
}
