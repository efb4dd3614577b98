package iampolicy

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// maxTable bounds the work for two patterns, in pairs of characters.
const maxTable = 1 << 18

// Pattern is an immutable pattern of actions or resources, of version 2012-10-17.
//
// A pattern with a variable stands for one set of texts under each context. Variables are equal if their keys are, without case, and
// their defaults.
type Pattern struct {
	text    string
	matcher pattern
	tokens  []token // of a resource
	plain   bool    // neither wildcard nor variable
}

// token is one character, wildcard or variable.
type token struct {
	kind   atomKind
	within bool   // a wildcard that stops at a colon
	char   rune   // of a literal
	name   string // of a variable
}

// ResourcePattern reads an entry of Resource or NotResource of a document of a version.
func ResourcePattern(s, version string) (*Pattern, error) {
	if version != Version {
		s = asNew(s)
	}
	return newPattern(s, style{wild: true, variables: true, arn: s != "*"})
}

// ActionPattern reads an entry of Action or NotAction. Its case does not count.
func ActionPattern(s string) (*Pattern, error) {
	return newPattern(s, style{wild: true, fold: true})
}

// asNew writes text of version 2008-10-17, which has no variables, for version 2012-10-17.
func asNew(s string) string { return strings.ReplaceAll(s, "${", "${$}{") }

func newPattern(s string, st style) (*Pattern, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("the pattern is not UTF-8")
	}
	m, err := compilePattern(s, st)
	if err != nil {
		return nil, err
	}
	return ready(s, m), nil
}

func ready(s string, m pattern) *Pattern {
	p := &Pattern{text: s, matcher: m, plain: true}
	for i := range m.atoms {
		p.plain = p.plain && m.atoms[i].kind == atomLiteral
	}
	if !m.fold { // actions are seldom compared
		p.tokens = p.read()
	}
	return p
}

func (p *Pattern) read() []token {
	if p.tokens != nil {
		return p.tokens
	}
	all := make([]token, 0, len(p.text))
	for i := range p.matcher.atoms {
		all = p.matcher.atoms[i].appendTokens(all)
	}
	orderWildcards(all)
	return all
}

func (a *atom) appendTokens(to []token) []token {
	switch a.kind {
	case atomLiteral:
		for _, c := range a.text {
			to = append(to, token{kind: atomLiteral, char: c})
		}
		return to
	case atomVariable:
		name := strings.ToLower(a.key)
		if a.hasDefault {
			name += "," + a.text
		}
		return append(to, token{kind: atomVariable, name: name})
	}
	return append(to, token{kind: a.kind, within: a.within})
}

