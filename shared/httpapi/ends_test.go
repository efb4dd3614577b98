package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"curfew/shared/api"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

const scopeEngineer = `{"principal": "` + engineer + `"}`

// and adds members to the JSON of a scope.
func and(scope, members string) string { return strings.TrimSuffix(scope, "}") + ", " + members + "}" }

func TestAnswersOfTheRedButton(t *testing.T) {
	w := newWorld(t)
	w.active()
	w.asked("cem", askIncident)
	golden(t, "suspended", w.call("dee", "POST", "/v1/suspensions", and(scopeEngineer, `"reason": "credentials were lost"`)))
	golden(t, "suspensions", w.call("dee", "GET", "/v1/suspensions", ""))
	golden(t, "ends-counted", w.call("dee", "POST", "/v1/ends", and(`{"everything": true}`, `"count_only": true`)))
	golden(t, "lifted", w.call("dee", "POST", "/v1/suspensions/lift", and(scopeEngineer, `"reason": "they were found"`)))
	golden(t, "lifted-none", w.call("dee", "POST", "/v1/suspensions/lift", and(`{"entitlement": "backup-run"}`, `"reason": "in doubt"`)))
	golden(t, "suspensions-none", w.call("dee", "GET", "/v1/suspensions", ""))
}

// reached is what a whole round met.
func (w *world) reached(who, body string) (all api.Reach) {
	w.t.Helper()
	next := ""
	for range 20 {
		var page api.Reach
		if err := json.Unmarshal(w.call(who, "POST", "/v1/ends", and(body, `"count_only": false`+next)).want(w.t, http.StatusOK).body, &page); err != nil {
			w.t.Fatal(err)
		}
		all.Waiting, all.Open, all.Ending = all.Waiting+page.Waiting, all.Open+page.Open, all.Ending+page.Ending
		all.Ordered, all.Failed = all.Ordered+page.Ordered, append(all.Failed, page.Failed...)
		if page.NextCursor == "" {
			return all
		}
		next = fmt.Sprintf(`, "cursor": %q`, page.NextCursor)
	}
	w.t.Fatal("20 pages, and no end")
	return all
}

func TestEndingAllOfAPrincipal(t *testing.T) {
	w := newWorld(t)
	open := w.active()
	w.asked("cem", askIncident)
	waits, _ := w.asked("cem", askAdmin)
	if got, want := w.reached("dee", scopeEngineer), (api.Reach{Waiting: 1, Open: 1, Ending: 1, Ordered: 2}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the first round met %+v, want %+v", got, want) // what it orders to end in active it meets again in revoking
	}
	for id, want := range map[string]string{open: "revoking", waits: "withdrawn"} {
		if got := w.call("dee", "GET", "/v1/elevations/"+id, "").member(t, "state"); got != want {
			t.Errorf("state = %s, want %s", got, want)
		}
	}
	if got, want := w.reached("dee", scopeEngineer), (api.Reach{Ending: 1}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the second round met %+v, want %+v", got, want)
	}
}

// TestWhatKeptItIsNotTold: that an end failed is told, why is not: it is a fault, and in the log.
func TestWhatKeptItIsNotTold(t *testing.T) {
	w := newWorld(t)
	id, _ := w.asked("ana", askAdmin)
	w.svc.Store, w.svc.Log = fullStore{w.svc.Store}, slog.New(slog.NewTextHandler(w.log, nil))
	met := w.reached("dee", scopeEngineer)
	if !slices.Equal(met.Failed, []string{id}) || met.Ordered != 0 {
		t.Errorf("met %+v, want that %s failed", met, id)
	}
	if !strings.Contains(w.log.String(), "secret table") {
		t.Errorf("the log does not say why: %s", w.log)
	}
}

