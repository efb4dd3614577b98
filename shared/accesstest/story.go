package accesstest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

// Story runs the calls of a world's callers. Every step ends with a check of the world.
type Story struct {
	*World
	ctx context.Context
}

// NewStory begins a story in a new world. Use [RunStory] unless the test is in a synctest bubble already.
func NewStory(t testing.TB, set WorldSettings) *Story {
	s := &Story{World: NewWorld(t, set), ctx: t.Context()}
	t.Cleanup(synctest.Wait) // before the last check of the world: an execution may still write
	return s
}

// People and machines of the stories. Names are session names.
func callers() map[string]identity.Caller {
	person := func(name string, groups ...string) identity.Caller {
		return identity.Caller{ID: identity.PersonID("https://id.example.com", "00u1"+name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
	}
	machine := func(arn, id, session string, groups ...string) identity.Caller {
		return identity.Caller{ID: identity.MachineID(id), Kind: identity.Machine, ARN: arn, Name: session, Groups: groups}
	}
	return map[string]identity.Caller{
		"ana":    person("ana", "engineers"),
		"cem":    person("cem", "engineers", "leads"),
		"ben":    person("ben", "leads", "platform"),
		"eva":    person("eva", "leads"),
		"dee":    person("dee", "security"),
		"zoe":    person("zoe"),
		"backup": machine(Backup, "AROAEXAMPLE0000000002", "job-1", "jobs"),
		"agent":  machine(Agent, "AROAEXAMPLE0000000003", "run-7", "agents"),
	}
}

// Actor is a caller in a story.
type Actor struct {
	identity.Caller
	s *Story
}

// As returns a caller: ana and cem are engineers; ben, eva and cem are leads; ben owns all; dee is an operator; zoe has
// no role; backup and agent are machines.
func (s *Story) As(name string) Actor {
	s.t.Helper()
	c, ok := callers()[name]
	if !ok {
		s.t.Fatalf("there is no %s in the stories", name)
	}
	return Actor{c, s}
}

// step waits until every goroutine is blocked, and checks the world.
func (s *Story) step() {
	s.t.Helper()
	synctest.Wait()
	s.CheckWorld()
}

// Advance lets time pass in growing steps, with a check after each, to find short violations too.
func (s *Story) Advance(d time.Duration) {
	s.t.Helper()
	for step := 5 * time.Second; d > 0; d -= step {
		step = min(step+step/2, d, 24*time.Hour)
		time.Sleep(step)
		s.step()
	}
}

// Sweeps runs the sweep once.
func (s *Story) Sweeps() sweep.PassResult {
	s.t.Helper()
	var sw sweep.PassResult
	var err error
	if op, crashed := Survive(func() { sw, err = sweep.New(s.Service).Reconcile(s.ctx) }); crashed {
		s.t.Logf("sweep: crash at %s", op)
	}
	if err != nil {
		s.t.Logf("sweep: %v", err)
	}
	if err := s.AppendLate(); err != nil {
		s.t.Logf("appending what was postponed: %v", err)
	}
	s.step()
	return sw
}

func (a Actor) request(entitlement string, d time.Duration) access.Request {
	r := access.Request{
		Entitlement: entitlement, Principal: Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"},
		Reason: "the deployment is broken", Duration: d,
	}
	switch {
	case a.Kind == identity.Machine:
		r.Principal, r.Task = a.ARN, task.Task{Kind: "workflow", ID: "wf-1"}
		if a.ARN == Backup {
			r.Task = task.Task{Kind: "backup", ID: "job-1"}
		}
	case entitlement == "incident":
		r.Principal, r.Task = Responder, task.Task{Kind: "incident", ID: "INC-1"}
	}
	return r
}

// Asks submits a request that must succeed, and returns the elevation's id.
func (a Actor) Asks(entitlement string, d time.Duration, change ...func(*access.Request)) string {
	a.s.t.Helper()
	id, err := a.Tries(entitlement, d, change...)
	if err != nil {
		a.s.t.Fatalf("%s asks for %s: %v", a.Name, entitlement, err)
	}
	return id
}

// Tries submits a request.
func (a Actor) Tries(entitlement string, d time.Duration, change ...func(*access.Request)) (string, error) {
	a.s.t.Helper()
	r := a.request(entitlement, d)
	for _, c := range change {
		c(&r)
	}
	_, e, err := a.s.Service.Submit(a.s.ctx, a.Caller, r)
	a.s.step()
	return e.ID, err
}

// Digest returns the stored digest of the terms.
func (s *Story) Digest(id string) string {
	s.t.Helper()
	return s.show(id).Digest
}

// Approves approves with the stored digest.
func (a Actor) Approves(id string) error { a.s.t.Helper(); return a.Decides(id, a.s.Digest(id), true) }

// Denies denies with the stored digest.
func (a Actor) Denies(id string) error { a.s.t.Helper(); return a.Decides(id, a.s.Digest(id), false) }

// Decides decides with any digest.
func (a Actor) Decides(id, digest string, approve bool) error {
	a.s.t.Helper()
	_, err := a.s.Service.Decide(a.s.ctx, a.Caller, id, digest, approve, "as they see it")
	a.s.step()
	return err
}

// Ends ends an elevation.
func (a Actor) Ends(id string) error {
	a.s.t.Helper()
	_, err := a.s.Service.End(a.s.ctx, a.Caller, id)
	a.s.step()
	return err
}

// Withdraws withdraws a request.
func (a Actor) Withdraws(id string) error {
	a.s.t.Helper()
	_, err := a.s.Service.Withdraw(a.s.ctx, a.Caller, id)
	a.s.step()
	return err
}

// Beats sends a heartbeat.
func (a Actor) Beats(id string) error {
	a.s.t.Helper()
	_, err := a.s.Service.Heartbeat(a.s.ctx, a.Caller, id)
	a.s.step()
	return err
}

// show returns an elevation as an operator sees it.
func (s *Story) show(id string) access.View {
	s.t.Helper()
	v, err := s.faultless.Show(s.ctx, callers()["dee"], id)
	if err != nil {
		s.t.Fatalf("showing %s: %v", id, err)
	}
	return v
}

// Elevation returns a stored elevation.
func (s *Story) Elevation(id string) access.Elevation { s.t.Helper(); return s.show(id).Elevation }

// Receipt returns the receipt of an ended elevation.
func (s *Story) Receipt(id string) access.View { s.t.Helper(); return s.show(id) }

// Want checks state and cause: "active", "ended deadline".
func (s *Story) Want(id, want string) {
	s.t.Helper()
	e := s.Elevation(id)
	got := strings.TrimSpace(fmt.Sprintf("%s %s", e.State, e.Cause))
	if got != want {
		s.t.Errorf("%s is %q, want %q (%s)", id, got, want, e.Why)
	}
}

// WantKind checks the kind of an error.
func (s *Story) WantKind(err error, want fault.Kind) {
	s.t.Helper()
	if got := fault.KindOf(err); got != want {
		s.t.Errorf("error = %v (%s), want %s", err, got, want)
	}
}

// Can reports whether IAM allows a principal's session a call now.
func (s *Story) Can(principal, session string) bool {
	return s.IAM.Allowed(inprocess.DataCall{
		Principal: principal, SessionName: session, Action: "s3:GetObject", Resource: "arn:aws:s3:::deployments/plan.json",
	}).Outcome == iampolicy.Allowed
}

// WantCan checks [Story.Can].
func (s *Story) WantCan(principal, session string, want bool) {
	s.t.Helper()
	if got := s.Can(principal, session); got != want {
		s.t.Errorf("%s can call as %s = %v, want %v", session, principal, got, want)
	}
}

// WantPath checks the states of the elevation's execution.
func (s *Story) WantPath(id, want string) {
	s.t.Helper()
	x, err := s.Workflow.Engine().Describe(s.Workflow.Execution(id))
	if err != nil {
		s.t.Fatalf("execution of %s: %v", id, err)
	}
	if got := strings.Join(x.Path, " "); got != want {
		s.t.Errorf("path = %s, want %s", got, want)
	}
}

// WantClean checks that no grant of ours is in IAM.
func (s *Story) WantClean() {
	s.t.Helper()
	for _, f := range s.Cloud.Grants() {
		s.t.Errorf("%s is still on %s", f.Grant, f.Principal.ARN)
	}
}

// WantRest checks that every record is in a terminal state.
func (s *Story) WantRest() {
	s.t.Helper()
	es, _, err := access.Lives(s.Store.All(record.AccessTable))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range es {
		if !e.State.Terminal() {
			s.t.Errorf("%s is still %s", e.ID, e.State)
		}
	}
}

// Context returns the story's context.
func (s *Story) Context() context.Context { return s.ctx }

// Restores restores both tables. The checker forgets later states. The next step of such a story is the sweep, which
// finds grants without a record.
func (s *Story) Restores(was inprocess.Snapshot) {
	s.Store.Restore(was)
	s.checker.last, s.checker.evidenceChanged = nil, true
}

// RestoresAccessTable restores only the table of elevations. Each table is restored by its own call, and an operator
// may forget one.
func (s *Story) RestoresAccessTable(was inprocess.Snapshot) {
	s.Store.Restore(was, record.AccessTable)
	s.checker.last, s.checker.evidenceChanged = nil, true
}

// OverwritesEvidence changes by hand a row that the log has. The log keeps both.
func (s *Story) OverwritesEvidence(row record.Row) {
	s.Store.Overwrite(row, record.Form)
	s.checker.evidenceChanged = true
}

// DeletesElevation deletes an elevation's record by hand, and with it the head of its evidence.
func (s *Story) DeletesElevation(id string) {
	s.t.Helper()
	key := record.Key{Table: record.AccessTable, Partition: evidence.ElevationChain(id), Sort: "elevation"}
	if err := s.Store.Write(s.ctx, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: key}}); err != nil {
		s.t.Fatal(err)
	}
	s.checker.last, s.checker.chainsWithoutHead = nil, append(s.checker.chainsWithoutHead, key.Partition)
}

