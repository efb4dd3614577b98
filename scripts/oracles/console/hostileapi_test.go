package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestHostileRequestsAreInert sends each payload to the API of the rehearsal as the reason of a request, its task, its session and its parameter,
// and shows what it took in the views of its requester and of an operator.
func TestHostileRequestsAreInert(t *testing.T) {
	t.Parallel()
	r, all, p := alone(t), payloads(), newTab(t)
	if !r.asksWith(t, "reason", "harmless") {
		t.Fatal("the API took no harmless request")
	}
	views := []string{"audit?kind=elevation.requested", "elevations?state=denied%2Cwithdrawn%2Clapsed", "home"}
	p.signIn(r, "cem")
	was := harmless{map[string]bool{}, map[string]bool{}}
	for _, view := range views {
		p.show(view)
		was.add(p.inspect())
	}
	took := map[string][]string{}
	for i, payload := range all {
		if strings.HasPrefix(payload, "<b on") { // the other tests have them: they differ in the name of the event alone
			continue
		}
		field := "reason"
		if i%20 == 0 {
			field = []string{"task", "session", "parameter"}[i/20%3]
		}
		if r.asksWith(t, field, payload) {
			took[field] = append(took[field], payload)
		}
	}
	if len(took["reason"]) < fewestPayloads {
		t.Errorf("the API took %d payloads as reasons, want at least %d", len(took["reason"]), fewestPayloads)
	}
	shown := map[string]int{}
	for _, view := range views {
		p.show(view)
		i := p.inspect()
		was.check(t, view, i)
		count(shown, inJSON(t, took["reason"]), i.Text) // a record's detail is JSON
	}
	for _, payload := range inJSON(t, took["reason"]) {
		if shown[payload] == 0 {
			t.Errorf("not shown: %q", payload)
		}
	}
	t.Logf("the API took %d payloads as reasons, %d as tasks, %d as sessions, %d as names of parameters; the reasons are shown and inert", len(took["reason"]), len(took["task"]), len(took["session"]), len(took["parameter"]))
}

// inJSON writes texts as JSON.stringify does, without the quotation marks.
func inJSON(t *testing.T, texts []string) (all []string) {
	t.Helper()
	for _, text := range texts {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n"))
	}
	return all
}

// asksWith asks as cem with a payload in a field, and withdraws. It reports whether the API took it.
func (r *rehearsal) asksWith(t *testing.T, field, payload string) bool {
	t.Helper()
	body := askAdmin("CHG-HOSTILE")
	switch field {
	case "reason":
		body["reason"] = payload
	case "task":
		body["task"] = map[string]string{"kind": "change", "id": payload}
	case "session":
		body["session"] = payload
	case "parameter":
		body["parameters"] = map[string]string{"account": account, payload: payload}
	}
	var e struct{ ID string }
	if status := r.call(t, "cem", http.MethodPost, "/v1/elevations", body, &e); status != http.StatusCreated {
		return false
	}
	if status := r.call(t, "cem", http.MethodPost, "/v1/elevations/"+e.ID+"/withdraw", nil, nil); status != http.StatusOK {
		t.Fatalf("the withdrawal: %d", status)
	}
	return true
}
