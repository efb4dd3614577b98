package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A change that breaks a mutant fails here.
func TestEveryMutantAppliesToThisTreeAndCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it type-checks 100 mutants: not with -short")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, m := range mutants() {
		if in := "./" + m.in; !strings.HasSuffix(m.of, ".json") && !slices.Contains(packages, in) {
			packages = append(packages, in)
		}
	}
	c := newCompiler(t, root, packages...)
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			result, err := m.apply(root)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(m.of, ".json") {
				return // it was made from a tree
			}
			if err := c.check(filepath.Join(root, filepath.FromSlash(m.in)), result); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestThereAreEnoughMutantsAndNotTooMany(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants() {
		if names[m.name] || m.takes == "" {
			t.Errorf("mutant %q is there twice, or does not say what it takes away", m.name)
		}
		names[m.name] = true
	}
	if n := len(mutants()); n < 40 || n > mostMutants {
		t.Errorf("%d mutants, want 40 to %d", n, mostMutants)
	}
}

// compiler checks types against the build cache, which is fast. Of a package's other files it reads only
// declarations.
type compiler struct {
	fset    *token.FileSet
	imports types.Importer
	others  map[string]*ast.File // by path, without bodies
}

func newCompiler(t *testing.T, root string, packages ...string) *compiler {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}
	list := exec.CommandContext(t.Context(), "go", append(args, packages...)...)
	list.Dir = root
	text, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{}
	for line := range strings.Lines(string(text)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		built[path] = file
	}
	fset := token.NewFileSet()
	return &compiler{fset: fset, others: map[string]*ast.File{}, imports: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(built[path])
	})}
}

// check returns the errors in the mutated file. In the others everything seems unused.
func (c *compiler) check(folder string, m mutated) error {
	sources, err := sourcesOf(folder)
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, s := range sources {
		if s.path == m.path {
			continue
		}
		if c.others[s.path] == nil {
			if c.others[s.path], err = parser.ParseFile(c.fset, s.path, s.source, parser.SkipObjectResolution); err != nil {
				return err
			}
			for _, d := range c.others[s.path].Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
					f.Body = &ast.BlockStmt{}
				}
			}
		}
		files = append(files, c.others[s.path])
	}
	mutant, err := parser.ParseFile(c.fset, m.path, m.source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var found []error
	config := types.Config{Importer: c.imports, Error: func(err error) {
		var e types.Error
		if errors.As(err, &e) && mutant.FileStart <= e.Pos && e.Pos < mutant.FileEnd {
			found = append(found, err)
		}
	}}
	_, _ = config.Check(folder, c.fset, append(files, mutant), nil) // its errors were given to Error
	return errors.Join(found...)
}

func TestTheCompilerRefusesWhatDoesNotCompile(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	m := mutant{"any", "something", access, "granter.attach", replace("s.readBack(ctx, g)", "s.readBackwards(ctx, g)")}
	result, err := m.apply(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := newCompiler(t, root, "./"+access).check(filepath.Join(root, filepath.FromSlash(access)), result); err == nil {
		t.Error("a call of a method that does not exist compiles")
	}
}

const sample = `package p

import (
	"strings"
	"time"
)

type service struct{ names []string }

var moves = map[string][]string{"a": {"b"}, "b": {"c", "d"}}

func (s *service) run(at time.Time, want int, extra ...string) (int, error) {
	n, err := s.read(at)
	if err != nil || n < want {
		return 0, err
	}
	if err := s.check(n); err != nil {
		return 0, err
	}
	s.names = append(s.names, "first", extra[0])
	switch {
	case at.Before(time.Now()):
		return n, nil
	case n == want, n == 7:
		return 7, nil
	}
	s.note()
	return n, s.check(want)
}

func (s *service) read(at time.Time) (int, error) { return at.Second(), nil }

func (s *service) check(n int) error { return nil }

func (s *service) note() {}

func (s *service) good() bool { return len(s.names) > 0 && s.names[0] != "" }

func same(a, b string) bool { return strings.EqualFold(a, b) }
`

func TestEdits(t *testing.T) {
	compiles := newCompiler(t, ".", "strings", "time")
	for _, c := range []struct {
		name, of string
		edit     edit
		was, is  string
	}{
		{"skip", "service.run", skip("note"), "\ts.note()\n", "\tif false {\n\t\ts.note()\n\t}\n"},
		{"skip what a condition calls", "service.run", skip("check err n"), "\tif err := s.check(n)", "\tif false {\n\t\tif err := s.check(n)"},
		{"zero", "service.run", zero("check").number(1), "s.check(n)", "zeroOf(s.check, n)"},
		{"zero of two results", "service.run", zero("s.read"), "s.read(at)", "zeroOf(s.read, at)"},
		{"never, of an operand", "service.run", never("want err n").number(1), "err != nil || n < want", "if false && (err != nil || n < want) {"},
		{"never, of a case", "service.run", never("at"), "at.Before(time.Now())", "(false && (at.Before(time.Now())))"},
		{"always, of a result", "service.good", always(`s.names ""`), `s.names[0] != ""`, `(true || (s.names[0] != ""))`},
		{"boundary", "service.run", boundary("want"), "n < want", "n <= want"},
		{"boundary of an instant", "service.run", boundary("at"), "at.Before(time.Now())", "!(time.Now()).Before(at)"},
		{"replace", "service.run", replace(`"first"`, `"second"`), `"first"`, `"second"`},
		{"replace in a variable", "moves", replace(`"c"`, `"e"`), `"c"`, `"e"`},
		{"omit an argument", "service.run", omit("extra"), `"first", extra[0])`, `"first")`},
		{"omit an element", "moves", omit(`"c"`), `{"c", "d"}`, `{"d"}`},
		{"omit an expression of a case", "service.run", omit("7 n"), "case n == want, n == 7:", "case n == want:"},
		{"wrap", "service.good", wrap("len", "(1 + $call)"), "len(s.names)", "(1+len(s.names)) > 0"},
		{"exact", "same", exact(), "strings.EqualFold(a, b)", "(strings.Compare(a, b) == 0)"},
		{"early", "service.good", early(), "return len(s.names)", "if true {\n\t\tvar r0 bool\n\t\treturn r0\n\t}\n\treturn len(s.names)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, found, err := declaration("p.go", sample, c.of)
			if err != nil || !found {
				t.Fatalf("found = %t, %v", found, err)
			}
			got, err := c.edit.apply(d)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(sample, c.was) || !strings.Contains(got, c.is) {
				t.Errorf("want %q instead of %q in\n%s", c.is, c.was, got)
			}
			if err := compiles.check(tempPackage(t), mutated{"p.go", got}); err != nil {
				t.Errorf("%v in\n%s", err, got)
			}
		})
	}
}

