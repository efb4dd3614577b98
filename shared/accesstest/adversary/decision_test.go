package adversary

import (
	"strings"
	"time"

	"curfew/shared/identity"
	"curfew/shared/suspension"
)

// decisions are attempts to decide without the right to, in a wrong way, or too late.
func decisions() []attempt {
	var all []attempt
	add := func(a attempt) {
		a.path = "/v1/elevations/<id>/decisions"
		if a.body == "" {
			a.body = approval
		}
		all = append(all, a)
	}
	for _, d := range []struct {
		name    string
		prepare func(*world)
		who     identity.Caller
		reason  string
	}{
		{"requester approves her own", requested, ana(), "curfew.self"},
		{"requester approves her own, and is a lead by now", requested, in(ana(), "engineers", "leads"), "curfew.self"},
		{"requester approves by an account of another issuer", requested, person(other, "9999", "ana", "leads"), "curfew.self"},
		{"requester approves by an account of another issuer and the same subject", requested, person(other, "0001", "ana", "leads"), "curfew.self"},
		{"requester approves by another account of the same issuer", requested, person(issuer, "9999", "ana", "leads"), "curfew.self"},
		{"approver whose name is the session's in another case", requested, person(issuer, "9998", "ANA", "leads"), "curfew.self"},
		{"approver whose name is the machine's session", ticketsAsked, person(issuer, "9997", "RUN-42", "leads"), "curfew.self"},
		{"requester in a session of the role, which is in a group of leads", requested, deployer("ana", "leads"), "curfew.person"},
		{"machine that is in a group of leads", requested, in(runner("job-7"), "backup", "leads"), "curfew.person"},
		{"machine approves its own", ticketsAsked, summarizer("run-42"), "curfew.person"},
		{"another session of the machine approves", ticketsAsked, summarizer("run-43"), "curfew.person"},
		{"approver of a later group before its time", func(w *world) { escalated(w); pass(29 * time.Minute) }, in(eve(), "heads"), "curfew.approvers"},
		{"requester who joined the later group", func(w *world) { escalated(w); pass(31 * time.Minute) }, in(ana(), "heads"), "curfew.self"},
		{"machine in the later group", func(w *world) { escalated(w); pass(31 * time.Minute) }, in(runner("job-7"), "heads"), "curfew.person"},
		{"approver whose token does not say when they signed in", steppedUp, ben(), "curfew.step-up"},
		{"approver whose MFA is old", steppedUp, signedIn(ben(), -16*time.Minute), "curfew.step-up"},
		{"approver whose MFA is of the future", steppedUp, signedIn(ben(), time.Hour), "curfew.step-up"},
		{"approver who signed in without MFA", steppedUp, weak(signedIn(ben(), 0)), "curfew.step-up"},
		{"operator who is no approver", requested, dee(), "curfew.approvers"},
		{"owner who is no approver", requested, in(ben(), "platform"), "curfew.approvers"},
		{"suspended approver", func(w *world) { requested(w); w.suspends(suspension.Scope{Requester: ben().ID}) }, ben(), "curfew.suspended"},
		{"approval for a suspended principal", func(w *world) { requested(w); w.suspends(suspension.Scope{Principal: engineer}) }, ben(), "curfew.suspended"},
	} {
		add(attempt{name: d.name, prepare: d.prepare, who: d.who, status: 403, kind: "denied", reasons: []string{d.reason}, leaves: refusal})
	}
	for _, d := range []struct {
		name string
		who  identity.Caller
	}{
		{"approval by another engineer", cem()},
		{"approval by a machine", runner("job-7")},
		{"approval by somebody in no group", zoe()},
		{"approval by a group with a comma", in(eve(), "leads,platform")},
		{"approval by a group with a space", in(eve(), " leads")},
		{"approval by a list of groups flattened", in(eve(), "[leads platform]")},
		{"approval by a group in another case", in(eve(), "LEADS")},
		{"approval by a group with a look-alike letter", in(eve(), "l\u0435ads")},
		{"approval by an empty group", in(eve(), "")},
		{"approval by the approver's name as a group", in(eve(), eve().ID)},
	} {
		add(attempt{name: d.name, prepare: requested, who: d.who, status: 404, kind: "not-found", leaves: refusal})
	}
	add(attempt{name: "denial by somebody who may not see it", prepare: requested, who: zoe(), body: denial, status: 404, kind: "not-found", leaves: refusal})
	for _, d := range []struct {
		name    string
		prepare func(*world)
		who     identity.Caller
		body    string
	}{
		{"approval after a denial", deniedAlready, ben(), approval},
		{"approval by who denied it", deniedAlready, eve(), approval},
		{"approval after it was withdrawn", withdrawn, eve(), approval},
		{"approval after it lapsed", lapsed, eve(), approval},
		{"approval after it ended", ended, eve(), approval},
		{"approval of a refused request", refusedRequest, eve(), approval},
		{"second approval once it is active", active, eve(), approval},
		{"denial once it is active", active, eve(), denial},
		{"denial by who approved it", active, ben(), denial},
	} {
		add(attempt{name: d.name, prepare: d.prepare, who: d.who, body: d.body, status: 409, kind: "conflict", leaves: refusal})
	}
	add(attempt{name: "approval of what needs none", prepare: glass, who: eve(), status: 403, kind: "denied", reasons: []string{"curfew.approvers"}, leaves: refusal})
	add(attempt{name: "own decision again after it ended", prepare: ended, who: ben(), status: 200, leaves: inert})
	add(attempt{name: "another's decision, sent again by the requester", prepare: active, who: ana(), status: 403, kind: "denied", reasons: []string{"curfew.self"}, leaves: refusal})
	return append(append(all, digests()...), counted()...)
}

