package difference

import "strings"

// symbol is a part of a glob.
type symbol struct {
	kind kind
	c    byte
	// within: a wildcard that does not match a colon. noSlash: the name of a bucket.
	within, noSlash bool
}

type kind byte

const (
	literal kind = iota
	one
	many
	variable // its value is not known
)

// glob is a pattern of resources.
type glob struct {
	text      string
	variables bool // ${…} has a meaning
	every     bool // only *
	plain     bool // no wildcard, no variable
	symbols   []symbol
}

// newGlob: a * that does not end a segment of the ARN stops at colons.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func newGlob(text string, variables bool) glob {
	g := glob{text: text, variables: variables, every: text != "" && strings.Trim(text, "*") == "", plain: true}
	colons := 0
	for i := 0; i < len(text); i++ {
		s := symbol{c: text[i]}
		switch {
		case variables && strings.HasPrefix(text[i:], "${"):
			s.kind = variable
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				i += end
			}
		case s.c == '*':
			last := i+1 == len(text) || text[i+1] == ':'
			s.kind, s.within = many, colons < 5 && !last
		case s.c == '?':
			s.kind, s.within = one, colons < 5
		case s.c == ':':
			colons++
		}
		g.plain = g.plain && s.kind == literal
		g.symbols = append(g.symbols, s)
	}
	return g
}

// newFormat reads arn:${Partition}:s3:::${BucketName}/${ObjectName}. Variables are any text, but a bucket's name has no slash.
func newFormat(text string) glob {
	g := glob{text: text}
	for i := 0; i < len(text); i++ {
		s := symbol{c: text[i]}
		if strings.HasPrefix(text[i:], "${") {
			s.kind = many
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				s.noSlash = text[i:i+end+1] == "${BucketName}"
				i += end
			}
		}
		g.symbols = append(g.symbols, s)
	}
	return g
}

// contains reports whether all of a is certainly in g; false: not, or not known.
func (g glob) contains(a glob) bool {
	if g.every || g.text == a.text && g.variables == a.variables {
		return true
	}
	if g.plain {
		return false
	}
	at := make([]bool, len(g.symbols)+1)
	at[0] = true
	g.skip(at)
	next := make([]bool, len(at))
	for _, s := range a.symbols {
		clear(next)
		for i, here := range at[:len(g.symbols)] {
			switch to, ok := g.symbols[i].takes(s); {
			case here && ok && to:
				next[i+1] = true
			case here && ok:
				next[i] = true
			}
		}
		g.skip(next)
		at, next = next, at
	}
	return at[len(g.symbols)]
}

func (g glob) skip(at []bool) {
	for i, s := range g.symbols {
		if at[i] && s.kind == many {
			at[i+1] = true
		}
	}
}

// takes reports whether s matches all that a does, and is used up.
func (s symbol) takes(a symbol) (used, ok bool) {
	colon := a.kind == literal && a.c == ':' || a.kind == variable || a.kind != literal && !a.within
	switch s.kind {
	case literal:
		return true, a.kind == literal && a.c == s.c
	case one:
		return true, (a.kind == literal && a.c < 0x80 || a.kind == one) && !(s.within && colon)
	case many:
		return false, !(s.within && colon)
	}
	return false, false
}

// overlaps reports whether a resource may match both; false is certain.
func (g glob) overlaps(b glob) bool {
	for i := 0; i < min(len(g.symbols), len(b.symbols)); i++ {
		x, y := g.symbols[i], b.symbols[i]
		if x.kind != literal || y.kind != literal {
			break
		}
		if x.c != y.c {
			return false
		}
	}
	if g.every || b.every {
		return true
	}
	row := make([]bool, len(b.symbols)+1) // the rest of b, for the rest of g
	row[len(b.symbols)] = true
	for j := len(b.symbols) - 1; j >= 0; j-- {
		row[j] = row[j+1] && b.symbols[j].kind != literal
	}
	next := make([]bool, len(row))
	for i := len(g.symbols) - 1; i >= 0; i-- {
		x := g.symbols[i]
		next[len(b.symbols)] = row[len(b.symbols)] && x.kind != literal
		for j := len(b.symbols) - 1; j >= 0; j-- {
			next[j] = x.meets(b.symbols[j], row[j], next[j+1], row[j+1])
		}
		row, next = next, row
	}
	return row[0]
}

// meets is told whether the rests fit: without x, without the other, without both.
func (x symbol) meets(y symbol, without, other, both bool) bool {
	switch {
	case x.kind == literal && y.kind == literal:
		return x.c == y.c && both
	case x.kind == literal: // y takes x, or nothing
		return other || without && !(y.noSlash && x.c == '/')
	case y.kind == literal:
		return without || other && !(x.noSlash && y.c == '/')
	}
	return without || other
}

// matchFold matches names of actions or services, without case.
func matchFold(pattern, name string) bool {
	p, n, star, back := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || lower(pattern[p]) == lower(name[n])):
			p, n = p+1, n+1
		case star >= 0:
			back++
			p, n = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
