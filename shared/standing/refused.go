package standing

import (
	"curfew/shared/iampolicy"
)

// recorded weighs each recorded call with the policies that stay. No condition value is known: what depends on one is open.
func (b *builder) recorded() {
	u := b.o.Used[b.p.ID]
	if u == nil {
		return
	}
	r := &b.plan.Recorded
	unknown := func(string) bool { return true }
	boundary := b.p.Policies.Boundary
	before := iampolicy.Policies{Boundary: boundary}
	for _, n := range b.p.Policies.Identity {
		if !b.o.isGrant(n.Name) {
			before.Identity = append(before.Identity, n)
		}
	}
	after := iampolicy.Policies{Identity: b.rest, Boundary: boundary}
	elevated := iampolicy.Policies{Identity: append(b.rest[:len(b.rest):len(b.rest)], iampolicy.Named{Name: "the grant", Document: b.entitlement}), Boundary: boundary}
	for _, used := range u.Calls {
		c := iampolicy.Call{Action: used.Action, Resource: used.Resource}
		if iampolicy.Possible(before, c, unknown) == iampolicy.No {
			continue // a grant, a resource policy or an old policy allowed it: nothing changes
		}
		r.Calls += used.Times
		switch iampolicy.Possible(after, c, unknown) {
		case iampolicy.Yes:
			r.Allowed += used.Times
			continue
		case iampolicy.Maybe:
			r.Open += used.Times
			continue
		}
		if iampolicy.Possible(elevated, c, unknown) == iampolicy.No {
			r.Lost += used.Times
		} else {
			r.Refused += used.Times
		}
		if len(r.Which) < 50 {
			r.Which = append(r.Which, used)
		}
	}
	if u.Cut || u.Blind > 0 {
		b.note("the recorded use is not complete: more calls may be refused than are told")
	}
}
