package iampolicy

import "strings"

// Answer is what is known of a call's authorisation.
type Answer int8

// The answers.
const (
	No Answer = iota
	Maybe
	Yes
)

// Possible answers whether a call was allowed of which not all is known: a log has some condition values and not others.
// It is Yes or No only if every value of what is unknown gives that answer.
//
// A condition key is unknown if unknown(key) says so, its name in lower case; a key that is neither in the context nor unknown was
// not there. An empty Resource is unknown: only a statement about every resource certainly covers it.
func Possible(p Policies, c Call, unknown func(key string) bool) Answer {
	return Weigh(p, c, unknown).Answer()
}

// Weights are what the policies of a principal say of a call, apart: so that policies are weighed once and then joined.
type Weights struct {
	Allow, Deny Answer
	Bound       Answer // what the boundary allows; Yes without one
}

// Weigh weighs policies, as [Possible] does.
func Weigh(p Policies, c Call, unknown func(key string) bool) Weights {
	w := Weights{Bound: Yes}
	for _, n := range p.Identity {
		n.Document.possible(c, unknown, &w.Allow, &w.Deny)
	}
	if p.Boundary != nil {
		w.Bound = No
		p.Boundary.possible(c, unknown, &w.Bound, &w.Deny)
	}
	return w
}

// With is what a principal has that has both.
func (w Weights) With(other Weights) Weights {
	return Weights{max(w.Allow, other.Allow), max(w.Deny, other.Deny), min(w.Bound, other.Bound)}
}

// Succeeded is whether these policies allowed a call that IAM let through: no Deny that may have matched did, and the boundary
// did not stop it.
func (w Weights) Succeeded() Answer {
	if w.Deny == Yes || w.Bound == No {
		return No
	}
	return w.Allow
}

// Answer is whether the call was allowed.
func (w Weights) Answer() Answer {
	allow := min(w.Allow, w.Bound)
	switch w.Deny {
	case Yes:
		return No
	case Maybe:
		return min(allow, Maybe)
	}
	return allow
}

func (d *Document) possible(c Call, unknown func(string) bool, allow, deny *Answer) {
	if d == nil {
		return
	}
	d, err := d.prepared()
	if err != nil { // built by hand and not a policy: what it would deny is unknown
		*deny = Yes
		return
	}
	for i := range d.matchers {
		to := deny
		if d.matchers[i].allow {
			to = allow
		}
		if *to < Yes {
			*to = max(*to, d.matchers[i].possible(c, unknown))
		}
	}
}

// possible is the least certain of what a statement asks, or No if one part is No.
func (m *matcher) possible(c Call, unknown func(string) bool) Answer {
	if !m.covers(c.Action) {
		return No
	}
	answer := m.possibleResource(c, unknown)
	for i := range m.conditions {
		if answer == No {
			return No
		}
		answer = min(answer, m.conditions[i].possible(c.Context, unknown))
	}
	return answer
}

func (m *matcher) possibleResource(c Call, unknown func(string) bool) Answer {
	if m.resources == nil {
		return Yes
	}
	covered, open := false, false
	for i := range m.resources {
		p := &m.resources[i]
		switch {
		case len(p.atoms) == 1 && p.atoms[0].kind == atomMany && !p.atoms[0].within:
			covered = true
		case p.asks(c.Context, unknown): // its default does not decide
			open = true
		default:
			covered = covered || c.Resource != "" && p.match(c.Resource, c.Context)
		}
	}
	certain := covered || c.Resource != "" && !open || c.Resource == "" && m.excludes(c.Begins)
	switch {
	case !certain:
		return Maybe
	case covered != m.notResource:
		return Yes
	}
	return No
}

// excludes reports whether no resource that begins so is one of the statement's.
func (m *matcher) excludes(begins []string) bool {
	for i := range m.resources {
		for _, begin := range begins {
			if m.resources[i].mayBegin(begin) {
				return false
			}
		}
	}
	return len(begins) > 0
}

// mayBegin reports whether the pattern may match a text with this beginning. It compares up to the first wildcard or variable.
func (p *pattern) mayBegin(begin string) bool {
	if len(p.atoms) == 0 || p.atoms[0].kind != atomLiteral {
		return true
	}
	literal := p.atoms[0].text
	if len(literal) < len(begin) {
		return p.prefix(begin, literal) && len(p.atoms) > 1
	}
	return p.prefix(literal[:len(begin)], begin)
}

// asks reports whether a pattern has a variable whose value is unknown.
func (p *pattern) asks(c Context, unknown func(string) bool) bool {
	for i := range p.atoms {
		if a := &p.atoms[i]; a.kind == atomVariable && isUnknown(a.key, c, unknown) {
			return true
		}
	}
	return false
}

func isUnknown(key string, c Context, unknown func(string) bool) bool {
	if _, present := c.lookup(key); present {
		return false
	}
	return unknown(strings.ToLower(key))
}

func (c *condition) possible(ctx Context, unknown func(string) bool) Answer {
	open := isUnknown(c.key, ctx, unknown)
	for i := range c.patterns {
		open = open || c.patterns[i].asks(ctx, unknown)
	}
	for _, parts := range c.arns {
		for i := range parts {
			open = open || parts[i].asks(ctx, unknown)
		}
	}
	switch {
	case open:
		return Maybe
	case c.holds(ctx):
		return Yes
	}
	return No
}
