package adversary

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// scene is an attack on what is stored, on IAM, on events or on the catalog.
type scene struct {
	class, name string
	do          func(*world)
}

func (s scene) try(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { s.do(newWorld(t)) })
}

func scenes(t *testing.T) []scene {
	return slices.Concat(overwrites(t), partitionsRewritten(), poisonedRows(), evidenceRewritten(), sideChains(), lateEvidence(),
		redButton(), squatting(), overFacts(), pinnedServices(), outliving(), groupsClaimed(), loops(), nestedYAML(), floods(), foreignNames())
}

const badPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// sweeps runs a pass of the sweep.
func (w *world) sweeps() {
	synctest.Wait()
	if _, err := sweep.New(w.Service).Reconcile(w.t.Context()); err != nil {
		w.t.Log(err)
	}
	synctest.Wait()
}

func (w *world) can(principal, session string) bool {
	return w.iam.Allowed(inprocess.DataCall{Principal: principal, SessionName: session, Action: "s3:GetObject", Resource: "arn:aws:s3:::x/y"}).Outcome == iampolicy.Allowed
}

// endsInTime checks that no more is allowed than what was granted, and nothing after its deadline.
func (w *world) endsInTime(within time.Duration) {
	w.t.Helper()
	for _, session := range []string{"cem", "eve", "zoe"} {
		if w.can(engineer, session) {
			w.t.Errorf("%s has access", session)
		}
	}
	for range 2 {
		pass(time.Minute)
		w.sweeps()
	}
	for _, g := range w.Cloud.Grants() {
		for _, d := range g.Documents {
			if _, until, err := iampolicy.Fenced([]byte(d)); err != nil || until.After(time.Now().Add(within)) {
				w.t.Errorf("%s is on %s until %s, %v", g.Grant, g.Principal.ARN, until, err)
			}
		}
	}
	pass(within)
	if w.can(engineer, "ana") {
		w.t.Error("access after the deadline")
	}
	for range 3 {
		w.sweeps()
		pass(time.Minute)
	}
	for _, g := range w.Cloud.Grants() {
		w.t.Errorf("%s is still on %s", g.Grant, g.Principal.ARN)
	}
}

// overwrites change each member of each row of what is active.
func overwrites(t *testing.T) (all []scene) {
	rows := [][2]string{{"elevation#<id>", "elevation"}, {"elevation#<id>", "terms"}, {"request#<id>", "request"}, {"expiry#<id>", "expiry"}, {"granted#<id>", "granted"}, {"decision#<id>", ben().ID}}
	for _, row := range rows {
		var paths [][]string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			active(w)
			w.overwrites(row, func(body any) { paths = leaves(body, nil) })
		})
		for _, path := range paths {
			all = append(all, scene{"memory-store overwrites", strings.Join(append([]string{row[0], row[1]}, path...), " "), func(w *world) {
				active(w)
				w.overwrites(row, func(body any) { replace(body, path) })
				w.endsInTime(30 * time.Minute)
			}})
		}
	}
	return all
}

// overwrites edits a row as DynamoDB lets every writer.
func (w *world) overwrites(row [2]string, change func(body any)) {
	w.t.Helper()
	stored, there := w.Store.StoredRow(record.AccessKey(w.fill(row[0]), row[1]))
	if !there {
		w.t.Fatalf("there is no %v", row)
	}
	var body any
	if err := json.Unmarshal(stored.Body, &body); err != nil {
		w.t.Fatal(err)
	}
	change(body)
	stored.Body, _ = json.Marshal(body)
	w.Store.Overwrite(stored, record.Form)
}

// partitionsRewritten are what any writer of a partition can do to all of it.
func partitionsRewritten() (all []scene) {
	for _, p := range record.Partitions() {
		for name, body := range map[string]string{"rubbish": `{"forged":true}`, "nothing": `{}`} {
			all = append(all, scene{"functions taken over", p.Prefix + " becomes " + name, func(w *world) {
				approvedLater(w)
				for _, row := range w.Store.All(record.AccessTable) {
					if kind, whole := strings.CutSuffix(p.Prefix, "*"); row.Key.Partition == kind || whole && strings.HasPrefix(row.Key.Partition, kind) {
						row.Body = json.RawMessage(body)
						w.Store.Overwrite(row, record.Form)
					}
				}
				pass(61 * time.Minute)
				w.endsInTime(30 * time.Minute)
			}})
		}
	}
	return all
}

