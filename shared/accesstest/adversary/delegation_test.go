package adversary

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/delegation"
	"curfew/shared/directory"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// seen puts callers into the directory, as an earlier call of theirs does.
func (w *world) seen(all ...identity.Caller) {
	for _, c := range all {
		directory.Directory{Base: w.Service.Base}.Record(w.t.Context(), directory.NewCall(c), nil)
	}
}

// delegates makes a delegation of an hour over HTTP, which succeeds, and sets <delegation>.
func (w *world) delegates(of, to identity.Caller) {
	w.t.Helper()
	w.seen(to)
	a := w.call(of, "POST", "/v1/delegations", delegating(to.ID, time.Hour))
	if a.status != http.StatusOK {
		w.t.Fatalf("%s delegates: %d %s", of.Name, a.status, a.raw)
	}
	w.vars["delegation"] = a.problem.ID
	pass(time.Second)
}

func (w *world) endsDelegation(by identity.Caller) {
	w.t.Helper()
	if a := w.call(by, "POST", "/v1/delegations/end", `{"delegation": "<delegation>"}`); a.status != http.StatusOK {
		w.t.Fatalf("%s ends: %d %s", by.Name, a.status, a.raw)
	}
}

// delegating is a body; the bubble's time begins with the year 2000.
func delegating(to string, long time.Duration) string {
	until := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(long).Format(time.RFC3339)
	return `{"to": "` + to + `", "until": "` + until + `", "reason": "on holiday"}`
}

// delegations are attempts to decide in another's stead without the right to, and to gain that right.
func delegations() []attempt {
	all := []attempt{
		{name: "delegation to oneself", who: ben(), body: delegating(ben().ID, time.Hour), reasons: []string{"curfew.self"}},
		{name: "delegation to one's account of another issuer", who: ben(), body: delegating(identity.PersonID(other, "0002"), time.Hour), reasons: []string{"curfew.self"}},
		{name: "delegation to a machine", who: ben(), body: delegating(runner("job-7").ID, time.Hour), reasons: []string{"curfew.person"}},
		{name: "delegation by a machine in a group of leads", who: in(runner("job-7"), "leads"), body: delegating(cem().ID, time.Hour), reasons: []string{"curfew.person"}},
		{name: "delegation by somebody who approves nothing", who: zoe(), body: delegating(cem().ID, time.Hour), reasons: []string{"curfew.approvers"}},
		{name: "delegation by a delegate", prepare: func(w *world) { w.delegates(ben(), cem()) }, who: cem(), body: delegating(dee().ID, time.Hour), reasons: []string{"curfew.approvers"}},
	}
	for i := range all {
		a := &all[i]
		prepare := a.prepare
		a.prepare = func(w *world) {
			w.seen(ben(), person(other, "0002", "ben"), cem(), dee(), runner("job-7"))
			if prepare != nil {
				prepare(w)
			}
		}
		a.path, a.status, a.kind, a.leaves = "/v1/delegations", 403, "denied", refusal
	}
	for name, end := range map[string]identity.Caller{"delegate": cem(), "stranger": zoe(), "machine": runner("job-7")} {
		a := attempt{name: "end of a delegation by a " + name, prepare: func(w *world) { w.delegates(ben(), cem()) }, who: end, path: "/v1/delegations/end",
			body: `{"delegation": "<delegation>", "of": "` + ben().ID + `"}`, status: 404, kind: "not-found", leaves: refusal}
		all = append(all, a)
	}
	decides := func(name string, prepare func(*world), who identity.Caller, status int, kind string, leaves trace, reasons ...string) {
		all = append(all, attempt{name: name, prepare: prepare, who: who, path: "/v1/elevations/<id>/decisions", body: approval, status: status, kind: kind, leaves: leaves, reasons: reasons})
	}
	decides("approval by a delegate before the delegation", func(w *world) { requested(w); w.seen(cem()) }, cem(), 404, "not-found", refusal)
	decides("approval after the last instant", func(w *world) { w.delegates(ben(), cem()); pass(time.Hour); requested(w) }, cem(), 404, "not-found", refusal)
	decides("approval after the early end", func(w *world) { w.delegates(ben(), cem()); requested(w); w.endsDelegation(ben()) }, cem(), 404, "not-found", refusal)
	decides("approval by another account of the delegate's name", func(w *world) { w.delegates(ben(), cem()); requested(w) }, person(other, "0003", "cem"), 404, "not-found", refusal)
	decides("requester as the delegate of an approver", func(w *world) { w.delegates(ben(), ana()); requested(w) }, ana(), 403, "denied", refusal, "curfew.self")
	decides("requester as a delegate by another account", func(w *world) { w.delegates(ben(), person(other, "0001", "ana")); requested(w) }, person(other, "0001", "ana"), 403, "denied", refusal, "curfew.self")
	decides("delegate whom the requester named", func(w *world) { w.delegates(in(ana(), "engineers", "leads"), eve()); requested(w) }, eve(), 403, "denied", refusal, "curfew.delegate")
	decides("delegate whom the requester named and took back", func(w *world) {
		lead := in(ana(), "engineers", "leads")
		w.delegates(lead, eve())
		requested(w)
		w.endsDelegation(lead)
		pass(time.Minute)
	}, eve(), 403, "denied", refusal, "curfew.delegate")
	decides("delegate of a delegate", func(w *world) {
		w.delegates(ben(), cem())
		w.delegates(in(cem(), "oncall", "leads"), zoe())
		w.seen(in(cem(), "oncall"))
		pass(25 * time.Hour) // the directory has cem as they are now
		requested(w)
	}, zoe(), 404, "not-found", refusal)
	decides("delegate with an old sign-in", func(w *world) { w.delegates(signedIn(ben(), 0), cem()); steppedUp(w) }, signedIn(cem(), -time.Hour), 403, "denied", refusal, "curfew.step-up")
	two := func(w *world) { w.delegates(ben(), cem()); w.asks(ana(), askTwo) }
	decides("delegate of who approved", func(w *world) { two(w); w.does(ben(), "decisions", approval) }, cem(), 409, "conflict", refusal)
	decides("approver after their delegate", func(w *world) { two(w); w.does(cem(), "decisions", approval) }, ben(), 200, "", unheeded)
	decides("delegate twice", func(w *world) { two(w); w.does(cem(), "decisions", approval) }, cem(), 200, "", inert)
	decides("delegate of an owner alone on what a machine asks", func(w *world) { w.delegates(ben(), cem()); ticketsAsked(w) }, cem(), 200, "", unheeded)
	return all
}

