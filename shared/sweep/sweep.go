package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// DiedOnPurpose reports whether an execution that ended so is the one of a canary, whose input was made so that it fails:
// see [access.Terms.elevation]. The record says that it is a canary, and which input its execution has: no text that a caller can
// choose counts. One that was stopped or timed out did not die on purpose. If the record cannot be read the answer is no.
func (s Sweep) DiedOnPurpose(ctx context.Context, status, input string) bool {
	var in access.Input
	if status != "FAILED" || json.Unmarshal([]byte(input), &in) != nil || in.Account != "" {
		return false
	}
	l, err := s.Load(ctx, in.ID)
	if err != nil {
		return false
	}
	if stored, _, err := s.Input(ctx, l.Terms); err != nil || stored != in {
		return false
	}
	n := l.Terms.CanaryNet()
	return n != "" && n != access.NetWorkflow && l.Terms.Principal.ARN == s.Settings.Canary.Principal
}

// Expire acts on a TTL record that DynamoDB removed. The record of the elevation is read again first: a removal may be
// told twice, and days late. If it cannot be read the order is given all the same. A removal that this clock thinks too
// early is Transient, not nothing: the record that would bring another is gone, and the stream brings this one again.
func (s Sweep) Expire(ctx context.Context, removed record.Row) (err error) {
	o, err := record.Decode[access.Order](removed)
	if err != nil {
		return err
	}
	defer s.Logged(ctx, "expire", o.ID, "ttl", &err)
	l, err := s.Load(ctx, o.ID)
	switch {
	case err == nil && l.Elevation.State.Terminal():
		return nil
	case err == nil && s.Now().Before(l.Elevation.Deadline):
		return fault.Errorf(fault.Transient, "the deadline of %s is %s", o.ID, l.Elevation.Deadline.Format(time.RFC3339))
	case err == nil && Canaries{s.Service}.LeftToAnother(l, access.NetTTL):
		return nil
	}
	return s.Workflow.Revoke(ctx, o)
}

// ExecutionClosed acts on an execution that ended other than by succeeding: it may have died after Grant. input is what
// it was started with; Revoke finds out whether there is anything to take away.
func (s Sweep) ExecutionClosed(ctx context.Context, status, input string) (err error) {
	if status == "SUCCEEDED" || status == "RUNNING" {
		return nil
	}
	var in access.Input
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		return fault.Errorf(fault.Invalid, "the input of an execution that is %s: %w", fault.Printable(status), err)
	}
	defer s.Logged(ctx, "execution-closed", in.ID, "execution", &err)
	if l, err := s.Load(ctx, in.ID); err == nil && (Canaries{s.Service}).LeftToAnother(l, access.NetExecution) { // without the record it goes on
		return nil
	}
	return s.Workflow.Revoke(ctx, access.Order{
		ID: in.ID, Account: in.Account, Principal: in.Principal, PrincipalID: in.PrincipalID,
		By: "execution", OrderedAt: s.Instant(),
	})
}

// Overdue reports whether access should be over and is not proven gone, more than a minute after that was due. A canary that
// is left to one net is not overdue as long as the other nets leave it to that one: see leftToAnother. True with an error: it
// cannot be read whether it is such a canary.
func (s Sweep) Overdue(ctx context.Context, e access.Elevation) (bool, error) {
	due := e.LateFrom()
	if !e.State.Open() || due.IsZero() || !s.Now().After(due.Add(overdueBy)) {
		return false, nil
	}
	if e.State != access.Active || !e.IsCanary() {
		return true, nil
	}
	l, err := s.Load(ctx, e.ID) // the net is in the terms
	switch {
	case err != nil:
		return true, err
	case l.Elevation.State != access.Active: // its net was at it meanwhile
		return s.Overdue(ctx, l.Elevation)
	}
	return !Canaries{s.Service}.LeftToAnother(l, ""), nil
}

// orphansPerPass bounds what one sweep takes away in one account that no record explains: more than this is a fault of ours
// or somebody's work, and a person looks first. What is in one account takes nothing from the others.
const orphansPerPass = 10

