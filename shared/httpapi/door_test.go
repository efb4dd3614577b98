package httpapi

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// TestAbsentAndForbidden: callers cannot learn whether an elevation exists. The answers are the same, header by
// header and byte by byte, whichever verb asks.
func TestAbsentAndForbidden(t *testing.T) {
	decision := decides("approve", strings.Repeat("a", 64))
	verbs := map[string][2]string{
		"show": {"GET", ""}, "end": {"POST", "/end"}, "heartbeat": {"POST", "/heartbeat"}, "withdraw": {"POST", "/withdraw"},
		"acknowledge": {"POST", "/acknowledge"}, "decide": {"POST", "/decisions"}, "review": {"POST", "/review"},
	}
	bodies := map[string]string{"decide": decision, "review": `{"note": "x"}`}
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			there := w.active()
			seen := map[string]string{}
			for what, id := range map[string]string{"forbidden": there, "absent": "01m45mn5m00000000000000099", "no id": "a%2Fb", "look-alike": strings.ToUpper(there)} {
				a := w.call("eve", verb[0], "/v1/elevations/"+id+verb[1], bodies[name]).want(t, http.StatusNotFound)
				seen[fmt.Sprint(a.Header, string(a.body))] = what
			}
			if len(seen) != 1 {
				t.Errorf("there are %d different answers: %v", len(seen), seen)
			}
		})
	}
}

// TestIdentityIsTheDoors: no header makes a caller somebody else.
func TestIdentityIsTheDoors(t *testing.T) {
	w := newWorld(t)
	id, digest := w.asked("ana", askAdmin)
	w.call("ana", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest),
		"X-Forwarded-User: ben", "X-Amzn-Caller: ben", "X-Groups: leads", "Cookie: user=ben").want(t, http.StatusForbidden)
	for _, who := range []string{"", "nobody", "somebody"} {
		w.call(who, "GET", "/v1/elevations/"+id, "").want(t, http.StatusUnauthorized)
	}
}

// TestARefusedTokenIsExplained: only what has reasons is for the caller.
func TestARefusedTokenIsExplained(t *testing.T) {
	w := newWorld(t)
	for who, want := range map[string]string{"manygroups": "claim hasgroups: the issuer left out the groups", "somebody": "the call does not say, or does not prove, who is calling"} {
		a := w.call(who, "GET", "/v1/me", "").want(t, http.StatusUnauthorized)
		if got := a.member(t, "detail"); got != want {
			t.Errorf("%s is told %q, want %q", who, got, want)
		}
		if got := strings.Contains(string(a.body), `"reasons":["curfew.token"]`); got != (who == "manygroups") {
			t.Errorf("%s: the answer is %s", who, a.body)
		}
	}
}

// TestUnderstoodAndRefused: it leaves an elevation in denied that the answer names, with the reasons.
func TestUnderstoodAndRefused(t *testing.T) {
	w := newWorld(t)
	a := w.call("ana", "POST", "/v1/elevations", with("1800", "3600")).want(t, http.StatusForbidden)
	shown := w.call("ana", "GET", "/v1/elevations/"+a.member(t, "elevation"), "").want(t, http.StatusOK)
	if got := shown.member(t, "state"); got != "denied" {
		t.Errorf("state = %s, want denied", got)
	}
	if !strings.Contains(string(a.body), `"reasons":["curfew.duration"]`) {
		t.Errorf("reasons are missing: %s", a.body)
	}
}

func TestFaultsAreNotTold(t *testing.T) {
	for name, err := range map[string]error{
		"internal":     fault.Errorf(fault.Internal, "row 7 of secret table"),
		"transient":    fault.Errorf(fault.Transient, "dial secret table"),
		"without kind": fmt.Errorf("secret table"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.decider.broken = func() error { return err }
			a := w.call("ana", "POST", "/v1/elevations", askAdmin)
			if a.StatusCode < 500 || strings.Contains(string(a.body), "secret") {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
			if !strings.Contains(w.log.String(), "secret table") {
				t.Errorf("the log does not say what happened: %s", w.log)
			}
		})
	}
}

func TestPanicBecomesAProblem(t *testing.T) {
	w := newWorld(t)
	w.decider.broken = func() error { panic("out of range") }
	a := w.call("ana", "POST", "/v1/elevations", askAdmin).want(t, http.StatusInternalServerError)
	if strings.Contains(string(a.body), "range") || !strings.Contains(w.log.String(), "out of range") {
		t.Errorf("answered %s\nlogged %s", a.body, w.log)
	}
}