// orderWildcards puts ? before *, which means the same: so that equal patterns look equal.
func orderWildcards(all []token) {
	for i := 1; i < len(all); i++ {
		for j := i; j > 0 && all[j].kind == atomOne && all[j-1].kind == atomMany && all[j].within == all[j-1].within; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
}

// String is the text of the pattern, of version 2012-10-17.
func (p *Pattern) String() string { return p.text }

// Matches reports whether an action or resource is one of the pattern's. Variables take their values from the context.
func (p *Pattern) Matches(text string, c Context) bool { return p.matcher.match(text, c) }

// Every reports whether the pattern matches every text.
func (p *Pattern) Every() bool {
	for i := range p.matcher.atoms {
		if a := &p.matcher.atoms[i]; a.kind != atomMany || a.within {
			return false
		}
	}
	return len(p.matcher.atoms) > 0
}

// HasVariables reports whether a context decides what the pattern matches.
func (p *Pattern) HasVariables() bool { return p.matcher.variables }

// Covers reports whether p certainly matches what q matches, whatever the context is. False: it does not, or it is not known.
func (p *Pattern) Covers(q *Pattern) bool {
	if p == q || p.Every() {
		return true
	}
	if q.plain && !p.matcher.variables && p.matcher.fold == q.matcher.fold {
		return p.matcher.match(q.literal(), nil)
	}
	if p.apart(q) || p.plain {
		return p.plain && q.plain && p.literal() == q.literal()
	}
	mine, other := p.read(), q.read()
	if len(mine)*len(other) > maxTable {
		return false
	}
	width := len(other) + 1
	var short [256]bool // keeps a usual ARN off the heap
	row := short[:]     // does p from token i cover q from token j?
	if 2*width > len(row) {
		row = make([]bool, 2*width)
	}
	below, at := row[:width], row[width:2*width]
	below[width-1] = true
	for i := len(mine) - 1; i >= 0; i-- {
		t := &mine[i]
		for j := width - 1; j >= 0; j-- {
			takes := j < width-1 && t.takesAll(&other[j])
			if t.kind == atomMany {
				at[j] = below[j] || takes && at[j+1]
			} else {
				at[j] = takes && below[j+1]
			}
		}
		below, at = at, below
	}
	return below[0]
}

func (p *Pattern) literal() string {
	if len(p.matcher.atoms) == 0 {
		return ""
	}
	return p.matcher.atoms[0].text
}

// takesAll reports whether t matches all that other matches, one repetition of a *.
func (t *token) takesAll(other *token) bool {
	switch {
	case t.kind == atomLiteral:
		return other.kind == atomLiteral && t.char == other.char
	case t.kind == atomVariable:
		return other.kind == atomVariable && t.name == other.name
	case t.kind == atomOne && (other.kind == atomMany || other.kind == atomVariable):
		return false
	case other.kind == atomVariable: // its value may hold a colon
		return !t.within
	case other.kind == atomLiteral:
		return !t.within || other.char != ':'
	}
	return !t.within || other.within
}

// apart is a quick answer: literal beginnings or ends differ, so nothing matches both.
func (p *Pattern) apart(q *Pattern) bool {
	mine, other := p.read(), q.read()
	n, m := len(mine), len(other)
	for i := range min(n, m) {
		a, b := &mine[i], &other[i]
		if a.kind != atomLiteral || b.kind != atomLiteral {
			break
		}
		if a.char != b.char {
			return true
		}
	}
	for i := range min(n, m) {
		a, b := &mine[n-1-i], &other[m-1-i]
		if a.kind != atomLiteral || b.kind != atomLiteral {
			break
		}
		if a.char != b.char {
			return true
		}
	}
	return false
}

// Overlaps reports whether a text may match both patterns, in some context. False is certain.
func (p *Pattern) Overlaps(q *Pattern) bool {
	if p == q || p.Every() || q.Every() {
		return true
	}
	if p.apart(q) {
		return false
	}
	if p.plain && !q.matcher.variables {
		return q.matcher.match(p.literal(), nil)
	}
	if q.plain && !p.matcher.variables {
		return p.matcher.match(q.literal(), nil)
	}
	table := p.overlapTable(q)
	return table == nil || table[0]
}

// overlapTable has, for token i of p and j of q, whether what follows overlaps, at i times the tokens of q and one, plus j. Nil: it would be
// too large.
func (p *Pattern) overlapTable(q *Pattern) []bool {
	mine, other := p.read(), q.read()
	n, m := len(mine), len(other)
	if n*m > maxTable {
		return nil
	}
	width := m + 1
	table := make([]bool, (n+1)*width)
	for i := n; i >= 0; i-- {
		for j := m; j >= 0; j-- {
			at := i*width + j
			a, b := i < n && mine[i].repeats(), j < m && other[j].repeats()
			meet := i < n && j < m && mine[i].meets(&other[j])
			switch {
			case i == n && j == m:
				table[at] = true
			case a && b:
				table[at] = table[at+width] || table[at+1]
			case a:
				table[at] = table[at+width] || meet && table[at+1]
			case b:
				table[at] = table[at+1] || meet && table[at+width]
			default:
				table[at] = meet && table[at+width+1]
			}
		}
	}
	return table
}

// repeats reports whether a token may match any number of characters. A variable may have any value.
func (t *token) repeats() bool { return t.kind == atomMany || t.kind == atomVariable }

// meets reports whether a character may match both.
func (t *token) meets(u *token) bool {
	switch {
	case t.kind == atomLiteral && u.kind == atomLiteral:
		return t.char == u.char
	case t.kind == atomLiteral:
		return !u.within || t.char != ':'
	case u.kind == atomLiteral:
		return !t.within || u.char != ':'
	}
	return true
}