// Swept says what one pass of the sweep did.
type Swept struct {
	Looked   int      `json:"looked"`            // records
	Policies int      `json:"policies"`          // policies of ours in IAM
	Started  []string `json:"started,omitempty"` // requests whose start was repeated
	Ordered  []string `json:"ordered,omitempty"` // ends ordered of records
	Orphans  []string `json:"orphans,omitempty"` // removed without a record that explains them
	Findings int      `json:"findings"`
	Paged    bool     `json:"paged,omitempty"`  // there were more orphans than one pass may remove
	Canary   *Canary  `json:"canary,omitempty"` // one that ended since the pass before
	// CanaryDies: an execution of a canary is about to die on purpose, or has just died.
	CanaryDies bool `json:"canary_dies,omitempty"`

	Left int `json:"left,omitempty"` // what the pass had no time for

	began     time.Time
	late      []error        // what there was no time for, by part
	again     int            // ends long overdue that were ordered once more
	orphansIn map[string]int // by account: new ones
	againIn   map[string]int // by account: those that were raised before
}

// A pass begins every minute, and each of its parts has a share of that minute: it ends at the latest so long after the pass
// began. A part with too much to do delays no other part, and one with little to do leaves its time to those after it. What
// is active comes first. What a part has no time for is a finding, and another pass begins at another place.
const (
	recordsBy = 10 * time.Second           // records that are active
	dueBy     = recordsBy + 14*time.Second // ends that are due
	grantsBy  = dueBy + 18*time.Second     // grants of what is active, in IAM
	waitingBy = grantsBy + 4*time.Second   // requests that were not granted yet
	surveyBy  = waitingBy + 10*time.Second // pages of IAM
	restBy    = 75 * time.Second           // ends that are due and had no time before
)

// Sweep is the net that makes every other failure temporary, and the doors of the two nets that events bring.
type Sweep struct{ *access.Service }

// New is the sweep by a service.
func New(s *access.Service) Sweep { return Sweep{s} }

// sweeper makes one pass.
type pass struct{ *access.Service }

// within returns a function that reports whether a part that ends at the latest by after the beginning of the pass still
// has time.
func (s pass) within(sw *Swept, by time.Duration) func() bool {
	return func() bool { return s.Now().Before(sw.began.Add(by)) }
}

