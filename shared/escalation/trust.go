package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// assume is whether a node may assume a role.
//
// In one account, a trust policy that names the principal is enough: a user then needs nothing else, and a role only its boundary. One that
// names the account, or another account, leaves it to the policies of the principal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (w *stepper) assume(n *node, q *subject) verdict {
	if q.linked() {
		return verdict{}
	}
	direct, account, deny := w.trusted(n, q)
	if direct.answer == iampolicy.No && account.answer == iampolicy.No {
		return verdict{}
	}
	own := w.weigh(n, assumeRole, onSubject(q))
	own.Deny = max(own.Deny, deny.answer)
	own.open = join(own.open, deny.open)
	if n.Account != q.Account {
		return own.with(min(max(direct.answer, account.answer), own.Allow, own.Bound)).with(direct.or(account))
	}
	bound := own.Bound
	if n.User {
		bound = iampolicy.Yes
	}
	return own.with(min(direct.answer, bound)).with(direct).or(own.with(min(account.answer, own.Allow, own.Bound)).with(account))
}

// with adds why the trust policy is open.
func (v verdict) with(trust verdict) verdict {
	if v.answer == iampolicy.Maybe {
		v.open = join(v.open, trust.open)
	}
	return v
}

// trusted weighs the statements of a trust policy that name the node, by how they do.
func (w *stepper) trusted(n *node, q *subject) (direct, account, deny verdict) {
	if q.TrustUnknown != "" {
		return verdict{}, verdict{iampolicy.Maybe, q.TrustUnknown}, verdict{}
	}
	for _, s := range q.trust {
		named, whole := n.named(s.Principals, q)
		if !named && !whole {
			continue
		}
		ask := &question{node: n, action: assumeRole, known: true}
		call := iampolicy.Call{Action: assumeRole, Resource: q.ARN}
		if len(s.Conditions) > 0 {
			call.Context = n.context(onSubject(q))
		}
		weighed := iampolicy.Weigh(iampolicy.Policies{Identity: []iampolicy.Named{{Document: s.alone}}}, call, ask.unknown)
		v := verdict{max(weighed.Allow, weighed.Deny), ""}
		if v.answer == iampolicy.Maybe {
			v.open = ask.says()
		}
		switch {
		case s.Effect == iampolicy.Deny:
			deny = deny.or(v)
		case named:
			direct = direct.or(v)
		default:
			account = account.or(v)
		}
	}
	return direct, account, deny
}

// named reports whether principals name the node itself, or its whole account.
func (n *node) named(all []iampolicy.Principal, q *subject) (itself, whole bool) {
	for _, p := range all {
		switch {
		case p.Value == "*" && (p.Type == "*" || p.Type == "AWS"):
			itself = true
		case p.Type != "AWS":
		case p.Value == n.ARN || p.Value == n.ID:
			itself = true
		default:
			key := trustKey(p.Value)
			whole = whole || key == n.Account
			itself = itself || !n.User && key == n.Account+"/"+n.Name
		}
	}
	return itself, whole
}

// serviceOf gives the name of a service principal as the table has it: without a Region or the suffix of a partition.
func serviceOf(principal string) string {
	name := strings.TrimSuffix(strings.ToLower(principal), ".cn")
	labels := strings.Split(name, ".")
	if len(labels) == 4 && strings.Count(labels[1], "-") >= 2 {
		labels = slices.Delete(labels, 1, 2)
	}
	return strings.Join(labels, ".")
}

// serves is which services of the table may assume a role, or which providers of identities.
func (w *stepper) serves(q *subject) map[string]verdict {
	if q.services != nil {
		return q.services
	}
	q.services = map[string]verdict{}
	if q.linked() {
		return q.services
	}
	for _, r := range rows() {
		for _, service := range r.trusts {
			if _, done := q.services[service]; done {
				continue
			}
			v := w.served(q, service)
			q.services[service] = v
		}
	}
	for service, v := range q.services {
		if v.answer == iampolicy.No {
			delete(q.services, service)
		}
	}
	return q.services
}

func (w *stepper) served(q *subject, service string) (allowed verdict) {
	if q.TrustUnknown != "" {
		return verdict{iampolicy.Maybe, q.TrustUnknown}
	}
	provider, federated := strings.CutPrefix(service, "federated:")
	actions := []string{assumeRole}
	if federated {
		actions = []string{"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
	}
	denied := iampolicy.No
	for _, s := range q.trust {
		if !slices.ContainsFunc(s.Principals, func(p iampolicy.Principal) bool {
			if s.Effect == iampolicy.Deny && p.Value == "*" { // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
				return p.Type == "*" || p.Type == "AWS"
			}
			return p.Type == "Service" && !federated && serviceOf(p.Value) == service || p.Type == "Federated" && federated && strings.Contains(p.Value, provider)
		}) {
			continue
		}
		for _, action := range actions {
			v := w.serviceCall(q, s, action)
			if s.Effect == iampolicy.Deny {
				denied = max(denied, v.answer)
			} else {
				allowed = allowed.or(v)
			}
		}
	}
	if denied == iampolicy.Yes {
		return verdict{}
	}
	return allowed
}

// serviceCall weighs the call of a service: it is for the account of the role.
func (w *stepper) serviceCall(q *subject, s trustStatement, action string) verdict {
	call := iampolicy.Call{Action: action, Resource: q.ARN, Context: iampolicy.Context{
		"aws:SourceAccount": {q.Account}, "aws:PrincipalIsAWSService": {"true"}, "aws:ResourceAccount": {q.Account}, "aws:CurrentTime": q.calls["aws:CurrentTime"],
		"aws:SecureTransport": {"true"},
	}}
	if id := w.Organizations[q.Account]; id != "" {
		call.Context["aws:SourceOrgID"] = []string{id}
	}
	var keys []string
	weighed := iampolicy.Weigh(iampolicy.Policies{Identity: []iampolicy.Named{{Document: s.alone}}}, call, func(key string) bool {
		if strings.HasPrefix(key, "aws:principal") && action == assumeRole || key == "sts:externalid" || key == "aws:multifactorauthpresent" {
			return false // services lack these
		}
		keys = append(keys, key)
		return true
	})
	v := verdict{answer: max(weighed.Allow, weighed.Deny)}
	if v.answer == iampolicy.Maybe {
		slices.Sort(keys)
		v.open = "if its trust policy holds for " + strings.Join(slices.Compact(keys), ", ")
	}
	return v
}
