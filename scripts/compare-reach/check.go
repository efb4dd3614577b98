package main

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// tally is the table.
type tally struct {
	cases, calls                  int
	parts                         int // cases whose first principal has a part of what the second has
	sets                          [len(kindsOfSet)]counts
	refusedYes, refusedMaybe, all int // refused calls, by what Has says without a context
}

var kindsOfSet = [...]string{"of", "difference", "union", "twice"}

// counts are calls put to one kind of set.
type counts struct {
	allowed, inReach, open, missing int
	refused, more, wrong            int // more: refused, and in an open cell; wrong: in an exact one
}

// checker puts calls to sets.
type checker struct {
	tally
	conditions map[string]*iampolicy.Document
	patterns   map[string]*iampolicy.Pattern
	problems   []string
}

// allowed folds the layers.
func allowed(l reach.Layers, c iampolicy.Call) bool {
	if !allows(l.Identity, c) || l.Boundary != nil && !allows([]*iampolicy.Document{l.Boundary}, c) {
		return false
	}
	levels := slices.Clone(l.SCPs)
	if service, _, _ := strings.Cut(strings.ToLower(c.Action), ":"); (service == "s3" || service == "sqs" || service == "kms") && c.Action != "kms:RetireGrant" {
		levels = append(levels, l.RCPs...)
	}
	return !slices.ContainsFunc(levels, func(level []*iampolicy.Document) bool { return len(level) > 0 && !allows(level, c) })
}

func allows(all []*iampolicy.Document, c iampolicy.Call) bool {
	var p iampolicy.Policies
	for _, d := range all {
		p.Identity = append(p.Identity, iampolicy.Named{Document: d})
	}
	return iampolicy.Evaluate(p, c).Outcome == iampolicy.Allowed
}

// valid tells layers whose documents have all been parsed: of others, an evaluation that denies says nothing.
func valid(l reach.Layers) bool {
	all := append(slices.Clone(l.Identity), l.Boundary)
	for _, level := range slices.Concat(l.SCPs, l.RCPs) {
		all = append(all, level...)
	}
	return !slices.ContainsFunc(all, func(d *iampolicy.Document) bool { return d != nil && d.Statements[0].Effect == "Perhaps" })
}

// one checks a case.
func (k *checker) one(g generator, n int) error {
	a, err := g.layers()
	if err != nil {
		return err
	}
	b, err := g.layers()
	if err == nil && g.one(2) {
		b, err = g.more(a)
	}
	if err != nil {
		return err
	}
	k.cases++
	setA, setB := reach.Of(a), reach.Of(b)
	sets := [...]*reach.Set{setA, reach.Difference(setA, setB), reach.Union(setA, setB), reach.Difference(setA, reach.Difference(setA, setB))}
	part := setA.PartOf(setB)
	if part {
		k.parts++
	}
	for range 6 {
		c := g.call()
		k.calls++
		inA, inB := allowed(a, c), allowed(b, c)
		if part && inA && !inB {
			k.problem(n, "not a part: %+v", c)
		}
		certain := valid(a) && (valid(b) || !inA)
		for i, in := range [...]bool{inA, inA && !inB, inA || inB, inA && inB} {
			known := certain && (i == 0 || valid(b))
			k.put(n, i, sets[i], c, in, known)
		}
	}
	return nil
}

func (k *checker) problem(n int, format string, args ...any) {
	k.problems = append(k.problems, fmt.Sprintf("case %d: ", n)+fmt.Sprintf(format, args...))
}

// put checks one call. Known: the documents are valid, so that a refusal is one.
func (k *checker) put(n, kind int, s *reach.Set, c iampolicy.Call, in, known bool) {
	t := &k.sets[kind]
	has := s.Has(c)
	unaware := s.Has(iampolicy.Call{Action: c.Action, Resource: c.Resource})
	cells := s.On(c.Action)
	found, exact := k.find(cells, c)
	switch {
	case in:
		t.allowed++
		if has == iampolicy.No || unaware == iampolicy.No || !found {
			t.missing++
			k.problem(n, "%s has not %+v: %d, %d, %+v", kindsOfSet[kind], c, has, unaware, cells)
			return
		}
		t.inReach++
		if !exact {
			t.open++
		}
	case known:
		t.refused++
		switch {
		case exact || has != iampolicy.No:
			t.wrong++
			k.problem(n, "%s is wrong about %+v: %d, %+v", kindsOfSet[kind], c, has, cells)
		case found:
			t.more++
		}
		k.all++
		switch unaware {
		case iampolicy.Yes:
			k.refusedYes++
		case iampolicy.Maybe:
			k.refusedMaybe++
		}
	}
}

// find tells whether a call is in a cell, and in an exact one.
func (k *checker) find(cells []reach.Cell, c iampolicy.Call) (found, exact bool) {
	for _, cell := range cells {
		if k.matches(cell.Resources, c) && !k.matches(cell.Except, c) && !slices.ContainsFunc(cell.Conditions, func(d iampolicy.Condition) bool { return !k.holds(d, c) }) {
			found, exact = true, exact || cell.Open == ""
		}
	}
	return found, exact
}

func (k *checker) matches(patterns []string, c iampolicy.Call) bool {
	return slices.ContainsFunc(patterns, func(s string) bool {
		p := k.patterns[s]
		if p == nil {
			p, _ = iampolicy.ResourcePattern(s, iampolicy.Version) // of a pattern's own text
			k.patterns[s] = p
		}
		return p.Matches(c.Resource, c.Context)
	})
}

func (k *checker) holds(d iampolicy.Condition, c iampolicy.Call) bool {
	key := fmt.Sprintf("%q", d)
	if k.conditions[key] == nil {
		k.conditions[key] = &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{{
			Effect: iampolicy.Allow, Actions: []string{"*"}, Resources: []string{"*"}, Conditions: []iampolicy.Condition{d}}}}
		if parsed, err := iampolicy.Parse(k.conditions[key].Bytes()); err == nil {
			k.conditions[key] = parsed
		}
	}
	return allows([]*iampolicy.Document{k.conditions[key]}, c)
}
