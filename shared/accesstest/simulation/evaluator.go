package simulation

import (
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// The call that every entitlement of the stories allows.
const (
	probeAction   = "s3:GetObject"
	probeResource = "arn:aws:s3:::deployments/plan.json"
)

// replicas of IAM, each with its own propagation. One of them answers a call.
const replicas = 3

// evaluator asks IAM what a grant allows around its deadline.
type evaluator struct{ *oracle }

// allowedBy returns how many replicas allow the grant's session the probe call because of that grant.
func (o evaluator) allowedBy(t *tracked) int {
	n := 0
	for replica := range replicas {
		if o.allowedAt(t, replica) {
			n++
		}
	}
	return n
}

func (o evaluator) allowedAt(t *tracked, replica int) bool {
	d := o.w.iam.Allowed(inprocess.DataCall{
		Principal: t.terms.Principal.ARN, SessionName: t.terms.Session.Value, Action: probeAction, Resource: probeResource, Replica: replica,
	})
	if d.Outcome != iampolicy.Allowed {
		return false
	}
	for _, r := range d.By {
		if strings.Contains(r.Policy, t.id) {
			return true
		}
	}
	return false
}

// beforeDeadline runs just before the deadline: an active, propagated grant must allow the call.
func (o evaluator) beforeDeadline(t *tracked) {
	o.mu.Lock()
	defer o.mu.Unlock()
	settled := o.w.gate.rows[propagation].Most
	enforced := !t.thereSince.IsZero() && time.Since(t.thereSince) > settled
	if t.is.State != access.Active || !enforced || !t.handAt.IsZero() || t.forgotten {
		return
	}
	if o.there[t.id] == nil && len(o.w.gate.troublesOf(o.w.ids[t.id], time.Now())) > 0 {
		o.cutByFault++ // removed already, but the record could not be updated yet
		return
	}
	if o.allowedBy(t) < replicas {
		o.addFinding(CutOff, "elevation %d is active, and IAM does not allow what it is for", o.w.ids[t.id])
	}
}

// afterDeadline runs at the deadline and later: nothing may be allowed, with any fault.
func (o evaluator) afterDeadline(t *tracked) {
	o.mu.Lock()
	defer o.mu.Unlock()
	settled := o.w.gate.rows[propagation].Most
	if o.isExcused(t, time.Now().Add(-settled)) { // the fence was removed by hand, and the repair is not yet propagated
		return
	}
	if o.allowedBy(t) > 0 {
		o.addFinding(AllowedAfter, "elevation %d: its grant allows a call %s after its deadline", o.w.ids[t.id], time.Since(t.is.Deadline))
	}
}