// ByHand edits a principal by hand. From now on its other policies may change.
func (s *Story) ByHand(arn string, edit func(*inprocess.IAM) error) {
	s.t.Helper()
	s.allowEditsByHand(arn)
	if err := edit(s.IAM); err != nil {
		s.t.Fatalf("editing %s by hand: %v", arn, err)
	}
}

// Faults sets the faults of later calls and resets the counts.
func (s *Story) Faults(i Interposer) { s.faults.Set(i) }

// Once makes the n-th call of an operation fail.
func Once(op string, n int, f Fault) Interposer {
	return func(o string, i int) Fault {
		if o == op && i == n {
			return f
		}
		return Fault{}
	}
}

// WantPaged checks that a message contains these words.
func (s *Story) WantPaged(words string) {
	s.t.Helper()
	var all []string
	for _, m := range s.Notifier.Messages() {
		text := m.Line()
		if f := m.Finding; f != nil { // Line escapes quotation marks
			text += " " + f.What + " " + f.Do
		}
		if strings.Contains(text, words) {
			return
		}
		all = append(all, text)
	}
	s.t.Errorf("no message contains %q; messages: %q", words, all)
}

// WorldMayBeWrong runs f without checks, and checks the world after it.
func (s *Story) WorldMayBeWrong(f func()) {
	s.t.Helper()
	s.checker.paused = true
	f()
	s.checker.paused = false
	s.step()
}

// RunStory runs a story in a new world under virtual time.
func RunStory(t *testing.T, set WorldSettings, story func(*Story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { story(NewStory(t, set)) })
}