// place is where a pass begins in a list of n. It differs from pass to pass without a pattern: what one pass has no time
// for, every later pass may begin with, whatever n is and however much a pass handles.
func (s pass) place(sw *Swept, n int) int {
	if n == 0 {
		return 0
	}
	x := uint64(sw.began.Unix()/60) * 0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// startingAt is a list that begins at its place.
func startingAt[T any](place int, all []T) []T { return slices.Concat(all[place:], all[:place]) }

// outOfTime notes what a part had no time for.
func (sw *Swept) outOfTime(left, all int, what string) {
	if left > 0 {
		sw.Left += left
		sw.late = append(sw.late, fault.Errorf(fault.Transient, "%d of %d %s were not looked at: this part of the pass had no time left", left, all, what))
	}
}

// Reconcile is one pass of the sweep: it makes every other failure temporary. It looks at what is active and due by the
// records, and at what is there by IAM, each against the other, and ends what should have ended. One record that cannot be
// handled keeps no other from being handled. The errors come back together, and a pass with errors is a finding.
func (s Sweep) Reconcile(ctx context.Context) (sw Swept, err error) {
	defer func() {
		s.Logged(ctx, "reconcile", "", "sweep", &err, "looked", sw.Looked, "policies", sw.Policies, "started", len(sw.Started),
			"ordered", len(sw.Ordered), "orphans", len(sw.Orphans), "findings", sw.Findings, "left", sw.Left)
	}()
	sw.began, sw.orphansIn, sw.againIn = s.Now(), map[string]int{}, map[string]int{}
	lives, active := onRecords{s.Service}.sweepActive(ctx, &sw)
	rest, due := pass{s.Service}.sweepDue(ctx, &sw)
	grants := onRecords{s.Service}.sweepGrants(ctx, lives, &sw)
	waiting := pass{s.Service}.sweepWaiting(ctx, &sw)
	surveyed := inIAM{s.Service}.sweepIAM(ctx, &sw)
	due = errors.Join(due, pass{s.Service}.sweepRest(ctx, rest, &sw))
	err = errors.Join(active, due, grants, waiting, surveyed, Canaries{s.Service}.sing(ctx, &sw))
	if err != nil {
		sw.Findings++
		err = errors.Join(err, finding.Report(ctx, s.Base, Failed, "sweep "+string(fault.KindOf(err)), "the sweep failed at something: "+fault.FirstLine(err), nil))
	}
	if sw.Left > 0 {
		sw.Findings++
		late := errors.Join(sw.late...)
		err = errors.Join(err, late, finding.Report(ctx, s.Base, Failed, "sweep time", "the sweep has more to do than a minute allows: "+fault.FirstLine(late), nil))
	}
	return sw, err
}

// What the sweep may find.
var (
	Edited      = finding.Kind{Name: "edited", Again: finding.Daily}     // the grant in IAM is not what was granted
	Unfenced    = finding.Kind{Name: "unfenced", Again: finding.Daily}   // a policy of ours without its fence
	Unmarked    = finding.Kind{Name: "unmarked", Again: finding.Daily}   // a principal that lost its tag or boundary while it had access
	Missing     = finding.Kind{Name: "missing", Again: finding.Daily}    // an active elevation whose grant is gone
	Unreadable  = finding.Kind{Name: "unreadable", Again: finding.Daily} // a record that cannot be read
	Failed      = finding.Kind{Name: "sweep-failed", Again: finding.Daily}
	PolicyError = finding.Kind{Name: "policy-error", Again: finding.Daily} // policy could not be asked while the elevation was active
)

// againPerPass bounds how many ends that are long overdue one pass orders again: more would keep revoke from those that can
// be ended. Where there are more they take turns.
const againPerPass = 300

// sweepDue orders the ends of records with access whose instant has come, and returns those that it had no time for.
func (s pass) sweepDue(ctx context.Context, sw *Swept) (rest []record.Key, err error) {
	keys, err := s.dueKeys(ctx)
	rest, failed := s.sweepRecords(ctx, startingAt(s.place(sw, len(keys)), keys), s.within(sw, dueBy), sw)
	return rest, errors.Join(err, failed)
}

// sweepRest goes on with the ends that had no time before, after every other part had its share.
func (s pass) sweepRest(ctx context.Context, keys []record.Key, sw *Swept) error {
	left, err := s.sweepRecords(ctx, keys, s.within(sw, restBy), sw)
	sw.outOfTime(len(left), len(keys), "ends that are due")
	return err
}

// sweepRecords handles records until its time is over, and returns those that are left. It gives all orders first, and
// answers the tasks that wait for them afterwards: the removal does not need the answers.
func (s pass) sweepRecords(ctx context.Context, keys []record.Key, within func() bool, sw *Swept) (left []record.Key, err error) {
	var failed []error
	var ordered []access.Life
	for i, k := range keys {
		if !within() {
			left = keys[i:]
			break
		}
		sw.Looked++
		l, err := s.sweepRecord(ctx, access.IdOf(k), sw)
		failed = append(failed, err)
		if l.Terms.ID != "" {
			ordered = append(ordered, l)
		}
	}
	for _, l := range ordered {
		if !within() {
			break // their tasks end at the deadline by themselves
		}
		failed = append(failed, access.Waiting{Service: s.Service}.Answer(ctx, l))
	}
	return left, errors.Join(failed...)
}

func (s pass) dueKeys(ctx context.Context) (keys []record.Key, err error) {
	q := record.Query{Index: record.ByDue, Partition: access.DueOpen, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return keys, fault.Wrap(err, "listing what is due")
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys, nil
		}
	}
}

// sweepRecord does for one record what another net failed to do. It returns the life if it ordered its end.
func (s pass) sweepRecord(ctx context.Context, id string, sw *Swept) (access.Life, error) {
	l, err := s.Load(ctx, id)
	if err != nil {
		return access.Life{}, err
	}
	now := s.Now()
	e := l.Elevation
	switch e.State {
	case access.Granting:
		if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {
			return access.Life{}, nil // Grant may still be at it
		}
	case access.Active:
		if !e.SettlesAt.IsZero() && now.Before(e.Deadline) {
			return access.Life{}, access.Ender{Service: s.Service}.Settled(ctx, l)
		}
		if now.Before(e.Deadline) || (Canaries{s.Service}).LeftToAnother(l, access.NetSweep) {
			return access.Life{}, nil // sweepActive looks at it
		}
	case access.Revoking, access.Stuck:
		if !now.Before(e.EndDue.Add(access.OverdueAfter)) {
			if sw.again == againPerPass {
				return access.Life{}, nil
			}
			sw.again++
		}
	default:
		return access.Life{}, nil
	}
	sw.Ordered = append(sw.Ordered, id)
	return l, s.Workflow.Revoke(ctx, e.Order("sweep", orderedAt(e, now)))
}