// TestOnlyOperators: the answer to anybody else is the same whether there is something of the scope or not.
func TestOnlyOperators(t *testing.T) {
	there := []string{scopeEngineer, `{"everything": true}`, `{"entitlement": "admin-30m"}`, `{"requester": "person:https://id.example.com|0001"}`}
	absent := []string{`{"principal": "arn:aws:iam::111122223333:role/no-such"}`, `{"entitlement": "no-such"}`, `{"requester": "person:no|body"}`}
	for route, member := range map[string]string{
		"/v1/ends": `"count_only": true`, "/v1/suspensions": `"reason": "x"`, "/v1/suspensions/lift": `"reason": "x"`,
	} {
		for _, who := range []string{"ana", "ben", "eve", "backup-runner"} {
			t.Run(route+" "+who, func(t *testing.T) {
				w := newWorld(t)
				w.active()
				w.call("dee", "POST", "/v1/suspensions", and(there[2], `"reason": "x"`)).want(t, http.StatusOK)
				seen := map[string]bool{}
				for _, scope := range append(there, absent...) {
					a := w.call(who, "POST", route, and(scope, member)).want(t, http.StatusForbidden)
					seen[fmt.Sprint(a.Header, string(a.body))] = true
				}
				if len(seen) != 1 {
					t.Errorf("there are %d different answers: %v", len(seen), seen)
				}
				w.call(who, "GET", "/v1/suspensions", "").want(t, http.StatusForbidden)
				w.call("", "POST", route, and(scopeEngineer, member)).want(t, http.StatusUnauthorized)
				if left := w.flow.orders; len(left) > 0 {
					t.Errorf("%d ends were ordered", len(left))
				}
			})
		}
	}
}

// TestOwnSuspension: who is suspended does not lift it, and a machine lifts none.
func TestOwnSuspension(t *testing.T) {
	w := newWorld(t)
	self := `{"requester": "person:https://id.example.com|0004", "reason": "x"}`
	refused := w.call("dee", "POST", "/v1/suspensions", self).want(t, http.StatusBadRequest)
	if !strings.Contains(string(refused.body), suspension.ReasonSelf) {
		t.Errorf("reasons are missing: %s", refused.body)
	}
	w.call("dee", "POST", "/v1/suspensions", and(self, `"self": true`)).want(t, http.StatusOK)
	w.call("dee", "POST", "/v1/suspensions/lift", and(self, `"self": true`)).want(t, http.StatusBadRequest)
	a := w.call("dee", "POST", "/v1/suspensions/lift", self).want(t, http.StatusForbidden)
	if !strings.Contains(string(a.body), "curfew.self") {
		t.Errorf("reasons are missing: %s", a.body)
	}
}

// TestCursorsOfEnds: a cursor is of one caller and one scope, and is no way around either.
func TestCursorsOfEnds(t *testing.T) {
	w := newWorld(t)
	first := w.call("dee", "POST", "/v1/ends", and(scopeEngineer, `"count_only": true`)).member(t, "next_cursor")
	if first == "" {
		t.Fatal("one page was all")
	}
	everything := w.call("dee", "POST", "/v1/ends", `{"everything": true, "count_only": true}`).member(t, "next_cursor")
	forged := forge(t, everything, func(s string) string { return strings.Replace(s, "open ", "ended ", 1) })
	tests := map[string]struct {
		who, scope, cursor string
		status             int
	}{
		"its own":               {"dee", scopeEngineer, first, 200},
		"its own, another case": {"dee", strings.Replace(scopeEngineer, "engineer-deploy", "Engineer-Deploy", 1), first, 200},
		"of another scope":      {"dee", `{"everything": true}`, first, 400},
		"of another caller":     {"ana", scopeEngineer, first, 400},
		"empty":                 {"dee", scopeEngineer, "", 400},
		"garbage":               {"dee", scopeEngineer, "active 01m45mn5m00000000000000001", 400},
		"of a state that ended": {"dee", `{"everything": true}`, forged, 400},
		"too long":              {"dee", scopeEngineer, strings.Repeat("A", 513), 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w.call(test.who, "POST", "/v1/ends", and(test.scope, fmt.Sprintf(`"count_only": true, "cursor": %q`, test.cursor))).want(t, test.status)
		})
	}
}