// delegatedLater is approved in ben's stead, and starts in an hour.
func delegatedLater(w *world) {
	w.delegates(ben(), cem())
	w.asks(ana(), and(askAdmin, `"start_at": "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`))
	w.does(cem(), "decisions", approval)
	w.is(access.Approved)
}

// forgedDelegations change what decide stored of a delegation, or put a decision there that has none.
func forgedDelegations() []tampering {
	edit := func(old, now string) func(*world) {
		return func(w *world) {
			w.editRow(delegation.Chain(ben().ID), "made#"+w.vars["delegation"], func(b []byte) []byte {
				if !strings.Contains(string(b), old) {
					w.t.Fatalf("%s has no %s", b, old)
				}
				return []byte(strings.Replace(string(b), old, now, 1))
			})
		}
	}
	return []tampering{
		{name: "delegation taken out of the store", prepare: delegatedLater, change: func(w *world) {
			w.Store.Erase(record.AccessKey(delegation.Chain(ben().ID), "made#"+w.vars["delegation"]))
		}},
		{name: "delegation to another", prepare: delegatedLater, change: edit(cem().ID, zoe().ID)},
		{name: "delegation of other groups", prepare: delegatedLater, change: edit("leads", "heads")},
		{name: "delegation that had ended", prepare: delegatedLater, change: func(w *world) {
			body, err := json.Marshal(delegation.Ended{Delegation: w.vars["delegation"], Of: ben().ID, At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				w.t.Fatal(err)
			}
			key := record.AccessKey(delegation.Chain(ben().ID), "ended#"+w.vars["delegation"])
			if err := w.Store.Write(w.t.Context(), record.Change{Row: record.Row{Key: key, Version: 1, Body: body}}); err != nil {
				w.t.Fatal(err)
			}
		}},
		{name: "decision in the stead of an approver who did not delegate", prepare: requested, change: func(w *world) {
			d := access.Decision{Elevation: w.vars["id"], By: zoe(), Approve: true, Digest: w.vars["digest"], At: time.Now().UTC(), For: &access.Absent{Delegation: absent, Of: eve()}}
			body, err := json.Marshal(d)
			if err != nil {
				w.t.Fatal(err)
			}
			if err := w.Store.Write(w.t.Context(), record.Change{Row: record.Row{Key: record.AccessKey("decision#"+w.vars["id"], zoe().ID), Version: 1, Body: body}}); err != nil {
				w.t.Fatal(err)
			}
			w.edit("elevation", func(body any) { body.(map[string]any)["state"] = "approved" })
			w.decided()
		}},
	}
}
