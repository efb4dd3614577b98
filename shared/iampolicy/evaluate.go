package iampolicy

import (
	"slices"
	"strings"
)

// Call is one request to AWS.
type Call struct {
	Action   string // service:Name
	Resource string // an ARN, or "*" for an action without resource
	// Context must be complete: Evaluate adds no key, not even aws:CurrentTime.
	Context Context
	// Begins are beginnings, one of which the resource's ARN has, for [Weigh] with an empty Resource; empty: nothing is known of it.
	Begins []string
}

// Named is a policy with the name that Reason returns.
type Named struct {
	Name     string
	Document *Document
}

// Policies decide the calls of one principal.
type Policies struct {
	Identity []Named
	Boundary *Document // the permissions boundary; nil: no boundary
}

// Outcome is the answer to a call.
type Outcome string

// The three outcomes.
const (
	Allowed      Outcome = "allowed"
	ImplicitDeny Outcome = "implicit-deny"
	ExplicitDeny Outcome = "explicit-deny"
)

// Decision is an outcome and its reasons.
type Decision struct {
	Outcome Outcome
	// By lists every matching Deny for ExplicitDeny, and every matching Allow, boundary included, for Allowed. It is
	// empty for ImplicitDeny, except one Reason if only the boundary lacks an Allow.
	By []Reason
}

// Reason is one statement that decided.
type Reason struct {
	Policy    string // "" for the boundary
	Statement int    // from 0; -1: the boundary has no matching Allow, or the document is invalid
	Sid       string
	Boundary  bool
}

// Evaluate decides a call as IAM does (IAM, "Policy evaluation logic"). A matching Deny wins. Without one, an Allow is
// needed, and one in the boundary too if there is a boundary. A nil document has no effect.
func Evaluate(p Policies, c Call) Decision {
	var allows, denies tally
	for _, n := range p.Identity {
		n.Document.decide(c, Reason{Policy: n.Name}, &allows, &denies)
	}
	allowed := len(allows) > 0
	if p.Boundary != nil {
		p.Boundary.decide(c, Reason{Boundary: true}, &allows, &denies)
	}
	switch {
	case len(denies) > 0:
		return Decision{Outcome: ExplicitDeny, By: denies}
	case !allowed:
		return Decision{Outcome: ImplicitDeny}
	case p.Boundary != nil && !allows[len(allows)-1].Boundary:
		return Decision{Outcome: ImplicitDeny, By: []Reason{{Statement: -1, Boundary: true}}}
	}
	return Decision{Outcome: Allowed, By: allows}
}

// tally collects reasons without allocating before the first.
type tally []Reason

func (d *Document) decide(c Call, r Reason, allows, denies *tally) {
	if d == nil {
		return
	}
	d, err := d.prepared()
	if err != nil {
		// An invalid document built in Go: its Denies are unknown, so deny.
		r.Statement = -1
		*denies = append(*denies, r)
		return
	}
	for i := range d.matchers {
		m := &d.matchers[i]
		if !m.matches(c) {
			continue
		}
		r.Statement, r.Sid = i, d.Statements[i].Sid
		if m.allow {
			*allows = append(*allows, r)
		} else {
			*denies = append(*denies, r)
		}
	}
}

// prepared returns the document with its matchers. A document built in Go has none yet.
func (d *Document) prepared() (*Document, error) {
	if len(d.matchers) == len(d.Statements) {
		return d, nil
	}
	return parse(d.Bytes(), d.trust)
}

func (m *matcher) matches(c Call) bool {
	if !m.covers(c.Action) {
		return false
	}
	if m.resources != nil && matchAny(m.resources, c.Resource, c.Context) == m.notResource {
		return false
	}
	for i := range m.conditions {
		if !m.conditions[i].holds(c.Context) {
			return false
		}
	}
	return true
}

func matchAny(patterns []pattern, text string, c Context) bool {
	for i := range patterns {
		if patterns[i].match(text, c) {
			return true
		}
	}
	return false
}

// Reaches reports whether policies of one principal allow an action on some resource, also by wildcard or NotAction. It assumes that
// conditions hold. A Deny counts only where it is certain: on every resource, with no condition that the Allow lacks. An invalid
// document built in Go reaches every action, a nil document none.
func Reaches(action string, policies ...*Document) bool {
	var denies []Statement
	ready := make([]*Document, 0, len(policies))
	for _, d := range policies {
		if d == nil {
			continue
		}
		d, err := d.prepared()
		if err != nil {
			return true
		}
		ready = append(ready, d)
		for i := range d.matchers {
			if m := &d.matchers[i]; !m.allow && d.variables() && m.covers(action) && slices.Contains(d.Statements[i].Resources, "*") {
				denies = append(denies, d.Statements[i])
			}
		}
	}
	for _, d := range ready {
		for i := range d.matchers {
			if m := &d.matchers[i]; m.allow && m.covers(action) && !(d.variables() && slices.ContainsFunc(denies, d.Statements[i].denied)) {
				return true
			}
		}
	}
	return false
}

// variables reports whether ${…} has a meaning: else equal conditions may differ.
func (d *Document) variables() bool { return d.Version == Version }

func (m *matcher) covers(action string) bool { return matchAny(m.actions, action, nil) != m.notAction }

// denied reports whether a Deny on every resource holds whenever the Allow does.
func (s Statement) denied(by Statement) bool {
	return !slices.ContainsFunc(by.Conditions, func(c Condition) bool {
		return !slices.ContainsFunc(s.Conditions, func(own Condition) bool {
			return own.Operator == c.Operator && strings.EqualFold(own.Key, c.Key) && slices.Equal(own.Values, c.Values)
		})
	})
}

// Covers reports whether the statement's actions include one, also by wildcard or NotAction. It ignores the effect. A
// statement with an invalid action covers every action.
func (s Statement) Covers(action string) bool {
	list := s.Actions
	if len(s.NotActions) > 0 {
		list = s.NotActions
	}
	for _, a := range list {
		p, err := compilePattern(a, style{wild: true, fold: true})
		if err != nil {
			return true
		}
		if matchAny([]pattern{p}, action, nil) {
			return len(s.NotActions) == 0
		}
	}
	return len(s.NotActions) > 0
}
