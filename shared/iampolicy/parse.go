package iampolicy

import (
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// Parse reads an identity policy. The error is a [*ParseError].
//
// It refuses what IAM refuses as MalformedPolicyDocument, and more: condition keys or operators that differ only in
// case; a date, number, boolean, address or binary value that can never match; an ARN of fewer than six parts without a
// closing "*", which AWS does not define. It reads the marks of an unfilled fence as dates that never match, so a
// compiled document can be read again.
func Parse(b []byte) (*Document, error) { return parse(b, false) }

// ParseTrust reads the trust policy of a role: with Principal, without Resource, only STS actions. The error is a
// [*ParseError].
func ParseTrust(b []byte) (*Document, error) { return parse(b, true) }

// ParseResourceControl reads a resource control policy, whose Principal is "*". The document has no principal: it decides as an identity
// policy does. The error is a [*ParseError].
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
func ParseResourceControl(b []byte) (*Document, error) {
	return parseWith(&parser{text: b, doc: &Document{}, control: true})
}

func parse(b []byte, trust bool) (*Document, error) {
	return parseWith(&parser{text: b, doc: &Document{trust: trust}})
}

func parseWith(p *parser) (*Document, error) {
	root, err := readTree(p.text)
	if err != nil {
		return nil, err
	}
	p.path = make(path, 0, rules.MaxDepth)
	p.doc.Version = VersionOld
	if err := p.document(root); err != nil {
		return nil, err
	}
	return p.doc, nil
}

func (p *parser) document(root *strictjson.Value) error {
	var statements *strictjson.Value
	for i := range root.Members {
		m := &root.Members[i]
		p.path.to(0, step{name: m.Name})
		switch m.Name {
		case "Version":
			if m.Value.Kind != strictjson.String || m.Value.Text != Version && m.Value.Text != VersionOld {
				return p.fail(m.Value.Offset, "the version is %q or %q", Version, VersionOld)
			}
			p.doc.Version = m.Value.Text
		case "Id":
			if m.Value.Kind != strictjson.String {
				return p.fail(m.Value.Offset, "a string is needed, not %s", m.Value.Kind)
			}
			p.doc.ID = m.Value.Text
		case "Statement":
			statements = &m.Value
		default:
			return p.fail(m.Offset, "unknown element")
		}
	}
	p.path = p.path[:0]
	if statements == nil {
		return p.fail(root.Offset, "the element Statement is missing")
	}
	p.path.to(0, step{name: "Statement"})
	return p.statements(statements)
}

func (p *parser) statements(n *strictjson.Value) error {
	if n.Kind == strictjson.Object {
		return p.statement(n)
	}
	if n.Kind != strictjson.List {
		return p.fail(n.Offset, "an object or a list of objects is needed, not %s", n.Kind)
	}
	if len(n.Items) == 0 {
		return p.fail(n.Offset, "a policy needs at least one statement")
	}
	for i := range n.Items {
		item := &n.Items[i]
		p.path.to(1, step{index: i})
		if item.Kind != strictjson.Object {
			return p.fail(item.Offset, "an object is needed, not %s", item.Kind)
		}
		if err := p.statement(item); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) statement(n *strictjson.Value) error {
	depth := len(p.path)
	var s Statement
	var m matcher
	for i := range n.Members {
		p.path.to(depth, step{name: n.Members[i].Name})
		if err := p.element(&s, &m, &n.Members[i]); err != nil {
			return err
		}
	}
	p.path = p.path[:depth]
	if err := p.complete(n, &s); err != nil {
		return err
	}
	if p.control {
		s.Principals = nil
	}
	m.allow = s.Effect == Allow
	p.doc.Statements = append(p.doc.Statements, s)
	p.doc.matchers = append(p.doc.matchers, m)
	return nil
}

func (p *parser) element(s *Statement, m *matcher, e *strictjson.Member) (err error) {
	switch e.Name {
	case "Sid":
		s.Sid, err = p.sid(&e.Value)
	case "Effect":
		s.Effect, err = p.effect(&e.Value)
	case "Action":
		s.Actions, err = p.actions(m, &e.Value)
	case "NotAction":
		m.notAction = true
		s.NotActions, err = p.actions(m, &e.Value)
	case "Resource":
		s.Resources, err = p.resources(m, e)
	case "NotResource":
		m.notResource = true
		s.NotResources, err = p.resources(m, e)
	case "Principal":
		s.Principals, err = p.principals(e)
	case "Condition":
		s.Conditions, m.conditions, err = p.conditions(&e.Value)
	case "NotPrincipal":
		return p.fail(e.Offset, "NotPrincipal is for policies of resources only")
	default:
		return p.fail(e.Offset, "unknown element")
	}
	return err
}

// complete checks rules about more than one element.
func (p *parser) complete(n *strictjson.Value, s *Statement) error {
	switch {
	case s.Effect == "":
		return p.fail(n.Offset, "the element Effect is missing")
	case s.Actions != nil && s.NotActions != nil:
		return p.fail(n.Offset, "both Action and NotAction")
	case s.Actions == nil && s.NotActions == nil:
		return p.fail(n.Offset, "the element Action is missing")
	case s.Resources != nil && s.NotResources != nil:
		return p.fail(n.Offset, "both Resource and NotResource")
	case !p.doc.trust && s.Resources == nil && s.NotResources == nil:
		return p.fail(n.Offset, "the element Resource is missing")
	case (p.doc.trust || p.control) && s.Principals == nil:
		return p.fail(n.Offset, "the element Principal is missing")
	case p.doc.trust && s.NotActions != nil:
		p.path.to(len(p.path), step{name: "NotAction"})
		return p.fail(n.Offset, "a trust policy names its actions")
	}
	return nil
}

func (p *parser) sid(n *strictjson.Value) (string, error) {
	if n.Kind != strictjson.String {
		return "", p.fail(n.Offset, "a string is needed, not %s", n.Kind)
	}
	if strings.ContainsFunc(n.Text, func(c rune) bool { return !isAlnum(c) }) {
		return "", p.fail(n.Offset, "a Sid has letters and digits only")
	}
	same := func(s Statement) bool { return n.Text != "" && s.Sid == n.Text }
	if slices.ContainsFunc(p.doc.Statements, same) {
		return "", p.fail(n.Offset, "the Sid %q is used twice", n.Text)
	}
	return n.Text, nil
}

func (p *parser) effect(n *strictjson.Value) (Effect, error) {
	if e := Effect(n.Text); n.Kind == strictjson.String && (e == Allow || e == Deny) {
		return e, nil
	}
	return "", p.fail(n.Offset, "the effect is \"Allow\" or \"Deny\"")
}
