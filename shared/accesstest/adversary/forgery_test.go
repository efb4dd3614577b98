package adversary

import (
	"context"
	"encoding/json"
	"strings"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/sweep"
)

// forgeries are rows that only others may write.
func forgeries() []tampering {
	digest := func(now func(w *world) string) func(*world) { // in the row that only api and trigger may write
		return func(w *world) {
			w.editRow("request#"+w.vars["id"], "request", func(b []byte) []byte {
				return []byte(strings.Replace(string(b), w.vars["asked"], now(w), 1))
			})
		}
	}
	widen := func(w *world) { // the terms, and the requested digest
		var now string
		w.editRow("elevation#"+w.vars["id"], "terms", func(b []byte) []byte {
			var t access.Terms
			if err := json.Unmarshal(b, &t); err != nil {
				w.t.Fatal(err)
			}
			wide := strings.Replace(t.Policies[0], `"Action":`, `"NotAction":`, 1)
			if wide == t.Policies[0] {
				w.t.Fatalf("the policy has no action: %s", wide)
			}
			t.Policies[0], now = wide, ""
			out, err := json.Marshal(t)
			if err != nil {
				w.t.Fatal(err)
			}
			now = t.Digest()
			return out
		})
		w.vars["asked"], w.vars["digest"] = w.vars["digest"], now
		digest(func(*world) string { return now })(w)
	}
	decision := func(c identity.Caller) func(*world) {
		return func(w *world) {
			d := access.Decision{Elevation: w.vars["id"], By: c, Approve: true, Digest: w.vars["digest"], At: time.Now().UTC()}
			body, err := json.Marshal(d)
			if err != nil {
				w.t.Fatal(err)
			}
			key := record.Key{Table: record.AccessTable, Partition: "decision#" + w.vars["id"], Sort: c.ID}
			if err := w.Store.Write(w.t.Context(), record.Change{Row: record.Row{Key: key, Version: 1, Body: body}}); err != nil {
				w.t.Fatal(err)
			}
			w.editRow("elevation#"+w.vars["id"], "elevation", func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"state":"requested"`, `"state":"approved"`, 1))
			})
			w.decided()
		}
	}
	return []tampering{
		{name: "request taken out of the store", prepare: approvedLater, change: func(w *world) {
			w.Store.Erase(record.Key{Table: record.AccessTable, Partition: "request#" + w.vars["id"], Sort: "request"})
		}},
		{name: "digest of the request changed after approval", prepare: approvedLater, change: func(w *world) {
			w.vars["asked"] = w.vars["digest"]
			digest(func(*world) string { return strings.Repeat("0", 64) })(w)
		}},
		{name: "requester of the request changed after approval", prepare: approvedLater, change: func(w *world) {
			w.editRow("request#"+w.vars["id"], "request", func(b []byte) []byte { return []byte(strings.Replace(string(b), ana().ID, eve().ID, 1)) })
		}},
		{name: "policy and digest changed after approval", prepare: approvedLater, change: widen},
		{name: "policy and digest changed after policy approved it", prepare: backupLater, change: widen},
		{name: "policy, digest and decision changed after approval", prepare: approvedLater, change: func(w *world) {
			widen(w)
			w.editRow("decision#"+w.vars["id"], ben().ID, func(b []byte) []byte {
				var d access.Decision
				if err := json.Unmarshal(b, &d); err != nil {
					w.t.Fatal(err)
				}
				d.Digest = w.vars["digest"]
				b, err := json.Marshal(d)
				if err != nil {
					w.t.Fatal(err)
				}
				return b
			})
		}},
		{name: "state set to approved without a decision", prepare: requested, change: func(w *world) {
			w.edit("elevation", func(body any) { body.(map[string]any)["state"] = "approved" })
			w.decided()
		}},
		{name: "decision of the requester put into the store", prepare: requested, change: decision(in(ana(), "leads"))},
		{name: "decision of a machine put into the store", prepare: requested, change: decision(in(runner("job-7"), "leads"))},
		{name: "decision of somebody who is no approver put into the store", prepare: requested, change: decision(zoe())},
		{name: "decision on other terms put into the store", prepare: requested, change: func(w *world) {
			w.vars["digest"] = strings.Repeat("0", 64)
			decision(eve())(w)
		}},
		{name: "decision taken out of the store", prepare: approvedLater, change: func(w *world) {
			key := record.Key{Table: record.AccessTable, Partition: "decision#" + w.vars["id"], Sort: ben().ID}
			if err := w.Store.Write(w.t.Context(), record.Change{Do: record.Delete, Row: record.Row{Key: key}}); err != nil {
				w.t.Fatal(err)
			}
		}},
	}
}

// decided lets the sweep answer the waiting task, as it does for anything approved.
func (w *world) decided() {
	w.t.Helper()
	pass(2 * time.Minute)
	if _, err := sweep.New(w.Service).Reconcile(w.t.Context()); err != nil {
		w.t.Log(err)
	}
	synctest.Wait()
}

// edited is a decider with one changed entitlement under the same hash.
type edited struct {
	access.Decider
	change func(*access.Entitlement) error
}

func (d edited) Entitlement(ctx context.Context, hash, name string) (access.Entitlement, error) {
	e, err := d.Decider.Entitlement(ctx, hash, name)
	if err != nil {
		return e, err
	}
	return e, d.change(&e)
}

// edits change the catalog.
func edits() []tampering {
	entitlement := func(name string, change func(*access.Entitlement) error) tampering {
		return tampering{name: name, prepare: approvedLater, change: func(w *world) {
			w.rules.become(edited{catalog.NewSet(example()), change})
		}}
	}
	file := func(name, path, old, new string, packed bool) tampering {
		return tampering{name: name, prepare: approvedLater, change: func(w *world) {
			newest := changed(w.t, path, old, new)
			if packed {
				w.rules.become(catalog.NewSet(newest, example()))
				return
			}
			w.rules.become(catalog.NewSet(newest))
		}}
	}
	const admin = "entitlements/admin-30m.yaml"
	return []tampering{
		entitlement("policy widened under the same hash", func(e *access.Entitlement) error {
			e.Policy = json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
			return nil
		}),
		entitlement("entitlement gone", func(*access.Entitlement) error { return fault.Errorf(fault.NotFound, "there is none") }),
		entitlement("catalog that refuses", func(*access.Entitlement) error { return fault.Errorf(fault.Denied, "disk") }),
		file("catalog not packed any more", admin, "max: 30m", "max: 31m", false),
		file("approver not one any more", admin, `of: ["group:leads"]`, `of: ["group:security"]`, true),
		file("requester not one any more", admin, `requesters: ["group:engineers"]`, `requesters: ["group:security"]`, true),
		file("principal not one any more", admin, "role/engineer-*", "role/responder", true),
		file("shorter maximum than what was asked", admin, "max: 30m", "max: 29m", true),
		file("frozen by a newer policy", "policies/changes.cedar", "2025-12-20T00:00:00Z", "1999-12-20T00:00:00Z", true),
	}
}

// drifts change IAM between approval and grant.
func drifts() []tampering {
	hand := func(name string, edit func(*inprocess.IAM) error) tampering {
		return tampering{name: name, prepare: approvedLater, change: func(w *world) {
			if err := edit(w.iam); err != nil {
				w.t.Fatal(err)
			}
		}}
	}
	return []tampering{
		hand("role made anew after approval", func(iam *inprocess.IAM) error { _, err := iam.RecreateRole(engineer); return err }),
		hand("role deleted after approval", func(iam *inprocess.IAM) error { return iam.DeleteRole(engineer) }),
		hand("role's mark taken away after approval", func(iam *inprocess.IAM) error { return iam.RemoveTag(engineer, "curfew:managed") }),
		hand("role's boundary taken away after approval", func(iam *inprocess.IAM) error { return iam.SetBoundary(engineer, "") }),
		{name: "requester suspended after approval", prepare: approvedLater, change: func(w *world) { w.suspends(suspension.Scope{Requester: ana().ID}) }},
		{name: "approver suspended after approval", prepare: approvedLater, change: func(w *world) { w.suspends(suspension.Scope{Requester: ben().ID}) }},
		{name: "principal suspended after approval", prepare: approvedLater, change: func(w *world) { w.suspends(suspension.Scope{Principal: engineer}) }},
		{name: "task over after approval", prepare: approvedLater, change: func(w *world) { w.ends("change", "CHG-1") }, becomes: "ended completed"},
	}
}
