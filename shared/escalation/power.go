package escalation

import (
	"fmt"
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
	w.exceeding[key] = differ(after, before, w.actions) || differ(after, before, everyAction())
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
	fmt.Fprintf(&b, "%p", n.policies.Boundary)
	return b.String()
}

func everyAction() (all []string) {
	for _, service := range iamdata.Services() {
		for _, a := range iamdata.Actions(service) {
			all = append(all, service+":"+a.Name)
		}
	}
	return all
}

func differ(after, before *node, actions []string) bool {
	for _, action := range actions {
		call := iampolicy.Call{Action: action, Context: after.context(on{})}
		unknown := func(n *node) func(string) bool { return (&question{node: n, action: action}).unknown }
		if iampolicy.Possible(after.policies, call, unknown(after)) > iampolicy.Possible(before.policies, call, unknown(before)) {
			return true
		}
	}
	return false
}

// short names a principal for people.
func short(s *subject) string {
	if s.User {
		return "user " + s.Name
	}
	return "role " + s.Name
}
