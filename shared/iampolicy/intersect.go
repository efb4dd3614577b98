package iampolicy

import (
	"slices"
	"strings"
)

// Bounds of an intersection: patterns in its result, and ways to find them.
const (
	maxIntersection = 6
	maxMergeWays    = 24
)

// Intersect returns patterns that together match what both p and q match. None: nothing does. If exact is false, the patterns match
// more: that of one operand.
func (p *Pattern) Intersect(q *Pattern) (both []*Pattern, exact bool) {
	switch {
	case p.Covers(q):
		return []*Pattern{q}, true
	case q.Covers(p):
		return []*Pattern{p}, true
	case !p.Overlaps(q):
		return nil, true
	}
	if !p.matcher.variables && !q.matcher.variables {
		m := merger{mine: p.read(), other: q.read(), fold: p.matcher.fold, open: p.overlapTable(q)}
		if m.open != nil && m.merge(0, 0) && len(m.found) > 0 {
			return m.found, true
		}
	}
	if p.literals() < q.literals() {
		return []*Pattern{q}, false
	}
	return []*Pattern{p}, false
}

func (p *Pattern) literals() (n int) {
	for _, t := range p.read() {
		if t.kind == atomLiteral {
			n++
		}
	}
	return n
}

// merger walks the ways in which two patterns match the same text. Each is a pattern.
type merger struct {
	mine, other []token
	fold        bool
	open        []bool // does it lead to an end?
	out         []token
	found       []*Pattern
	ways        int
}

// merge reports whether it found all, from two tokens on.
func (m *merger) merge(i, j int) bool {
	if !m.open[i*(len(m.other)+1)+j] {
		return true
	}
	if i == len(m.mine) && j == len(m.other) {
		return m.keep()
	}
	var t, u *token
	if i < len(m.mine) {
		t = &m.mine[i]
	}
	if j < len(m.other) {
		u = &m.other[j]
	}
	many := func(t *token) bool { return t != nil && t.kind == atomMany }
	switch {
	case many(t) && many(u):
		n := len(m.out)
		m.out = append(m.out, token{kind: atomMany, within: t.within || u.within})
		ok := m.merge(i+1, j) && m.merge(i, j+1)
		m.out = m.out[:n]
		return ok
	case many(t):
		return m.merge(i+1, j) && (u == nil || m.step(t, u, i, j+1))
	case many(u):
		return m.merge(i, j+1) && (t == nil || m.step(t, u, i+1, j))
	case t == nil || u == nil:
		return true
	}
	return m.step(t, u, i+1, j+1)
}

// step takes a character that matches both tokens, if there is one.
func (m *merger) step(t, u *token, i, j int) bool {
	if !t.meets(u) {
		return true
	}
	one := token{kind: atomOne, within: t.within || u.within}
	if t.kind == atomLiteral {
		one = *t
	} else if u.kind == atomLiteral {
		one = *u
	}
	n := len(m.out)
	m.out = append(m.out, one)
	ok := m.merge(i, j)
	m.out = m.out[:n]
	return ok
}

// keep adds what was walked, unless another pattern covers it. It fails if the pattern cannot be written: where wildcards stop depends
// on the text around them.
func (m *merger) keep() bool {
	if m.ways++; m.ways > maxMergeWays {
		return false
	}
	want := joinMany(m.out)
	orderWildcards(want)
	if slices.ContainsFunc(m.found, func(other *Pattern) bool { return slices.Equal(other.read(), want) }) {
		return true
	}
	p, err := newPattern(writeTokens(want), style{wild: true, variables: true, arn: true, fold: m.fold})
	if err != nil {
		return false
	}
	if !slices.Equal(p.read(), want) {
		return false
	}
	if slices.ContainsFunc(m.found, func(other *Pattern) bool { return other.Covers(p) }) {
		return true
	}
	m.found = append(slices.DeleteFunc(m.found, p.Covers), p)
	return len(m.found) <= maxIntersection
}

// joinMany writes ** as *.
func joinMany(all []token) (out []token) {
	for _, t := range all {
		if n := len(out); t.kind == atomMany && n > 0 && out[n-1].kind == atomMany {
			out[n-1].within = out[n-1].within && t.within
			continue
		}
		out = append(out, t)
	}
	return out
}

func writeTokens(all []token) string {
	var b strings.Builder
	for i, t := range all {
		switch {
		case t.kind == atomMany:
			b.WriteByte('*')
		case t.kind == atomOne:
			b.WriteByte('?')
		case t.char == '*' || t.char == '?' || t.char == '$' && i+1 < len(all) && all[i+1].char == '{':
			b.WriteString("${" + string(t.char) + "}")
		default:
			b.WriteRune(t.char)
		}
	}
	return b.String()
}
