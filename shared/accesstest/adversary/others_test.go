package adversary

import (
	"maps"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// verbs are the calls on one elevation: path after its id, and body.
func verbs() map[string][2]string {
	return map[string][2]string{
		"show": {"", ""}, "end": {"/end", ""}, "heartbeat": {"/heartbeat", ""}, "withdraw": {"/withdraw", ""},
		"acknowledge": {"/acknowledge", ""}, "decide": {"/decisions", with(approval, "<digest>", strings.Repeat("a", 64))},
		"review": {"/review", `{"note": "seen"}`},
	}
}

// others are attempts on other callers' elevations.
func others() []attempt {
	var all []attempt
	for _, verb := range slices.Sorted(maps.Keys(verbs())) {
		add := func(name string, prepare func(*world), who identity.Caller) {
			a := attempt{name: name + " tries to " + verb, prepare: prepare, who: who, path: "/v1/elevations/<id>" + verbs()[verb][0], body: verbs()[verb][1],
				status: 404, kind: "not-found", leaves: refusal, hidden: true}
			if verb == "show" {
				a.method = "GET"
			}
			all = append(all, a)
		}
		add("stranger to what is requested", requested, zoe())
		add("stranger to what is active", active, zoe())
		add("another engineer", active, cem())
		add("another session of the principal", active, deployer("ben"))
		add("session of the principal in another case", active, deployer("ANA"))
		add("session of the same name of another role", active, machine(backup, "AROAEXAMPLE0000000002", "ana", "backup"))
		add("requester's subject at another issuer", active, person(other, "0001", "ana", "engineers"))
		add("stranger to broken glass", glass, ana())
		add("stranger to broken glass that is over", glassOver, ana())
		add("somebody with an id in upper case", func(w *world) { active(w); w.vars["id"] = strings.ToUpper(w.vars["id"]) }, ana())
		add("somebody with a wildcard", func(w *world) { active(w); w.vars["id"] = "*" }, ana())
	}
	return append(append(all, forbidden()...), lists()...)
}

// forbidden are attempts on elevations that the caller may see but not change so.
func forbidden() []attempt {
	const review = `{"note": "seen"}`
	var all []attempt
	for _, f := range []struct {
		name    string
		prepare func(*world)
		who     identity.Caller
		verb    string
		body    string
		reason  string // empty: Conflict
	}{
		{"approver ends what they approved", active, eve(), "end", "", "curfew.end"},
		{"approver withdraws a request", requested, eve(), "withdraw", "", "curfew.withdraw"},
		{"approver keeps it alive", active, eve(), "heartbeat", "", "curfew.heartbeat"},
		{"operator keeps it alive", active, dee(), "heartbeat", "", "curfew.heartbeat"},
		{"owner keeps it alive", active, ben(), "heartbeat", "", "curfew.heartbeat"},
		{"another session of the machine keeps it alive", ticketsActive, summarizer("run-43"), "heartbeat", "", "curfew.heartbeat"},
		{"session of the machine in another case keeps it alive", ticketsActive, summarizer("RUN-42"), "heartbeat", "", "curfew.heartbeat"},
		{"another session of the machine ends it", ticketsActive, summarizer("run-43"), "end", "", "curfew.end"},
		{"machine acknowledges its own", ticketsActive, summarizer("run-42"), "acknowledge", "", "curfew.acknowledge"},
		{"machine that is in a group of operators acknowledges", active, in(runner("job-7"), "operators"), "acknowledge", "", "curfew.acknowledge"},
		{"requester acknowledges", active, ana(), "acknowledge", "", "curfew.acknowledge"},
		{"approver acknowledges", active, eve(), "acknowledge", "", "curfew.acknowledge"},

		{"operator acknowledges what is not stuck", active, dee(), "acknowledge", "", ""},
		{"requester withdraws what is active", active, ana(), "withdraw", "", ""},
		{"requester withdraws what has ended", ended, ana(), "withdraw", "", ""},
		{"requester withdraws what was denied", deniedAlready, ana(), "withdraw", "", ""},
		{"requester ends what was not granted yet", requested, ana(), "end", "", ""},
		{"heartbeat before it is granted", requested, ana(), "heartbeat", "", ""},
		{"heartbeat after it ended", ended, ana(), "heartbeat", "", ""},
		{"heartbeat where none is needed", backupActive, runner("job-7"), "heartbeat", "", ""},

		{"responder signs her own review", glassOver, cem(), "review", review, "curfew.self"},
		{"responder signs her own review as a lead", glassOver, in(cem(), "oncall", "leads"), "review", review, "curfew.self"},
		{"responder signs by an account of another issuer", glassOver, person(other, "0003", "Cem", "leads"), "review", review, "curfew.self"},
		{"operator who is no reviewer signs", glassOver, dee(), "review", review, "curfew.reviewers"},
		{"machine that is in a group of leads signs", glassOver, in(runner("job-7"), "leads"), "review", review, "curfew.person"},
		{"reviewer signs before it is over", glass, eve(), "review", review, ""},
		{"second reviewer signs again", func(w *world) { glassOver(w); w.does(eve(), "review", review) }, ben(), "review", review, ""},
	} {
		a := attempt{name: f.name, prepare: f.prepare, who: f.who, path: "/v1/elevations/<id>/" + f.verb, body: f.body,
			status: 403, kind: "denied", reasons: []string{f.reason}, leaves: refusal}
		if f.reason == "" {
			a.status, a.kind, a.reasons = 409, "conflict", nil
		}
		all = append(all, a)
	}
	return append(all,
		attempt{name: "end with a cause", prepare: active, who: ana(), path: "/v1/elevations/<id>/end", body: `{"cause": "deadline"}`,
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "heartbeat with a deadline", prepare: active, who: ana(), path: "/v1/elevations/<id>/heartbeat", body: `{"deadline": "2099-01-01T00:00:00Z"}`,
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "review signed in somebody's name", prepare: glassOver, who: cem(), path: "/v1/elevations/<id>/review",
			body: and(review, `"signed_by": "person:https://id.example.com|0005"`), status: 400, kind: "invalid", leaves: nothing})
}

// lists are attempts to learn of elevations that the caller may not see.
func lists() []attempt {
	page := func(filter string) string { return "/v1/elevations?" + filter }
	twoActive := func(w *world) {
		active(w)
		w.asks(cem(), askAdmin)
		w.does(ben(), "decisions", approval)
		w.is(access.Active)
	}
	cursorOf := func(who identity.Caller, filter string) func(*world) {
		return func(w *world) {
			twoActive(w)
			w.vars["cursor"] = w.call(who, "GET", page(filter+"&limit=1"), "").problem.Next
			if w.vars["cursor"] == "" {
				w.t.Fatal("there is no cursor to try")
			}
		}
	}
	get := func(name, path string, prepare func(*world), who identity.Caller) attempt {
		return attempt{name: name, prepare: prepare, who: who, method: "GET", path: path, status: 400, kind: "invalid", leaves: nothing}
	}
	empty := func(name, path string) attempt {
		return attempt{name: name, prepare: twoActive, who: zoe(), method: "GET", path: path, status: 200, body: "", leaves: inert, says: `{"elevations":[]}`}
	}
	return []attempt{
		get("cursor of another caller", page("state=active&limit=1&cursor=<cursor>"), cursorOf(dee(), "state=active"), ana()),
		get("cursor of another filter", page("state=ended&limit=1&cursor=<cursor>"), cursorOf(dee(), "state=active"), dee()),
		get("cursor forged", page("state=active&cursor=eyJ2IjoxLCJmIjoiMDAwMDAwMDAwMDAwMDAwMCIsImEiOiIwMWs2eTNtMXg4MDAwMDAwMDAwMDAwMDAwMSJ9"), twoActive, zoe()),
		get("cursor that is no cursor", page("state=active&cursor=%27%20or%201%3D1"), twoActive, zoe()),
		get("list as somebody else", page("caller=person:https://id.example.com%7C0004"), twoActive, zoe()),
		get("list of everything", page("state=*"), twoActive, zoe()),
		get("list by a state that there is not", page("state=active&state=over"), twoActive, zoe()),
		get("list without an end", page("limit=100000"), twoActive, zoe()),
		empty("stranger lists what is active", page("state=active")),
		empty("stranger lists what another asked for", page("requester=person:https://id.example.com%7C0001")),
		empty("stranger lists what is on a role", page("principal="+engineer)),
		empty("stranger counts what is active", page("state=active&limit=1")),
		empty("stranger counts what is on a role", page("principal="+engineer+"&limit=1")),
	}
}
