package adversary

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// Default requests. Each is granted to a caller with the right to it.
const (
	askAdmin = `{"entitlement": "admin-30m", "principal": "` + engineer + `", "task": {"kind": "change", "id": "CHG-1"},
		"reason": "the deployment is stuck", "duration_seconds": 1800, "parameters": {"account": "111122223333"}}`
	askTwo = `{"entitlement": "two-leads", "principal": "` + engineer + `", "task": {"kind": "change", "id": "CHG-1"},
		"reason": "the deployment is stuck", "duration_seconds": 1800}`
	askBackup = `{"entitlement": "backup-run", "principal": "` + backup + `", "task": {"kind": "backup", "id": "job-7"},
		"reason": "nightly copy", "duration_seconds": 7200}`
	askGlass = `{"entitlement": "incident-logs", "principal": "` + responder + `", "task": {"kind": "incident", "id": "INC-1"},
		"reason": "orders are failing", "duration_seconds": 3600}`
	askSecret = `{"entitlement": "agent-secret", "principal": "` + agent + `", "task": {"kind": "workflow", "id": "run-42"},
		"reason": "the summary", "duration_seconds": 600, "parameters": {"secret": "reports/api-key"}}`
	askTickets = `{"entitlement": "agent-tickets", "principal": "` + agent + `", "task": {"kind": "workflow", "id": "run-42"},
		"reason": "the summary", "duration_seconds": 1800}`
)

// with returns a body with texts replaced: old, new, old, new.
func with(body string, swaps ...string) string {
	for i := 0; i < len(swaps); i += 2 {
		if !strings.Contains(body, swaps[i]) {
			panic(fmt.Sprintf("%q is not in %s", swaps[i], body)) // else the attempt would test nothing
		}
		body = strings.Replace(body, swaps[i], swaps[i+1], 1)
	}
	return body
}

// and returns a body with one more member.
func and(body, member string) string { return strings.TrimSuffix(body, "}") + ", " + member + "}" }

// approval and denial are decisions with the digest shown.
const (
	approval = `{"decision": "approve", "digest": "<digest>"}`
	denial   = `{"decision": "deny", "digest": "<digest>"}`
)

// answer is the answer of the API.
type answer struct {
	status  int
	header  http.Header
	raw     string
	problem problem
}

// problem has the members of a problem and of an elevation that attempts check.
type problem struct {
	Type      string   `json:"type"`
	Reasons   []string `json:"reasons"`
	Elevation string   `json:"elevation"`

	ID     string       `json:"id"`
	Digest string       `json:"digest"`
	State  access.State `json:"state"`
	Next   string       `json:"next_cursor"`
}

// call makes one call as this caller; without an id it sends no token. Headers are "Name: value".
func (w *world) call(who identity.Caller, method, path, body string, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+w.fill(path), strings.NewReader(w.fill(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who.ID != "" {
		w.callers.Store(token(who), who)
		r.Header.Set("Authorization", "Bearer "+token(who))
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, w.fill(value))
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &a.problem); err != nil {
		w.t.Fatalf("%s %s: %d is no JSON: %s", method, path, a.status, raw)
	}
	synctest.Wait()
	return a
}

// fill replaces <name> by the prepared value.
func (w *world) fill(s string) string {
	for name, value := range w.vars {
		s = strings.ReplaceAll(s, "<"+name+">", value)
	}
	return s
}

// asks makes a request that succeeds, and sets <id> and <digest>.
func (w *world) asks(who identity.Caller, body string, headers ...string) {
	w.t.Helper()
	a := w.call(who, "POST", "/v1/elevations", body, headers...)
	if a.status != http.StatusCreated {
		w.t.Fatalf("%s asks: %d %s", who.Name, a.status, a.raw)
	}
	w.vars["id"], w.vars["digest"] = a.problem.ID, a.problem.Digest
}

// does applies a verb to <id>, which succeeds.
func (w *world) does(who identity.Caller, verb, body string) {
	w.t.Helper()
	if a := w.call(who, "POST", "/v1/elevations/<id>/"+verb, body); a.status != http.StatusOK {
		w.t.Fatalf("%s: %s: %d %s", who.Name, verb, a.status, a.raw)
	}
}

// is checks the state of <id>.
func (w *world) is(want access.State) {
	w.t.Helper()
	if got := w.call(dee(), "GET", "/v1/elevations/<id>", "").problem.State; got != want {
		w.t.Fatalf("<id> is %s, want %s", got, want)
	}
}

// What attempts begin with.
func requested(w *world) { w.asks(ana(), askAdmin) }
func escalated(w *world) { w.asks(ana(), with(askTwo, "two-leads", "escalated")) }
func steppedUp(w *world) { w.asks(ana(), with(askTwo, "two-leads", "stepped-up")) }
func approvedLater(w *world) {
	start := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	w.asks(ana(), and(askAdmin, `"start_at": "`+start+`"`))
	w.does(ben(), "decisions", approval)
	w.is(access.Approved)
}
func active(w *world) {
	requested(w)
	w.does(ben(), "decisions", approval)
	w.is(access.Active)
}
func ended(w *world) {
	active(w)
	w.does(ana(), "end", "")
	pass(5 * time.Minute)
	w.is(access.Ended)
}
func deniedAlready(w *world) {
	requested(w)
	w.does(eve(), "decisions", denial)
	w.is(access.DeniedState)
}
func withdrawn(w *world) {
	requested(w)
	w.does(ana(), "withdraw", "")
	w.is(access.WithdrawnState)
}
func lapsed(w *world) {
	requested(w)
	pass(61 * time.Minute)
	w.is(access.LapsedState)
}
func glass(w *world) {
	w.asks(cem(), askGlass)
	w.is(access.Active)
}
func glassOver(w *world) {
	glass(w)
	w.does(cem(), "end", "")
	pass(5 * time.Minute)
	w.is(access.Ended)
}
func ticketsAsked(w *world) { w.asks(summarizer("run-42"), askTickets) }
func ticketsActive(w *world) {
	ticketsAsked(w)
	w.does(eve(), "decisions", approval)
	w.is(access.Active)
}
func backupActive(w *world) {
	w.asks(runner("job-7"), askBackup)
	w.is(access.Active)
}
