package simulation

import (
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// probe is the call that the evaluator is asked about. Every entitlement of the stories allows it.
const (
	probeAction   = "s3:GetObject"
	probeResource = "arn:aws:s3:::deployments/plan.json"
)

// replicas of IAM enforce, each at a time of its own: a call is answered by one of them.
const replicas = 3

// evaluator asks the IAM of the world what a grant allows, around its deadline.
type evaluator struct{ *oracle }

// allowedBy counts the replicas of IAM that let the session that a grant is for make the call now, by virtue of that grant.
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

// before asks a moment before the deadline: what is active and enforced everywhere must be allowed.
func (o evaluator) before(t *tracked) {
	o.mu.Lock()
	defer o.mu.Unlock()
	settled := o.w.gate.rows[propagation].Most
	enforced := !t.thereSince.IsZero() && time.Since(t.thereSince) > settled
	if t.is.State != access.Active || !enforced || !t.handAt.IsZero() || t.forgotten {
		return
	}
	if o.there[t.id] == nil && len(o.w.gate.troublesOf(o.w.ids[t.id], time.Now())) > 0 {
		o.cutByFault++ // it was taken away, and the record could not be told yet
		return
	}
	if o.allowedBy(t) < replicas {
		o.found(CutOff, "elevation %d is active, and IAM does not allow what it is for", o.w.ids[t.id])
	}
}

// after asks at the deadline and later: nothing may be allowed any more, whatever else went wrong.
func (o evaluator) after(t *tracked) {
	o.mu.Lock()
	defer o.mu.Unlock()
	settled := o.w.gate.rows[propagation].Most
	if o.excused(t, time.Now().Add(-settled)) { // somebody took the fence away, and what mends it is still to be enforced
		return
	}
	if o.allowedBy(t) > 0 {
		o.found(AllowedAfter, "elevation %d: its grant allows a call %s after its deadline", o.w.ids[t.id], time.Since(t.is.Deadline))
	}
}
