package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads an identity policy. An error is a [*ParseError] with the place.
//
// It refuses what IAM refuses as MalformedPolicyDocument, and a little more: two
// condition keys or operators that differ only in case; a date, number, boolean,
// address or binary value that can never be compared; and an ARN of fewer than
// six parts without a closing "*", of which AWS does not say what it matches. The
// marks of an unfilled fence are read as dates that match nothing, so that a
// compiled document can be read again.
func Parse(b []byte) (*Document, error) { return parse(b, false) }

// ParseTrust reads the trust policy of a role: with Principal, without Resource,
// and with actions of STS only. An error is a [*ParseError].
func ParseTrust(b []byte) (*Document, error) { return parse(b, true) }

func parse(b []byte, trust bool) (*Document, error) {
	root, err := readTree(b)
	if err != nil {
		return nil, err
	}
	p := &parser{text: b, doc: &Document{Version: VersionOld, trust: trust}, path: make(path, 0, maxDepth)}
	if err := p.document(root); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// parser turns the tree into a Document and what Evaluate needs.
type parser struct {
	text []byte
	doc  *Document
	path path // to what is being read
}

// variables tells whether ${…} means something in this document.
func (p *parser) variables() bool { return p.doc.Version == Version }

func (p *parser) fail(offset int, format string, args ...any) error {
	return parseErrorAt(p.text, p.path.String(), offset, fmt.Sprintf(format, args...))
}

func (p *parser) document(root *node) error {
	var statements *node
	for i := range root.members {
		m := &root.members[i]
		p.path.to(0, step{name: m.name})
		switch m.name {
		case "Version":
			if m.value.kind != kindString || m.value.text != Version && m.value.text != VersionOld {
				return p.fail(m.value.offset, "the version is %q or %q", Version, VersionOld)
			}
			p.doc.Version = m.value.text
		case "Id":
			if m.value.kind != kindString {
				return p.fail(m.value.offset, "a string is needed, not %s", m.value.kind)
			}
			p.doc.ID = m.value.text
		case "Statement":
			statements = &m.value
		default:
			return p.fail(m.offset, "unknown element")
		}
	}
	p.path = p.path[:0]
	if statements == nil {
		return p.fail(root.offset, "the element Statement is missing")
	}
	p.path.to(0, step{name: "Statement"})
	return p.statements(statements)
}

func (p *parser) statements(n *node) error {
	if n.kind == kindObject {
		return p.statement(n)
	}
	if n.kind != kindList {
		return p.fail(n.offset, "an object or a list of objects is needed, not %s", n.kind)
	}
	if len(n.items) == 0 {
		return p.fail(n.offset, "a policy needs at least one statement")
	}
	for i := range n.items {
		item := &n.items[i]
		p.path.to(1, step{index: i})
		if item.kind != kindObject {
			return p.fail(item.offset, "an object is needed, not %s", item.kind)
		}
		if err := p.statement(item); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) statement(n *node) error {
	depth := len(p.path)
	var s Statement
	var m matcher
	for i := range n.members {
		p.path.to(depth, step{name: n.members[i].name})
		if err := p.element(&s, &m, &n.members[i]); err != nil {
			return err
		}
	}
	p.path = p.path[:depth]
	if err := p.complete(n, &s); err != nil {
		return err
	}
	m.allow = s.Effect == Allow
	p.doc.Statements = append(p.doc.Statements, s)
	p.doc.matchers = append(p.doc.matchers, m)
	return nil
}

func (p *parser) element(s *Statement, m *matcher, e *member) (err error) {
	switch e.name {
	case "Sid":
		s.Sid, err = p.sid(&e.value)
	case "Effect":
		s.Effect, err = p.effect(&e.value)
	case "Action":
		s.Actions, err = p.actions(m, &e.value)
	case "NotAction":
		m.notAction = true
		s.NotActions, err = p.actions(m, &e.value)
	case "Resource":
		s.Resources, err = p.resources(m, e)
	case "NotResource":
		m.notResource = true
		s.NotResources, err = p.resources(m, e)
	case "Principal":
		s.Principals, err = p.principals(e)
	case "Condition":
		s.Conditions, m.conditions, err = p.conditions(&e.value)
	case "NotPrincipal":
		return p.fail(e.offset, "NotPrincipal is for policies of resources only")
	default:
		return p.fail(e.offset, "unknown element")
	}
	return err
}

// complete checks what concerns more than one element.
func (p *parser) complete(n *node, s *Statement) error {
	switch {
	case s.Effect == "":
		return p.fail(n.offset, "the element Effect is missing")
	case s.Actions != nil && s.NotActions != nil:
		return p.fail(n.offset, "both Action and NotAction")
	case s.Actions == nil && s.NotActions == nil:
		return p.fail(n.offset, "the element Action is missing")
	case s.Resources != nil && s.NotResources != nil:
		return p.fail(n.offset, "both Resource and NotResource")
	case !p.doc.trust && s.Resources == nil && s.NotResources == nil:
		return p.fail(n.offset, "the element Resource is missing")
	case p.doc.trust && s.Principals == nil:
		return p.fail(n.offset, "the element Principal is missing")
	case p.doc.trust && s.NotActions != nil:
		p.path.to(len(p.path), step{name: "NotAction"})
		return p.fail(n.offset, "a trust policy names its actions")
	}
	return nil
}

func (p *parser) sid(n *node) (string, error) {
	if n.kind != kindString {
		return "", p.fail(n.offset, "a string is needed, not %s", n.kind)
	}
	if strings.ContainsFunc(n.text, func(c rune) bool { return !isAlnum(c) }) {
		return "", p.fail(n.offset, "a Sid has letters and digits only")
	}
	same := func(s Statement) bool { return n.text != "" && s.Sid == n.text }
	if slices.ContainsFunc(p.doc.Statements, same) {
		return "", p.fail(n.offset, "the Sid %q is used twice", n.text)
	}
	return n.text, nil
}

func (p *parser) effect(n *node) (Effect, error) {
	if e := Effect(n.text); n.kind == kindString && (e == Allow || e == Deny) {
		return e, nil
	}
	return "", p.fail(n.offset, "the effect is \"Allow\" or \"Deny\"")
}

// list reads a string or a list of strings and hands each to check.
func (p *parser) list(n *node, check func(string) error) ([]string, error) {
	depth := len(p.path)
	if n.kind == kindString {
		if err := check(n.text); err != nil {
			return nil, p.fail(n.offset, "%v", err)
		}
		return []string{n.text}, nil
	}
	if n.kind != kindList {
		return nil, p.fail(n.offset, "a string or a list of strings is needed, not %s", n.kind)
	}
	if len(n.items) == 0 {
		return nil, p.fail(n.offset, "an empty list")
	}
	values := make([]string, 0, len(n.items))
	for i := range n.items {
		item := &n.items[i]
		p.path.to(depth, step{index: i})
		if item.kind != kindString {
			return nil, p.fail(item.offset, "a string is needed, not %s", item.kind)
		}
		if err := check(item.text); err != nil {
			return nil, p.fail(item.offset, "%v", err)
		}
		values = append(values, item.text)
	}
	p.path = p.path[:depth]
	return values, nil
}
