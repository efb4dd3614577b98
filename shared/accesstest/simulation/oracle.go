package simulation

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

func (o *oracle) mayEnd(id string, cause access.Cause) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.life(id).reasons[cause] = true
}

func (o *oracle) recordOrder(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.life(id); t.orderedAt.IsZero() {
		t.orderedAt = time.Now()
	}
}

// byHand records and makes a change by hand to the grants of these elevations.
func (o *oracle) byHand(concerned func(access.Elevation) bool, edit func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.lives {
		if concerned(t.is) {
			t.handAt = time.Now()
		}
	}
	err := edit()
	o.lookAtIAM()
	return err
}

func (o *oracle) resetRestored(restore func(), all func() []record.Row) {
	o.mu.Lock()
	defer o.mu.Unlock()
	restore()
	o.restoredAt = time.Now()
	back := map[string]access.Elevation{}
	es, _, err := access.Lives(all())
	if err != nil {
		o.addFinding(Rule, "after the restore: %v", err)
	}
	for _, e := range es {
		back[e.ID] = e
	}
	for id, t := range o.lives {
		was, ok := back[id]
		switch {
		case !ok:
			t.forgotten = true
			t.is.State = "" // no record: a grant in IAM is an orphan
		case was.Version != t.is.Version:
			t.forgotten, t.is = true, was
		}
	}
}

func (o *oracle) touched(id string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if k := fault.KindOf(err); k == fault.Quota || k == fault.Conflict { // IAM quota used up, or principal recreated
		o.life(id).reasons[access.Failed] = true
	}
	o.lookAtIAM()
}

// checkWrite checks the rows of one transaction; o.mu is held.
func (o *oracle) checkWrite(changes []record.Change) {
	var rows []record.Row
	withEvidence := false
	for _, c := range changes {
		withEvidence = withEvidence || c.Row.Key.Table == record.AuditTable
		if row, there := o.w.store.StoredRow(c.Row.Key); there && c.Do == record.Put {
			rows = append(rows, row)
		}
	}
	es, ts, err := access.Lives(rows)
	if err != nil {
		o.addFinding(Rule, "a row cannot be read: %v", err)
	}
	for _, t := range ts {
		o.life(t.ID).terms = t
	}
	for _, e := range es {
		o.checkMove(e.Of(o.life(e.ID).terms), withEvidence)
	}
	for _, r := range rows {
		if r.Key.Sort == "elevation" {
			o.life(access.IDOf(r.Key)).text = r.Body
		}
	}
}

func (o *oracle) checkMove(e access.Elevation, withEvidence bool) {
	o.changes++
	t := o.life(e.ID)
	was := t.is
	t.is = e
	n := o.w.ids[e.ID]
	switch {
	case was.State == "":
	case e.Version != was.Version+1:
		o.addFinding(Rule, "elevation %d went from version %d to %d", n, was.Version, e.Version)
	case was.State != e.State && !access.MayMove(was.State, e.State):
		o.addFinding(Rule, "elevation %d went from %s to %s", n, was.State, e.State)
	case was.State.Terminal() && (was.Cause != e.Cause || was.Overstay != e.Overstay && !e.GoneAt.After(was.GoneAt)):
		o.addFinding(Rule, "elevation %d was over and changed", n)
	case !was.Deadline.IsZero() && !was.Deadline.Equal(e.Deadline):
		o.addFinding(Rule, "the deadline of elevation %d moved from %s to %s", n, was.Deadline, e.Deadline)
	}
	if was.State == e.State {
		return
	}
	t.path = append(t.path, e.State)
	if !withEvidence {
		o.addFinding(Rule, "elevation %d became %s without evidence in the same transaction", n, e.State)
	}
	switch e.State {
	case access.Granting:
		o.granting(t)
	case access.Revoking:
		if was.State == access.Granting || was.State == access.Active {
			o.endsEarly(t)
		}
	case access.Ended:
		if o.lookAtIAM(); o.there[e.ID] != nil {
			o.addFinding(Mismatch, "elevation %d says ended and its grant is in IAM", n)
		}
	}
}

// granting checks deadline and approvals, and schedules the evaluator around the deadline.
func (o *oracle) granting(t *tracked) {
	e, n := t.is, o.w.ids[t.id]
	if e.Deadline.After(t.terms.LatestEnd) || e.Deadline.Sub(e.GrantedAt) > time.Duration(t.terms.Duration)*time.Second {
		o.addFinding(Rule, "the deadline of elevation %d is later than its terms say", n)
	}
	checkBudgets(o, t)
	if t.terms.Approval.Need > 0 {
		rows, err := o.w.store.Partition(context.Background(), record.AccessTable, "decision#"+t.id, "")
		if err != nil {
			o.addFinding(Rule, "decisions on elevation %d: %v", n, err)
		}
		if ds, err := access.Decisions(rows); err != nil || !t.terms.Enough(ds) {
			o.addFinding(Rule, "elevation %d is granted without the approvals that it needs", n)
		}
	}
	time.AfterFunc(time.Until(e.Deadline)-3*time.Second, func() { evaluator{o}.beforeDeadline(t) })
	time.AfterFunc(time.Until(e.Deadline), func() { evaluator{o}.afterDeadline(t) })
	time.AfterFunc(time.Until(e.Deadline)+quietBound, func() { evaluator{o}.afterDeadline(t) })
}

