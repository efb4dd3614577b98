package adversary

import (
	"time"

	"curfew/shared/identity"
	"curfew/shared/suspension"
)

// requests are understood, but the caller may not have the access.
func requests() []attempt {
	var all []attempt
	for _, r := range []struct {
		name    string
		prepare func(*world)
		who     identity.Caller
		body    string
		reason  string
	}{
		{"entitlement that does not exist", nil, ana(), with(askAdmin, "admin-30m", "admin-24h"), "curfew.entitlement"},
		{"entitlement of machines", nil, ana(), askSecret, "curfew.entitlement"},
		{"entitlement of people, by a machine", nil, runner("job-7"), askAdmin, "curfew.entitlement"},
		{"entitlement of another machine", nil, runner("job-7"), askSecret, "curfew.entitlement"},
		{"by a lead, who is no engineer", nil, ben(), askAdmin, "curfew.entitlement"},
		{"by somebody in no group", nil, zoe(), askAdmin, "curfew.entitlement"},
		{"by an operator", nil, dee(), askAdmin, "curfew.entitlement"},
		{"break-glass by somebody not on call", nil, ana(), askGlass, "curfew.entitlement"},
		{"group with a comma", nil, in(ana(), "engineers,leads"), askAdmin, "curfew.entitlement"},
		{"group with a space", nil, in(ana(), "engineers "), askAdmin, "curfew.entitlement"},
		{"list of groups flattened", nil, in(ana(), "[engineers]"), askAdmin, "curfew.entitlement"},
		{"list of groups flattened to JSON", nil, in(ana(), `["engineers"]`), askAdmin, "curfew.entitlement"},
		{"group in another case", nil, in(ana(), "Engineers"), askAdmin, "curfew.entitlement"},
		{"group with a prefix", nil, in(ana(), "group:engineers"), askAdmin, "curfew.entitlement"},
		{"group that is a wildcard", nil, in(ana(), "*"), askAdmin, "curfew.entitlement"},
		{"empty group", nil, in(ana(), ""), askAdmin, "curfew.entitlement"},
		{"no group", nil, in(ana()), askAdmin, "curfew.entitlement"},
		{"role of the same name in another account", nil,
			machine("arn:aws:iam::444455556666:role/backup-runner", "AROAEXAMPLE0000000099", "job-7"), askBackup, "curfew.entitlement"},

		{"another person's session", nil, ana(), and(askAdmin, `"session": "ben"`), "curfew.session"},
		{"own session in another case", nil, ana(), and(askAdmin, `"session": "Ana"`), "curfew.session"},
		{"own session with something behind it", nil, ana(), and(askAdmin, `"session": "ana@example.com"`), "curfew.session"},
		{"machine asks for another session of its role", nil, summarizer("run-7"), and(askSecret, `"session": "run-42"`), "curfew.session"},
		{"trust policy that pins no name", legacyMarked, ana(), with(askTwo, "two-leads", "strict-binding", engineer, legacy), "curfew.binding"},

		{"a second longer than the maximum", nil, ana(), with(askAdmin, "1800", "1801"), "curfew.duration"},
		{"a year", nil, ana(), with(askAdmin, "1800", "31536000"), "curfew.duration"},
		{"start beyond what policy allows", nil, ana(), and(askAdmin, `"start_at": "2000-01-09T00:00:00Z"`), "curfew.start"},
		{"on a Saturday without a second factor", nil, weak(ana()), askAdmin, "window.weekend"},
		{"renewal of another person's elevation", active, in(cem(), "engineers", "leads"), and(askAdmin, `"renews": "<id>"`), "curfew.renewal"},
		{"renewal of an elevation as another entitlement", active, ana(), and(askTwo, `"renews": "<id>"`), "curfew.renewal"},
		{"renewal for another task", active, ana(), and(with(askAdmin, "CHG-1", "CHG-2"), `"renews": "<id>"`), "curfew.renewal"},
		{"renewal of what still waits", requested, ana(), and(askAdmin, `"renews": "<id>"`), "curfew.renewal"},
		{"renewal of what ended long ago", func(w *world) { ended(w); pass(time.Hour) }, ana(), and(askAdmin, `"renews": "<id>"`), "curfew.renewal"},
		{"renewal of the renewal that waits", func(w *world) {
			active(w)
			w.asks(ana(), and(askAdmin, `"renews": "`+w.vars["id"]+`"`))
		}, ana(), and(askAdmin, `"renews": "<id>"`), "curfew.renewal"},
		{"after the end of the eligibility", nil, ana(), with(askTwo, "two-leads", "ended"), "curfew.until"},
		{"minutes that a colleague has taken", func(w *world) { w.asks(cem(), with(askTwo, "two-leads", "rationed")) }, ana(), with(askTwo, "two-leads", "rationed"), "curfew.budget"},
		{"without a second factor where it is needed", nil, weak(ana()), with(askTwo, "two-leads", "signed-in"), "curfew.mfa"},
		{"a secret that policy forbids", nil, summarizer("run-42"), with(askSecret, "reports/api-key", "platform/root"), "secrets.platform"},

		{"task without a known start", nil, runner("job-7"), with(askBackup, "job-7", "job-8"), "curfew.task"},
		{"task id in another case", nil, runner("job-7"), with(askBackup, "job-7", "JOB-7"), "curfew.task"},
		{"task that is over", func(w *world) { w.ends("backup", "job-7") }, runner("job-7"), askBackup, "curfew.task"},
		{"task that ended before it started", func(w *world) { w.ends("backup", "job-9"); w.starts("backup", "job-9") },
			runner("job-9"), with(askBackup, "job-7", "job-9"), "curfew.task"},
		{"task of another kind that is known", nil, runner("job-7"), with(askBackup, `"backup", "id": "job-7"`, `"workflow", "id": "run-42"`), "curfew.task"},
		{"known task's id under the kind that is served", nil, runner("job-7"), with(askBackup, "job-7", "run-42"), "curfew.task"},
		{"break-glass without an incident", nil, cem(), with(askGlass, "INC-1", "INC-2"), "curfew.task"},
		{"break-glass for an incident that is over", func(w *world) { w.ends("incident", "INC-1") }, cem(), askGlass, "curfew.task"},

		{"suspended person", func(w *world) { w.suspends(suspension.Scope{Requester: ana().ID}) }, ana(), askAdmin, "curfew.suspended"},
		{"suspended machine", func(w *world) { w.suspends(suspension.Scope{Requester: runner("").ID}) }, runner("job-7"), askBackup, "curfew.suspended"},
		{"suspended principal", func(w *world) { w.suspends(suspension.Scope{Principal: engineer}) }, ana(), askAdmin, "curfew.suspended"},
	} {
		all = append(all, attempt{name: r.name, prepare: r.prepare, who: r.who, body: r.body,
			status: 403, kind: "denied", reasons: []string{r.reason}, leaves: denied})
	}
	keyed := func(w *world) { w.asks(ana(), askAdmin, "Idempotency-Key: k-1") }
	return append(all,
		attempt{name: "renewal of another person's elevation, which they may not see", prepare: active, who: cem(), body: and(askAdmin, `"renews": "<id>"`),
			status: 404, kind: "not-found", leaves: refusal},
		attempt{name: "renewal with a start of its own", prepare: active, who: ana(), body: and(askAdmin, `"renews": "<id>", "start_at": "2000-01-03T12:00:00Z"`),
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "renewal of what is no id", prepare: active, who: ana(), body: and(askAdmin, `"renews": "elevation#<id>"`),
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "person whose own name is no name for a session", who: person(issuer, "0007", "\u0430na", "engineers"), body: askAdmin,
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "idempotency key of another caller", prepare: keyed, who: dee(), body: askAdmin, headers: []string{"Idempotency-Key: k-1"},
			status: 403, kind: "denied", reasons: []string{"curfew.entitlement"}, leaves: denied},
		attempt{name: "idempotency key of the same name from another issuer", prepare: keyed, who: person(other, "0001", "ana"), body: askAdmin,
			headers: []string{"Idempotency-Key: k-1"}, status: 403, kind: "denied", reasons: []string{"curfew.entitlement"}, leaves: denied},
		attempt{name: "same idempotency key, longer", prepare: keyed, who: ana(), body: with(askAdmin, "1800", "1799"), headers: []string{"Idempotency-Key: k-1"},
			status: 422, kind: "idempotency-key-reused", reasons: []string{"curfew.idempotency-key"}, leaves: refusal},
		attempt{name: "two idempotency keys", prepare: keyed, who: ana(), body: askAdmin, headers: []string{"Idempotency-Key: k-1", "Idempotency-Key: k-2"},
			status: 400, kind: "invalid", leaves: nothing},
		attempt{name: "the same again while it is pending", prepare: requested, who: ana(), body: askAdmin,
			status: 409, kind: "conflict", leaves: refusal},
	)
}

// legacyMarked marks and bounds the oldest role, which any principal of the account may assume with any session name.
func legacyMarked(w *world) {
	if err := w.iam.SetTag(legacy, "curfew:managed", "true"); err != nil {
		w.t.Fatal(err)
	}
	if err := w.iam.SetBoundary(legacy, account+"policy/curfew-boundary"); err != nil {
		w.t.Fatal(err)
	}
}

// suspends lets an operator suspend a scope.
func (w *world) suspends(sc suspension.Scope) {
	w.t.Helper()
	if _, err := w.Service.Suspensions().Suspend(w.t.Context(), dee(), sc, "to look into it", suspension.Meant{Unseen: true}); err != nil {
		w.t.Fatal(err)
	}
}