func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	ask := func(who, body string, key ...string) answer {
		return w.call(who, "POST", "/v1/elevations", body, key...)
	}
	first := ask("ana", askAdmin, "Idempotency-Key: k").want(t, http.StatusCreated)
	again := ask("ana", strings.ReplaceAll(askAdmin, "\n", " "), "Idempotency-Key: k").want(t, http.StatusCreated)
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("again = %s, want %s", again.body, first.body)
	}
	ask("ana", with("stuck", "slow"), "Idempotency-Key: k").want(t, http.StatusUnprocessableEntity)
	ask("cem", with("stuck", "slow"), "Idempotency-Key: k").want(t, http.StatusCreated) // a key is its caller's own
	ask("ana", askAdmin, "Idempotency-Key: ").want(t, http.StatusBadRequest)
	ask("ana", askAdmin, "Idempotency-Key: k", "Idempotency-Key: l").want(t, http.StatusBadRequest)
	ask("ana", askAdmin, "Idempotency-Key: "+strings.Repeat("k", 65)).want(t, http.StatusBadRequest)
	w.now = w.now.Add(25 * time.Hour)
	ask("ana", with("stuck", "slow"), "Idempotency-Key: k").want(t, http.StatusConflict) // the key is free, the place is not
}

// TestPrivilegesAreSeparate: the handler of the function api can neither decide nor sign, and that of decide can do
// nothing else.
func TestPrivilegesAreSeparate(t *testing.T) {
	w := newWorld(t)
	id, digest := w.asked("ana", askAdmin)
	api, decisions := API(w.svc, authenticate, slog.New(slog.DiscardHandler)), Decisions(w.svc, authenticate, slog.New(slog.DiscardHandler))
	at := "/v1/elevations/" + id + "/decisions"
	w.callOn(api, "ben", "POST", at, decides("approve", digest)).want(t, http.StatusNotFound)
	for _, path := range []string{"/v1/elevations", "/v1/elevations/" + id, "/v1/me", "/v1/entitlements", "/v1/suspensions", "/v1/openapi.json"} {
		w.callOn(decisions, "ben", "GET", path, "").want(t, http.StatusNotFound)
	}
	w.callOn(decisions, "ben", "POST", at, decides("approve", digest)).want(t, http.StatusOK)

	glass, _ := w.asked("cem", askIncident)
	w.call("cem", "POST", "/v1/elevations/"+glass+"/withdraw", "").want(t, http.StatusOK)
	review := "/v1/elevations/" + glass + "/review"
	w.callOn(api, "ben", "POST", review, `{"note": "seen"}`).want(t, http.StatusMethodNotAllowed)
	w.callOn(decisions, "ben", "GET", review, "").want(t, http.StatusMethodNotAllowed)
	w.callOn(decisions, "ben", "POST", review, `{"note": "seen"}`).want(t, http.StatusOK)
}

func TestNoSuchPathOrMethod(t *testing.T) {
	tests := map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"no such path":           {"GET", "/", 404, ""},
		"no such version":        {"GET", "/v2/me", 404, ""},
		"trailing slash":         {"GET", "/v1/me/", 404, ""},
		"double slash":           {"POST", "/v1//elevations", 404, ""},
		"dots":                   {"GET", "/v1/elevations/../me", 404, ""},
		"other case":             {"GET", "/V1/me", 404, ""},
		"put":                    {"PUT", "/v1/elevations", 405, "GET, HEAD, POST"},
		"get of a verb":          {"GET", "/v1/elevations/x/end", 405, "POST"},
		"post of me":             {"POST", "/v1/me", 405, "GET, HEAD"},
		"options, as a browser":  {"OPTIONS", "/v1/elevations", 405, "GET, HEAD, POST"},
		"unknown method":         {"GRANT", "/v1/me", 405, "GET, HEAD"},
		"delete of an elevation": {"DELETE", "/v1/elevations/x", 405, "GET, HEAD"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newWorld(t).call("ana", test.method, test.path, "").want(t, test.status)
			if got := a.Header.Get("Allow"); got != test.allow {
				t.Errorf("Allow = %q, want %q", got, test.allow)
			}
			if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type = %q", got)
			}
		})
	}
}

func TestGetChangesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.active()
	before := fmt.Sprint(w.store.All(record.AccessTable), w.store.All(record.AuditTable))
	for _, path := range []string{"/v1/elevations", "/v1/elevations?state=active", "/v1/elevations/" + id, "/v1/entitlements", "/v1/me", "/v1/openapi.json"} {
		w.call("ana", "GET", path, "").want(t, http.StatusOK)
	}
	w.call("dee", "GET", "/v1/suspensions", "").want(t, http.StatusOK)
	if after := fmt.Sprint(w.store.All(record.AccessTable), w.store.All(record.AuditTable)); after != before {
		t.Error("a GET changed the store")
	}
}

