package simulation

import (
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// chaos applies the events of a schedule to a world.
type chaos struct{ *world }

func (w chaos) applyEvent(h Happening) {
	if h.Event == Restored {
		w.restore(h)
		return
	}
	if h.At == 0 || !pause(w.alive, h.At) {
		return
	}
	now := time.Now()
	switch h.Event {
	case StoreDown:
		w.gate.happen(string(h.Event), "store.", 0, now, now.Add(h.For))
	case IAMDown:
		w.gate.happen(string(h.Event), "cloud.", 0, now, now.Add(h.For))
	case WorkflowDown:
		w.gate.happen(string(h.Event), "workflow.", 0, now, now.Add(h.For))
	case StreamDown:
		w.gate.happen(string(h.Event), fnExpire+" "+invoked, 0, now, now.Add(h.For))
		w.gate.happen(string(h.Event), fnNotify+" "+invoked, 0, now, now.Add(h.For))
	case Deployed, RolledBack:
		w.deploy(h.Event)
	case OldHandlers:
		w.gate.happen(string(h.Event), "", 0, now, now) // its duration excuses nothing
		w.oracle.allowOldHandlersUntil(now.Add(h.For))
	case Redriven:
		w.gate.happen(string(h.Event), "", h.Life, now, now.Add(h.For))
		w.redrive(w.workflow.Execution(w.id(h.Life)), h.For)
	case Aborted:
		w.gate.happen(string(h.Event), "", h.Life, now, now)
		_ = w.workflow.Engine().Stop(w.workflow.Execution(w.id(h.Life)), "by", "hand") // there may be no execution
	case PolicyEdited, PolicyGone, FenceGone, PolicyBack, RoleAnew:
		w.byHand(h)
	}
}

func (w chaos) redrive(execution string, after time.Duration) {
	if w.workflow.Engine().Stop(execution, "by", "hand") == nil && pause(w.alive, after) {
		_ = w.workflow.Engine().Redrive(execution) // may be redriven already, or not redrivable
	}
}

func (w chaos) restore(h Happening) {
	if !pause(w.alive, max(0, h.At-h.For)) {
		return
	}
	var was inprocess.Snapshot
	w.oracle.restoring(func() { was = w.store.Snapshot() })
	if !pause(w.alive, min(h.At, h.For)) {
		return
	}
	now := time.Now()
	w.gate.happen(string(h.Event), "", 0, now, now)
	w.oracle.resetRestored(func() { w.store.Restore(was) }, func() []record.Row { return w.store.All(record.AccessTable) })
}

func (o *oracle) restoring(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

// unfenced is what an attacker writes in place of a grant to keep it.
const unfenced = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

// byHand changes the grant of an elevation, or its principal, as an administrator can. It does nothing if the grant is
// missing, or if PolicyBack finds it present.
func (w chaos) byHand(h Happening) {
	id := w.id(h.Life)
	arn, there := w.oracle.principalOf(id)
	if arn == "" || there == (h.Event == PolicyBack) {
		return
	}
	now := time.Now()
	w.gate.happen(string(h.Event), "", h.Life, now, now)
	grant := access.GrantName("curfew", id)
	concerned := func(e access.Elevation) bool { return e.ID == id }
	var edit func() error
	switch h.Event {
	case PolicyEdited:
		later := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
		edit = func() error {
			return w.iam.PutRolePolicyByHand(arn, grant, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*",`+
				`"Condition":{"DateGreaterThanEquals":{"aws:CurrentTime":"2000-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"%s"}}}]}`, later))
		}
	case FenceGone, PolicyBack:
		edit = func() error { return w.iam.PutRolePolicyByHand(arn, grant, unfenced) }
	case PolicyGone:
		edit = func() error { return w.iam.DeleteRolePolicyByHand(arn, grant) }
	case RoleAnew:
		concerned = func(e access.Elevation) bool { return e.Principal.ARN == arn }
		edit = func() error {
			_, err := w.iam.RecreateRole(arn)
			return err
		}
		w.gate.happen(string(h.Event), "", 0, now, now)
	}
	_ = w.oracle.byHand(concerned, edit) // IAM may refuse
}

// principalOf returns the principal of an elevation (empty: none), and whether its grant exists now.
func (o *oracle) principalOf(id string) (arn string, there bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lookAtIAM()
	return o.life(id).terms.Principal.ARN, o.there[id] != nil
}

func (w chaos) deploy(e Event) {
	machine, err := parsed()
	if e == RolledBack {
		machine, err = firstDefinition()
	}
	if err != nil { // cannot happen: newWorld parsed it
		w.oracle.wrong("the definition cannot be read: %v", err)
		return
	}
	w.workflow.Engine().Update(machine)
}