func (o *oracle) endsEarly(t *tracked) {
	e, n := t.is, o.w.ids[t.id]
	if !time.Now().Before(e.Deadline.Add(-o.w.clockSlack())) {
		return
	}
	// With stale reads Grant may not see what it attached in time, and removes it again.
	faulty := len(o.w.gate.troublesOf(n, time.Now())) > 0 || o.w.events[ReadsLag]
	fell := t.reasons[access.HeartbeatLost]
	switch {
	case fell && e.Cause == access.Failed && !faulty && !o.w.skewed:
		o.addFinding(Rule, "elevation %d ended after its heartbeat was lost, but its cause is %s", n, e.Cause)
	case fell && (e.Cause == access.Failed || e.Cause == access.Deadline): // no heartbeat, close to the deadline
	case t.reasons[e.Cause], !t.handAt.IsZero() && e.Cause == access.Drift:
	case !o.restoredAt.IsZero() && e.Cause == access.Completed: // the restored table has no start of the task
		o.cutByFault++
	case faulty && (e.Cause == access.Failed || e.Cause == access.HeartbeatLost || e.Cause == access.Drift),
		faulty && e.Cause == access.Deadline && time.Until(e.Deadline) <= mostSkew: // within the clock skew the deadline is a valid cause
		o.cutByFault++ // a fault ended it, and the record says so
	default:
		o.addFinding(CutOff, "elevation %d is ended %s before its deadline: %s by %s", n, time.Until(e.Deadline).Round(time.Second), e.Cause, e.OrderedBy)
	}
}

// lookAtIAM compares every grant in IAM with its record; o.mu is held.
func (o *oracle) lookAtIAM() {
	o.look++
	o.denials = 0
	now := time.Now()
	if r := o.w.iam.Revision(); r != o.revision {
		o.revision, o.grants = r, o.w.cloud.Grants() // a change in between gets its own look
	}
	for _, f := range o.grants {
		id := strings.TrimPrefix(f.Grant, "curfew-")
		if of, ok := strings.CutPrefix(id, "q-"); ok {
			o.containment(o.life(of), f, now)
			continue
		}
		t := o.life(id)
		if t.seen = o.look; o.there[id] == nil {
			o.there[id], t.ever, t.thereSince, t.goneAt = t, true, now, time.Time{}
		}
		o.grant(t, f, now)
	}
	for id, t := range o.there {
		if t.seen != o.look {
			t.goneAt, t.goneBy = now, o.goneBy
			delete(o.there, id)
		}
	}
}

func (o *oracle) grant(t *tracked, f access.Found, now time.Time) {
	n := o.w.ids[t.id]
	if o.isExcused(t, now) {
		return
	}
	if !t.is.State.Open() {
		o.addFinding(OrphanLeft, "the grant of elevation %d is on %s, and its record says %q", n, f.Principal.ARN, t.is.State)
		return
	}
	if f.Principal.ID != t.is.Principal.ID {
		o.addFinding(Rule, "the grant of elevation %d is on %s, and was for %s", n, f.Principal.ID, t.is.Principal.ID)
	}
	for _, v := range t.checkDocuments(f.Documents) {
		until := v.until.Equal(t.is.Deadline) || !t.is.ContainedAt.IsZero() && v.until.Before(t.is.Deadline)
		if v.err != nil || !v.isSame || !until {
			o.addFinding(Rule, "the grant of elevation %d is not what was approved: fence until %s, deadline %s, %v", n, v.until, t.is.Deadline, v.err)
		}
	}
}

// checkDocuments returns a verdict per document. It caches the last look: documents rarely change.
func (t *tracked) checkDocuments(docs []string) []verdict {
	if slices.Equal(docs, t.docs) {
		return t.verdicts
	}
	t.docs, t.verdicts = docs, nil
	for i, d := range docs {
		var v verdict
		_, v.until, v.err = iampolicy.Fenced([]byte(d))
		if i < len(t.terms.Policies) {
			p := t.terms.Policies[i] // the text comparison nearly always suffices
			v.isSame = d == t.filled(p) || iampolicy.SameButInstants([]byte(d), []byte(p))
		}
		t.verdicts = append(t.verdicts, v)
	}
	return t.verdicts
}

func (t *tracked) filled(policy string) string {
	policy = strings.ReplaceAll(policy, iampolicy.MarkNotBefore, t.is.GrantedAt.Format(time.RFC3339))
	return strings.ReplaceAll(policy, iampolicy.MarkNotAfter, t.is.Deadline.Format(time.RFC3339))
}

// containment checks the Deny of a contained elevation. It allows nothing, so it may stay until the next survey.
func (o *oracle) containment(t *tracked, f access.Found, now time.Time) {
	o.denials++
	n := o.w.ids[t.id]
	if t.is.ContainedAt.IsZero() || t.is.State.Terminal() && now.After(t.is.EndedAt.Add(o.repairTime(t))) {
		o.addFinding(OrphanLeft, "the containment of elevation %d is on %s, and its record says %q", n, f.Principal.ARN, t.is.State)
	}
}

// allowOldHandlersUntil lets handlers of the first release write until an instant, as after a rollback.
func (o *oracle) allowOldHandlersUntil(until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.oldUntil = until
}
