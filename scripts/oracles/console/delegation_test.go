package console

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDelegation: ben is away, and cem denies in the stead of ben.
func TestDelegation(t *testing.T) {
	r, ben, cem := alone(t), newTab(t), newTab(t)
	ask := func(who, task string) string {
		var made struct{ ID string }
		if status := r.call(t, who, http.MethodPost, "/v1/elevations", askAdmin(task), &made); status != http.StatusCreated {
			t.Fatalf("the request of %s: %d", who, status)
		}
		return made.ID
	}
	r.call(t, "cem", http.MethodPost, "/v1/elevations/"+ask("cem", "CHG-20")+"/withdraw", nil, nil) // it is known who they are
	ben.signIn(r, "ben")
	ben.click("link", "Delegations")
	ben.fill("Person", "cem")
	ben.fill("Until", time.Now().UTC().Add(24*time.Hour).Format("2006-01-02T15:04:05Z"))
	ben.fill("Reason", "holiday")
	ben.click("button", "Name the delegate")
	ben.find("button", "End the delegation to cem")

	id := ask("ana", "CHG-21")
	cem.signIn(r, "cem")
	cem.show("delegations")
	cem.sees("You named no delegate.")
	cem.show("decide/" + id)
	cem.sees("away until")
	cem.fill("Reason", "not in the holidays")
	cem.click("button", "Deny")
	cem.sees("in the stead of ben")
	cem.show("elevation/" + id)
	cem.sees("in the stead of ben")

	ben.click("button", "End the delegation to cem")
	ben.find("dialog", "End this delegation")
	ben.click("button", "End it")
	ben.sees("You named no delegate.")
}

// routes lets the stub answer from functions, each a method and a path.
func (s *stub) routes(all map[string]http.HandlerFunc) {
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, there := all[r.Method+" "+r.URL.Path]; there {
			h(w, r)
			return
		}
		answer(w, http.StatusOK, map[string]any{})
	}))
}

// What was typed was lost when the sign-in was over.
func TestWhatWasTypedSurvivesASignIn(t *testing.T) {
	t.Parallel()
	s, p := newStub(t), newTab(t)
	s.routes(map[string]http.HandlerFunc{
		"GET /v1/me":      func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, operator("dee")) },
		"POST /v1/trials": func(w http.ResponseWriter, _ *http.Request) { refusal(http.StatusUnauthorized)(w) },
		"GET /v1/entitlements/admin-30m": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, map[string]any{"name": "admin-30m", "about": "Admin", "principals": []string{deployer}, "max_seconds": 1800, "session": "userid",
				"tasks": []map[string]any{{"kind": "change"}, {"kind": "incident"}}, "parameters": map[string]string{"account": "account-id"}, "policy": map[string]any{}})
		},
	})
	p.expect("401")
	s.signIn(p, "ask/admin-30m")
	typed := map[string]string{"Task": "CHG-9 & more", "Reason": "“Größe” is wrong: 50 % + <b>", "account": account, "Minutes": "7"}
	for name, text := range typed {
		p.fill(name, text)
	}
	if at := eval[string](p, "location.href"); strings.Contains(at, "CHG-9") {
		t.Errorf("it is in the address before a sign-in: %s", at)
	}
	p.click("button", "Show what would happen")
	p.sees("Your sign-in is over")
	p.click("button", "Sign in")
	p.sees("Your request")
	got := eval[map[string]string](p, `({Task: document.getElementById("task").value, Reason: document.getElementById("reason-asked").value,
		account: document.getElementById("param-account").value, Minutes: document.getElementById("minutes").value})`)
	for name, text := range typed {
		if got[name] != text {
			t.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
	if kept := eval[string](p, `JSON.stringify([{...sessionStorage}, {...localStorage}])`); kept != "[{},{}]" {
		t.Errorf("the browser keeps %s", kept)
	}
}

// A window must not keep access alive silently, and must tell when it no longer does.
func TestHeartbeatsAreSentWhenAskedAndTold(t *testing.T) {
	o, s, ben := newRequest(t), newStub(t), newTab(t)
	status := http.StatusOK
	beat := "/v1/elevations/" + o.id + "/heartbeat"
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == beat {
			answer(w, status, map[string]any{"title": "No", "detail": "it is too late"})
			return
		}
		o.ServeHTTP(w, r)
	}))
	o.set(func(e map[string]any) {
		part(e, "requester")["id"] = "person:ben"
		e["state"], e["heartbeat_seconds"], e["deadline"] = "active", 30, time.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05Z")
	}, nil)
	s.signIn(ben, "elevation/"+o.id)
	ben.sees("This window sends no heartbeats.")
	if all := ben.called(beat); len(all) > 0 {
		t.Errorf("it sends without being asked: %v", all)
	}
	ben.click("checkbox", "Send heartbeats from this window")
	ben.sees("This window sends a heartbeat every 10 s")
	ben.await("a heartbeat", func() bool { return len(ben.called(beat)) > 0 })
	ben.sees("It sent the last one")
	ben.expect("409")
	s.mu.Lock()
	status = http.StatusConflict
	s.mu.Unlock()
	ben.click("button", "Send one now")
	ben.sees("The last heartbeat failed: it is too late")
}
