package house

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// Each number is a ratchet: a change may lower it, and then its cap, but not raise it above the cap.
var caps = []struct {
	name   string
	of     func(measured) int
	cap    int // the present number, or slightly more
	target int
}{
	{"methods of the receiver that has most", func(m measured) int { return m.most }, 25, 25},
	{"receivers with more than 25 methods", func(m measured) int { return m.crowded }, 0, 0},
	{"functions over 60 lines", func(m measured) int { return m.long }, 0, 0},
	{"files over 500 lines", func(m measured) int { return m.big }, 0, 0},
	{"circles of files inside a package", func(m measured) int { return m.circles }, 0, 0},
	{"files in circles", func(m measured) int { return m.circled }, 0, 0},
}

// measured are the numbers of the product: Go outside of tests and scripts.
type measured struct {
	lines, files             int
	most, crowded, long, big int
	receivers                []string // with more than 25 methods
	bigFiles                 []string
	circles, circled         int
	circlesOf                []string // packages
}

func TestNumbersOfTheHouse(t *testing.T) {
	m := measure(t, readRepository(t))
	t.Logf("product: %d lines in %d files", m.lines, m.files)
	for _, c := range caps {
		got := c.of(m)
		t.Logf("%-40s %5d   at most %d   wanted %d", c.name, got, c.cap, c.target)
		if got > c.cap {
			t.Errorf("%s: %d, at most %d", c.name, got, c.cap)
		}
	}
	t.Logf("receivers: %s", strings.Join(m.receivers, ", "))
	t.Logf("files over 500 lines: %s", strings.Join(m.bigFiles, ", "))
	for _, line := range m.circlesOf {
		t.Logf("circles: %s", line)
	}
}

func TestMeasureSeesWhatItCounts(t *testing.T) {
	m := measure(t, tree{
		"shared/a/one.go":      "package a\n\ntype T struct{}\n\nfunc (t T) A() { two() }\n",
		"shared/a/two.go":      "package a\n\nfunc two() { T{}.A() }\n",
		"shared/a/three.go":    "package a\n\nfunc three() { two() }\n",
		"shared/b/long.go":     "package b\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", 60) + "}\n",
		"shared/b/many.go":     "package b\n\ntype M int\n" + manyMethods(26),
		"shared/b/big.go":      "package b\n" + strings.Repeat("\n// a line\n", 250),
		"shared/b/any_test.go": "package b\n\nfunc tested() {\n" + strings.Repeat("\tprintln()\n", 60) + "}\n",
		"scripts/c/c.go":       "package c\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", 60) + "}\n",
	})
	got := fmt.Sprint(m.files, m.most, m.crowded, m.long, m.big, m.circles, m.circled)
	if want := "6 26 1 1 1 1 2"; got != want {
		t.Errorf("files, most, crowded, long, big, circles, circled = %s, want %s", got, want)
	}
}

func manyMethods(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\nfunc (m M) F%d() {}\n", i)
	}
	return b.String()
}

// measure counts. It leaves out tests and scripts.
func measure(t *testing.T, all tree) (m measured) {
	t.Helper()
	packages := map[string]map[string]*ast.File{}
	fset := token.NewFileSet()
	for _, file := range all.paths() {
		text := string(all[file])
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "scripts/") {
			continue
		}
		f, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		folder := path.Dir(file)
		if packages[folder] == nil {
			packages[folder] = map[string]*ast.File{}
		}
		packages[folder][file] = f
		m.files++
		lines := strings.Count(text, "\n")
		m.lines += lines
		if lines > 500 {
			m.big++
			m.bigFiles = append(m.bigFiles, fmt.Sprintf("%s %d", file, lines))
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(packages)) {
		m.methods(fset, folder, packages[folder])
	}
	found := circles(t, fset, all, packages)
	for _, of := range found {
		for _, c := range of {
			m.circles++
			m.circled += len(c)
		}
	}
	m.circlesOf = describeCircles(found)
	return m
}

// methods counts the methods of each receiver of a package, and its long functions.
func (m *measured) methods(fset *token.FileSet, folder string, files map[string]*ast.File) {
	methods := map[string]int{}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fset.Position(fn.End()).Line-fset.Position(fn.Pos()).Line+1 > 60 {
				m.long++
			}
			if name := receiver(fn); name != "" {
				methods[name]++
			}
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(methods), func(a, b string) int { return cmp.Compare(methods[b], methods[a]) }) {
		m.most = max(m.most, methods[name])
		if methods[name] > 25 {
			m.crowded++
			m.receivers = append(m.receivers, fmt.Sprintf("%s.%s %d", folder, name, methods[name]))
		}
	}
}

// receiver is the type that a method is of; empty for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}
