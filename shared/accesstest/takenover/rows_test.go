package takenover

import (
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/delegation"
	"curfew/shared/evidence"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
	"curfew/shared/task"
)

// move is something that an attacker does with a function's roles. Without needs each part of do asks for itself.
type move struct {
	name  string
	needs []call
	do    func(*world)
	// says is the outcome of what Curfew in memory does not have, and why.
	says outcome
	why  string
}

var anElevation = []call{put("elevation#1")}

func rowMoves() []move {
	return []move{
		{name: "request for another, without approval", needs: anElevation, do: func(w *world) { _, rows := w.forged(ana, "deploy", time.Hour); w.writes(rows) }},
		{name: "request for another, that says it was approved", needs: anElevation, do: func(w *world) {
			id, rows := w.forged(cem, "admin", time.Hour)
			w.writes(rows)
			w.approves(id)
		}},
		{name: "request that says it needs no approval", needs: anElevation, do: func(w *world) {
			id, rows := w.forged(cem, "admin", time.Hour)
			for i, row := range rows {
				if row.Key.Sort == "terms" {
					rows[i].Body = json.RawMessage(strings.Replace(string(row.Body), `"need":1`, `"need":0`, 1))
				}
			}
			w.rehash(rows)
			w.writes(rows)
			w.approves(id)
		}},
		{name: "request with a wider policy", needs: anElevation, do: func(w *world) {
			id, rows := w.forged(ana, "deploy", time.Hour)
			for i, row := range rows {
				if row.Key.Sort == "terms" {
					rows[i].Body = json.RawMessage(strings.Replace(string(row.Body), `s3:*`, `*`, 1))
				}
			}
			w.rehash(rows)
			w.writes(rows)
			w.approves(id)
		}},
		{name: "what waits is approved without a decision", needs: anElevation, do: func(w *world) { w.approves(w.waits) }},
		{name: "decision of an approver", needs: []call{put("decision#1")}, do: func(w *world) { w.decides(ben); w.approves(w.waits) }},
		{name: "decision of the requester", needs: []call{put("decision#1")}, do: func(w *world) { w.decides(ana); w.approves(w.waits) }},
		{name: "delegation of an approver", needs: []call{put("delegation#1")}, do: func(w *world) {
			m := delegation.Made{ID: "01jd2q7v3x0000000000000000", Of: ben, To: delegation.Person{ID: eli.ID, Name: eli.Name}, From: time.Now().Add(-time.Minute), Until: time.Now().Add(time.Hour), Why: "away", At: time.Now().Add(-time.Minute)}
			body, err := json.Marshal(m)
			w.must(err)
			w.puts(record.Row{Key: record.AccessKey(delegation.Chain(ben.ID), "made#"+m.ID), Version: 1, Body: body})
			w.puts(record.Row{Key: record.AccessKey(delegation.Chain(eli.ID), "to#"+m.ID), Version: 1, Body: json.RawMessage(`{"of":"` + ben.ID + `"}`)})
			var t access.Terms
			w.must(json.Unmarshal(w.row(access.TermsKey(w.waits)).Body, &t))
			_, _ = w.Service.Decide(w.t.Context(), eli, w.waits, t.Digest(), true, "") // refused, unless the rows are there
		}},
		{name: "signature of a review", needs: []call{put("signature#1")}, do: func(w *world) {
			var l access.Terms
			w.must(json.Unmarshal(w.row(access.TermsKey(w.glass)).Body, &l))
			changes, _, err := review.Review{Elevation: w.glass, Requester: l.Requester, Reviewers: l.Reviewers}.Sign(ben, l.Digest(), "fine", time.Now())
			w.must(err)
			for _, c := range changes {
				w.puts(c.Row)
			}
		}},
		{name: "terms of what waits are wider", needs: anElevation, do: func(w *world) {
			row := w.row(access.TermsKey(w.waits))
			row.Body = json.RawMessage(strings.Replace(string(row.Body), `s3:*`, `*`, 1))
			w.puts(row)
			w.approves(w.waits)
		}},
		{name: "what has ended is put back to approved", needs: anElevation, do: func(w *world) {
			w.removes(record.AccessKey("granted#"+w.over, "granted"))
			w.edits(access.ElevationKey(w.over), map[string]any{"state": "approved", "execution": "", "look_at": time.Now().Add(-time.Minute)})
			w.starts(w.over)
		}},
		{name: "row that a grant was made is rewritten", needs: []call{put("granted#1")}, do: func(w *world) {
			w.puts(record.Row{Key: record.AccessKey("granted#"+w.over, "granted"), Version: 1, Body: json.RawMessage(`{"execution":"","at":"2020-01-01T00:00:00Z"}`)})
			w.edits(access.ElevationKey(w.over), map[string]any{"state": "approved", "execution": ""})
		}},
		{name: "deadline is later", needs: anElevation, do: func(w *world) {
			w.edits(access.ElevationKey(w.active), map[string]any{"deadline": time.Now().Add(10 * time.Hour)})
			w.edits(access.TermsKey(w.active), map[string]any{"duration_seconds": 36000, "latest_end": time.Now().Add(10 * time.Hour)})
			w.removes(access.ExpiryKey(w.active))
		}},
		{name: "attach_by is later", needs: anElevation, do: func(w *world) {
			w.edits(access.ElevationKey(w.active), map[string]any{"state": "granting", "attach_by": time.Now().Add(10 * time.Hour)})
		}},
		{name: "what is active says that it has ended", needs: anElevation, do: func(w *world) {
			w.edits(access.ElevationKey(w.active), map[string]any{"state": "ended", "cause": "deadline"})
			w.removes(access.ExpiryKey(w.active))
		}},
		{name: "denial by policy is forgotten", needs: anElevation, do: func(w *world) {
			w.again = func() { w.edits(access.ElevationKey(w.denied), map[string]any{"policy_denied_at": nil}) }
		}},
		{name: "what is active leaves the list", needs: anElevation, do: func(w *world) {
			row := w.row(access.ElevationKey(w.denied))
			row.Index = nil
			w.puts(row)
		}},
		{name: "task serves another elevation", needs: []call{remove("task#1")}, do: func(w *world) { w.removes(task.ServesKey(servedTask.String(), w.serving)) }},
		{name: "count of tasks is wrong", needs: anElevation, do: func(w *world) { w.edits(access.ElevationKey(w.serving), map[string]any{"joined": 1}) }},
		{name: "expiry of what is active is rewritten", needs: []call{put("expiry#1")}, do: func(w *world) {
			row := w.row(access.ExpiryKey(w.active))
			row.Expires = time.Now().Add(100 * time.Hour)
			w.puts(row)
		}},
		{name: "rows of what is active are deleted", needs: []call{remove("elevation#1")}, do: func(w *world) {
			for _, k := range []record.Key{access.ElevationKey(w.active), access.TermsKey(w.active), access.ExpiryKey(w.active), record.AccessKey("request#"+w.active, "request")} {
				w.removes(k)
			}
		}},
		{name: "canary of somebody else's role", needs: []call{put("canary#1")}, do: func(w *world) {
			id, rows := w.forged(ana, "deploy", time.Hour)
			for i, row := range rows {
				switch row.Key.Sort {
				case "terms":
					var t access.Terms
					w.must(json.Unmarshal(row.Body, &t))
					t.Requester, t.Entitlement, t.Task.ID = access.CanaryCaller(), access.CanaryEntitlement, "sweep-1"
					rows[i].Body, _ = json.Marshal(t)
				case "request":
					rows[i].Key.Partition = "canary#" + id
				}
			}
			w.rehash(rows)
			w.writes(rows)
			w.approves(id)
		}},
		{name: "suspension is lifted", needs: []call{put("suspended")}, do: func(w *world) {
			for _, row := range w.Store.All(record.AccessTable) {
				if row.Key.Partition == "suspended" && w.may(put("suspended")) {
					w.Store.Erase(row.Key) // a put says lifted, and has this effect
				}
			}
		}},
		{name: "task is said to be known", needs: []call{put("known#1")}, do: func(w *world) {
			s := *w.Service
			kept := &keeps{Store: w.Service.Store}
			s.Store = kept
			w.must(s.Tasks().Start(w.t.Context(), aTask, aSource, time.Now()))
			w.writes(kept.rows)
		}},
		{name: "review is taken off the list", needs: []call{put("review#1")}, do: func(w *world) {
			row := w.row(review.Key(w.glass))
			row.Index = nil
			w.puts(row)
		}},
		{name: "finding is taken off the list", needs: []call{put("finding#1")}, do: func(w *world) {
			for _, row := range w.Store.All(record.AccessTable) {
				if strings.HasPrefix(row.Key.Partition, "finding#") {
					row.Index = nil
					w.puts(row)
				}
			}
		}},
		{name: "finding is closed", needs: []call{put("closing#1")}, do: func(w *world) {
			for _, row := range w.Store.All(record.AccessTable) {
				if id, is := strings.CutPrefix(row.Key.Partition, "finding#"); is {
					w.puts(record.Row{Key: record.AccessKey("closing#"+id, "closing"), Version: 1, Body: json.RawMessage(`{"count":99,"closed_at":"2030-01-01T00:00:00Z","closed_by":"person:dee"}`)})
					row.Index = nil
					w.puts(row)
				}
			}
		}},
		{name: "evidence is rewritten", needs: []call{putEvidence("elevation#1")}, do: func(w *world) { w.rewritesEvidence(w.active, "cem", "eve") }},
		{name: "evidence of a finding is rewritten", needs: []call{putEvidence("finding#1")}, do: func(w *world) {
			for _, row := range w.Store.All(record.AuditTable) {
				if strings.HasPrefix(row.Key.Partition, "finding#") {
					row.Body = json.RawMessage(strings.Replace(string(row.Body), "it was so before", "it was never so", 1))
					w.puts(row)
				}
			}
		}},
		{name: "evidence of an approval is added", needs: []call{putEvidence("elevation#1")}, do: func(w *world) {
			var e access.Elevation
			w.must(json.Unmarshal(w.row(access.ElevationKey(w.waits)).Body, &e))
			c, err := record.Append(evidence.ElevationChain(w.waits), &e.Evidence, evidence.Entry{At: time.Now(), Kind: "elevation.approval", Actor: ben.ID, Detail: map[string]string{"by": ben.ID}})
			w.must(err)
			w.puts(c.Row)
			w.edits(access.ElevationKey(w.waits), map[string]any{"evidence": e.Evidence})
			w.approves(w.waits)
		}},
	}
}

