package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// maxParts bounds the policies and groups that are tried one by one.
const maxParts = 30

// attachable are managed policies that a node may attach: iam:PolicyARN may leave few.
func (w *raiser) attachable(n, q *node) (all []change) {
	action := q.actions().attach
	if q.fixed() || !n.can.has(w.numbers[action]) || strings.Contains(q.gained, "attach ") {
		return nil
	}
	some := onSubject(q.subject)
	some.any = "iam:policyarn"
	if w.allows(n, action, some).answer == iampolicy.No {
		return nil
	}
	for _, arn := range w.attachments(n, action) {
		if len(all) == maxParts {
			break
		}
		document := w.policies[arn].Document()
		v := w.allows(n, action, onSubject(q.subject).with("iam:PolicyARN", arn))
		if v.answer == iampolicy.No || slices.Contains(q.Attached, arn) {
			continue
		}
		all = append(all, change{id: "attach " + arn, open: v.open, strong: w.strong(document),
			step: Step{Technique: "policy", Actions: []string{action}, On: q.ARN, Text: short(n.subject) + " attaches the policy " + name(arn) + " to " + reflexive(n, q) + "."},
			apply: func(p *iampolicy.Policies) {
				p.Identity = append(p.Identity, iampolicy.Named{Name: arn, Document: document})
			}})
	}
	return all
}

