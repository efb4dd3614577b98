package escalation

import (
	"maps"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

func (w *world) node(s *subject, p iampolicy.Policies, gained string) *node {
	n := &node{subject: s, policies: p, gained: gained, views: map[int]*view{}}
	for _, named := range p.Identity {
		i := w.of(named.Document)
		n.can = n.can.or(i.allows)
		n.asks(i)
	}
	if p.Boundary != nil {
		n.asks(w.of(p.Boundary))
	}
	return n
}

// asks notes whether a document lets sessions of some names alone.
func (n *node) asks(i *info) {
	for _, v := range i.userIDs {
		name, own := strings.CutPrefix(v, n.ID+":")
		n.session = n.session || !n.User && own && name != "*"
	}
}

func (w *world) view(n *node, action string) *view {
	number := w.numbers[action]
	if v := n.views[number]; v != nil {
		return v
	}
	v := &view{plain: true}
	for _, named := range n.policies.Identity {
		if i := w.of(named.Document); i.covers.has(number) {
			v.Identity = append(v.Identity, named)
			v.plain = v.plain && !i.asks.has(number)
		}
	}
	if v.Boundary = n.policies.Boundary; v.Boundary != nil {
		i := w.of(v.Boundary)
		v.plain = v.plain && !i.asks.has(number)
	}
	n.views[number] = v
	return v
}

// on is the resource of a call.
type on struct {
	of    *subject // what it is, if it may have other tags
	arn   string
	keys  iampolicy.Context // what calls on it have
	known bool              // all its tags are in keys
	more  iampolicy.Context // of this call
	any   string            // a key that may have any value, in lower case
	// tagKey is the only tag that the call gives; empty: not known.
	tagKey string
}

func onSubject(s *subject) on { return on{of: s, arn: s.ARN, keys: s.target, known: true} }

// weights are what each layer says of a call.
type weights struct {
	iampolicy.Weights
	scp  iampolicy.Answer // the least of the levels
	open string
}

// weigh weighs a call of an action of the index. A caller that may tag what the call is about gives it the tags that the call needs.
func (w *world) weigh(n *node, action string, r on) weights {
	out := w.weighOnce(n, action, r)
	if r.of == nil || w.view(n, action).plain || out.verdict().answer != iampolicy.No {
		return out
	}
	var keys []string
	for _, named := range w.view(n, action).Identity {
		keys = append(keys, w.of(named.Document).resourceTags...)
	}
	if tagging, v := w.mayTag(n, r.of, keys); v.answer != iampolicy.No {
		if loose := w.weighOnce(n, action, r.untagged()); loose.verdict().answer != iampolicy.No {
			loose.open = join(join(loose.open, v.open), "after "+tagging)
			return loose
		}
	}
	return out
}

// mayTag is whether a node may give a principal a tag of one of the keys, and with which action.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html#access_tags_control-tag-keys
func (w *world) mayTag(n *node, q *subject, keys []string) (action string, v verdict) {
	action = tagRole
	if q.User {
		action = tagUser
	}
	if q.fixed() || n.Account != q.Account || !n.can.has(w.numbers[action]) {
		return action, verdict{}
	}
	for _, key := range keys {
		to := onSubject(q)
		to.tagKey, to.more = key, iampolicy.Context{"aws:TagKeys": {key}}
		v = v.or(w.weighOnce(n, action, to).verdict())
	}
	return action, v
}

// untagged is the resource with tags that are not known.
func (r on) untagged() on {
	r.known, r.keys = false, maps.Clone(r.keys)
	maps.DeleteFunc(r.keys, func(key string, _ []string) bool { return strings.Contains(strings.ToLower(key), resourceTag) })
	return r
}

func (w *world) weighOnce(n *node, action string, r on) weights {
	v := w.view(n, action)
	scps := w.SCPs[n.Account]
	call := iampolicy.Call{Action: action, Resource: r.arn}
	q := &question{node: n, action: action, known: r.known, any: r.any, tagKey: r.tagKey}
	if !v.plain || len(scps) > 0 {
		call.Context = n.context(r)
	}
	out := weights{Weights: iampolicy.Weigh(v.Policies, call, q.unknown), scp: iampolicy.Yes}
	out.layer(scps, call, q.unknown)
	if action == assumeRole {
		out.layer(w.RCPs[accountOf(r.arn)], call, q.unknown)
	}
	out.open = q.says()
	return out
}

func (out *weights) layer(levels [][]*iampolicy.Document, call iampolicy.Call, unknown func(string) bool) {
	for _, level := range levels {
		var p iampolicy.Policies
		for _, d := range level {
			p.Identity = append(p.Identity, iampolicy.Named{Document: d})
		}
		l := iampolicy.Weigh(p, call, unknown)
		out.scp, out.Deny = min(out.scp, l.Allow), max(out.Deny, l.Deny)
	}
}

func (n *node) context(r on) iampolicy.Context {
	c := make(iampolicy.Context, len(n.calls)+len(r.keys)+len(r.more))
	maps.Copy(c, n.calls)
	if n.session {
		delete(c, "aws:userid")
	}
	if n.retagged {
		maps.DeleteFunc(c, func(key string, _ []string) bool { return strings.HasPrefix(strings.ToLower(key), principalTag) })
	}
	maps.Copy(c, r.keys)
	maps.Copy(c, r.more)
	return c
}

// verdict is the answer to a call that needs an identity policy.
func (out weights) verdict() verdict {
	return out.with(min(out.Allow, out.Bound))
}

// with is the answer if these allow it, and no layer denies it.
func (out weights) with(allow iampolicy.Answer) verdict {
	allow = min(allow, out.scp)
	switch {
	case out.Deny == iampolicy.Yes:
		allow = iampolicy.No
	case out.Deny == iampolicy.Maybe:
		allow = min(allow, iampolicy.Maybe)
	}
	if allow != iampolicy.Maybe {
		return verdict{answer: allow}
	}
	return verdict{allow, out.open}
}

func (w *world) allows(n *node, action string, r on) verdict {
	if !n.can.has(w.numbers[action]) {
		return verdict{}
	}
	return w.weigh(n, action, r).verdict()
}

// question says which condition keys are unknown, and remembers them.
type question struct {
	*node
	action string
	known  bool
	any    string
	tagKey string
	keys   []string
}

// unknown reports whether a call may have a key that its context lacks. Most keys of a service are in its own calls alone.
func (q *question) unknown(key string) bool {
	if !q.may(key) {
		return false
	}
	if !slices.Contains(q.keys, key) {
		q.keys = append(q.keys, key)
	}
	return true
}

func (q *question) may(key string) bool {
	vendor, name, _ := strings.Cut(key, ":")
	service, _, _ := strings.Cut(q.action, ":")
	switch {
	case q.tagKey != "" && strings.HasPrefix(key, requestTag) && key[len(requestTag):] != strings.ToLower(q.tagKey):
		return false
	case key == q.any:
		return true
	case strings.HasPrefix(name, "resourcetag/"):
		return !q.known && (vendor == "aws" || vendor == service)
	case vendor == "iam": // the context has those of the others
		return q.action == passRole && name == "associatedresourcearn"
	case vendor == "aws":
		return q.global(name)
	case key == "ec2:sourceinstancearn" || key == "lambda:sourcefunctionarn":
		return !q.User
	case vendor == "sts":
		return service == "sts"
	}
	return vendor == service
}

// global reports whether a call may have a global key that is not known.
func (q *question) global(name string) bool {
	switch {
	case strings.HasPrefix(name, "principaltag/"):
		return q.tags || q.retagged
	case name == "sourceidentity":
		return q.identity
	case strings.HasPrefix(name, "requesttag/"), name == "tagkeys":
		return tagged(q.action)
	case name == "username":
		return false
	case name == "multifactorauthage":
		return q.mfa
	case name == "userid":
		return q.session
	case strings.HasPrefix(name, "calledvia"), strings.HasPrefix(name, "principalservicename"),
		name == "sourcearn", name == "sourceaccount", strings.HasPrefix(name, "sourceorg"):
		return false // calls of services have these
	}
	return true
}

// tagged reports whether calls of an action may give tags.
func tagged(action string) bool {
	service, name, _ := strings.Cut(action, ":")
	a, ok := iamdata.Lookup(service, name)
	has := func(keys []string) bool {
		return slices.Contains(keys, "aws:TagKeys") || slices.Contains(keys, "aws:RequestTag/${TagKey}")
	}
	return !ok || has(a.ConditionKeys) || slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool { return has(r.ConditionKeys) || has(r.TypeKeys) })
}

func (q *question) says() string {
	if len(q.keys) == 0 {
		return ""
	}
	slices.Sort(q.keys)
	return "if the call has the right " + strings.Join(q.keys, ", ")
}

func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
