package escalation

import (
	"maps"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// full are ways to give a policy of the caller's choice.
func (w *raiser) full(n, q *node) []change {
	var b best
	offer := func(v verdict, technique, action, arn, does string) {
		b.offer(v, change{id: "full", apply: allowAll, step: Step{Technique: technique, Actions: []string{action}, On: arn, Text: short(n.subject) + " " + does + "."}})
	}
	target, kind := onSubject(q.subject), q.actions()
	if !q.fixed() {
		offer(w.allows(n, kind.put, target), "policy", kind.put, q.ARN, "puts an inline policy of its choice on "+reflexive(n, q))
		offer(w.allows(n, kind.attach, target.with("iam:PolicyARN", adminPolicy(q.subject))), "policy", kind.attach, q.ARN, "attaches AdministratorAccess to "+reflexive(n, q))
	}
	if q.permissionSet() {
		for _, action := range []string{putSet, attachSet} {
			v := w.possible(n, requirements([]need{{action: action}, {action: provision}}))
			v.open = join(v.open, "if "+short(n.subject)+" may manage IAM Identity Center")
			offer(v, "policy", action, q.ARN, "gives the permission set of "+reflexive(n, q)+" a policy of its choice, and provisions it ("+action+", "+provision+")")
		}
	}
	for _, arn := range q.Groups {
		g := onGroup(arn)
		offer(w.allows(n, putGroup, g), "group", putGroup, arn, "puts an inline policy of its choice on the group "+name(arn)+" of "+reflexive(n, q))
		offer(w.allows(n, attachGroup, g.with("iam:PolicyARN", adminPolicy(q.subject))), "group", attachGroup, arn, "attaches AdministratorAccess to the group "+name(arn)+" of "+reflexive(n, q))
	}
	for _, arn := range w.attached(q) {
		offer(w.rewrites(n, q, arn), "policy", createVersion, arn, "writes a new version of the policy "+name(arn)+" of "+reflexive(n, q))
	}
	return b.list()
}

// attached are the managed policies of a principal and of its groups that belong to its account: those of AWS do not change.
func (w *raiser) attached(q *node) (all []string) {
	lists := [][]string{q.Attached}
	for _, arn := range q.Groups {
		if g := w.groups[arn]; g != nil {
			lists = append(lists, g.Attached)
		}
	}
	for _, arn := range slices.Concat(lists...) {
		if accountOf(arn) == q.Account {
			all = append(all, arn)
		}
	}
	return all
}

// permissionSet reports whether it is the role of a permission set, whose policies change in IAM Identity Center alone.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
func (s *subject) permissionSet() bool {
	return !s.User && strings.Contains(s.ARN, ":role/aws-reserved/sso.amazonaws.com/")
}

// maxVersions is a quota that cannot be raised: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxVersions = 5

// rewrites is whether a node may make a new default version of a policy.
func (w *raiser) rewrites(n, q *node, arn string) verdict {
	if accountOf(arn) != q.Account || n.Account != q.Account {
		return verdict{}
	}
	policy := on{arn: arn, keys: iampolicy.Context{"aws:ResourceAccount": {q.Account}}}
	v := w.allows(n, createVersion, policy)
	if p := w.policies[arn]; p != nil && len(p.Versions) >= maxVersions && v.answer != iampolicy.No {
		v = v.and(w.allows(n, deleteVersion, policy))
	}
	return v
}

// unbound are ways to be without the boundary.
func (w *raiser) unbound(n, q *node) []change {
	if q.policies.Boundary == nil {
		return nil
	}
	var b best
	offer := func(v verdict, action, arn, does string) {
		b.offer(v, change{id: "unbound", apply: func(p *iampolicy.Policies) { p.Boundary = nil },
			step: Step{Technique: "boundary", Actions: []string{action}, On: arn, Text: short(n.subject) + " " + does + "."}})
	}
	target, kind := onSubject(q.subject), q.actions()
	if !q.fixed() {
		offer(w.allows(n, kind.unbound, target), kind.unbound, q.ARN, "removes the permissions boundary of "+reflexive(n, q))
		offer(w.allows(n, kind.bound, target.with("iam:PermissionsBoundary", adminPolicy(q.subject))), kind.bound, q.ARN,
			"replaces the permissions boundary of "+reflexive(n, q))
	}
	for _, c := range w.older(n, q, q.Boundary, func(p *iampolicy.Policies, d *iampolicy.Document) { p.Boundary = d }) {
		if c.strong {
			c.step.Technique = "boundary"
			b.offer(c.verdict, c.change)
		}
	}
	offer(w.rewrites(n, q, q.Boundary), createVersion, q.Boundary, "writes a new version of the permissions boundary of "+reflexive(n, q))
	return b.list()
}

// older are the versions of one policy of q that a node may make the default.
func (w *raiser) older(n, q *node, arn string, apply func(*iampolicy.Policies, *iampolicy.Document)) (all []best) {
	policy := w.policies[arn]
	if policy == nil || accountOf(arn) != q.Account || n.Account != q.Account {
		return nil
	}
	v := w.allows(n, setVersion, on{arn: arn, keys: iampolicy.Context{"aws:ResourceAccount": {q.Account}}})
	if v.answer == iampolicy.No {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(policy.Versions)) {
		if document := policy.Versions[id]; id != policy.Default {
			all = append(all, best{v, change{id: "version " + arn + " " + id, open: v.open, strong: w.strong(document),
				step:  Step{Technique: "policy", Actions: []string{setVersion}, On: arn, Text: short(n.subject) + " makes " + id + " the default version of the policy " + name(arn) + " of " + reflexive(n, q) + "."},
				apply: func(p *iampolicy.Policies) { apply(p, document) }}})
		}
	}
	return all
}