// plainMoves overwrite rows with garbage, in each partition that no other move writes.
func plainMoves() (all []move) {
	for _, p := range record.Partitions() {
		partition := strings.Replace(p.Prefix, "*", "01jd2q7v3x0000000000000000", 1)
		kind := strings.TrimSuffix(p.Prefix, "*")
		all = append(all, move{name: "rows of " + p.Prefix + " are rewritten", needs: []call{put(partition)}, do: func(w *world) {
			w.puts(record.Row{Key: record.AccessKey(partition, "forged"), Version: 1, Body: json.RawMessage(`{}`)})
			for _, row := range w.Store.All(record.AccessTable) {
				switch {
				case !strings.HasPrefix(row.Key.Partition, kind):
				case kind == "seen":
					row.Body = json.RawMessage(`{}`)
					w.puts(row)
				case kind != "elevation#" && kind != "account#": // see the moves on elevations; no account: nothing is granted
					row.Body, row.Index = json.RawMessage(`{"forged":true}`), nil
					w.puts(row)
				}
			}
		}})
	}
	return all
}

func (w *world) writes(rows []record.Row) {
	for _, row := range rows {
		w.puts(row)
	}
	for _, row := range rows {
		if row.Key.Sort == "elevation" {
			w.starts(access.IDOf(row.Key))
		}
	}
}

