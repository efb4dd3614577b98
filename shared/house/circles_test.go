package house

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A file leads to another of its package if it uses a package-level object or method declared there. Files that lead
// to each other are a circle: a reader must know all of them to understand one. go/types finds whose method a call
// is: our packages are checked from source, all others from the compiler's export data in the build cache.

// ownModule is a module of its own. Its imports are not in the root's build list, so they are empty packages here,
// and type errors are ignored.
const ownModule = "infra"

// leads maps a file to the files that it leads to.
type leads map[string]map[string]bool

// circle are the files of a package that lead to each other, more than one.
type circle []string

// circles returns the circles of all packages, by folder, among the files built on this machine.
func circles(t *testing.T, fset *token.FileSet, all tree, packages map[string]map[string]*ast.File) map[string][]circle {
	t.Helper()
	c := typeChecker{t: t, fset: fset, packages: packages, all: all, checked: map[string]*types.Package{}, leads: map[string]leads{}}
	c.others = importer.ForCompiler(fset, "gc", exportData(t, packages))
	found := map[string][]circle{}
	for folder := range packages {
		if cs := circlesOf(c.check(folder)); len(cs) > 0 {
			found[folder] = cs
		}
	}
	return found
}

// exportData opens the export data of packages that are not ours.
func exportData(t *testing.T, packages map[string]map[string]*ast.File) importer.Lookup {
	t.Helper()
	imported := map[string]bool{}
	for folder, files := range packages {
		if folder == ownModule {
			continue
		}
		for _, f := range files {
			for _, i := range f.Imports {
				if name, err := strconv.Unquote(i.Path.Value); err == nil && !strings.HasPrefix(name, module+"/") {
					imported[name] = true
				}
			}
		}
	}
	at := map[string]string{}
	if len(imported) > 0 {
		list := exec.Command("go", append([]string{"list", "-e", "-export", "-f", "{{.ImportPath}} {{.Export}}"}, slices.Sorted(maps.Keys(imported))...)...)
		list.Dir = root
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list -export: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
			at[name] = file
		}
	}
	return func(name string) (io.ReadCloser, error) { return os.Open(at[name]) }
}

// typeChecker checks packages from their source, each once.
type typeChecker struct {
	t        *testing.T
	fset     *token.FileSet
	packages map[string]map[string]*ast.File
	all      tree
	others   types.Importer
	checked  map[string]*types.Package // by folder
	leads    map[string]leads          // by folder
}

// Import implements [types.Importer]. An import that only another module has is an empty package.
func (c *typeChecker) Import(name string) (*types.Package, error) {
	if folder, ours := strings.CutPrefix(name, module+"/"); ours {
		c.check(folder)
		return c.checked[folder], nil
	}
	if p, err := c.others.Import(name); err == nil {
		return p, nil
	}
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// check gives which file of a package leads to which.
func (c *typeChecker) check(folder string) leads {
	if c.checked[folder] != nil {
		return c.leads[folder]
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: c, Error: func(err error) {
		if folder != ownModule {
			c.t.Errorf("%v", err)
		}
	}}
	p, _ := config.Check(module+"/"+folder, c.fset, c.builtFiles(folder), info) // its errors went to Error
	c.checked[folder], c.leads[folder] = p, leads{}
	for id, used := range info.Uses {
		isMethod := false
		if f, ok := used.(*types.Func); ok {
			used, isMethod = f.Origin(), ofNamedType(f)
		}
		from, to := c.fset.Position(id.Pos()).Filename, c.fset.Position(used.Pos()).Filename
		if used.Pkg() != p || !isMethod && used.Parent() != p.Scope() || from == to {
			continue
		}
		if c.leads[folder][from] == nil {
			c.leads[folder][from] = map[string]bool{}
		}
		c.leads[folder][from][to] = true
	}
	return c.leads[folder]
}

// ofNamedType reports whether a function is a method of a named type. Methods of unnamed interfaces are declared
// where they are used.
func ofNamedType(f *types.Func) bool {
	if f.Signature().Recv() == nil {
		return false
	}
	of := f.Signature().Recv().Type()
	if p, ok := of.(*types.Pointer); ok {
		of = p.Elem()
	}
	_, named := of.(*types.Named)
	return named
}

// builtFiles are the files of a package that are built on this machine.
func (c *typeChecker) builtFiles(folder string) (files []*ast.File) {
	here := build.Default
	here.OpenFile = func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(c.all[name])), nil }
	for _, name := range slices.Sorted(maps.Keys(c.packages[folder])) {
		if built, err := here.MatchFile(folder, path.Base(name)); err == nil && built {
			files = append(files, c.packages[folder][name])
		}
	}
	return files
}

// circlesOf finds the strongly connected components of more than one file, largest first, as Tarjan does.
func circlesOf(of leads) []circle {
	number, low := map[string]int{}, map[string]int{}
	var stack []string
	var found []circle
	var visit func(string)
	visit = func(file string) {
		number[file] = len(number) + 1
		low[file] = number[file]
		stack = append(stack, file)
		for _, next := range slices.Sorted(maps.Keys(of[file])) {
			if number[next] == 0 {
				visit(next)
				low[file] = min(low[file], low[next])
			} else if slices.Contains(stack, next) {
				low[file] = min(low[file], number[next])
			}
		}
		if low[file] == number[file] {
			at := slices.Index(stack, file)
			if len(stack)-at > 1 {
				found = append(found, slices.Sorted(slices.Values(stack[at:])))
			}
			stack = stack[:at]
		}
	}
	for _, file := range slices.Sorted(maps.Keys(of)) {
		if number[file] == 0 {
			visit(file)
		}
	}
	slices.SortStableFunc(found, func(a, b circle) int { return cmp.Compare(len(b), len(a)) })
	return found
}

// describeCircles says which packages have circles, largest first.
func describeCircles(found map[string][]circle) (lines []string) {
	files := func(folder string) (n int) {
		for _, c := range found[folder] {
			n += len(c)
		}
		return n
	}
	for _, folder := range slices.SortedStableFunc(maps.Keys(found), func(a, b string) int {
		return cmp.Or(cmp.Compare(files(b), files(a)), cmp.Compare(a, b))
	}) {
		var each []string
		for _, c := range found[folder] {
			names := make([]string, len(c))
			for i, file := range c {
				names[i] = path.Base(file)
			}
			each = append(each, strings.Join(names, " "))
		}
		lines = append(lines, fmt.Sprintf("%s %d: %s", folder, files(folder), strings.Join(each, "; ")))
	}
	return lines
}
