package reach

import (
	"strings"

	"curfew/shared/iampolicy"
)

// program are layers, read for comparison.
type program struct {
	identity []iampolicy.Named // the valid ones
	levels   []level           // each must allow
	rules    []rule
	invalid  bool // an identity policy is
	steps    *Steps
}

// level is the boundary, or one level of SCPs or RCPs.
type level struct {
	documents []iampolicy.Named // the valid ones
	rcp       bool
	invalid   bool // what it allows and denies is not known
}

// rule is a statement.
type rule struct {
	part
	iampolicy.Rule
	level int // -1: identity
	rcp   bool
}

func read(l Layers) *program {
	p := &program{steps: l.Steps}
	p.identity, p.invalid = p.add(l.Identity, -1, false)
	p.level([]*iampolicy.Document{l.Boundary}, false)
	for _, documents := range l.SCPs {
		p.level(documents, false)
	}
	for _, documents := range l.RCPs {
		p.level(documents, true)
	}
	return p
}

func (p *program) level(documents []*iampolicy.Document, rcp bool) {
	n := level{rcp: rcp}
	n.documents, n.invalid = p.add(documents, len(p.levels), rcp)
	if len(n.documents) > 0 || n.invalid {
		p.levels = append(p.levels, n)
	}
}

// add reads documents, and returns the valid ones.
func (p *program) add(documents []*iampolicy.Document, at int, rcp bool) (valid []iampolicy.Named, invalid bool) {
	for _, d := range documents {
		if d == nil {
			continue
		}
		rules, err := d.Rules()
		if err != nil {
			invalid = true
			continue
		}
		valid = append(valid, iampolicy.Named{Document: d})
		for _, r := range rules {
			p.steps.Take(10 + 5*len(r.Resources) + 5*len(r.Actions))
			own := rule{Rule: r, level: at, rcp: rcp, part: part{in: r.Resources, when: p.steps.and(nil, r.Conditions), steps: p.steps}}
			if r.NotResource {
				own.in, own.out = everything, r.Resources
			}
			p.rules = append(p.rules, own)
		}
	}
	return valid, invalid
}

var everything = func() []*iampolicy.Pattern {
	p, _ := iampolicy.ResourcePattern("*", iampolicy.Version) // it is valid
	return []*iampolicy.Pattern{p}
}()

// cells are what the statements that about names allow: level by level, then the denies.
func (p *program) cells(about func(rule int) bool, rcps bool) []cell {
	p.steps.Take(1 + len(p.rules)/8)
	var all []cell
	if p.invalid {
		all = append(all, cell{part: part{in: everything, steps: p.steps}, open: openInvalid})
	}
	all = append(all, p.allowed(-1, about)...)
	if p.invalid { // it may deny as well
		all = opened(all, openInvalid)
	}
	all = united(all)
	for i, l := range p.levels {
		if len(all) == 0 || l.rcp && !rcps {
			continue
		}
		if l.invalid {
			all = opened(all, openInvalid)
			continue
		}
		all = within(all, p.allowed(i, about))
	}
	if len(all) == 0 {
		return nil
	}
	for i := range p.rules {
		r := &p.rules[i]
		if r.Allow || r.rcp && !rcps || !about(i) {
			continue
		}
		if len(all) > maxCells {
			return opened(all, openMany)
		}
		all = without(all, hole{r.part, openDeny, &r.part, false})
	}
	return united(all)
}

func (p *program) allowed(level int, about func(int) bool) (all []cell) {
	for i := range p.rules {
		if r := &p.rules[i]; r.Allow && r.level == level && about(i) {
			if c := (cell{part: r.part}); c.tidy() {
				all = append(all, c)
			}
		}
	}
	return all
}

func within(all, allowed []cell) (out []cell) {
	for _, a := range allowed {
		if a.every() {
			return all
		}
	}
	allowed = united(allowed)
	if len(all)*len(allowed) > maxCells {
		return opened(all, openMany)
	}
	for _, c := range all {
		for _, a := range allowed {
			out = append(out, c.meet(a.part)...)
		}
	}
	return united(out)
}

func (p *program) has(c iampolicy.Call, unknown func(string) bool) iampolicy.Answer {
	w := iampolicy.Weigh(iampolicy.Policies{Identity: p.identity}, c, unknown)
	certain := iampolicy.Yes
	if p.invalid {
		w.Allow, certain = max(w.Allow, iampolicy.Maybe), iampolicy.Maybe
	}
	service, name, _ := strings.Cut(c.Action, ":")
	rcps := underRCPs(strings.ToLower(service), name)
	for _, l := range p.levels {
		if l.rcp && !rcps {
			continue
		}
		n := iampolicy.Weigh(iampolicy.Policies{Identity: l.documents}, c, unknown)
		if l.invalid {
			n.Allow, certain = iampolicy.Yes, iampolicy.Maybe
		}
		w.Bound, w.Deny = min(w.Bound, n.Allow), max(w.Deny, n.Deny)
	}
	return min(w.Answer(), certain)
}