func TestHeartbeatLeavesNoEvidence(t *testing.T) {
	w := newWorld(t)
	id := w.active()
	before := len(w.store.All(record.AuditTable))
	w.call("ana", "POST", "/v1/elevations/"+id+"/heartbeat", "").want(t, http.StatusOK)
	if after := len(w.store.All(record.AuditTable)); after != before {
		t.Errorf("%d records were made", after-before)
	}
}

// TestThroughAServer: what only a real server does, as HEAD without a body and a body that breaks off.
func TestThroughAServer(t *testing.T) {
	w := newWorld(t)
	s := httptest.NewServer(w.handler)
	defer s.Close()
	resp, err := s.Client().Head(s.URL + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("HEAD = %s %v", resp.Status, resp.Header)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 5 {
		id, _ := w.asked("ana", strings.Replace(with("CHG-1042", "CHG-2"), "stuck", fmt.Sprint("stuck ", i), 1))
		w.call("ana", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
		ids = append([]string{id}, ids...)
	}
	var got []string
	next := ""
	for range 5 {
		a := w.call("ana", "GET", "/v1/elevations?state=withdrawn&limit=2"+next, "").want(t, http.StatusOK)
		for _, m := range regexp.MustCompile(`"id":"(01m[^"]*)","state"`).FindAllStringSubmatch(string(a.body), -1) {
			got = append(got, m[1])
		}
		if a.member(t, "next_cursor") == "" {
			break
		}
		next = "&cursor=" + a.member(t, "next_cursor")
	}
	if fmt.Sprint(got) != fmt.Sprint(ids) {
		t.Errorf("pages = %v, want %v", got, ids)
	}
	w.call("ana", "GET", "/v1/elevations?state=ended&limit=2"+next, "").want(t, http.StatusBadRequest)
	w.call("ben", "GET", "/v1/elevations?state=withdrawn&limit=2"+next, "").want(t, http.StatusBadRequest)
	w.call("ana", "GET", "/v1/elevations?state=withdrawn&limit=1"+next, "").want(t, http.StatusOK)
}

func TestQueryNotUnderstood(t *testing.T) {
	w := newWorld(t)
	w.asked("ana", askAdmin)
	id, _ := w.asked("cem", askAdmin)
	w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
	w.asked("cem", askAdmin)
	good := w.call("cem", "GET", "/v1/elevations?limit=1", "").member(t, "next_cursor")
	tests := map[string]string{
		"unknown state":        "state=open",
		"state in upper case":  "state=Active",
		"empty state":          "state=",
		"one of two states":    "state=active&state=over",
		"two principals":       "principal=x&principal=y",
		"an end without Z":     "ended_after=2026-10-05T09:00:00",
		"a day":                "requested_after=2026-10-05",
		"mine, another word":   "mine=sign",
		"unknown name":         "status=active",
		"identity":             "caller=ben",
		"not well formed":      "state=%zz",
		"semicolon":            "state=active;limit=1",
		"limit 0":              "limit=0",
		"negative limit":       "limit=-1",
		"limit beyond":         "limit=201",
		"limit with a sign":    "limit=%2B5",
		"limit with a zero":    "limit=05",
		"limit that is a word": "limit=all",
		"empty cursor":         "cursor=",
		"cursor garbage":       "cursor=garbage",
		"cursor padded":        "cursor=" + good + "=",
		"cursor with a break":  "cursor=" + good + "%0A",
		"cursor too long":      "cursor=" + strings.Repeat("A", 513),
		"cursor of no id":      "cursor=" + forge(t, good, func(s string) string { return s + "x" }),
		"cursor of a filter":   "cursor=" + forge(t, good, func(s string) string { return "filter" + s[6:] }),
		"cursor of another":    "limit=2&state=requested&cursor=" + good,
	}
	for name, query := range tests {
		t.Run(name, func(t *testing.T) {
			w.call("cem", "GET", "/v1/elevations?"+query, "").want(t, http.StatusBadRequest)
		})
	}
	w.call("cem", "GET", "/v1/elevations?cursor="+good, "").want(t, http.StatusOK)
	w.call("ana", "GET", "/v1/elevations?cursor="+good, "").want(t, http.StatusBadRequest)
}

// forge is a cursor whose text the caller has changed.
func forge(t *testing.T, cursor string, change func(string) string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(change(string(b))))
}
