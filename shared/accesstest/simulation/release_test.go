package simulation

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// Every elevation of the first release comes to an end under this one, with and without its execution, and under some
// of the faults that the command tries.
func TestDeployMeetsWhatTheFirstReleaseLeft(t *testing.T) {
	var jobs []job
	for _, b := range bases() {
		if b.cast.from.state == "" && !slices.ContainsFunc(b.happy, func(f Fault) bool {
			return f.Happening.Event == OldDefinition || f.Happening.Event == OldHandlers
		}) {
			continue
		}
		happy, err := b.playWithoutFaults()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range singles(happy.calls) {
			if i%50 == 3 && (i < 50 || !testing.Short()) {
				jobs = append(jobs, job{b, Schedule{f}})
			}
		}
	}
	r, err := Settings{Workers: 2}.run(jobs)
	wantNothingWrong(t, r, err)
	if r.Faulted == 0 {
		t.Errorf("no world of %d had its fault", len(jobs))
	}
}

func TestFirstReleaseLeftEveryState(t *testing.T) {
	r, err := firstRecords()
	if err != nil {
		t.Fatal(err)
	}
	es, _, err := access.Lives(r.rows())
	if err != nil {
		t.Fatal(err)
	}
	left := map[access.State]bool{}
	for _, e := range es {
		left[e.State] = true
		grants := slices.ContainsFunc(r.Grants, func(f access.Found) bool { return strings.HasSuffix(f.Grant, e.ID) })
		if grants && !e.State.Open() || !grants && (e.State == access.Active || e.State == access.Stuck) {
			t.Errorf("the grant of %s, which is %s, is there: %t", e.ID, e.State, grants)
		}
	}
	for _, s := range access.States() {
		if !left[s] && s != access.LapsedState { // lapsed leaves only the record, like denied
			t.Errorf("no elevation is %s", s)
		}
	}
}

func TestHandlersOfTheFirstReleaseForgetWhatIsNew(t *testing.T) {
	row := record.Row{Key: record.Key{Table: record.AccessTable, Partition: "elevation#1", Sort: "elevation"}, Version: 2,
		Body: []byte(`{"id":"1","state":"active","contain_tried_at":"2000-01-01T00:00:00Z"}`)}
	other := record.Row{Key: record.Key{Table: record.AccessTable, Partition: "task#1", Sort: "task"}, Version: 1, Body: []byte(`{"new":1}`)}
	got := asFirstRelease([]record.Change{{Row: row}, {Row: other}})
	if string(got[0].Row.Body) != `{"id":"1","state":"active"}` || string(got[1].Row.Body) != `{"new":1}` {
		t.Errorf("they wrote %s and %s", got[0].Row.Body, got[1].Row.Body)
	}
	if !strings.Contains(string(row.Body), "contain_tried_at") {
		t.Error("the caller's own row was changed")
	}
}

// The bytes of a body are those of the first release: evidence is text too.
func TestFirstReleaseLeftTextThatIsStoredAsItIs(t *testing.T) {
	r, err := firstRecords()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range r.rows() {
		if err := errors.Join(row.Check(), record.CheckForm(row.Key, r.Rows[i].Form)); err != nil {
			t.Errorf("%s: %v", row.Key, err)
		}
		if row.Key.Table != record.AuditTable {
			continue
		}
		rec, err := record.DecodeRecord(row)
		if err != nil {
			t.Fatal(err)
		}
		if again := record.EvidenceRow(rec); string(again.Body) != string(row.Body) {
			t.Errorf("%s is %s, and would be written as %s", row.Key, row.Body, again.Body)
		}
	}
}

// An execution keeps its definition: the first release's Hold does not retry a store error; this one's does.
func TestExecutionsKeepTheirDefinition(t *testing.T) {
	holds := Fault{Kind: ErrorBefore, Call: Call{fnWait, 1, "store.Write", 2}}
	at := func(e Event, at time.Duration) Schedule {
		return Schedule{holds, {Happening: Happening{Event: e, At: at}}}
	}
	tests := map[string]struct {
		plan Schedule
		cut  int
	}{
		"this release":                          {Schedule{holds}, 0},
		"the first release":                     {at(OldDefinition, 0), 1},
		"begun before a deploy":                 {at(Deployed, 5*time.Second), 1},
		"begun after a deploy":                  {at(Deployed, time.Millisecond), 0},
		"begun before a deploy was rolled back": {at(RolledBack, 5*time.Second), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := Settings{}.run([]job{{bases()[0], test.plan}})
			wantNothingWrong(t, r, err)
			if r.CutByFault != test.cut {
				t.Errorf("%d ended early, want %d", r.CutByFault, test.cut)
			}
		})
	}
}
