package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// edit changes one place of a declaration. It finds the place in the syntax tree by the words in it, not by text or
// line. So it survives renamed, reformatted or moved code around the place.
//
// A word is an identifier (Deadline), the end of a selector (Requester.Name), or a literal ("ask", with quotes). The
// place is the smallest of its kind that contains all words.
type edit struct {
	kind  *kind
	about string
	with  string // replacement, for replace and set
	nth   int    // from 1; 0: the place must be unique
}

// kind is a way to break code.
type kind struct {
	noun  string // for messages
	sites func(e edit, d declared) []site
	found bool // the sites are the words themselves, not places that contain them
}

// site is one place that an edit could change, and its new text.
type site struct {
	at, end token.Pos
	text    string
	ahead   []insertion // added elsewhere, so that the result compiles
	calls   ast.Expr    // the function, of a call
}

type insertion struct {
	at   token.Pos
	text string
}

// skip leaves out the statement.
func skip(about string) edit { return edit{kind: statements, about: about} }

// zero replaces a call by the zero values of its results, such as a nil error. It is about the called function, and
// does not support variadic functions.
func zero(about string) edit { return edit{kind: calls, about: about} }

// never makes the condition false. A condition is one of an if, a for or a case, a comparison, or an operand of && or ||.
func never(about string) edit { return edit{kind: conditions, about: about, with: "false && "} }

// always makes the condition true.
func always(about string) edit { return edit{kind: conditions, about: about, with: "true || "} }

// boundary moves the equal case to the other side of a comparison: < is <=, and Before is not After.
func boundary(about string) edit { return edit{kind: comparisons, about: about} }

// exact makes a comparison that ignores case compare case.
func exact() edit { return edit{kind: folds, about: "strings.EqualFold"} }

// wrap puts other code in the place of the call. In it, $call is the call as it was.
func wrap(about, with string) edit { return edit{kind: wrapped, about: about, with: with} }

// replace puts another expression in the place of this one.
func replace(expression, with string) edit {
	return edit{kind: expressions, about: expression, with: with}
}

// omit leaves out one element of a literal, one argument of a call, or one expression of a case.
func omit(about string) edit { return edit{kind: elements, about: about} }

// early lets the function return zero values at once.
func early() edit { return edit{kind: bodies, about: "anything"} }

// number selects the n-th place if several match.
func (e edit) number(n int) edit { e.nth = n; return e }

// apply gives the source with the edit in it.
func (e edit) apply(d declared) (string, error) {
	all := e.kind.sites(e, d)
	found := smallest(slices.DeleteFunc(slices.Clone(all), func(s site) bool { return !e.meant(s, d) }))
	at := max(e.nth-1, 0)
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("no %s in %s mentions %s. There is:%s", e.kind.noun, d.name, e.about, d.list(all))
	case len(found) <= at:
		return "", fmt.Errorf("%s has no %s number %d that mentions %s. There is:%s", d.name, e.kind.noun, e.nth, e.about, d.list(found))
	case len(found) > 1 && e.nth == 0:
		return "", fmt.Errorf("more than one %s in %s mentions %s. Say the number:%s", e.kind.noun, d.name, e.about, d.list(found))
	}
	edited, err := format.Source([]byte(d.splice(found[at])))
	if err != nil {
		return "", fmt.Errorf("the result is not Go: %w", err)
	}
	return string(edited), nil
}

// meant reports whether the site is what the edit is about, or mentions every word.
func (e edit) meant(s site, d declared) bool {
	if s.calls != nil {
		return is(s.calls, e.about)
	}
	return e.kind.found || !slices.ContainsFunc(strings.Fields(e.about), func(word string) bool { return !d.mentions(s, word) })
}

// smallest leaves out the sites that contain another one.
func smallest(all []site) []site {
	return slices.DeleteFunc(slices.Clone(all), func(s site) bool {
		return slices.ContainsFunc(all, func(o site) bool {
			return s.at <= o.at && o.end <= s.end && (s.at != o.at || s.end != o.end)
		})
	})
}

// declared is one function, method, constant, variable or type of a file.
type declared struct {
	name   string
	path   string // of the file
	source string
	fset   *token.FileSet
	file   *ast.File
	node   ast.Node
}

// declaration finds a name in a file: Revoke, Service.Revoke, or that of a constant or a variable.
func declaration(path, source, name string) (d declared, found bool, err error) {
	d = declared{name: name, path: path, source: source, fset: token.NewFileSet()}
	if d.file, err = parser.ParseFile(d.fset, path, source, parser.ParseComments); err != nil {
		return d, false, err
	}
	for _, decl := range d.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if nameOf(decl) == name {
				d.node = decl
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return n.Name == name }) {
					d.node = spec
				}
			}
		}
	}
	return d, d.node != nil, nil
}

func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*") + "." + f.Name.Name
}

func (d declared) text(n ast.Node) string { return d.between(n.Pos(), n.End()) }

func (d declared) between(at, end token.Pos) string {
	return d.source[d.fset.Position(at).Offset:d.fset.Position(end).Offset]
}

// mentions reports whether a word stands anywhere in the site.
func (d declared) mentions(s site, word string) (found bool) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		if n == nil || found || n.End() <= s.at || s.end <= n.Pos() {
			return false
		}
		if s.at <= n.Pos() && n.End() <= s.end {
			found = is(n, word)
		}
		return !found
	})
	return found
}

// is reports whether the node itself is what the word names.
func is(n ast.Node, word string) bool {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name == word
	case *ast.BasicLit:
		return n.Value == word
	case *ast.SelectorExpr:
		return strings.HasSuffix("."+types.ExprString(n), "."+word)
	}
	return false
}

// splice gives the whole source with the site's text in its place.
func (d declared) splice(s site) string {
	type piece struct {
		at, end int
		text    string
	}
	pieces := []piece{{d.fset.Position(s.at).Offset, d.fset.Position(s.end).Offset, s.text}}
	for _, i := range s.ahead {
		at := d.fset.Position(i.at).Offset
		pieces = append(pieces, piece{at, at, i.text})
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	last := 0
	for _, p := range pieces {
		b.WriteString(d.source[last:p.at] + p.text)
		last = p.end
	}
	return b.String() + d.source[last:]
}

// list says what there is, one a line.
func (d declared) list(all []site) string {
	const most, width = 12, 100
	if len(all) == 0 {
		return " nothing"
	}
	var b strings.Builder
	for i, s := range all {
		if i == most {
			fmt.Fprintf(&b, "\n    and %d more", len(all)-most)
			break
		}
		line := strings.Join(strings.Fields(d.between(s.at, s.end)), " ")
		fmt.Fprintf(&b, "\n    %d: %s", i+1, line[:min(width, len(line))])
	}
	return b.String()
}

// alike are the functions whose name is the same but for the receiver.
func (d declared) alike(bare string) (all []string) {
	for _, decl := range d.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == bare {
			all = append(all, nameOf(f))
		}
	}
	return all
}
