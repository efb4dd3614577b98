package iampolicy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// style says which characters are special.
type style struct {
	wild      bool // * and ?
	variables bool // ${…}
	fold      bool // ASCII letters match in any case
	arn       bool // wildcards stop at the colons of an ARN
}

type atomKind uint8

const (
	atomLiteral atomKind = iota
	atomOne              // ?
	atomMany             // *
	atomVariable
)

type atom struct {
	kind       atomKind
	within     bool   // a wildcard that stops at a colon
	text       string // the literal, or a variable's default
	key        string // a variable's condition key
	hasDefault bool
}

type pattern struct {
	atoms     []atom
	fold      bool
	variables bool // has atomVariable
	within    bool // has a * that stops at a colon
}

func compilePattern(s string, st style) (pattern, error) {
	c := patternCompiler{style: st, rest: s}
	for c.rest != "" {
		if err := c.next(); err != nil {
			return pattern{}, err
		}
	}
	c.flush()
	c.out.fold = st.fold
	return c.out, nil
}

type patternCompiler struct {
	style
	rest    string
	literal strings.Builder
	colons  int
	out     pattern
}

func (c *patternCompiler) next() error {
	if c.variables && strings.HasPrefix(c.rest, "${") {
		return c.variable()
	}
	ch := c.rest[0]
	c.rest = c.rest[1:]
	switch {
	case c.wild && ch == '*':
		// "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon
		// boundaries" (IAM, Resource element).
		last := c.rest == "" || c.rest[0] == ':'
		within := c.arn && c.colons < 5 && !last
		c.wildcard(atom{kind: atomMany, within: within})
		c.out.within = c.out.within || within
	case c.wild && ch == '?':
		c.wildcard(atom{kind: atomOne, within: c.arn && c.colons < 5})
	default:
		if ch == ':' {
			c.colons++
		}
		if c.fold {
			ch = lower(ch)
		}
		c.literal.WriteByte(ch)
	}
	return nil
}

func (c *patternCompiler) wildcard(a atom) {
	c.flush()
	c.out.atoms = append(c.out.atoms, a)
}

func (c *patternCompiler) flush() {
	if c.literal.Len() == 0 {
		return
	}
	c.out.atoms = append(c.out.atoms, atom{kind: atomLiteral, text: c.literal.String()})
	c.literal.Reset()
}

// variable reads ${*}, ${?}, ${$}, ${key} or ${key, 'default'}.
func (c *patternCompiler) variable() error {
	n := variableLength(c.rest)
	if n == 0 {
		return fmt.Errorf("the variable in %q is not closed", c.rest)
	}
	body := strings.TrimSpace(c.rest[2 : n-1])
	c.rest = c.rest[n:]
	if body == "*" || body == "?" || body == "$" {
		c.literal.WriteString(body)
		return nil
	}
	a, err := parseVariable(body)
	if err != nil {
		return err
	}
	c.flush()
	c.out.atoms = append(c.out.atoms, a)
	c.out.variables = true
	return nil
}

func parseVariable(body string) (atom, error) {
	key, rest, hasDefault := strings.Cut(body, ",")
	a := atom{kind: atomVariable, key: strings.TrimSpace(key), hasDefault: hasDefault}
	if checkKey(a.key) != nil || strings.ContainsAny(a.key, "${}*?'\"") {
		return a, fmt.Errorf("the variable ${%s} names no condition key", body)
	}
	if !hasDefault {
		return a, nil
	}
	rest = strings.TrimSpace(rest)
	if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
		return a, errors.New("a variable's default stands in single quotes")
	}
	a.text = rest[1 : len(rest)-1]
	if strings.Contains(a.text, "'") {
		return a, errors.New("a variable's default holds no single quote")
	}
	return a, nil
}

// variableLength returns the length of the variable at the start of s, or 0 if it is not closed. Braces inside quotes
// do not close it.
func variableLength(s string) int {
	quoted := false
	for i := 2; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return i + 1
		}
	}
	return 0
}

