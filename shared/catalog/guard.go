package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// guard checks the names in a policy against the catalog. A forbid on a name that does not exist forbids nothing.
// Cedar's validator cannot find it: it accepts any id of a group and any string as a weekday.
type guard struct {
	*names
	only   string                                    // the entitlement in the scope; empty: all
	report func(token, why string)                   // reports a literal, in its usual spelling
	lacks  func(attr types.String, of *fieldsOfType) // reports an attribute
}

func (g *guard) check(p *ast.Policy) {
	g.scope(p.Principal)
	g.scope(p.Action)
	g.scope(p.Resource)
	if eq, ok := p.Resource.(ast.ScopeTypeEq); ok {
		g.only = string(eq.Entity.ID)
	}
	for _, c := range p.Conditions {
		ast.Inspect(ast.NewNode(c.Body), func(n ast.IsNode) bool {
			g.node(n)
			return true
		})
	}
}

func (g *guard) scope(s ast.IsScopeNode) {
	switch s := s.(type) {
	case ast.ScopeTypeEq:
		g.entity(s.Entity)
	case ast.ScopeTypeIn:
		g.entity(s.Entity)
	case ast.ScopeTypeIsIn:
		g.entity(s.Entity)
	case ast.ScopeTypeInSet:
		for _, e := range s.Entities {
			g.entity(e)
		}
	}
}

func (g *guard) node(n ast.IsNode) {
	switch n := n.(type) {
	case ast.NodeValue:
		if e, ok := n.Value.(types.EntityUID); ok {
			g.entity(e)
		}
	case ast.NodeTypeAccess:
		g.attribute(n.StrOpNode)
	case ast.NodeTypeHas:
		g.attribute(n.StrOpNode)
	case ast.NodeTypeEquals:
		g.compare(n.BinaryNode)
	case ast.NodeTypeNotEquals:
		g.compare(n.BinaryNode)
	case ast.NodeTypeContains:
		g.compare(n.BinaryNode)
	case ast.NodeTypeContainsAll:
		g.compare(n.BinaryNode)
	case ast.NodeTypeContainsAny:
		g.compare(n.BinaryNode)
	case ast.NodeTypeLessThan:
		g.checkBound(n.Left, n.Right, 1)
		g.checkBound(n.Right, n.Left, 0)
	case ast.NodeTypeGreaterThan:
		g.checkBound(n.Left, n.Right, 0)
		g.checkBound(n.Right, n.Left, 1)
	case ast.NodeTypeLessThanOrEqual:
		g.compare(n.BinaryNode)
	case ast.NodeTypeGreaterThanOrEqual:
		g.compare(n.BinaryNode)
	case ast.NodeTypeLike:
		g.like(n)
	case ast.NodeTypeHasTag:
		g.tag(n.BinaryNode)
	case ast.NodeTypeGetTag:
		g.tag(n.BinaryNode)
	}
}

// attribute refuses an unknown attribute. Cedar's validator takes `has` of it for false and reports no error.
func (g *guard) attribute(n ast.StrOpNode) {
	if of := g.fieldsOf(n.Arg); of != nil {
		if _, ok := of.attributes[n.Value]; !ok {
			g.lacks(n.Value, of)
		}
	}
}

// compare checks the literals on each side against the values of the other side.
func (g *guard) compare(n ast.BinaryNode) {
	g.checkAmong(n.Left, n.Right)
	g.checkAmong(n.Right, n.Left)
}

func (g *guard) checkAmong(n, other ast.IsNode) {
	if record, ok := other.(ast.NodeTypeRecord); ok {
		for _, e := range record.Elements {
			g.compare(ast.BinaryNode{Left: ast.NodeTypeAccess{StrOpNode: ast.StrOpNode{Arg: n, Value: e.Key}}, Right: e.Value})
		}
		return
	}
	if c, ok := g.closedOf(n); ok {
		for _, v := range literals(other) {
			if why := c.why(v); why != "" {
				g.report(token(v), why)
			}
		}
	}
}

// checkBound also accepts max+1 in a comparison by <, which means <= max.
func (g *guard) checkBound(n, other ast.IsNode, more types.Long) {
	c, ok := g.closedOf(n)
	if !ok {
		return
	}
	for _, v := range literals(other) {
		if number, ok := v.(types.Long); ok && number == c.most+more {
			continue
		}
		if why := c.why(v); why != "" {
			g.report(token(v), why)
		}
	}
}

