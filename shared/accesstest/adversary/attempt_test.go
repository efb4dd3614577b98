package adversary

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// attempt is one call that must be refused or have no effect.
type attempt struct {
	name    string
	prepare func(*world) // prepares the world; nil: nothing
	who     identity.Caller
	method  string // POST if empty
	path    string // /v1/elevations if empty
	body    string
	headers []string

	status  int
	kind    string   // of the problem; empty: the answer is no problem
	reasons []string // all of them
	leaves  trace
	says    string // the whole answer; empty: not checked
	secret  bool   // the caller may not see <id>, and the answer must not contain it
	hidden  bool   // the caller may not see <id>: the answer must equal, byte by byte, that for a missing elevation
}

// trace is what an attempt leaves.
type trace int

const (
	nothing  trace = iota // not understood: one line of the log
	refusal               // understood and refused: one record in the caller's chain of the day
	denied                // as refusal, and an elevation in denied with evidence of its own
	unheeded              // a stored decision that does not settle anything
	inert                 // answered, without any effect
)

// absent is an id without an elevation.
const absent = "01k6y3m1x80000000000000099"

// try makes the attempt in a new world, and checks the refusal.
func (a attempt) try(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		if a.prepare != nil {
			a.prepare(w)
		}
		synctest.Wait()
		before := w.look()
		method, path := a.method, a.path
		if method == "" {
			method = "POST"
		}
		if path == "" {
			path = "/v1/elevations"
		}
		got := w.call(a.who, method, path, a.body, a.headers...)
		a.checkAnswer(t, got)
		a.checkTrace(t, w, got, before, w.look())
		if id := got.problem.Elevation; id != "" && a.leaves != denied { // the one in the way
			if _, err := w.Service.Show(t.Context(), a.who, id); err != nil {
				t.Errorf("the answer names elevation %s, which they may not see: %v", id, err)
			}
		}
		if id := w.vars["id"]; a.secret && strings.Contains(got.raw, id) {
			t.Errorf("answered with an id that is a secret: %s", got.raw)
		}
		if a.hidden {
			w.vars["id"] = absent
			if there := w.call(a.who, method, path, a.body, a.headers...); there.raw != got.raw || !maps.EqualFunc(there.header, got.header, slices.Equal) {
				t.Errorf("answered\n%v %s\nand of what is not there\n%v %s", got.header, got.raw, there.header, there.raw)
			}
		}
		w.checkChains()
		if strings.Contains(w.log.String(), "token-") {
			t.Error("a token was logged")
		}
	})
}

func (a attempt) checkAnswer(t *testing.T, got answer) {
	t.Helper()
	kind := ""
	if a.kind != "" {
		kind = "urn:curfew:problem:" + a.kind
	}
	if got.status != a.status || got.problem.Type != kind || !slices.Equal(got.problem.Reasons, a.reasons) {
		t.Errorf("answered %d %q %v, want %d %q %v\n%s", got.status, got.problem.Type, got.problem.Reasons, a.status, kind, a.reasons, got.raw)
	}
	if said := strings.TrimSpace(got.raw); a.says != "" && said != a.says {
		t.Errorf("answered %s, want %s", said, a.says)
	}
	if named := got.problem.Elevation != ""; named != (a.leaves == denied) && a.kind != "conflict" {
		t.Errorf("the answer names elevation %q", got.problem.Elevation)
	}
}

// sight is all state that an attempt could change.
type sight struct {
	access map[record.Key]string
	audit  map[record.Key]evidence.Record
	iam    string
	log    int // lines
}

func (w *world) look() sight {
	w.t.Helper()
	s := sight{access: map[record.Key]string{}, audit: map[record.Key]evidence.Record{}, log: strings.Count(w.log.String(), "\n")}
	for _, r := range w.Store.All(record.AccessTable) {
		s.access[r.Key] = fmt.Sprintf("%d %s %v %s", r.Version, r.Body, r.Index, r.Expires)
	}
	for _, r := range w.Store.All(record.AuditTable) {
		record, err := record.DecodeRecord(r)
		if err != nil {
			w.t.Fatal(err)
		}
		s.audit[r.Key] = record
	}
	s.iam = fmt.Sprint(w.Cloud.Grants(), w.iam.OtherPolicies("curfew"))
	return s
}

