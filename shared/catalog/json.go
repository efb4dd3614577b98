package catalog

import (
	"encoding/json"

	"github.com/goccy/go-yaml/ast"

	"curfew/shared/evidence"
)

// jsonNode is a value that is read as JSON.
type jsonNode struct{ value }

func asJSON(v value) jsonNode { return jsonNode{v} }

// tree gives a value as encoding/json would decode it; what JSON has no form for is reported, and so is null, which no
// policy has.
func (v jsonNode) tree() any { return v.decoded(false) }

// decoded is tree; null says whether null is a value here, as it is in patterns of events.
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

// plainNumber takes a number as it was written. YAML reads 0123 as octal: an account id would silently become another.
func (v jsonNode) plainNumber(text string) any {
	if !json.Valid([]byte(text)) {
		v.bad("%s is not a plain number: write it in quotes", text)
		return nil
	}
	return json.Number(text)
}

// document reads any JSON, null included, in its canonical form.
func (v jsonNode) document() (json.RawMessage, bool) {
	if v.kind() != "a mapping" {
		v.mismatch("a mapping")
		return nil, false
	}
	before := len(v.rep.problems)
	b, err := canonical(v.decoded(true))
	if err != nil {
		v.bad("is not JSON: %v", err)
	}
	return b, len(v.rep.problems) == before
}

// policy reads the policy as JSON, its members in order.
func (v jsonNode) policy() json.RawMessage {
	if v.kind() != "a mapping" {
		v.mismatch("a mapping")
		return nil
	}
	b, err := canonical(v.tree())
	if err != nil {
		v.bad("is not a policy: %v", err)
	}
	return b
}

// canonical writes JSON in the one form that is hashed.
func canonical(v any) (json.RawMessage, error) { return evidence.Canonical(v) }
