package standing

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// mostManaged are the characters of ten managed policies, the default quota of a role or user.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const mostManaged = 10 * 6144

// inlineQuota are the characters of all inline policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func inlineQuota(user bool) int {
	if user {
		return 2048
	}
	return 10240
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
	switch quota := inlineQuota(b.p.User); {
	case b.plan.Size > mostManaged:
		b.note("the smaller policy has %d characters, more than ten managed policies hold: give records of use, so that less stays", b.plan.Size)
	case b.plan.Size > quota:
		b.note("the smaller policy has %d characters, more than the %d of inline policies: split it into managed ones", b.plan.Size, quota)
	}
}

func (b *builder) splitPolicy(n iampolicy.Named) (kept, moved []iampolicy.Statement, at []int) {
	if old := n.Document.Version != iampolicy.Version; old && strings.Contains(string(n.Document.Bytes()), "${") {
		b.note("%s stays: its version makes ${ a text, and in a new policy it is a variable", n.Name)
		return n.Document.Statements, nil, nil
	}
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
		return "it has no action that is known"
	}
	return ""
}

// usable leaves out the actions that do not exist, which the catalog refuses.
func usable(st iampolicy.Statement) iampolicy.Statement {
	st.Actions = slices.DeleteFunc(slices.Clone(st.Actions), func(a string) bool { return !exists(a) })
	return st
}
