package reach

import (
	"slices"

	"curfew/shared/iampolicy"
)

// Bounds of one action. What exceeds them stays, and is open.
const (
	maxCells    = 64
	maxPatterns = 512 // of one cell
	maxHoles    = 128 // of one cell
)

// Why a cell is open.
const (
	openDeny     = "a Deny with conditions may refuse part of it"
	openOther    = "what it is compared with has part of it, under conditions"
	openLoose    = "what it is compared with is itself open"
	openPatterns = "patterns of resources overlap in a way that no pattern says"
	openMany     = "there are too many combinations of statements to tell it exactly"
	openInvalid  = "a policy is invalid"
)

// part is what matches any pattern of in and no pattern of out, under all conditions of when.
type part struct {
	in, out []*iampolicy.Pattern
	when    []iampolicy.Condition
	steps   *Steps
}

// cell is a part without its holes. It is exact if open is empty.
type cell struct {
	part
	holes []hole
	open  string
}

// hole is a part that is not in a cell; or, of a partial one, that may not be.
type hole struct {
	part
	why     string
	of      *part // where it comes from: holes of one origin are the same, inside a cell
	partial bool
}

// lacks reports whether a cell certainly has nothing of a hole.
func (c cell) lacks(h hole) bool {
	return slices.ContainsFunc(c.holes, func(own hole) bool { return !own.partial && (own.of == h.of || own.covers(h.part)) })
}

// every reports whether a part is all resources without condition.
func (p part) every() bool {
	return len(p.out) == 0 && len(p.when) == 0 && slices.ContainsFunc(p.in, (*iampolicy.Pattern).Every)
}

// tidy leaves out patterns without effect, and reports whether something is left.
func (p *part) tidy() bool {
	p.in = keep(p.in, func(q *iampolicy.Pattern) bool { return !p.steps.anyCovers(p.out, q) })
	p.out = keep(p.out, func(q *iampolicy.Pattern) bool { return p.steps.anyOverlaps(p.in, q) })
	return len(p.in) > 0
}

// keep filters. It does not change the list: others share it.
func keep(all []*iampolicy.Pattern, good func(*iampolicy.Pattern) bool) []*iampolicy.Pattern {
	if !slices.ContainsFunc(all, func(p *iampolicy.Pattern) bool { return !good(p) }) {
		return all
	}
	var out []*iampolicy.Pattern
	for _, p := range all {
		if good(p) {
			out = append(out, p)
		}
	}
	return out
}

// join adds patterns that others do not cover.
func (s *Steps) join(all, more []*iampolicy.Pattern) []*iampolicy.Pattern {
	out := slices.Clip(all)
	for _, p := range more {
		if !s.anyCovers(out, p) {
			out = append(keep(out, func(q *iampolicy.Pattern) bool { return !s.anyCovers([]*iampolicy.Pattern{p}, q) }), p)
		}
		out = slices.Clip(out)
	}
	return out
}

