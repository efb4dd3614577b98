package standing

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
	"curfew/shared/outliving"
)

// Plan makes one principal just-in-time: an entitlement has its privilege, and a smaller standing policy the rest.
type Plan struct {
	Principal string `json:"principal"`
	// Why says why there is no plan; the rest is then empty.
	Why string `json:"why,omitempty"`

	Name        string `json:"name,omitempty"`        // of the entitlement, and of the trigger
	Entitlement string `json:"entitlement,omitempty"` // entitlements/<name>.yaml
	Trigger     string `json:"trigger,omitempty"`     // triggers/<name>.yaml; empty: see NoTrigger
	NoTrigger   string `json:"no_trigger,omitempty"`  // why no trigger is proposed
	Evidence    string `json:"evidence,omitempty"`    // what supports the trigger
	// Identities are lines for identities.yaml.
	Identities string `json:"identities,omitempty"`

	TakeOff  []TakeOff `json:"take_off,omitempty"`
	Standing string    `json:"standing,omitempty"` // the policy that replaces what is taken off; empty: none is needed
	Size     int       `json:"size,omitempty"`     // of Standing, in characters as IAM counts
	// Dropped are unprivileged actions that wildcards allowed and nothing shows used: only the elevation still allows them.
	Dropped int `json:"dropped,omitempty"`

	Recorded Recorded `json:"recorded"`
	Notes    []string `json:"notes,omitempty"`
}

// TakeOff is a policy to take off.
type TakeOff struct {
	Policy     string `json:"policy"`
	How        string `json:"how"`
	Statements []int  `json:"statements"` // those with privilege, from 0
}

// Recorded is what the smaller standing policy makes of the recorded calls.
type Recorded struct {
	Calls   int64 `json:"calls"`
	Allowed int64 `json:"allowed"`
	// Refused need an elevation; Lost would be refused with it as well; Open depends on conditions or resources that records do not say.
	Refused int64  `json:"refused"`
	Lost    int64  `json:"lost"`
	Open    int64  `json:"open"`
	Which   []Used `json:"which,omitempty"` // refused or lost ones, at most 50
}

// inlineQuota are the characters of all inline policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func inlineQuota(user bool) int {
	if user {
		return 2048
	}
	return 10240
}

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
	return out
}

// builder builds one plan.
type builder struct {
	plan        *Plan
	p           *authdetails.Principal
	o           *Options
	s           splitter
	kind        Kind
	kept, moved []iampolicy.Statement
	rest        []iampolicy.Named // the policies that it has then
	job         *job
	entitlement *iampolicy.Document
}

func (b *builder) note(format string, a ...any) {
	b.plan.Notes = append(b.plan.Notes, fmt.Sprintf(format, a...))
}

// takeOff splits the policies that have privilege.
func (b *builder) takeOff() {
	for _, n := range b.p.Policies.Identity {
		if n.Document == nil || b.o.isGrant(n.Name) {
			continue
		}
		kept, moved, at := b.splitPolicy(n)
		if len(moved) == 0 {
			b.rest = append(b.rest, n)
			continue
		}
		b.kept, b.moved = append(b.kept, kept...), append(b.moved, moved...)
		b.plan.TakeOff = append(b.plan.TakeOff, TakeOff{n.Name, b.how(n.Name), at})
	}
	if d := withStatements(b.kept); d != nil {
		b.plan.Standing, b.plan.Size = string(d.Bytes()), iampolicy.Size(d.Bytes())
		b.rest = append(b.rest, iampolicy.Named{Name: "the smaller policy", Document: d})
	}
	if quota := inlineQuota(b.p.User); b.plan.Size > quota {
		b.note("the smaller policy has %d characters, more than the %d of inline policies: split it into managed ones", b.plan.Size, quota)
	}
}

func (b *builder) splitPolicy(n iampolicy.Named) (kept, moved []iampolicy.Statement, at []int) {
	for i, st := range n.Document.Statements {
		part := b.s.split(st)
		if part.moved != nil {
			if why := unfit(*part.moved); why != "" {
				b.note("statement %d of %s stays: %s", i, n.Name, why)
				kept = append(kept, st)
				continue
			}
			moved, at = append(moved, usable(*part.moved)), append(at, i)
			b.plan.Dropped += part.dropped
		}
		if part.kept != nil {
			kept = append(kept, *part.kept)
		}
	}
	return kept, moved, at
}

// how says how to take a policy off.
func (b *builder) how(policy string) string {
	switch {
	case slices.Contains(b.p.Attached, policy):
		return "detach it: a managed policy may be attached to others"
	case strings.HasPrefix(policy, "arn:"), strings.HasPrefix(policy, "group "):
		return "it comes from a group: take it off the group, or the user out of the group"
	}
	return "delete the inline policy"
}

// unfit says why a statement cannot be in an entitlement; empty: it can.
func unfit(st iampolicy.Statement) string {
	for _, c := range st.Conditions {
		switch strings.ToLower(c.Key) {
		case "aws:currenttime", "aws:epochtime", "aws:userid":
			return "its condition on " + c.Key + " is one that the fence of a grant needs"
		}
	}
	for _, list := range [][]string{st.Actions, st.Resources, st.NotResources} {
		for _, text := range list {
			if strings.Contains(text, "{{") {
				return "it has the text {{, which marks a parameter in an entitlement"
			}
		}
	}
	if !slices.ContainsFunc(st.Actions, exists) {
		return "none of its actions is known"
	}
	return ""
}

// usable leaves out the actions that do not exist, which the catalog refuses.
func usable(st iampolicy.Statement) iampolicy.Statement {
	st.Actions = slices.DeleteFunc(slices.Clone(st.Actions), func(a string) bool { return !exists(a) })
	return st
}

// entitle writes the entitlement and, where the records support one, the trigger.
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