// attachments are the policies that a node may attach to something, found once for a node, the strong ones first.
func (w *raiser) attachments(n *node, action string) []string {
	if known, ok := n.attaches[action]; ok {
		return known
	}
	var all []string
	for arn, policy := range w.policies {
		if of := accountOf(arn); of != "aws" && of != n.Account || policy.Document() == nil {
			continue
		}
		if w.weigh(n, action, on{more: iampolicy.Context{"iam:PolicyARN": {arn}}}).verdict().answer != iampolicy.No {
			all = append(all, arn)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		strongA, strongB := w.strong(w.policies[a].Document()), w.strong(w.policies[b].Document())
		if strongA != strongB {
			if strongA {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	if n.attaches == nil {
		n.attaches = map[string][]string{}
	}
	n.attaches[action] = all
	return all
}

// joinable are groups that a node may add a user to.
func (w *raiser) joinable(n, q *node) (all []change) {
	if !q.User || !n.can.has(w.numbers[addToGroup]) || strings.Contains(q.gained, "join ") {
		return nil
	}
	for _, g := range w.account(q.Account).groups {
		v := w.allows(n, addToGroup, onGroup(g.ARN))
		if v.answer == iampolicy.No || slices.Contains(q.Groups, g.ARN) || len(all) == maxParts {
			continue
		}
		all = append(all, change{id: "join " + g.ARN, open: v.open, strong: slices.ContainsFunc(g.Policies, func(p iampolicy.Named) bool { return w.strong(p.Document) }),
			step:  Step{Technique: "group", Actions: []string{addToGroup}, On: g.ARN, Text: short(n.subject) + " adds " + reflexive(n, q) + " to the group " + name(g.ARN) + "."},
			apply: func(p *iampolicy.Policies) { p.Identity = append(p.Identity, g.Policies...) }})
	}
	return all
}

// versions are older versions of attached policies that a node may make the default.
func (w *raiser) versions(n, q *node) (all []change) {
	if n.Account != q.Account || !n.can.has(w.numbers[setVersion]) || strings.Contains(q.gained, "version ") {
		return nil
	}
	for _, arn := range w.attached(q) {
		for _, c := range w.older(n, q, arn, func(p *iampolicy.Policies, d *iampolicy.Document) {
			p.Identity = slices.DeleteFunc(p.Identity, func(named iampolicy.Named) bool { return named.Name == arn })
			p.Identity = append(p.Identity, iampolicy.Named{Name: arn, Document: d})
		}) {
			if len(all) < maxParts {
				all = append(all, c.change)
			}
		}
	}
	slices.SortFunc(all, func(a, b change) int { return strings.Compare(a.id, b.id) })
	return all
}

// dropped are policies with a Deny that a node may take away.
func (w *raiser) dropped(n, q *node) (all []change) {
	if q.fixed() {
		return nil
	}
	for _, named := range q.policies.Identity {
		if !w.of(named.Document).denies {
			continue
		}
		var b best
		offer := func(v verdict, action, arn string) {
			b.offer(v, change{id: "drop " + named.Name,
				step: Step{Technique: "policy", Actions: []string{action}, On: arn, Text: short(n.subject) + " takes the policy " + named.Name + " with a Deny from " + reflexive(n, q) + "."},
				apply: func(p *iampolicy.Policies) {
					p.Identity = slices.DeleteFunc(p.Identity, func(other iampolicy.Named) bool { return other == named })
				}})
		}
		w.drops(n, q, named.Name, offer)
		all = append(all, b.list()...)
	}
	return all
}

// drops offers ways to take one policy away. Names of inline policies have no colon.
func (w *raiser) drops(n, q *node, policy string, offer func(v verdict, action, arn string)) {
	target, kind := onSubject(q.subject), q.actions()
	switch {
	case !strings.Contains(policy, ":"):
		offer(w.allows(n, kind.remove, target), kind.remove, q.ARN)
		offer(w.allows(n, kind.put, target), kind.put, q.ARN)
		return
	case slices.Contains(q.Attached, policy):
		offer(w.allows(n, kind.detach, target.with("iam:PolicyARN", policy)), kind.detach, q.ARN)
	}
	if strings.HasPrefix(policy, "arn:") {
		offer(w.rewrites(n, q, policy), createVersion, policy)
	}
	for _, arn := range q.Groups {
		if g := w.groups[arn]; g != nil && slices.ContainsFunc(g.Policies, func(named iampolicy.Named) bool { return named.Name == policy }) &&
			!slices.Contains(q.Attached, policy) {
			offer(w.allows(n, leaveGroup, onGroup(arn)), leaveGroup, arn)
			if slices.Contains(g.Attached, policy) {
				offer(w.allows(n, detachGroup, onGroup(arn).with("iam:PolicyARN", policy)), detachGroup, arn)
			} else {
				offer(w.allows(n, deleteGroup, onGroup(arn)), deleteGroup, arn)
			}
		}
	}
}

// anew are ways to make a new principal with all power, and to become it: a role whose trust policy names the caller, or a user with a key.
// It may have to have the boundary of the caller.
func (w *raiser) anew(n *node) []change {
	var b best
	for _, bounded := range []bool{false, true} {
		if bounded && n.Boundary == "" {
			continue
		}
		for _, ways := range [][]string{{createRole, ofRole.put}, {createRole, ofRole.attach}, {createUser, ofUser.put, createKey}, {createUser, ofUser.attach, createKey},
			{createUser, ofUser.put, createLogin}, {createUser, ofUser.attach, createLogin}} {
			if slices.ContainsFunc(ways, func(a string) bool { return !n.can.has(w.numbers[a]) }) {
				continue
			}
			r := requirement{actions: ways, formats: []string{"arn:${Partition}:iam::${Account}:role/${Name}"}, more: iampolicy.Context{"iam:PolicyARN": {adminPolicy(n.subject)}}}
			what := "role that trusts it"
			if ways[0] == createUser {
				r.formats, what = []string{"arn:${Partition}:iam::${Account}:user/${Name}"}, "user"
			}
			c := change{id: "new", apply: allowAll, step: Step{Technique: "new", Actions: ways, On: n.ARN, Text: short(n.subject) + " makes a new " + what + " with a policy of its choice, and becomes it."}}
			if bounded {
				r.more["iam:PermissionsBoundary"] = []string{n.Boundary}
				c.id = "new, bounded"
			} else {
				c.apply = func(p *iampolicy.Policies) { *p = iampolicy.Policies{}; allowAll(p) }
			}
			b.offer(w.witness(n, r), c)
		}
	}
	return b.list()
}

const retag = "tag"

// retags are tags that a node gives to a principal whose policies ask for its own.
func (w *raiser) retags(n, q *node) []change {
	if q.retagged {
		return nil
	}
	var keys []string
	for _, named := range q.policies.Identity {
		keys = append(keys, w.of(named.Document).principalTags...)
	}
	if q.policies.Boundary != nil {
		keys = append(keys, w.of(q.policies.Boundary).principalTags...)
	}
	action, v := w.mayTag(n, q.subject, keys)
	if v.answer == iampolicy.No {
		return nil
	}
	return []change{{id: retag, open: v.open, apply: func(*iampolicy.Policies) {},
		step: Step{Technique: "tag", Actions: []string{action}, On: q.ARN, Text: short(n.subject) + " gives " + reflexive(n, q) + " the tags that its policies ask for."}}}
}