func orderedAt(e access.Elevation, now time.Time) time.Time {
	if e.EndDue.IsZero() {
		return now
	}
	return e.EndDue
}

// foundFor is how long the policies of one page are gone through.
const foundFor = 7 * time.Second

// inTurns takes one item of each account, and then the next of each.
func inTurns[T any](all []T, account func(T) string) []T {
	n := map[string]int{}
	turn := make([]int, len(all))
	at := make([]int, len(all))
	for i, one := range all {
		at[i], turn[i] = i, n[account(one)]
		n[account(one)]++
	}
	slices.SortStableFunc(at, func(a, b int) int { return turn[a] - turn[b] })
	out := make([]T, len(all))
	for i, from := range at {
		out[i] = all[from]
	}
	return out
}

// sweepWaiting goes through the requests that are due, oldest first, until its share of the pass is over. Each one that was
// looked at is due later (Elevation.LookAt), so that a pass never finds the same ones again.
func (s pass) sweepWaiting(ctx context.Context, sw *Swept) error {
	within := s.within(sw, waitingBy)
	var failed []error
	q := record.Query{Index: record.ByDue, Partition: access.DueWaiting, UpTo: s.Instant().Format(time.RFC3339) + "#~", Limit: 100}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return errors.Join(append(failed, fault.Wrap(err, "listing requests that are due"))...)
		}
		for _, k := range page.Keys {
			if !within() {
				sw.outOfTime(1, 1, "or more requests that are due")
				return errors.Join(failed...)
			}
			sw.Looked++
			failed = append(failed, s.sweepRequest(ctx, access.IdOf(k), sw))
		}
		if q.After = page.Next; q.After == "" {
			return errors.Join(failed...)
		}
	}
}

// sweepRequest does for one request what its execution failed to do: it answers a decided task that still waits, starts an
// execution that was never started, and lapses what cannot be granted any more.
func (s pass) sweepRequest(ctx context.Context, id string, sw *Swept) error {
	l, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	e, now := l.Elevation, s.Instant()
	if !e.State.Waits() || now.Before(e.Due()) {
		return nil // the index lags
	}
	if e.State == access.Requested && !now.Before(e.DecideBy.Add(access.AnswerWithin)) || !now.Before(l.Terms.LatestEnd) {
		return s.lapseWaiting(ctx, l)
	}
	if mayNotRun(l, now) {
		_, input, err := s.Input(ctx, l.Terms)
		if err == nil {
			err = s.Workflow.Start(ctx, id, input)
		}
		switch {
		case fault.KindOf(err) == fault.Over:
			return s.lapseWaiting(ctx, l)
		case err != nil:
			return errors.Join(err, s.lookAgain(ctx, l, now.Add(access.AnswerWithin), l.Elevation.RunsAt))
		}
		l.Elevation.RunsAt = now
		sw.Started = append(sw.Started, id)
	}
	// Stored before the answer: the answer lets Grant begin, and its write would meet this one.
	looked := s.lookAgain(ctx, l, nextLook(l, now), l.Elevation.RunsAt)
	return errors.Join(looked, access.Waiting{Service: s.Service}.Answer(ctx, l))
}

// lookAgain stores when the sweep looks at a request again, and when its execution was seen running. It leaves no evidence:
// nothing about the request changes.
func (s pass) lookAgain(ctx context.Context, l access.Life, at, runs time.Time) error {
	_, err := s.AmendFrom(ctx, l, func(l access.Life) (access.Amendment, error) {
		next := l.Elevation
		next.LookAt, next.RunsAt = at, runs
		return access.Amendment{Next: next, None: !next.State.Waits()}, nil
	})
	return err
}

// lapseWaiting ends a request whose execution is closed, or whose time is over.
func (s pass) lapseWaiting(ctx context.Context, l access.Life) error {
	l, err := s.AmendFrom(ctx, l, func(l access.Life) (access.Amendment, error) {
		if !l.Elevation.State.Waits() {
			return access.Amendment{None: true}, nil
		}
		return access.Lapsed(l, "its execution ended, or its time was over, before it was granted", "sweep", s.Instant())
	})
	if err != nil {
		return err
	}
	return access.Waiting{Service: s.Service}.Answer(ctx, l)
}
