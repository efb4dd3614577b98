package iampolicy

// Call is one request to AWS.
type Call struct {
	Action   string // service:Name
	Resource string // an ARN, or "*" for an action without resource
	// Context is complete: Evaluate adds nothing, not even aws:CurrentTime.
	Context Context
}

// Named is a policy with the name that a Reason gives back.
type Named struct {
	Name     string
	Document *Document
}

// Policies are what one principal's calls are authorised by.
type Policies struct {
	Identity []Named
	Boundary *Document // the permissions boundary; nil: none
}

// Outcome is the answer to a call.
type Outcome string

// The three outcomes.
const (
	Allowed      Outcome = "allowed"
	ImplicitDeny Outcome = "implicit-deny"
	ExplicitDeny Outcome = "explicit-deny"
)

// Decision is an outcome and the statements that decided it.
type Decision struct {
	Outcome Outcome
	// By lists, for ExplicitDeny, every Deny that matched; for Allowed, every
	// Allow that matched, those of the boundary included; for ImplicitDeny nothing,
	// or, if only the boundary was missing an Allow, one Reason that says so.
	By []Reason
}

// Reason is one statement that decided.
type Reason struct {
	Policy    string // its name; "" for the boundary
	Statement int    // from 0; -1: no statement of the boundary allows, or the document is no policy
	Sid       string
	Boundary  bool
}

// Evaluate decides a call by identity policies and a boundary, as IAM does: a
// Deny that matches wins; else an Allow is needed, and one in the boundary too
// (IAM, "Policy evaluation logic"). A nil document allows and denies nothing.
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

// tally collects reasons; it allocates with the first.
type tally []Reason

func (d *Document) decide(c Call, r Reason, allows, denies *tally) {
	if d == nil {
		return
	}
	d, err := d.prepared()
	if err != nil {
		// Built by hand and not a policy: what it would deny is unknown.
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

// prepared gives the document with its matchers; only one that was not made by
// Parse has none.
func (d *Document) prepared() (*Document, error) {
	if len(d.matchers) == len(d.Statements) {
		return d, nil
	}
	return parse(d.Bytes(), d.trust)
}

func (m *matcher) matches(c Call) bool {
	if matchAny(m.actions, c.Action, nil) == m.notAction {
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

// Reaches tells whether an Allow statement names the action, by wildcard or by
// NotAction too. Resources and conditions are not looked at: an entitlement must
// say that it grants the action, wherever and whenever.
// A document built by hand that is no policy reaches everything, nil nothing.
func Reaches(d *Document, action string) bool {
	if d == nil {
		return false
	}
	d, err := d.prepared()
	if err != nil {
		return true
	}
	for i := range d.matchers {
		m := &d.matchers[i]
		if m.allow && matchAny(m.actions, action, nil) != m.notAction {
			return true
		}
	}
	return false
}

// Covers tells whether the statement's actions include one, by wildcard or by
// NotAction too, whatever its effect. An action that is no pattern covers
// everything.
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