func TestScopesNotUnderstood(t *testing.T) {
	tests := map[string]struct {
		body   string
		status int
	}{
		"nothing":                    {"", 415},
		"an empty object":            {`{}`, 400},
		"two":                        {and(scopeEngineer, `"entitlement": "admin-30m"`), 400},
		"everything and more":        {and(scopeEngineer, `"everything": true`), 400},
		"everything, but no":         {`{"everything": false}`, 400},
		"one, and not everything":    {and(scopeEngineer, `"everything": false`), 400},
		"everything as a text":       {`{"everything": "true"}`, 400},
		"everything beside an empty": {`{"principal": "", "everything": true}`, 400},
		"an empty requester":         {`{"requester": ""}`, 400},
		"null":                       {`{"principal": null, "everything": true}`, 400},
		"a path, not an ARN":         {`{"principal": "role/engineer-deploy"}`, 400},
		"a wildcard":                 {`{"principal": "arn:aws:iam::111122223333:role/*"}`, 400},
		"a list":                     {`{"principal": ["` + engineer + `"]}`, 400},
		"nested":                     {`{"scope": ` + scopeEngineer + `}`, 400},
		"in another case":            {`{"Everything": true}`, 400},
		"twice":                      {and(scopeEngineer, `"principal": "`+backup+`"`), 400},
		"an unknown member":          {and(scopeEngineer, `"force": true`), 400},
		"a new line":                 {`{"requester": "a\nb"}`, 400},
		"too long":                   {`{"requester": "` + strings.Repeat("a", 513) + `"}`, 400},
	}
	for name, test := range tests {
		for route, more := range map[string]string{"/v1/ends": "", "/v1/suspensions": `"reason": "x"`, "/v1/suspensions/lift": `"reason": "x"`} {
			t.Run(name+" "+route, func(t *testing.T) {
				w := newWorld(t)
				w.active()
				before, body := w.stored(), test.body
				if more != "" && strings.HasPrefix(body, `{"`) {
					body = and(body, more)
				}
				w.call("dee", "POST", route, body).want(t, test.status)
				if after := w.stored(); after != before || len(w.flow.orders) > 0 {
					t.Errorf("%d rows were stored, %d ends ordered", after-before, len(w.flow.orders))
				}
				w.wantQuietLog(1)
			})
		}
	}
	w := newWorld(t)
	for name, reason := range map[string]string{"none": `"reason": ""`, "too long": `"reason": "` + strings.Repeat("a", 501) + `"`, "no text": `"reason": 1`} {
		t.Run("reason "+name, func(t *testing.T) {
			w.call("dee", "POST", "/v1/suspensions", and(scopeEngineer, reason)).want(t, http.StatusBadRequest)
		})
	}
	w.call("dee", "POST", "/v1/ends", scopeEngineer, "Content-Type: text/plain").want(t, http.StatusUnsupportedMediaType) // as a foreign page could send it
}

// TestScopesThatMatchNothing: they are no success, nothing is stored but who called, and the answer names the nearest.
func TestScopesThatMatchNothing(t *testing.T) {
	for scope, nearest := range map[string]string{
		`{"requester": "ana-"}`:              `"nearest":[{"id":"person:https://id.example.com|0001","name":"ana"}]`,
		`{"entitlement": "admin-30"}`:        `"nearest":[{"id":"admin-30m"}]`,
		`{"principal": "engineer-deplo"}`:    `"nearest":[{"id":"` + engineer + `"}]`,
		`{"requester": "person:no|body"}`:    `set unseen`,
		`{"principal": "` + engineer + `y"}`: `"nearest":[{"id":"` + engineer + `"}]`,
	} {
		for route, member := range map[string]string{"/v1/ends": `"count_only": false`, "/v1/suspensions": `"reason": "x"`, "/v1/suspensions/lift": `"reason": "x"`} {
			t.Run(scope+" "+route, func(t *testing.T) {
				w := newWorld(t)
				w.active()
				a := w.call("dee", "POST", route, and(scope, member)).want(t, http.StatusBadRequest)
				if !strings.Contains(string(a.body), nearest) || !strings.Contains(string(a.body), suspension.ReasonUnmatched) {
					t.Errorf("answered %s, want %s", a.body, nearest)
				}
				if held := w.call("dee", "GET", "/v1/suspensions", ""); len(w.flow.orders) > 0 || strings.Contains(string(held.body), "reason") {
					t.Errorf("%d ends were ordered, suspended is %s", len(w.flow.orders), held.body)
				}
			})
		}
	}
}

// TestNamesAreResolved: the answer has the id, and the name.
func TestNamesAreResolved(t *testing.T) {
	w := newWorld(t)
	w.active()
	golden(t, "suspended-by-name", w.call("dee", "POST", "/v1/suspensions", `{"requester": "ana", "reason": "a lost laptop"}`))
	golden(t, "suspended-unseen", w.call("dee", "POST", "/v1/suspensions", `{"requester": "person:https://id.example.com|0009", "unseen": true, "reason": "a lost laptop"}`))
	golden(t, "ends-by-name", w.call("dee", "POST", "/v1/ends", `{"principal": "engineer-deploy", "count_only": true}`))
}

// fullStore takes no change.
type fullStore struct{ record.Store }

func (fullStore) Write(context.Context, ...record.Change) error {
	return fault.Errorf(fault.Transient, "throttled by the secret table")
}