// poisonedRows cannot be read, and keep no access.
func poisonedRows() (all []scene) {
	for _, row := range [][2]string{{"elevation#<id>", "elevation"}, {"elevation#<id>", "terms"}, {"request#<id>", "request"}, {"expiry#<id>", "expiry"}, {"decision#<id>", ben().ID}} {
		for _, body := range []string{`[]`, `null`, `"x"`, `7`, `{"id":7}`, `{"state":{}}`} {
			all = append(all, scene{"poisoned rows", row[0] + " " + row[1] + " is " + body, func(w *world) {
				active(w)
				stored, _ := w.Store.StoredRow(record.AccessKey(w.fill(row[0]), row[1]))
				stored.Body = json.RawMessage(body)
				w.Store.Overwrite(stored, record.Form)
				w.endsInTime(30 * time.Minute)
			}})
		}
	}
	return all
}

// evidenceRewritten changes what the log has.
func evidenceRewritten() (all []scene) {
	for n := range 5 {
		for name, change := range map[string]func(*world, []record.Row, record.Row){
			"actor":  func(w *world, _ []record.Row, row record.Row) { w.rewrites(row, `"actor":"`, `"actor":"mallory`) },
			"kind":   func(w *world, _ []record.Row, row record.Row) { w.rewrites(row, `"event_code":"`, `"event_code":"x`) },
			"erased": func(w *world, _ []record.Row, row record.Row) { w.Store.Erase(row.Key) },
			"emptied": func(w *world, _ []record.Row, row record.Row) {
				row.Body = json.RawMessage(`{}`)
				w.Store.Overwrite(row, record.Form)
			},
			"swapped": func(w *world, all []record.Row, row record.Row) {
				row.Body = all[(n+1)%len(all)].Body
				w.Store.Overwrite(row, record.Form)
			},
			"chained again": func(w *world, all []record.Row, _ record.Row) { w.chainsAgain(all, n) },
			"detail":        func(w *world, _ []record.Row, row record.Row) { w.rewrites(row, `"detail":{`, `"detail":{"x":1,`) },
		} {
			all = append(all, scene{"evidence rewriting", fmt.Sprintf("record %d: %s", n+1, name), func(w *world) {
				active(w)
				w.seesTampering(func() { rows := w.evidence(evidence.ElevationChain(w.vars["id"])); change(w, rows, rows[n%len(rows)]) })
			}})
		}
	}
	return all
}

