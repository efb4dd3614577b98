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
	p := &parser{text: b, doc: &Document{Version: VersionOld, trust: trust}}
	if err := p.document(root); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// parser turns the tree into a Document and what Evaluate needs.
type parser struct {
	text []byte
	doc  *Document
}

// variables tells whether ${…} means something in this document.
func (p *parser) variables() bool { return p.doc.Version == Version }

func (p *parser) fail(path string, n *node, format string, args ...any) error {
	return parseErrorAt(p.text, path, n.offset, fmt.Sprintf(format, args...))
}

func (p *parser) document(root *node) error {
	var statements *node
	for i := range root.members {
		m := &root.members[i]
		switch m.name {
		case "Version":
			if m.value.kind != kindString || m.value.text != Version && m.value.text != VersionOld {
				return p.fail("Version", &m.value, "the version is %q or %q", Version, VersionOld)
			}
			p.doc.Version = m.value.text
		case "Id":
			if m.value.kind != kindString {
				return p.fail("Id", &m.value, "a string is needed, not %s", m.value.kind)
			}
			p.doc.ID = m.value.text
		case "Statement":
			statements = &m.value
		default:
			return parseErrorAt(p.text, m.name, m.offset, "unknown element")
		}
	}
	if statements == nil {
		return p.fail("", root, "the element Statement is missing")
	}
	return p.statements(statements)
}

func (p *parser) statements(n *node) error {
	if n.kind == kindObject {
		return p.statement("Statement", n)
	}
	if n.kind != kindList {
		return p.fail("Statement", n, "an object or a list of objects is needed, not %s", n.kind)
	}
	if len(n.items) == 0 {
		return p.fail("Statement", n, "a policy needs at least one statement")
	}
	for i := range n.items {
		path, item := index("Statement", i), &n.items[i]
		if item.kind != kindObject {
			return p.fail(path, item, "an object is needed, not %s", item.kind)
		}
		if err := p.statement(path, item); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) statement(path string, n *node) error {
	var s Statement
	var m matcher
	for i := range n.members {
		e := &n.members[i]
		if err := p.element(&s, &m, join(path, e.name), e); err != nil {
			return err
		}
	}
	if err := p.complete(path, n, &s); err != nil {
		return err
	}
	m.allow = s.Effect == Allow
	p.doc.Statements = append(p.doc.Statements, s)
	p.doc.matchers = append(p.doc.matchers, m)
	return nil
}

func (p *parser) element(s *Statement, m *matcher, path string, e *member) (err error) {
	switch e.name {
	case "Sid":
		s.Sid, err = p.sid(path, &e.value)
	case "Effect":
		s.Effect, err = p.effect(path, &e.value)
	case "Action":
		s.Actions, err = p.actions(m, path, &e.value)
	case "NotAction":
		m.notAction = true
		s.NotActions, err = p.actions(m, path, &e.value)
	case "Resource":
		s.Resources, err = p.resources(m, path, e)
	case "NotResource":
		m.notResource = true
		s.NotResources, err = p.resources(m, path, e)
	case "Principal":
		s.Principals, err = p.principals(path, e)
	case "Condition":
		s.Conditions, m.conditions, err = p.conditions(path, &e.value)
	case "NotPrincipal":
		return parseErrorAt(p.text, path, e.offset, "NotPrincipal is for policies of resources only")
	default:
		return parseErrorAt(p.text, path, e.offset, "unknown element")
	}
	return err
}

// complete checks what concerns more than one element.
func (p *parser) complete(path string, n *node, s *Statement) error {
	switch {
	case s.Effect == "":
		return p.fail(path, n, "the element Effect is missing")
	case s.Actions != nil && s.NotActions != nil:
		return p.fail(path, n, "both Action and NotAction")
	case s.Actions == nil && s.NotActions == nil:
		return p.fail(path, n, "the element Action is missing")
	case s.Resources != nil && s.NotResources != nil:
		return p.fail(path, n, "both Resource and NotResource")
	case !p.doc.trust && s.Resources == nil && s.NotResources == nil:
		return p.fail(path, n, "the element Resource is missing")
	case p.doc.trust && s.Principals == nil:
		return p.fail(path, n, "the element Principal is missing")
	case p.doc.trust && s.NotActions != nil:
		return p.fail(join(path, "NotAction"), n, "a trust policy names its actions")
	}
	return nil
}

func (p *parser) sid(path string, n *node) (string, error) {
	if n.kind != kindString {
		return "", p.fail(path, n, "a string is needed, not %s", n.kind)
	}
	if strings.ContainsFunc(n.text, func(c rune) bool { return !isAlnum(c) }) {
		return "", p.fail(path, n, "a Sid has letters and digits only")
	}
	same := func(s Statement) bool { return n.text != "" && s.Sid == n.text }
	if slices.ContainsFunc(p.doc.Statements, same) {
		return "", p.fail(path, n, "the Sid %q is used twice", n.text)
	}
	return n.text, nil
}

func (p *parser) effect(path string, n *node) (Effect, error) {
	if e := Effect(n.text); n.kind == kindString && (e == Allow || e == Deny) {
		return e, nil
	}
	return "", p.fail(path, n, "the effect is \"Allow\" or \"Deny\"")
}

// list reads a string or a list of strings and hands each to check.
func (p *parser) list(path string, n *node, check func(string) error) ([]string, error) {
	if n.kind == kindString {
		if err := check(n.text); err != nil {
			return nil, p.fail(path, n, "%v", err)
		}
		return []string{n.text}, nil
	}
	if n.kind != kindList {
		return nil, p.fail(path, n, "a string or a list of strings is needed, not %s", n.kind)
	}
	if len(n.items) == 0 {
		return nil, p.fail(path, n, "an empty list")
	}
	values := make([]string, 0, len(n.items))
	for i := range n.items {
		item := &n.items[i]
		if item.kind != kindString {
			return nil, p.fail(index(path, i), item, "a string is needed, not %s", item.kind)
		}
		if err := check(item.text); err != nil {
			return nil, p.fail(index(path, i), item, "%v", err)
		}
		values = append(values, item.text)
	}
	return values, nil
}
