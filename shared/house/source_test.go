package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxChapter and maxMain are in lines.
const (
	maxChapter = 600
	maxMain    = 30
)

var sourceRules = []rule{{
	name:  "every package has a doc comment",
	check: undocumented,
	bad: tree{
		"shared/a/a.go": "package a\n",
		"shared/b/b.go": "// A licence, set off by a blank line.\n\npackage b\n",
	},
	good: tree{
		"shared/a/doc.go":       "// Package a is documented.\npackage a\n",
		"shared/a/other.go":     "package a\n",
		"shared/a/a_test.go":    "package a\n",
		"shared/only/x_test.go": "package only\n",
	},
}, {
	name:  "a Go file is a chapter of at most 600 lines",
	check: tooLong(maxChapter, isSource),
	bad:   tree{"shared/a/a.go": "package a\n" + strings.Repeat("\n", maxChapter)},
	good: tree{
		"shared/a/a.go":      "package a\n" + strings.Repeat("\n", maxChapter-1),
		"shared/a/a_test.go": "package a\n" + strings.Repeat("\n", maxChapter),
	},
}, {
	name:  "the main of a Lambda only wires, in at most 30 lines",
	check: tooLong(maxMain, isLambdaMain),
	bad:   tree{"functions/grant/main.go": strings.Repeat("\n", maxMain+1)},
	good: tree{
		"functions/grant/main.go": strings.Repeat("\n", maxMain),
		"scripts/local/main.go":   strings.Repeat("\n", maxMain+1),
	},
}, {
	name:  "no init functions",
	check: inits,
	bad: tree{
		"shared/a/a.go":      "package a\nfunc init() {}\n",
		"shared/a/a_test.go": "package a\nfunc init() {}\n",
	},
	good: tree{"shared/a/a.go": "package a\ntype T int\nfunc (T) init() {}\n"},
}, {
	name: "only fakes and scripts sleep",
	check: uses("time", []string{"Sleep"}, "waiting code takes a context and a timer",
		func(p string) bool { return under(p, "shared/inprocess", "shared/accesstest", "scripts") }),
	bad: tree{
		"shared/access/a.go": "package access\nimport \"time\"\nfunc f() { time.Sleep(1) }\n",
		"shared/access/b.go": "package access\nimport clock \"time\"\nvar f = clock.Sleep\n",
	},
	good: tree{
		"shared/access/a.go":      "package access\nimport \"time\"\nvar f = time.Now\n",
		"shared/access/a_test.go": "package access\nimport \"time\"\nvar f = time.Sleep\n",
		"shared/inprocess/a.go":   "package inprocess\nimport \"time\"\nvar f = time.Sleep\n",
	},
}, {
	name: "nothing below main reads the environment",
	check: uses("os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, "take it as a field, set by main",
		func(p string) bool {
			return isLambdaMain(p) || under(p, "scripts", "infra", "shared/onaws/config.go", "shared/onaws/emulated")
		}),
	bad: tree{
		"shared/access/a.go":       "package access\nimport \"os\"\nvar f = os.Getenv\n",
		"functions/grant/other.go": "package main\nimport \"os\"\nvar f, _ = os.LookupEnv(\"A\")\n",
		"shared/onaws/run.go":      "package onaws\nimport \"os\"\nvar f = os.Environ()\n",
	},
	good: tree{
		"functions/grant/main.go": "package main\nimport \"os\"\nvar f = os.Getenv(\"A\")\n",
		"scripts/local/main.go":   "package main\nimport \"os\"\nvar f = os.Getenv(\"A\")\n",
		"shared/onaws/config.go":  "package onaws\nimport \"os\"\nvar f = os.Getenv(\"A\")\n",
		"shared/access/a.go":      "package access\nimport \"os\"\nvar f = os.ReadFile\n",
	},
}, {
	name:  "functions compile a pattern at its first use",
	check: eagerPatterns,
	bad:   tree{"shared/access/a.go": "package access\nimport \"regexp\"\nvar a, b = 1, regexp.MustCompile(`a`)\n"},
	good: tree{
		"shared/access/a.go":    "package access\nimport \"regexp\"\nfunc f() { _ = regexp.MustCompile(`a`) }\n",
		"shared/access/b.go":    "package access\nimport \"regexp\"\nvar a = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`a`) })\n",
		"scripts/local/main.go": "package main\nimport \"regexp\"\nvar a = regexp.MustCompile(`a`)\n",
	},
}, {
	name: "only scripts print",
	check: uses("fmt", []string{"Print", "Printf", "Println"}, "log with slog, or write to an io.Writer",
		func(p string) bool { return under(p, "scripts") }),
	bad: tree{"shared/access/a.go": "package access\nimport \"fmt\"\nfunc f() { fmt.Println() }\n"},
	good: tree{
		"scripts/local/main.go":   "package main\nimport \"fmt\"\nfunc f() { fmt.Println() }\n",
		"shared/access/a.go":      "package access\nimport \"fmt\"\nvar f = fmt.Sprint()\n",
		"shared/access/a_test.go": "package access\nimport \"fmt\"\nfunc Example() { fmt.Println() }\n",
	},
}}

