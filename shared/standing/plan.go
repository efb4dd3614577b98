package standing

import (
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/outliving"
)

// Planner plans for principals of one account's details. It is not safe for concurrent use.
type Planner struct {
	r *reader
	k *kinds
	o *Options
}

// NewPlanner makes a planner with the options of [Analyse].
func NewPlanner(d *authdetails.Details, o Options) *Planner {
	return &Planner{newReader(&o), newKinds(d, &o), &o}
}

// Plan plans for one principal.
func (pl *Planner) Plan(p *authdetails.Principal) *Plan {
	out := &Plan{Principal: p.ARN}
	all, _ := pl.r.reached(p)
	switch why := protected(p); {
	case why != "":
		out.Why = why + "; elevate a role that its people assume"
	case p.Unknown != "":
		out.Why = "its policies are not all known: " + p.Unknown
	case len(actionsOf(all)) == 0:
		out.Why = "it has no privileged action of its own"
	}
	if out.Why != "" {
		return out
	}
	b := &builder{plan: out, p: p, o: pl.o, s: splitter{pl.o.looker(p), all}, kind: pl.k.of(p).kind}
	b.takeOff()
	if len(b.moved) == 0 {
		out.Why = "no statement can be moved to an entitlement: " + strings.Join(out.Notes, "; ")
		return out
	}
	b.entitle()
	b.recorded()
	if u := b.s.unused(actionsOf(all)); u.Unused > 0 {
		b.note("%d privileged actions of the entitlement are unused: leave them out unless a task needs them", u.Unused)
	}
	return out
}

func (b *builder) entitle() {
	b.entitlement = withStatements(b.moved)
	b.plan.Name = planName(b.p.ARN)
	b.job, b.plan.NoTrigger = findJob(b.p, b.kind, b.o.Used[b.p.ID], b.o.Jobs, b.s.privileged)
	b.plan.Entitlement = b.entitlementYAML(outliving.Shortest(outliving.Reached(b.entitlement)))
	if b.job != nil {
		b.plan.Trigger, b.plan.Evidence = b.triggerYAML(), b.job.evidence()
	}
	b.plan.Identities = b.identitiesYAML()
}
