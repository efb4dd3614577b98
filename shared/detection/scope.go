package detection

import (
	"slices"

	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"curfew/shared/eventpattern"
	"curfew/shared/trail"
)

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
		s.Writes = s.Writes || c.name == "readOnly" && !c.want
		s.Marked = s.Marked || c.demandsMark() || c.name == "right" && c.want && c.text == string(trail.ByElevation)
	}
	return s
}

// EveryUse reports whether every call by an elevation matches.
func (d *Detection) EveryUse() bool {
	p, err := eventpattern.Parse(d.Pattern)
	if err != nil || !slices.ContainsFunc(p.Ways(), func(way *eventpattern.Pattern) bool { return way.Only("source") }) {
		return false
	}
	w, err := compileWhen(d.When)
	return err == nil && (w == nil || w.policy == nil && !slices.ContainsFunc(w.gate, func(c condition) bool {
		return !(c.has && c.want && c.name == "elevation") && !(c.name == "right" && c.want && c.text == string(trail.ByElevation))
	}))
}

// demandsMark reports whether the condition is false for a principal that is not marked and has no elevation.
func (c condition) demandsMark() bool {
	switch c.name {
	case "elevation", "ofOther", "ended", "deadline":
		return c.want && c.has
	case "approver":
		return c.want && !c.has
	case "class":
		return c.want && c.text == string(Marked)
	case "binding":
		return c.want && !c.has && c.text != ""
	}
	return false
}