// isSource reports whether the path is Go code that is not a test.
func isSource(p string) bool {
	return strings.HasSuffix(p, ".go") && !isTest(p)
}

func isTest(p string) bool {
	return strings.HasSuffix(p, "_test.go")
}

func isLambdaMain(p string) bool {
	matched, err := path.Match("functions/*/main.go", p)
	return err == nil && matched
}

// eagerPatterns finds patterns that every cold start would compile.
func eagerPatterns(t tree) (found []finding) {
	for _, p := range t.paths() {
		if !isSource(p) || under(p, "scripts", "infra", "shared/inprocess", "shared/accesstest") {
			continue
		}
		file, fset, err := parse(p, t[p])
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			if _, isFunc := d.(*ast.FuncDecl); isFunc {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "MustCompile" {
					found = append(found, finding{p, fset.Position(s.Pos()).Line, "compiles a pattern at each cold start: use fault.Pattern"})
				}
				_, isLater := n.(*ast.FuncLit)
				return !isLater
			})
		}
	}
	return found
}

// undocumented finds packages without a package comment.
func undocumented(t tree) []finding {
	documented := map[string]bool{}
	first := map[string]string{} // a file of each package, to point at
	for _, p := range t.paths() {
		if !isSource(p) {
			continue
		}
		folder := path.Dir(p)
		if first[folder] == "" {
			first[folder] = p
		}
		file, _, err := parse(p, t[p])
		documented[folder] = documented[folder] || err == nil && file.Doc != nil
	}
	var found []finding
	for folder, p := range first {
		if !documented[folder] {
			found = append(found, finding{p, 0, "no file of this package has a package doc comment"})
		}
	}
	return found
}

func tooLong(limit int, applies func(path string) bool) func(tree) []finding {
	return func(t tree) (found []finding) {
		for _, p := range t.paths() {
			if n := lines(t[p]); applies(p) && n > limit {
				found = append(found, finding{p, 0, strconv.Itoa(n) + " lines, more than " + strconv.Itoa(limit)})
			}
		}
		return found
	}
}

func lines(text string) int {
	n := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		n++
	}
	return n
}

func inits(t tree) (found []finding) {
	for _, p := range t.paths() {
		if !strings.HasSuffix(p, ".go") {
			continue
		}
		file, fset, err := parse(p, t[p])
		if err != nil {
			found = append(found, finding{p, 0, err.Error()})
			continue
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				found = append(found, finding{p, fset.Position(f.Pos()).Line, "func init runs before main can decide anything"})
			}
		}
	}
	return found
}

// uses returns a check that no code but tests, and what is excepted, mentions
// one of the names of a standard package, called or not.
func uses(pkg string, names []string, instead string, except func(path string) bool) func(tree) []finding {
	return func(t tree) (found []finding) {
		for _, p := range t.paths() {
			if !isSource(p) || except(p) {
				continue
			}
			file, fset, err := parse(p, t[p])
			if err != nil {
				found = append(found, finding{p, 0, err.Error()})
				continue
			}
			local := localName(file, pkg)
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok || !slices.Contains(names, s.Sel.Name) {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
					found = append(found, finding{p, fset.Position(s.Pos()).Line, pkg + "." + s.Sel.Name + ": " + instead})
				}
				return true
			})
		}
		return found
	}
}

// localName returns the name by which the file knows a standard package, or
// "" if it does not import it.
func localName(file *ast.File, pkg string) string {
	for _, spec := range file.Imports {
		switch {
		case importPath(spec) != pkg:
			continue
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(pkg)
		}
	}
	return ""
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

func parse(p, text string) (*ast.File, *token.FileSet, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
	return file, fset, err
}