func (s *Steps) and(all, more []iampolicy.Condition) []iampolicy.Condition {
	out := slices.Clip(all)
	for _, c := range more {
		if !s.AnyImplies(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func (p part) covers(other part) bool {
	s := p.steps
	return s.implies(other.when, p.when) &&
		!slices.ContainsFunc(other.in, func(q *iampolicy.Pattern) bool { return !s.anyCovers(p.in, q) }) &&
		!slices.ContainsFunc(p.out, func(q *iampolicy.Pattern) bool { return s.anyOverlaps(other.in, q) && !s.anyCovers(other.out, q) })
}

func (p part) overlaps(other part) bool {
	s := p.steps
	return !s.exclude(p.when, other.when) &&
		slices.ContainsFunc(p.in, func(q *iampolicy.Pattern) bool { return s.anyOverlaps(other.in, q) && !s.anyCovers(other.out, q) })
}

// meet is what a part and another have in common. If exact is false, it is more.
func (p part) meet(other part) (both part, exact bool) {
	s := p.steps
	if s.exclude(p.when, other.when) {
		return both, true
	}
	both = part{out: s.join(p.out, other.out), when: s.and(p.when, other.when), steps: s}
	exact = true
	for _, a := range p.in {
		for _, b := range other.in {
			if s.Over() {
				both.in = p.in
				return both, false
			}
			s.Take(workOfMeeting * a.Work(b))
			common, ok := a.Intersect(b)
			if len(common) > 1 || !ok {
				s.Take(workOfMerging)
			}
			both.in, exact = s.join(both.in, common), exact && ok
			if len(both.in) > maxPatterns {
				both.in = p.in
				both.tidy()
				return both, false
			}
		}
	}
	both.tidy()
	return both, exact
}

const (
	workOfMeeting = 4   // an intersection, in comparisons
	workOfMerging = 200 // the patterns of an intersection of two with wildcards
)

func (c cell) meet(p part) []cell {
	both, exact := c.part.meet(p)
	if len(both.in) == 0 {
		return nil
	}
	if !exact {
		c.open = because(c.open, openPatterns)
	}
	holes := c.holes
	all := []cell{{part: both, open: c.open}}
	for _, h := range holes { // more conditions may have made a hole certain
		all = without(all, h)
	}
	return all
}

func because(open, why string) string {
	if open == "" {
		return why
	}
	return open
}

func without(all []cell, h hole) (out []cell) {
	for _, c := range all {
		out = append(out, c.without(h)...)
	}
	return out
}

func (c cell) without(h hole) []cell {
	s := c.steps
	if s.Over() {
		return opened([]cell{c}, openMany)
	}
	inside := func(q *iampolicy.Pattern) bool { return s.anyOverlaps(c.in, q) && !s.anyCovers(c.out, q) }
	h.in = keep(h.in, inside)
	if !h.tidy() || s.exclude(c.when, h.when) {
		return []cell{c}
	}
	if h.partial || !s.implies(c.when, h.when) {
		return []cell{c.withHole(h)}
	}
	rest := c
	rest.out = s.join(c.out, h.in)
	var left []cell
	if rest.tidy() {
		left = []cell{rest}
	}
	spared := keep(h.out, inside)
	if len(spared) > 0 {
		left = append(left, c.meet(part{in: spared})...)
	}
	return left
}

func (c cell) withHole(h hole) cell {
	switch {
	case slices.ContainsFunc(c.holes, func(own hole) bool { return own.of == h.of || own.covers(h.part) }):
	case len(c.holes) >= maxHoles:
		c.open = because(c.open, openMany)
	default:
		c.holes = append(slices.Clip(c.holes), h)
	}
	return c
}

func opened(all []cell, why string) []cell {
	out := make([]cell, len(all))
	for i, c := range all {
		c.open = because(c.open, why)
		out[i] = c
	}
	return out
}

// withoutCell takes away what another cell certainly has.
func withoutCell(all []cell, other cell) (out []cell) {
	origin := other.part
	for _, c := range all {
		switch {
		case !c.overlaps(other.part):
			out = append(out, c)
		case other.open != "" || len(out) > maxCells || c.steps.Over():
			c.open = because(c.open, openLoose)
			out = append(out, c)
		default:
			certain := c.steps.implies(c.when, other.when)
			out = append(out, c.without(hole{other.part, openOther, &origin, !certain && len(other.holes) > 0})...)
			for _, h := range other.holes {
				if !certain || c.lacks(h) {
					continue
				}
				stays := c.meet(h.part) // the other lacks it
				if h.partial {
					stays = opened(stays, openLoose)
				}
				out = append(out, stays...)
			}
		}
	}
	return out
}

func (c cell) covers(other cell) bool {
	if c.open != "" && other.open == "" || !c.part.covers(other.part) {
		return false
	}
	return !slices.ContainsFunc(c.holes, func(h hole) bool {
		return !other.lacks(h) && h.overlaps(other.part)
	})
}

// united leaves out what others cover, and joins cells that differ in their resources alone.
func united(all []cell) []cell {
	if len(all) < 2 {
		return all
	}
	var out []cell
next:
	for _, c := range all {
		c.steps.Take(len(out))
		if c.steps.Over() {
			return all
		}
		for i := range out {
			if out[i].joins(c) {
				out[i].in = c.steps.join(out[i].in, c.in)
				continue next
			}
			if out[i].covers(c) {
				continue next
			}
		}
		out = append(slices.DeleteFunc(out, c.covers), c)
	}
	return out
}

func (c cell) joins(other cell) bool {
	plain := len(c.out)+len(c.holes)+len(other.out)+len(other.holes) == 0 && c.open == other.open
	return plain && len(c.in)+len(other.in) <= maxPatterns && len(c.when) == len(other.when) && c.steps.implies(c.when, other.when) && c.steps.implies(other.when, c.when)
}
