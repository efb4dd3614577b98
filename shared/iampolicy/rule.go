package iampolicy

import (
	"slices"
	"strings"
)

// Rule is a statement of an identity policy, to be compared with those of other documents.
type Rule struct {
	Allow       bool
	NotAction   bool // Actions are those that it is not about
	NotResource bool // Resources are those that it is not about
	Actions     []*Pattern
	Resources   []*Pattern  // a statement without: every resource
	Conditions  []Condition // written for version 2012-10-17
}

// Rules gives the statements of a document, in their order. The error is that of [Parse]: of an invalid document built in Go.
func (d *Document) Rules() ([]Rule, error) {
	d, err := d.prepared()
	if err != nil {
		return nil, err
	}
	all := make([]Rule, len(d.Statements))
	for i := range d.Statements {
		if all[i], err = d.Statements[i].rule(d.Version); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Statement) rule(version string) (r Rule, err error) {
	r = Rule{Allow: s.Effect == Allow, NotAction: s.NotActions != nil, NotResource: s.NotResources != nil}
	actions, resources := s.Actions, s.Resources
	if r.NotAction {
		actions = s.NotActions
	}
	if r.NotResource {
		resources = s.NotResources
	}
	if s.Resources == nil && s.NotResources == nil { // of a trust policy
		resources = []string{"*"}
	}
	if r.Actions, err = patterns(actions, ActionPattern); err != nil {
		return r, err
	}
	if r.Resources, err = patterns(resources, func(s string) (*Pattern, error) { return ResourcePattern(s, version) }); err != nil {
		return r, err
	}
	for _, c := range s.Conditions {
		r.Conditions = append(r.Conditions, c.asNew(version))
	}
	return r, nil
}

func patterns(texts []string, read func(string) (*Pattern, error)) ([]*Pattern, error) {
	all := make([]*Pattern, len(texts))
	for i, s := range texts {
		p, err := read(s)
		if err != nil {
			return nil, err
		}
		all[i] = p
	}
	return all, nil
}

// asNew writes a condition of a document of a version for version 2012-10-17.
func (c Condition) asNew(version string) Condition {
	op, err := parseOperator(c.Operator)
	if err != nil || version == Version || op.compare > compareARN {
		return c
	}
	c.Values = slices.Clone(c.Values)
	for i, v := range c.Values {
		c.Values[i] = asNew(v)
	}
	return c
}

// Implies reports whether d certainly holds in every context in which c does. Both are of version 2012-10-17. False: it does not, or
// it is not known.
func (c Condition) Implies(d Condition) bool {
	if !strings.EqualFold(c.Key, d.Key) || c.Operator != d.Operator && c.Operator+"IfExists" != d.Operator {
		return false
	}
	op, err := parseOperator(c.Operator)
	if err != nil {
		return false
	}
	// One of several values is enough, unless the operator is negated: then all of them must differ.
	few, many := c.Values, d.Values
	if op.negated {
		few, many = many, few
	}
	return !slices.ContainsFunc(few, func(v string) bool { return !slices.Contains(many, v) })
}
