package iampolicy

import (
	"errors"
	"slices"
	"unicode/utf8"
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
		if all[i], err = d.matchers[i].rule(&d.Statements[i], d.Version); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (m *matcher) rule(s *Statement, version string) (r Rule, err error) {
	r = Rule{Allow: m.allow, NotAction: m.notAction, NotResource: m.notResource}
	actions, resources := s.Actions, s.Resources
	if m.notAction {
		actions = s.NotActions
	}
	if m.notResource {
		resources = s.NotResources
	}
	for i, a := range actions {
		r.Actions = append(r.Actions, ready(a, m.actions[i]))
	}
	for i, text := range resources {
		if !utf8.ValidString(text) {
			return r, errors.New("a resource is not UTF-8")
		}
		if version == Version || asNew(text) == text {
			r.Resources = append(r.Resources, ready(text, m.resources[i]))
			continue
		}
		p, err := ResourcePattern(text, version)
		if err != nil {
			return r, err
		}
		r.Resources = append(r.Resources, p)
	}
	if resources == nil { // of a trust policy
		r.Resources = []*Pattern{ready("*", pattern{atoms: []atom{{kind: atomMany}}})}
	}
	for _, c := range s.Conditions {
		r.Conditions = append(r.Conditions, c.asNew(version))
	}
	return r, nil
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
