package takenover

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/baseline"
	"curfew/shared/correlate"
	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/permissions"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/task"
	"curfew/shared/trail"
)

// world is an honest installation: one elevation waits for a decision, one is active until its deadline and three until something ends
// them earlier, one has ended, and a review, a finding and a suspension are open.
type world struct {
	*inprocess.System
	t      *testing.T
	by     *attacker // nil: none
	iam    *inprocess.IAM
	trail  *correlate.Service
	events []string // of CloudTrail, not delivered yet
	n, ids int
	asked  []call // permissions that the attacker needed, and the answers
	told   []bool

	waits, active, over, glass string // elevations
	beating, serving, denied   string // active: a heartbeat, a task and policy end them early
	again                      func() // what the attacker repeats
	catalog                    *accesstest.Catalog
	suspended                  suspension.Scope
}

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID("https://id.example.com", "00u1"+name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

var (
	ana = person("ana", "engineers")
	cem = person("cem", "engineers")
	moe = person("moe", "engineers") // suspended
	eli = person("eli", "engineers") // denied by policy
	ben = person("ben", "leads")
	dee = person("dee", "security") // operator
)

const activeFor = 10 * time.Minute

func newWorld(t *testing.T, by *attacker) *world {
	t.Helper()
	time.Sleep(26 * 365 * 24 * time.Hour) // a bubble begins before CloudTrail did
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	settings := access.DefaultSettings()
	settings.SurveyEvery, settings.Boundaries, settings.Operators = 0, []string{accesstest.Boundary}, []string{"group:security"}
	w := &world{t: t, by: by, iam: iam, catalog: accesstest.NewCatalog()}
	w.System, err = inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: w.catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		NewID: func() string { // the same in each world
			w.ids++
			var id ulid.ULID
			w.must(id.SetTime(ulid.Timestamp(time.Now())))
			copy(id[6:], fmt.Sprintf("%010d", w.ids))
			return strings.ToLower(id.String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	t.Cleanup(synctest.Wait)
	own := func(ctx context.Context, id string, from, to time.Time) ([]trail.Baseline, error) {
		return baseline.Load(ctx, w.Store, id, from, to)
	}
	w.trail = correlate.New(w.Service, []string{permissions.Member, permissions.Home}, own, correlate.Installation{Name: "curfew", Home: permissions.Home}, nil)
	w.Sweep(time.Minute)
	w.KeepLog(time.Minute)
	w.prepare()
	return w
}

func (w *world) prepare() {
	w.must(finding.Report(w.t.Context(), w.Service.Base, finding.Kind{Name: "odd", PageInterval: time.Hour, Severity: finding.High, Why: "why", Do: "do"}, finding.Occurrence{Subject: "x", What: "it was so before"}))
	_, err := w.asks(moe, "deploy", time.Minute)
	w.must(err)
	w.glass, err = w.asks(ana, "incident", time.Minute)
	w.must(err)
	w.over, err = w.asks(ana, "deploy", time.Minute)
	w.must(err)
	w.pass(8 * time.Minute)
	w.suspended = suspension.Scope{Requester: moe.ID}
	_, err = w.Service.Suspensions().Suspend(w.t.Context(), dee, w.suspended, "the laptop is lost", suspension.Meant{})
	w.must(err)
	w.waits, err = w.asks(ana, "admin", 30*time.Minute)
	w.must(err)
	w.active, err = w.asks(cem, "deploy", activeFor)
	w.must(err)
	w.must(w.Service.Tasks().Start(w.t.Context(), servedTask, aSource, time.Now()))
	w.serving, err = w.asks(machine(accesstest.Backup, "AROAEXAMPLE0000000002", servedTask.ID, "jobs"), "backup", activeFor)
	w.must(err)
	w.beating, err = w.asks(machine(accesstest.Agent, "AROAEXAMPLE0000000003", "run-7", "agents"), "agent", activeFor)
	w.must(err)
	w.denied, err = w.asks(eli, "deploy", activeFor)
	w.must(err)
	w.pass(90 * time.Second) // the log has it
}

// early ends what is to end before its deadline; its heartbeat never came.
func (w *world) early() {
	w.catalog.Refuse(func(q access.Question) bool { return q.Caller.ID == eli.ID })
	_ = access.Triggers{Service: w.Service}.TaskEnded(w.t.Context(), servedTask, aSource, time.Now())
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// goes passes time in which the attacker repeats something.
func (w *world) goes(d time.Duration) {
	for ; d > 0; d -= 30 * time.Second {
		w.pass(min(d, 30*time.Second))
		if w.again != nil {
			w.again()
		}
	}
}

func (w *world) asks(c identity.Caller, entitlement string, d time.Duration) (string, error) {
	r := access.Request{Entitlement: entitlement, Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "it is broken", Duration: d}
	if entitlement == "incident" {
		r.Principal, r.Task = accesstest.Responder, task.Task{Kind: "incident", ID: "INC-1"}
	}
	if c.Kind == identity.Machine {
		r.Principal, r.Task = c.ARN, task.Task{Kind: map[string]string{"backup": "backup", "agent": "workflow"}[entitlement], ID: c.Name}
	}
	_, e, err := w.Service.Submit(w.t.Context(), c, r)
	synctest.Wait()
	return e.ID, err
}

// may is the attacker's permission.
func (w *world) may(c call) bool {
	may := w.by == nil || w.by.may(c)
	w.asked, w.told = append(w.asked, c), append(w.told, may)
	return may
}

// puts overwrites a row, if the attacker may.
func (w *world) puts(row record.Row) bool {
	c := put(row.Key.Partition)
	if row.Key.Table == record.AuditTable {
		c = putEvidence(row.Key.Partition)
	}
	if w.may(c) {
		w.Store.Overwrite(row, record.Form)
		return true
	}
	return false
}

func (w *world) removes(k record.Key) {
	if w.may(remove(k.Partition)) {
		w.Store.Erase(k)
	}
}

func (w *world) row(k record.Key) record.Row {
	w.t.Helper()
	row, there := w.Store.StoredRow(k)
	if !there {
		w.t.Fatalf("there is no %s", k)
	}
	return row
}

// edits changes members of a row's body.
func (w *world) edits(k record.Key, members map[string]any) bool {
	w.t.Helper()
	row := w.row(k)
	var body map[string]any
	w.must(json.Unmarshal(row.Body, &body))
	maps.Copy(body, members)
	text, err := json.Marshal(body)
	w.must(err)
	row.Body = text
	row.Version++
	return w.puts(row)
}

// forged is what a request would write; nothing is written.
func (w *world) forged(c identity.Caller, entitlement string, d time.Duration) (id string, rows []record.Row) {
	w.t.Helper()
	s := *w.Service
	kept := &keeps{Store: w.Service.Store}
	s.Store, s.Workflow = kept, idle{s.Workflow}
	_, e, err := s.Submit(w.t.Context(), c, access.Request{Entitlement: entitlement, Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-9"}, Reason: "forged", Duration: d})
	w.must(err)
	return e.ID, kept.rows
}

type keeps struct {
	record.Store
	rows []record.Row
}

func (k *keeps) Write(_ context.Context, changes ...record.Change) error {
	for _, c := range changes {
		k.rows = append(k.rows, c.Row)
	}
	return nil
}

type idle struct{ access.Workflow }

func (idle) Start(context.Context, string, string) error { return nil }
