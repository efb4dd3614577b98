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

// Story tells what callers do in a world, and what comes of it. After every step the world is checked.
type Story struct {
	*World
	ctx context.Context
}

// NewStory begins a story in a world of its own. Use [Tell] unless the test is in a bubble already.
func NewStory(t testing.TB, set WorldSettings) *Story {
	return &Story{World: NewWorld(t, set), ctx: t.Context()}
}

// People and machines of the stories. Their names are those they bear in sessions.
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

// As gives one of the story's callers: ana and cem are engineers, ben, eva and cem are leads, ben owns what there is, dee
// is an operator, zoe is nobody; backup and agent are machines.
func (s *Story) As(name string) Actor {
	s.t.Helper()
	c, ok := callers()[name]
	if !ok {
		s.t.Fatalf("there is no %s in the stories", name)
	}
	return Actor{c, s}
}

// step lets everything that can happen now happen, and checks the world.
func (s *Story) step() {
	s.t.Helper()
	synctest.Wait()
	s.CheckWorld()
}

// Advance lets time pass: in steps of at most a minute at first and longer ones later, with a check after each, so that
// what is only wrong for a while is seen.
func (s *Story) Advance(d time.Duration) {
	s.t.Helper()
	for step := 5 * time.Second; d > 0; d -= step {
		step = min(step+step/2, d, 24*time.Hour)
		time.Sleep(step)
		s.step()
	}
}

// Sweeps runs the sweep once.
func (s *Story) Sweeps() sweep.Swept {
	s.t.Helper()
	var sw sweep.Swept
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

// request is what an actor asks for if the story says no more.
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

// Asks submits a request that succeeds, and gives the elevation's id.
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

// Digest is that of the terms as they are stored.
func (s *Story) Digest(id string) string {
	s.t.Helper()
	return s.show(id).Digest
}

// Approves approves, on the digest of the terms as they are.
func (a Actor) Approves(id string) error { a.s.t.Helper(); return a.Decides(id, a.s.Digest(id), true) }

// Denies denies, on the digest of the terms as they are.
func (a Actor) Denies(id string) error { a.s.t.Helper(); return a.Decides(id, a.s.Digest(id), false) }

// Decides decides on any digest.
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

// Withdraws takes a request back.
func (a Actor) Withdraws(id string) error {
	a.s.t.Helper()
	_, err := a.s.Service.Withdraw(a.s.ctx, a.Caller, id)
	a.s.step()
	return err
}

// Beats tells that the holder lives.
func (a Actor) Beats(id string) error {
	a.s.t.Helper()
	_, err := a.s.Service.Heartbeat(a.s.ctx, a.Caller, id)
	a.s.step()
	return err
}

// show is an elevation as an operator sees it.
func (s *Story) show(id string) access.View {
	s.t.Helper()
	v, err := s.eyes.Show(s.ctx, callers()["dee"], id)
	if err != nil {
		s.t.Fatalf("showing %s: %v", id, err)
	}
	return v
}

// Elevation is an elevation as it is stored.
func (s *Story) Elevation(id string) access.Elevation { s.t.Helper(); return s.show(id).Elevation }

// Receipt is the receipt that an end left.
func (s *Story) Receipt(id string) access.View { s.t.Helper(); return s.show(id) }

// Want checks an elevation's state, and its cause if it has one: "active", "ended deadline".
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

// Can reports whether a session of a principal may make a call now, by what IAM enforces.
func (s *Story) Can(principal, session string) bool {
	return s.IAM.Allowed(inprocess.DataCall{
		Principal: principal, SessionName: session, Action: "s3:GetObject", Resource: "arn:aws:s3:::deployments/plan.json",
	}).Outcome == iampolicy.Allowed
}

// WantCan checks what a session can do now.
func (s *Story) WantCan(principal, session string, want bool) {
	s.t.Helper()
	if got := s.Can(principal, session); got != want {
		s.t.Errorf("%s can call as %s = %v, want %v", session, principal, got, want)
	}
}

// WantPath checks the states that the elevation's execution went through.
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

// WantClean checks that nothing of ours is left in IAM.
func (s *Story) WantClean() {
	s.t.Helper()
	for _, f := range s.Cloud.Grants() {
		s.t.Errorf("%s is still on %s", f.Grant, f.Principal.ARN)
	}
}

// WantRest checks that every record is at rest.
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

// Context is the story's.
func (s *Story) Context() context.Context { return s.ctx }

// Restores brings the tables back to how they were. The checker forgets what it saw since; what is in IAM without a record
// is for the sweep, which is the next step of every such story.
func (s *Story) Restores(was inprocess.Snapshot) {
	s.Store.Restore(was)
	s.checker.last = nil
}

// RestoresAccessTable brings the table of elevations back and leaves the evidence as it is: two tables are restored by two
// calls, and somebody makes only one.
func (s *Story) RestoresAccessTable(was inprocess.Snapshot) {
	s.Store.Restore(was, record.AccessTable)
	s.checker.last = nil
}

// DeletesElevation deletes the record of an elevation by hand. No head is kept of its evidence any more.
func (s *Story) DeletesElevation(id string) {
	s.t.Helper()
	key := record.Key{Table: record.AccessTable, Partition: evidence.ElevationChain(id), Sort: "elevation"}
	if err := s.Store.Write(s.ctx, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: key}}); err != nil {
		s.t.Fatal(err)
	}
	s.checker.last, s.checker.headless = nil, append(s.checker.headless, key.Partition)
}

// ByHand lets the story edit a principal by hand: what is not ours on it may change from now on.
func (s *Story) ByHand(arn string, edit func(*inprocess.IAM) error) {
	s.t.Helper()
	s.forgive(arn)
	if err := edit(s.IAM); err != nil {
		s.t.Fatalf("editing %s by hand: %v", arn, err)
	}
}

// Faults lets the story's calls of ports go wrong, from now on; calls are counted from here.
func (s *Story) Faults(i Interposer) { s.faults.Set(i) }

// Once makes one call go wrong: the n-th of an operation.
func Once(op string, n int, f Fault) Interposer {
	return func(o string, i int) Fault {
		if o == op && i == n {
			return f
		}
		return Fault{}
	}
}

// WantPaged checks that somebody was told something that has these words in it.
func (s *Story) WantPaged(words string) {
	s.t.Helper()
	var all []string
	for _, m := range s.Notifier.Messages() {
		if strings.Contains(m.Text, words) {
			return
		}
		all = append(all, m.Text)
	}
	s.t.Errorf("nobody was told of %q, but of %q", words, all)
}

// WorldMayBeWrong lets the story break the world by hand and mend it again: within f nothing is checked, and right after
// it the world is, as after every step.
func (s *Story) WorldMayBeWrong(f func()) {
	s.t.Helper()
	s.checker.paused = true
	f()
	s.checker.paused = false
	s.step()
}

// Tell runs a story in a world of its own under virtual time.
func Tell(t *testing.T, set WorldSettings, story func(*Story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { story(NewStory(t, set)) })
}
