package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"curfew/shared/api"
)

// TestEveryOperationHasOneRoute: and every route but that of the document an operation.
func TestEveryOperationHasOneRoute(t *testing.T) {
	named := []string{""}
	for _, o := range api.Operations() {
		named = append(named, o.Name)
	}
	routed := each(routes(), func(r route) string { return r.operation })
	slices.Sort(named)
	slices.Sort(routed)
	if !slices.Equal(routed, named) {
		t.Errorf("routed: %v\nin the table: %v", routed, named)
	}
}

// TestProblemsOfAnOperationAreTheDocuments: the statuses that are described are those of the kinds in the table, and those of HTTP.
func TestProblemsOfAnOperationAreTheDocuments(t *testing.T) {
	paths := model(t).Paths
	for _, rt := range routes() {
		kinds := []api.Kind{api.Throttled, api.Internal}
		if rt.operation != "" {
			kinds = append(kinds, unauthenticated)
		}
		if rt.method == "POST" {
			kinds = append(kinds, tooLarge, mediaType)
		}
		for _, o := range api.Operations() {
			if o.Name == rt.operation {
				kinds = append(kinds, o.Fails...)
			}
		}
		want := map[string]bool{}
		for _, m := range meanings() {
			if slices.Contains(kinds, m.kind) {
				want[strconv.Itoa(m.status)] = true
			}
		}
		var described struct{ Responses map[string]any }
		if err := json.Unmarshal(paths[rt.path][strings.ToLower(rt.method)], &described); err != nil {
			t.Fatal(err)
		}
		for code := range described.Responses {
			if code[0] != '2' && !want[code] {
				t.Errorf("%s %s: %s is described, and not in the table", rt.method, rt.path, code)
			}
			delete(want, code)
		}
		if len(want) > 0 {
			t.Errorf("%s %s: %v are in the table, and not described", rt.method, rt.path, want)
		}
	}
}

// TestRolesOfTheTable: who is in no role of an operation is refused, and so is a machine in every group where only people may.
func TestRolesOfTheTable(t *testing.T) {
	bodies := map[string]string{
		"decideElevation": decides("approve", strings.Repeat("a", 64)), "signReview": `{"note": "x"}`,
		"endAll": `{"everything": true, "count_only": true}`, "suspend": and(`{"entitlement": "admin-30m"}`, `"reason": "x"`),
		"answerCampaignItem": `{"answer": "signed", "digest": "` + strings.Repeat("c", 64) + `", "reason": "x"}`,
		"makeDelegation":     `{"to": "ben", "until": "2026-10-06T00:00:00Z", "reason": "x"}`, "endDelegation": `{"delegation": "01k6y3m1x8q2v4t6w8y0a2c4e6"}`,
		"acknowledgeFinding": `{}`, "closeFinding": `{"reason": "x"}`,
		"addAccount":     `{"account": "111122223333", "reason": "x"}`,
		"signCatalog":    `{"catalog": "` + strings.Repeat("b", 64) + `", "note": "x"}`,
		"recordReport":   `{"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z", "files": [{"name": "report.html", "digest": "` + strings.Repeat("d", 64) + `", "size": 1}]}`,
		"removeAccount":  `{"account": "111122223333", "reason": "x"}`,
		"liftSuspension": and(`{"entitlement": "admin-30m"}`, `"reason": "x"`),
	}
	for _, rt := range routes() {
		i := slices.IndexFunc(api.Operations(), func(o api.Operation) bool { return o.Name == rt.operation })
		if i < 0 || slices.Contains(api.Operations()[i].May, api.Anyone) {
			continue
		}
		callers := []string{"eve"}
		if api.Operations()[i].People {
			callers = append(callers, "robot")
		}
		for _, who := range callers {
			t.Run(rt.operation+" "+who, func(t *testing.T) {
				w := newWorld(t)
				id, digest := w.asked("ana", askAdmin)
				if rt.operation == "signReview" {
					id, _ = w.asked("cem", askIncident)
					w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
				}
				if strings.HasPrefix(rt.path, "/v1/findings/") {
					id = w.found("x")
				}
				body := strings.Replace(bodies[rt.operation], strings.Repeat("a", 64), digest, 1)
				a := w.call(who, rt.method, strings.Replace(rt.path, "{id}", id, 1), body)
				if a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusNotFound {
					t.Errorf("answered %d %s", a.StatusCode, a.body)
				}
			})
		}
	}
}

// TestAnOperationIsCalledByName: with one JSON object, wherever over HTTP its members stand.
func TestAnOperationIsCalledByName(t *testing.T) {
	w := newWorld(t)
	ana, err := authenticate(&http.Request{Header: http.Header{"Authorization": {"Bearer ana"}}})
	if err != nil {
		t.Fatal(err)
	}
	call := func(name, input string) (any, error) {
		i := slices.IndexFunc(api.Operations(), func(o api.Operation) bool { return o.Name == name })
		return api.Operations()[i].Call(t.Context(), w.svc, ana, []byte(input))
	}
	ask := strings.TrimSuffix(askAdmin, "}") + `, "idempotency_key": "k1"}`
	first, err := call("requestElevation", ask)
	if err != nil {
		t.Fatal(err)
	}
	e := first.(api.Elevation)
	if again, err := call("requestElevation", ask); err != nil || again.(api.Elevation).ID != e.ID {
		t.Errorf("asked again: %v, %v, want %s", again, err, e.ID)
	}
	page, err := call("listElevations", `{"state": "requested", "limit": 1}`)
	if err != nil || len(page.(api.Page).Elevations) != 1 {
		t.Errorf("listed %v, %v", page, err)
	}
	if got, err := call("withdrawElevation", `{"id": "`+e.ID+`"}`); err != nil || got.(api.Elevation).State != "withdrawn" {
		t.Errorf("withdrew %v, %v", got, err)
	}
	for _, input := range []string{`{}`, `{"id": 1}`, `{"id": "x", "caller": "ben"}`, `[]`, `{"id": "` + e.ID + `", "id": "x"}`} {
		_, err := call("endElevation", input)
		if _, ok := errors.AsType[*api.InputError](err); !ok {
			t.Errorf("%s: %v, want that it was not understood", input, err)
		}
	}
	_, err = call("endElevation", `{"id": "`+e.ID+`", "urgent": true, "now": true}`)
	raw, err := json.Marshal(api.ProblemOf(err))
	if err != nil || !strings.Contains(string(raw), `{"field":"now","problem":"unknown field"}`) {
		t.Errorf("told %s, %v", raw, err)
	}
}