// rehash makes the request fit the terms.
func (w *world) rehash(rows []record.Row) {
	var t access.Terms
	for i, row := range rows {
		if row.Key.Sort == "terms" {
			w.must(json.Unmarshal(row.Body, &t))
			rows[i].Body, _ = json.Marshal(t)
		}
	}
	for i, row := range rows {
		if row.Key.Sort == "request" {
			var body map[string]any
			w.must(json.Unmarshal(row.Body, &body))
			body["digest"], body["requester"] = t.Digest(), t.Requester.ID
			rows[i].Body, _ = json.Marshal(body)
		}
	}
}

func (w *world) approves(id string) {
	w.edits(access.ElevationKey(id), map[string]any{"state": "approved", "look_at": time.Now().Add(-time.Minute)})
	w.answers(id, answer, "")
	w.starts(id)
}

func (w *world) decides(by identity.Caller) {
	var t access.Terms
	w.must(json.Unmarshal(w.row(access.TermsKey(w.waits)).Body, &t))
	body, err := json.Marshal(access.Decision{Elevation: w.waits, By: by, Approve: true, Digest: t.Digest(), At: time.Now().UTC()})
	w.must(err)
	w.puts(record.Row{Key: record.AccessKey("decision#"+w.waits, by.ID), Version: 1, Body: body})
}

// rewritesEvidence makes a chain that verifies by itself, and its head.
func (w *world) rewritesEvidence(id, old, now string) {
	chain := evidence.ElevationChain(id)
	head := evidence.Head{}
	for _, row := range w.Store.All(record.AuditTable) {
		if row.Key.Partition != chain {
			continue
		}
		r, err := record.DecodeRecord(row)
		w.must(err)
		c, err := record.Append(chain, &head, evidence.Entry{At: r.At, Kind: r.Kind, Actor: strings.Replace(r.Actor, old, now, 1), Detail: r.Detail})
		w.must(err)
		w.puts(c.Row)
	}
	w.edits(access.ElevationKey(id), map[string]any{"evidence": head})
}