// like refuses a pattern that matches no existing value.
func (g *guard) like(n ast.NodeTypeLike) {
	if c, ok := g.closedOf(n.Arg); ok && c.accepts == nil {
		if c.values != nil && !slices.ContainsFunc(c.values, func(v string) bool { return n.Value.Match(types.String(v)) }) {
			g.report(string(n.Value.MarshalCedar()), fmt.Sprintf("no %s is like %s; there are %s", c.what, n.Value.MarshalCedar(), c.list()))
		}
	}
}

// tag refuses a parameter that the entitlement of the scope, or else every entitlement, lacks.
func (g *guard) tag(n ast.BinaryNode) {
	if pathOf(n.Left) != "context.parameters" || g.parameters == nil {
		return
	}
	known, where := g.parameters[""], "of any entitlement"
	if its, ok := g.parameters[g.only]; ok && g.only != "" {
		known, where = its, "of entitlement "+g.only
	}
	for _, v := range literals(n.Right) {
		if name, ok := v.(types.String); ok && !slices.Contains(known, string(name)) {
			g.report(token(v), fmt.Sprintf("%q is not a parameter %s%s", name, where, suggest(string(name), known, known)))
		}
	}
}

func (g *guard) closedOf(n ast.IsNode) (c closedValues, ok bool) {
	branch, ok := n.(ast.NodeTypeIfThenElse)
	if !ok {
		c, ok = g.closed[pathOf(n)]
		return c, ok
	}
	for _, way := range []struct{ one, other ast.IsNode }{{branch.Then, branch.Else}, {branch.Else, branch.Then}} {
		c, ok := g.closedOf(way.one)
		if more := literals(way.other); ok && c.most == 0 && len(more) > 0 {
			c.values = slices.Clone(c.values)
			for _, v := range more {
				if text, ok := v.(types.String); ok {
					c.values = append(c.values, string(text))
				}
			}
			return c, true
		}
		if other, both := g.closedOf(way.other); ok && both && other.what == c.what {
			return c, true
		}
	}
	return closedValues{}, false
}

// literals returns the strings and numbers that an expression may be or contain.
func literals(n ast.IsNode) (all []cedar.Value) {
	switch n := n.(type) {
	case ast.NodeValue:
		switch v := n.Value.(type) {
		case types.String, types.Long:
			all = append(all, v)
		case types.Set:
			for each := range v.All() {
				all = append(all, literals(ast.NodeValue{Value: each})...)
			}
		}
	case ast.NodeTypeNegate:
		for _, v := range literals(n.Arg) {
			if number, ok := v.(types.Long); ok {
				all = append(all, -number)
			}
		}
	case ast.NodeTypeSet:
		for _, e := range n.Elements {
			all = append(all, literals(e)...)
		}
	case ast.NodeTypeIfThenElse:
		all = append(literals(n.Then), literals(n.Else)...)
	}
	return all
}

// pathOf returns an attribute path like context.task.kind; empty for other expressions.
func pathOf(n ast.IsNode) string {
	switch n := n.(type) {
	case ast.NodeTypeVariable:
		return string(n.Name)
	case ast.NodeTypeAccess:
		if of := pathOf(n.Arg); of != "" {
			return of + "." + string(n.Value)
		}
	}
	return ""
}

func (g *guard) entity(uid types.EntityUID) {
	id := string(uid.ID)
	if uid.Type == typePerson || uid.Type == typeMachine {
		if why := g.closed["principal.id"].why(uid.ID); why != "" {
			g.report(token(uid.ID), why)
		}
		return
	}
	known, ok := g.entities[uid.Type]
	if !ok || slices.Contains(known, id) {
		return
	}
	hint := suggest(id, known, known)
	if uid.Type == typeGroup && !strings.Contains(hint, "did you mean") {
		hint = "; a group that only a policy names is listed in groups of " + identitiesFile
	}
	where := " in this catalog"
	if uid.Type == typeAction {
		where = ""
	}
	g.report(token(uid.ID), fmt.Sprintf("%s %q does not exist%s%s", strings.ToLower(string(uid.Type)), id, where, hint))
}

// token is the usual spelling of a literal.
func token(v cedar.Value) string {
	switch v := v.(type) {
	case types.String:
		return strconv.Quote(string(v))
	case types.Long:
		return strings.TrimPrefix(strconv.FormatInt(int64(v), 10), "-")
	}
	return ""
}
