package escalation

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// admin is whether a node may do everything: an action that only a wildcard covers, and to give policies. Service control policies do not
// count: they bound administrators as well.
func (w *world) admin(n *node) verdict {
	if n.power != nil {
		return *n.power
	}
	partition := strings.SplitN(n.ARN, ":", 3)[1]
	arn := func(service, what string) string {
		return fmt.Sprintf("arn:%s:%s::%s:%s/curfew-probe", partition, service, n.Account, what)
	}
	v := w.own(n, anything, arn("curfew-probe", "thing"))
	if v.answer != iampolicy.No {
		var gives verdict
		for _, probe := range []struct{ action, what string }{{ofRole.put, "role"}, {ofRole.attach, "role"}, {ofUser.put, "user"}, {ofUser.attach, "user"},
			{createVersion, "policy"}, {updateTrust, "role"}} {
			gives = gives.or(w.own(n, probe.action, arn("iam", probe.what)))
		}
		v = v.and(gives)
	}
	if v.answer == iampolicy.No && n.Unknown != "" {
		v = verdict{iampolicy.Maybe, "of " + short(n.subject) + ": " + n.Unknown}
	}
	n.power = &v
	return v
}

// own is what the policies of a node say, without layers above.
func (w *world) own(n *node, action, arn string) verdict {
	v := w.view(n, action)
	call := iampolicy.Call{Action: action, Resource: arn}
	if !v.plain {
		call.Context = n.context(on{keys: iampolicy.Context{"aws:ResourceAccount": {n.Account}}})
	}
	q := &question{node: n, action: action}
	out := verdict{answer: iampolicy.Weigh(v.Policies, call, q.unknown).Answer()}
	if out.answer == iampolicy.Maybe {
		out.open = q.says()
	}
	return out
}

// exceeds reports whether a node may do something that it may not do before its policies changed.
func (w *world) exceeds(after, before *node) bool {
	if w.admin(after).answer > w.admin(before).answer {
		return true
	}
	key := fingerprint(before) + ">" + fingerprint(after)
	if known, ok := w.exceeding[key]; ok {
		return known
	}
	w.exceeding[key] = differ(after, before, w.changed(after, before))
	return w.exceeding[key]
}

// fingerprint is the same for nodes with the same documents, if these do not ask for the principal.
func fingerprint(n *node) string {
	var b strings.Builder
	for _, named := range n.policies.Identity {
		fmt.Fprintf(&b, "%p ", named.Document)
		for _, s := range named.Document.Statements {
			if len(s.Conditions) > 0 {
				b.WriteString(n.ARN + " ")
				break
			}
		}
	}
	fmt.Fprintf(&b, "%p %t", n.policies.Boundary, n.retagged)
	return b.String()
}

// changed are actions that the change may have made possible. Where wildcards cover many, some of each service stand for them.
func (w *world) changed(after, before *node) (all []string) {
	for _, named := range after.policies.Identity {
		if slices.Contains(before.policies.Identity, named) {
			continue
		}
		for _, s := range named.Document.Statements {
			if s.Effect != iampolicy.Allow {
				continue
			}
			for _, a := range s.Actions {
				all = append(all, w.expand(a)...)
			}
			if len(s.NotActions) > 0 {
				all = append(all, w.expand("*")...)
			}
		}
	}
	if after.policies.Boundary != before.policies.Boundary || len(after.policies.Identity) <= len(before.policies.Identity) {
		all = append(all, w.expand("*")...)
	}
	if slices.Contains(all, anything) {
		all = append(all, w.actions...)
	}
	return all
}

// samples are the actions that stand for a wildcard, of each service.
const samples = 20

func (w *world) expand(action string) (all []string) {
	if !strings.ContainsAny(action, "*?") {
		return []string{action}
	}
	if known, ok := w.expanded[action]; ok {
		return known
	}
	defer func() { w.expanded[action] = all }()
	service, _, _ := strings.Cut(action, ":")
	services := []string{strings.ToLower(service)}
	if service == "*" {
		services, all = iamdata.Services(), []string{anything}
	}
	for _, service := range services {
		n := 0
		for _, a := range iamdata.Actions(service) {
			one := service + ":" + a.Name
			if n < samples && (iampolicy.Statement{Actions: []string{action}}).Covers(one) {
				all = append(all, one)
				n++
			}
		}
	}
	return all
}

func differ(after, before *node, actions []string) bool {
	context := after.context(on{})
	for _, action := range actions {
		call := iampolicy.Call{Action: action, Context: context}
		unknown := func(n *node) func(string) bool { return (&question{node: n, action: action}).unknown }
		if iampolicy.Possible(after.policies, call, unknown(after)) > iampolicy.Possible(before.policies, call, unknown(before)) {
			return true
		}
	}
	return false
}

func short(s *subject) string {
	if s.User {
		return "user " + s.Name
	}
	return "role " + s.Name
}