// match compares text with the pattern. A variable without a value matches nothing: "the value is effectively null,
// there is no equal or like value" (IAM, Variables). A wildcard in a variable's value is literal text.
func (p *pattern) match(text string, c Context) bool {
	if len(p.atoms) == 1 {
		switch a := &p.atoms[0]; a.kind {
		case atomLiteral:
			return len(text) == len(a.text) && p.prefix(text, a.text)
		case atomMany:
			return !a.within || strings.IndexByte(text, ':') < 0
		}
	}
	if p.variables && !p.resolvable(c) {
		return false
	}
	if p.within {
		return p.matchSets(text, c)
	}
	return p.matchGreedy(text, c)
}

func (p *pattern) resolvable(c Context) bool {
	for i := range p.atoms {
		if _, ok := p.atoms[i].literal(c); !ok {
			return false
		}
	}
	return true
}

// literal returns the text of an atom; a wildcard has no text.
func (a *atom) literal(c Context) (string, bool) {
	if a.kind != atomVariable {
		return a.text, true
	}
	values, present := c.lookup(a.key)
	switch {
	case present && len(values) == 1:
		return values[0], true
	case present && len(values) > 1: // a key with several values cannot be a variable
		return "", false
	}
	return a.text, a.hasDefault
}

// matchAtom matches one atom other than * at the start of text and returns the bytes used.
func (p *pattern) matchAtom(a *atom, text string, c Context) (int, bool) {
	if a.kind == atomOne {
		if text == "" || a.within && text[0] == ':' {
			return 0, false
		}
		_, n := utf8.DecodeRuneInString(text)
		return n, true
	}
	lit, _ := a.literal(c)
	return len(lit), p.prefix(text, lit)
}

// matchGreedy backtracks to the last * only. That suffices if every * may take any text.
func (p *pattern) matchGreedy(text string, c Context) bool {
	ai, ti, starA, starT := 0, 0, -1, 0
	for {
		if ai < len(p.atoms) {
			a := &p.atoms[ai]
			if a.kind == atomMany {
				ai++
				starA, starT = ai, ti
				continue
			}
			if n, ok := p.matchAtom(a, text[ti:], c); ok {
				ai, ti = ai+1, ti+n
				continue
			}
		} else if ti == len(text) {
			return true
		}
		if starA < 0 || starT >= len(text) {
			return false
		}
		_, n := utf8.DecodeRuneInString(text[starT:])
		starT += n
		ai, ti = starA, starT
	}
}

// matchSets tracks all possible ends of each atom. Its cost is atoms times characters.
func (p *pattern) matchSets(text string, c Context) bool {
	var short [2][256]bool // keeps a usual ARN off the heap
	ends, next := short[0][:], short[1][:]
	if len(text) >= len(ends) {
		ends, next = make([]bool, len(text)+1), make([]bool, len(text)+1)
	}
	ends, next = ends[:len(text)+1], next[:len(text)+1]
	ends[0] = true
	for i := range p.atoms {
		a := &p.atoms[i]
		clear(next)
		if a.kind == atomMany {
			a.spread(ends, next, text)
			ends, next = next, ends
			continue
		}
		for at, reached := range ends {
			if !reached {
				continue
			}
			if n, ok := p.matchAtom(a, text[at:], c); ok {
				next[at+n] = true
			}
		}
		ends, next = next, ends
	}
	return ends[len(text)]
}

// spread gives the ends of a *, which takes whole characters as ? does.
func (a *atom) spread(ends, next []bool, text string) {
	for at := range ends {
		next[at] = next[at] || ends[at]
		if !next[at] || at == len(text) || a.within && text[at] == ':' {
			continue
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		next[at+n] = true
	}
}

func (p *pattern) prefix(text, lit string) bool {
	if !p.fold {
		return strings.HasPrefix(text, lit)
	}
	if len(text) < len(lit) {
		return false
	}
	for i := range len(lit) {
		if lower(text[i]) != lit[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