// tempPackage is a folder with one Go file that declares nothing.
func tempPackage(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "other.go"), []byte("package p\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// An edit stays the same when the code around it is renamed, reordered or reformatted.
func TestAnEditSurvivesOtherEdits(t *testing.T) {
	other := strings.NewReplacer("s *service", "x *service", " s.", " x.", "err != nil || n < want", "n < want ||\n\t\terr != nil").Replace(sample)
	d, _, err := declaration("p.go", other, "service.run")
	if err != nil {
		t.Fatal(err)
	}
	got, err := boundary("want").apply(d)
	if err != nil || !strings.Contains(got, "n <= want") {
		t.Errorf("%v in\n%s", err, got)
	}
}

func TestErrorsSayWhatThereIs(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "moved"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"p.go": sample, "p.json": machineSample, "moved/p.go": "package q\n\nfunc (s Service) run() {}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, of string
		edit     edit
		says     []string
	}{
		{"no function", "other.run", early(), []string{"declares no other.run", "service.run in .", "Service.run in moved"}},
		{"nothing mentions it", "service.run", never("nothing"), []string{"no condition in service.run mentions nothing", "n < want"}},
		{"no call", "service.good", zero("note"), []string{"no call in service.good mentions note", "1: len(s.names)"}},
		{"several do", "service.run", zero("check"), []string{"more than one call", "1: s.check(n)", "2: s.check(want)"}},
		{"not so many", "service.run", zero("check").number(3), []string{"no call number 3", "2: s.check(want)"}},
		{"no body", "moves", early(), []string{"no body in moves"}},
		{"no member", "p.json", remove("States/Hold/Retry"), []string{"no member Retry", "Catch"}},
		{"no element", "p.json", remove("States/Hold/Catch/Other"), []string{"0 elements", "States.ALL"}},
		{"no list", "p.json", remove("States/Hold/Next/Other"), []string{"Other of States/Hold/Next/Other is no object"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mutant{c.name, "something", "", c.of, c.edit}.apply(folder)
			if err == nil {
				t.Fatal("it applies")
			}
			for _, says := range append(c.says, "mutant "+c.name) {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%v\ndoes not say %q", err, says)
				}
			}
		})
	}
}

const machineSample = `{"States": {"Hold": {"Catch": [{"ErrorEquals": ["A"]}, {"ErrorEquals": ["States.ALL"], "Next": "Revoke"}], "Next": "Revoke"}}}`

func TestEditsOfJSON(t *testing.T) {
	for _, c := range []struct {
		name string
		edit edit
		want string
	}{
		{"a member is removed", remove("States/Hold/Catch"), `{"States":{"Hold":{"Next":"Revoke"}}}`},
		{"an element is removed", remove("States/Hold/Catch/States.ALL"), `{"States":{"Hold":{"Catch":[{"ErrorEquals":["A"]}],"Next":"Revoke"}}}`},
		{"a member is set", set("States/Hold/Catch/States.ALL/Next", `"End"`),
			`{"States":{"Hold":{"Catch":[{"ErrorEquals":["A"]},{"ErrorEquals":["States.ALL"],"Next":"End"}],"Next":"Revoke"}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := c.edit.editJSON([]byte(machineSample))
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if again, _ := json.Marshal(got); string(again) != c.want {
				t.Errorf("got  %s\nwant %s", again, c.want)
			}
		})
	}
}
