package detection

import "github.com/cedar-policy/cedar-go/x/exp/ast"

// Scope is what the when of a detection demands of an event.
type Scope struct {
	Marked bool // a marked principal made the call
	Writes bool // it is no read-only event
}

// ScopeOf returns what the conjuncts of a when demand.
func ScopeOf(when string) (s Scope) {
	p, err := ParseWhen(when)
	if err != nil { // none: every event
		return s
	}
	for _, n := range conjuncts((*ast.Policy)(p.AST()).Conditions[0].Body) {
		c, ok := conditionOf(n)
		if !ok {
			continue
		}
		switch c.name {
		case "readOnly":
			s.Writes = s.Writes || !c.want
		case "elevation", "ended", "deadline":
			s.Marked = s.Marked || c.want && c.has
		case "approver":
			s.Marked = s.Marked || c.want && !c.has
		case "class":
			s.Marked = s.Marked || c.want && c.text == string(Marked)
		case "right":
			s.Marked = s.Marked || c.want && c.text == "elevation"
		case "binding":
			s.Marked = s.Marked || c.want && c.text != ""
		}
	}
	return s
}
