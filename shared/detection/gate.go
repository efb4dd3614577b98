package detection

import (
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// condition is one of the first conjuncts of a when, which Go decides at a fraction of Cedar's cost. Only forms that
// cannot fail are taken. Cedar stops at the first false conjunct from the left, so a false condition is a false when.
type condition struct {
	fact  fact
	name  types.String
	needs types.String // an attribute that an earlier condition must say is there
	has   bool         // whether the attribute is there
	want  bool
	text  string
}

func (c *condition) holds(v *view) bool {
	switch {
	case c.has:
		return c.fact.present(v) == c.want
	case c.fact.flag != nil:
		return c.fact.flag(v) == c.want
	}
	return (bounded(c.fact.text(v), maxText) == c.text) == c.want
}

func (f *fact) present(v *view) bool {
	switch {
	case f.text != nil:
		return !f.optional || f.text(v) != ""
	case f.moment != nil:
		return !f.moment(v).IsZero()
	}
	return f.flag != nil || f.of(v) != nil
}

// gateOf returns the leading conjuncts of those forms, and the rest for Cedar; nil: no rest.
func gateOf(body ast.IsNode) (gate []condition, rest ast.IsNode) {
	all := conjuncts(body)
	for len(all) > 0 {
		c, ok := conditionOf(all[0])
		if !ok || c.needs != "" && !slices.ContainsFunc(gate, func(g condition) bool { return g.has && g.want && g.name == c.needs }) {
			break
		}
		gate, all = append(gate, c), all[1:]
	}
	for _, n := range all {
		if rest == nil {
			rest = n
			continue
		}
		rest = ast.NodeTypeAnd{BinaryNode: ast.BinaryNode{Left: rest, Right: n}}
	}
	return gate, rest
}

func conjuncts(n ast.IsNode) []ast.IsNode {
	if and, ok := n.(ast.NodeTypeAnd); ok {
		return append(conjuncts(and.Left), conjuncts(and.Right)...)
	}
	return []ast.IsNode{n}
}

func conditionOf(n ast.IsNode) (condition, bool) {
	switch n := n.(type) {
	case ast.NodeTypeHas:
		f, ok := factOf(n.Arg, n.Value)
		return condition{fact: f, name: n.Value, has: true, want: true}, ok
	case ast.NodeTypeAccess:
		f, ok := factOf(n.Arg, n.Value)
		return condition{fact: f, name: n.Value, want: true}, ok && f.flag != nil
	case ast.NodeTypeNot:
		c, ok := conditionOf(n.Arg)
		c.want = !c.want
		return c, ok
	case ast.NodeTypeEquals:
		return compared(n.BinaryNode, true)
	case ast.NodeTypeNotEquals:
		return compared(n.BinaryNode, false)
	}
	return condition{}, false
}

func compared(n ast.BinaryNode, want bool) (condition, bool) {
	access, is := n.Left.(ast.NodeTypeAccess)
	literal, plain := n.Right.(ast.NodeValue)
	if !is || !plain {
		return condition{}, false
	}
	f, ok := factOf(access.Arg, access.Value)
	text, isText := literal.Value.(types.String)
	c := condition{fact: f, name: access.Value, want: want, text: string(text)}
	if f.optional {
		c.needs = access.Value
	}
	return c, ok && isText && f.text != nil
}

func factOf(arg ast.IsNode, name types.String) (fact, bool) {
	if !isContext(arg) {
		return fact{}, false
	}
	f, ok := facts[string(name)]
	return f, ok
}

func isContext(n ast.IsNode) bool {
	v, ok := n.(ast.NodeTypeVariable)
	return ok && v.Name == "context"
}