// checkTrace compares the state before and after: nothing may be gone, and only what this attempt may leave may be new
// or changed.
func (a attempt) checkTrace(t *testing.T, w *world, got answer, before, after sight) {
	t.Helper()
	if before.iam != after.iam {
		t.Errorf("IAM was\n%s\nand is\n%s", before.iam, after.iam)
	}
	if lines := after.log - before.log; a.leaves == nothing && lines != 1 {
		t.Errorf("%d lines were logged, want 1", lines)
	}
	var rows, records []string
	for k, v := range after.access {
		// The directory may have the caller's own row, if the call was accepted the caller is an operator, or it was there.
		accepted := a.leaves == unheeded || a.leaves == inert || a.leaves != nothing && a.who.In(w.Service.Settings.Operators) || before.access[k] != ""
		noted := k.Partition == "seen" && k.Sort == a.who.ID && accepted
		if before.access[k] != v && !noted {
			rows = append(rows, k.Partition+" "+k.Sort)
		}
	}
	for k := range before.access {
		if _, ok := after.access[k]; !ok {
			rows = append(rows, "deleted: "+k.Partition+" "+k.Sort)
		}
	}
	for k, r := range after.audit {
		if _, ok := before.audit[k]; !ok {
			records = append(records, r.Chain+" "+r.Kind)
			a.checkRecord(t, r)
		}
	}
	wantRows, wantRecords := a.traces(w, got)
	slices.Sort(rows)
	slices.Sort(records)
	slices.Sort(wantRows)
	slices.Sort(wantRecords)
	if !slices.Equal(rows, wantRows) || !slices.Equal(records, wantRecords) {
		t.Errorf("left\n%q\n%q\nwant\n%q\n%q", rows, records, wantRows, wantRecords)
	}
}

// traces returns the rows and records that the attempt leaves.
func (a attempt) traces(w *world, got answer) (rows, records []string) {
	chain := evidence.CallerChain(a.who.ID, time.Now())
	switch a.leaves {
	case refusal:
		return []string{chain + " head"}, []string{chain + " call.refused"}
	case denied:
		life := "elevation#" + got.problem.Elevation
		return []string{chain + " head", life + " elevation", life + " terms"}, []string{chain + " call.refused", life + " elevation.denied"}
	case unheeded:
		return []string{w.fill("decision#<id> ") + a.who.ID, w.fill("elevation#<id> elevation")}, []string{w.fill("elevation#<id> elevation.approval")}
	}
	return nil, nil
}

// checkRecord checks who was refused, and by which rules.
func (a attempt) checkRecord(t *testing.T, r evidence.Record) {
	t.Helper()
	if r.Actor != a.who.ID {
		t.Errorf("%s says that it was %s, want %s", r.Kind, r.Actor, a.who.ID)
	}
	if r.Kind != "call.refused" {
		return
	}
	var detail struct {
		Verb, Why string
		By        []string
	}
	if err := json.Unmarshal(r.Detail, &detail); err != nil {
		t.Fatal(err)
	}
	if detail.Verb == "" || detail.Why == "" || !slices.Equal(detail.By, a.reasons) {
		t.Errorf("the record says %s, want the reasons %v", r.Detail, a.reasons)
	}
}

// checkChains verifies every chain against its head.
func (w *world) checkChains() {
	w.t.Helper()
	chains := map[string][]evidence.Record{}
	for _, row := range w.Store.All(record.AuditTable) {
		r, err := record.DecodeRecord(row)
		if err != nil {
			w.t.Fatal(err)
		}
		chains[r.Chain] = append(chains[r.Chain], r)
	}
	heads, err := record.ChainHeads(w.Store.All(record.AccessTable))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, wrong := range accesstest.BrokenChains(chains, heads) {
		w.t.Error(wrong)
	}
}
