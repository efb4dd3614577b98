package catalog

import (
	"encoding/json"

	"github.com/goccy/go-yaml/ast"

	"curfew/shared/evidence"
)

// jsonNode is a value to read as JSON.
type jsonNode struct{ value }

func asJSON(v value) jsonNode { return jsonNode{v} }

// tree returns the value as encoding/json would decode it. It reports null, which a policy never has, and values that
// JSON lacks.
func (v jsonNode) tree() any { return v.decoded(false) }

// decoded is tree; null is accepted in event patterns.
func (v jsonNode) decoded(null bool) any {
	switch n := v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		m := map[string]any{}
		for _, each := range v.members() {
			m[each.name] = asJSON(each.value).decoded(null)
		}
		return m
	case *ast.SequenceNode:
		items := []any{}
		for _, each := range v.list() {
			items = append(items, asJSON(each).decoded(null))
		}
		return items
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return v.plainNumber(n.Token.Value)
	case *ast.FloatNode:
		return v.plainNumber(n.Token.Value)
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.NullNode:
		if null {
			return nil
		}
	}
	v.mismatch("a value of JSON")
	return nil
}

// plainNumber keeps a number as written. YAML reads 0123 as octal and would silently change an account id.
func (v jsonNode) plainNumber(text string) any {
	if !json.Valid([]byte(text)) {
		v.report("%s is not a plain number: write it in quotes", text)
		return nil
	}
	return json.Number(text)
}

// document reads any JSON object, null included, and returns the canonical form.
func (v jsonNode) document() (json.RawMessage, bool) {
	if v.kind() != "a mapping" {
		v.mismatch("a mapping")
		return nil, false
	}
	before := len(v.rep.problems)
	b, err := canonical(v.decoded(true))
	if err != nil {
		v.report("is not JSON: %v", err)
	}
	return b, len(v.rep.problems) == before
}

// policy reads an IAM policy and returns its canonical form.
func (v jsonNode) policy() json.RawMessage {
	if v.kind() != "a mapping" {
		v.mismatch("a mapping")
		return nil
	}
	b, err := canonical(v.tree())
	if err != nil {
		v.report("is not a policy: %v", err)
	}
	return b
}

func canonical(v any) (json.RawMessage, error) { return evidence.Canonical(v) }