// refusedRequest makes a refused request of ana's, stored as an elevation in denied.
func refusedRequest(w *world) {
	a := w.call(ana(), "POST", "/v1/elevations", with(askAdmin, "1800", "1801"))
	w.vars["id"] = a.problem.Elevation
	w.vars["digest"] = w.call(ana(), "GET", "/v1/elevations/<id>", "").problem.Digest
}

// digests are approvals of other terms than the stored ones.
func digests() []attempt {
	replayed := func(w *world) {
		requested(w)
		seen := w.vars["digest"]
		w.does(ben(), "decisions", approval)
		w.does(ana(), "end", "")
		w.asks(ana(), askAdmin)
		w.vars["digest"] = seen
	}
	larger := func(w *world) {
		w.asks(cem(), askAdmin)
		seen := w.vars["digest"]
		w.asks(ana(), askAdmin)
		w.vars["digest"] = seen
	}
	flipped := func(w *world) {
		requested(w)
		last := "0"
		if strings.HasSuffix(w.vars["digest"], last) {
			last = "1"
		}
		w.vars["digest"] = w.vars["digest"][:63] + last
	}
	upper := func(w *world) { requested(w); w.vars["digest"] = strings.ToUpper(w.vars["digest"]) }
	var all []attempt
	for name, prepare := range map[string]func(*world){
		"approval of an earlier request of the same, replayed": replayed, "digest of another's request": larger, "digest with its last digit changed": flipped,
	} {
		all = append(all, attempt{name: name, prepare: prepare, who: ben(), body: approval,
			status: 403, kind: "denied", reasons: []string{"curfew.digest"}, leaves: refusal})
	}
	for name, body := range map[string]string{
		"digest of zeros":             with(approval, "<digest>", strings.Repeat("0", 64)),
		"digest of an empty document": with(approval, "<digest>", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
	} {
		all = append(all, attempt{name: name, prepare: requested, who: ben(), body: body,
			status: 403, kind: "denied", reasons: []string{"curfew.digest"}, leaves: refusal})
	}
	for name, body := range map[string]string{
		"digest with a space":           with(approval, "<digest>", "<digest> "),
		"digest behind a space":         with(approval, "<digest>", " <digest>"),
		"digest with a new line":        with(approval, "<digest>", `<digest>\n`),
		"digest with its method":        with(approval, "<digest>", "sha256:<digest>"),
		"empty digest":                  with(approval, "<digest>", ""),
		"no digest":                     `{"decision": "approve"}`,
		"digest that is null":           with(approval, `"<digest>"`, "null"),
		"two digests":                   and(approval, `"digest": "<digest>"`),
		"two decisions":                 and(denial, `"decision": "approve"`),
		"decision in another case":      with(approval, "approve", "Approve"),
		"decision of another word":      with(approval, "approve", "approved"),
		"decision in somebody's name":   and(approval, `"by": {"id": "person:https://id.example.com|0005", "kind": "person"}`),
		"decision with a state":         and(approval, `"state": "active"`),
		"decision with a reason turned": and(approval, `"reason": "\u202eon"`),
	} {
		all = append(all, attempt{name: name, prepare: requested, who: ben(), body: body, status: 400, kind: "invalid", leaves: nothing})
	}
	all = append(all, attempt{name: "digest in upper case", prepare: upper, who: ben(), body: approval, status: 400, kind: "invalid", leaves: nothing})
	for i := range all {
		all[i].path = "/v1/elevations/<id>/decisions"
	}
	return all
}

// counted are allowed decisions that do not suffice, by any caller.
func counted() []attempt {
	oneOfTwo := func(w *world) {
		w.asks(ana(), askTwo)
		w.does(ben(), "decisions", approval)
	}
	all := []attempt{
		{name: "owner alone approves what a machine asks", prepare: ticketsAsked, who: ben(), status: 200, leaves: unheeded},
		{name: "owner who is no lead alone approves what a machine asks", prepare: ticketsAsked, who: in(ben(), "platform"), status: 200, leaves: unheeded},
		{name: "second owner approves what a machine asks",
			prepare: func(w *world) { ticketsAsked(w); w.does(ben(), "decisions", approval) },
			who:     person(issuer, "0012", "fay", "platform"), status: 200, leaves: unheeded},
		{name: "one of two approvers", prepare: func(w *world) { w.asks(ana(), askTwo) }, who: ben(), status: 200, leaves: unheeded},
		{name: "one approver twice", prepare: oneOfTwo, who: ben(), status: 200, leaves: inert},
		{name: "two approvers of one name", prepare: oneOfTwo, who: person(issuer, "0022", "ben", "leads"), status: 200, leaves: unheeded},
		{name: "two approvers of one name in another case", prepare: oneOfTwo, who: person(issuer, "0022", "Ben", "leads"), status: 200, leaves: unheeded},
		{name: "two approvers of one name and subject by another issuer", prepare: oneOfTwo, who: person(other, "0002", "ben", "leads"), status: 200, leaves: unheeded},
	}
	for i := range all {
		all[i].path, all[i].body = "/v1/elevations/<id>/decisions", approval
	}
	return all
}