func (w *world) evidence(prefix string) (rows []record.Row) {
	for _, row := range w.Store.All(record.AuditTable) {
		if strings.HasPrefix(row.Key.Partition, prefix) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (w *world) rewrites(row record.Row, old, now string) {
	if !strings.Contains(string(row.Body), old) {
		w.t.Fatalf("%s has no %s: %s", row.Key, old, row.Body)
	}
	row.Body = json.RawMessage(strings.Replace(string(row.Body), old, now, 1))
	w.Store.Overwrite(row, record.Form)
}

// chainsAgain makes a chain that verifies by itself from record n on, and its head.
func (w *world) chainsAgain(rows []record.Row, n int) {
	var head evidence.Head
	for i, row := range rows {
		r, err := record.DecodeRecord(row)
		if err != nil {
			w.t.Fatal(err)
		}
		actor := r.Actor
		if i >= n {
			actor = "mallory"
		}
		c, err := record.Append(r.Chain, &head, evidence.Entry{At: r.At, Kind: r.Kind, Actor: actor, Detail: r.Detail})
		if err != nil {
			w.t.Fatal(err)
		}
		w.Store.Overwrite(c.Row, record.Form)
	}
	w.overwrites([2]string{"elevation#<id>", "elevation"}, func(body any) { body.(map[string]any)["evidence"] = head })
}

// seesTampering checks that a finding or a verifier shows a change of what the log has.
func (w *world) seesTampering(change func()) {
	w.t.Helper()
	if wrong := w.wrong(); len(wrong) > 0 {
		w.t.Fatalf("before: %v", wrong)
	}
	change()
	if len(w.wrong()) == 0 {
		w.t.Error("no finding and no verifier shows it")
	}
}

func (w *world) wrong() (wrong []string) {
	wrong = accesstest.BrokenLog(w.Archive, w.Store, false)
	chains := map[string][]evidence.Record{}
	for _, row := range w.Store.All(record.AuditTable) {
		if strings.HasPrefix(row.Key.Partition, "finding#evidence-altered") {
			wrong = append(wrong, "a finding")
		}
		r, err := record.DecodeRecord(row)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		chains[r.Chain] = append(chains[r.Chain], r)
	}
	heads, err := record.ChainHeads(w.Store.All(record.AccessTable))
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return append(wrong, accesstest.BrokenChains(chains, heads)...)
}

// lateEvidence is sent to the queue of late evidence.
func lateEvidence() (all []scene) {
	add := func(name string, forge func(l access.Late, e access.Elevation) []byte) {
		all = append(all, scene{"late evidence", name, func(w *world) {
			ended(w)
			e := w.show()
			real := access.Late{Elevation: e.ID, Grant: access.GrantName("curfew", e.ID), Principal: e.Principal, By: "sweep", ReadAt: e.EndedAt, Seen: "not there",
				Calls: []access.Call{{Action: "iam:DeleteRolePolicy", At: e.EndedAt, Outcome: "done"}}}
			if err := w.Service.AppendLate(w.t.Context(), forge(real, e)); err != nil {
				w.t.Errorf("%v: it would come again without end", err)
			}
			if now := w.show(); now.Evidence != e.Evidence || now.Overstay != e.Overstay {
				w.t.Errorf("evidence %v, overstay %d, want %v, %d", now.Evidence, now.Overstay, e.Evidence, e.Overstay)
			}
		}})
	}
	for _, kind := range []string{"requested", "approval", "approved", "denied", "withdrawn", "lapsed", "granting", "active", "refused", "ending", "contained", "ended", "removed", "stuck"} {
		add("kind "+kind, func(_ access.Late, e access.Elevation) []byte {
			return fmt.Appendf(nil, `{"elevation":%q,"entry":{"At":"2026-03-01T12:00:00Z","Kind":"elevation.%s","Actor":"mallory","Late":true}}`, e.ID, kind)
		})
		add("member kind "+kind, func(l access.Late, _ access.Elevation) []byte {
			return []byte(strings.Replace(string(l.Body()), "{", `{"kind":"elevation.`+kind+`",`, 1))
		})
	}
	for name, edit := range map[string]func(*access.Late, access.Elevation){
		"in the future":           func(l *access.Late, _ access.Elevation) { l.ReadAt = l.ReadAt.AddDate(99, 0, 0) },
		"before the grant":        func(l *access.Late, e access.Elevation) { l.ReadAt = e.GrantedAt.Add(-time.Second) },
		"call in the future":      func(l *access.Late, _ access.Elevation) { l.Calls[0].At = l.Calls[0].At.AddDate(99, 0, 0) },
		"call before the grant":   func(l *access.Late, e access.Elevation) { l.Calls[0].At = e.GrantedAt.Add(-time.Hour) },
		"by a person":             func(l *access.Late, _ access.Elevation) { l.By = dee().ID },
		"by a detection":          func(l *access.Late, _ access.Elevation) { l.By = access.ByDetection + "x" },
		"of another ARN":          func(l *access.Late, _ access.Elevation) { l.Principal.ARN = responder },
		"of another id":           func(l *access.Late, _ access.Elevation) { l.Principal.ID = "AROAMALLORY" },
		"of another account":      func(l *access.Late, _ access.Elevation) { l.Principal.Account = "999988887777" },
		"of another grant":        func(l *access.Late, _ access.Elevation) { l.Grant = "curfew-" + absent },
		"of another installation": func(l *access.Late, e access.Elevation) { l.Grant = "curfeu-" + e.ID },
		"of another elevation":    func(l *access.Late, _ access.Elevation) { l.Elevation = absent },
		"of no elevation":         func(l *access.Late, _ access.Elevation) { l.Elevation = "" },
		"without a call":          func(l *access.Late, _ access.Elevation) { l.Calls = nil },
		"another call":            func(l *access.Late, _ access.Elevation) { l.Calls[0].Action = "iam:PutRolePolicy" },
		"a call that failed":      func(l *access.Late, _ access.Elevation) { l.Calls[0].Outcome = "Denied" },
	} {
		add(name, func(l access.Late, e access.Elevation) []byte { edit(&l, e); return l.Body() })
	}
	return all
}

func (w *world) show() access.Elevation {
	w.t.Helper()
	v, err := w.Service.Show(w.t.Context(), dee(), w.vars["id"])
	if err != nil {
		w.t.Fatal(err)
	}
	return v.Elevation
}
