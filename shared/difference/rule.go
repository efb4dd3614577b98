package difference

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

type layer byte

const (
	ofGrant layer = iota
	ofPrincipal
	ofBoundary
)

type rule struct {
	layer     layer
	policy    string
	allow     bool
	statement iampolicy.Statement
	resources []glob // of Resource or NotResource
	not       bool   // NotResource
	variables bool
	actions   []pair // of Action or NotAction
	notAction bool
}

// pair is a pattern of actions.
type pair struct{ service, name string }

func rulesOf(all []rule, from layer, name string, d *iampolicy.Document) []rule {
	for _, s := range d.Statements {
		r := rule{layer: from, policy: name, allow: s.Effect == iampolicy.Allow, statement: s, not: len(s.NotResources) > 0, variables: d.Version == iampolicy.Version}
		for _, text := range slices.Concat(s.Resources, s.NotResources) {
			r.resources = append(r.resources, newGlob(text, r.variables))
		}
		r.notAction = len(s.NotActions) > 0
		for _, a := range slices.Concat(s.Actions, s.NotActions) {
			of, name, found := strings.Cut(a, ":")
			if !found {
				name = "*"
			}
			r.actions = append(r.actions, pair{of, name})
		}
		all = append(all, r)
	}
	return all
}

// whenever reports whether r certainly holds where the grant's statement does.
func (r rule) whenever(grant rule) bool {
	return !slices.ContainsFunc(r.statement.Conditions, func(c iampolicy.Condition) bool {
		return r.variables != grant.variables || !slices.ContainsFunc(grant.statement.Conditions, func(own iampolicy.Condition) bool {
			return own.Operator == c.Operator && strings.EqualFold(own.Key, c.Key) && slices.Equal(own.Values, c.Values)
		})
	})
}

// covers reports whether all of g, without except, is certainly the rule's.
func (r rule) covers(g glob, except []glob) bool {
	if !r.not {
		return slices.ContainsFunc(r.resources, func(own glob) bool { return own.contains(g) })
	}
	return !slices.ContainsFunc(r.resources, func(own glob) bool {
		return own.overlaps(g) && !slices.ContainsFunc(except, func(e glob) bool { return e.contains(own) })
	})
}

// part is what a boundary's Allow may leave of g.
func (r rule) part(g glob) []glob {
	if r.not {
		if slices.ContainsFunc(r.resources, func(own glob) bool { return own.contains(g) }) {
			return nil
		}
		return []glob{g}
	}
	var narrower []glob
	for _, own := range r.resources {
		switch {
		case own.contains(g):
			return []glob{g}
		case g.contains(own):
			narrower = append(narrower, own)
		case own.overlaps(g):
			return []glob{g}
		}
	}
	return narrower
}

// conditions are the keys beside those of the fence.
func (r rule) conditions() (keys []string) {
	for _, c := range r.statement.Conditions {
		if !ofFence(c) && !slices.Contains(keys, c.Key) {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// ofFence reports whether a condition may be of an [iampolicy.Fence], which the terms tell.
func ofFence(c iampolicy.Condition) bool {
	switch strings.ToLower(c.Key) {
	case "aws:currenttime", "aws:userid":
		return true
	case "aws:sourceidentity", "aws:sourcevpce":
		return c.Operator == "StringEquals" && len(c.Values) == 1
	case "aws:multifactorauthpresent":
		return c.Operator == "Bool" && len(c.Values) == 1 && c.Values[0] == "true"
	}
	return false
}

// named is a rule's actions in one service.
type named struct {
	rule  int
	names []string // patterns, without the service
	every bool
	not   bool
}

func inService(rules []rule, service string) (all []named) {
	for i, r := range rules {
		n := named{rule: i, not: r.notAction}
		for _, a := range r.actions {
			if matchFold(a.service, service) {
				n.names, n.every = append(n.names, a.name), n.every || strings.Trim(a.name, "*") == ""
			}
		}
		if n.not != (len(n.names) > 0) || n.not && !n.every {
			all = append(all, n)
		}
	}
	return all
}

func (n named) covers(action string) bool {
	return n.not != (n.every || slices.ContainsFunc(n.names, func(p string) bool { return matchFold(p, action) }))
}
