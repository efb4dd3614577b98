package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rule is a rule for every file of the repository. Its check is a pure function of the tree, so examples can test it.
type rule struct {
	name  string
	check func(tree) []finding
	bad   tree // every file of it must be found
	good  tree // no file of it may be found
}

// finding is one place that breaks a rule.
type finding struct {
	path string
	line int // 0 means the file as a whole
	text string
}

func (f finding) String() string {
	if f.line == 0 {
		return fmt.Sprintf("%s: %s", f.path, f.text)
	}
	return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text)
}

// TestHouse checks every rule against its examples, then the repository.
func TestHouse(t *testing.T) {
	repository := readRepository(t)
	for _, r := range slices.Concat(sourceRules, importRules, treeRules, textRules, linkRules, installRules) {
		t.Run(r.name, func(t *testing.T) {
			wantAllFound(t, r)
			wantNoneFound(t, r.check(r.good), "the good example")
			wantNoneFound(t, r.check(repository), "the repository")
		})
	}
}

// wantAllFound fails unless the rule finds every file of its bad example.
func wantAllFound(t *testing.T, r rule) {
	t.Helper()
	if len(r.bad) == 0 || len(r.good) == 0 {
		t.Fatal("the rule has no examples")
	}
	found := map[string]bool{}
	for _, f := range r.check(r.bad) {
		found[f.path] = true
	}
	for _, path := range r.bad.paths() {
		if !found[path] {
			t.Errorf("the bad example %s was not found", path)
		}
	}
}

func wantNoneFound(t *testing.T, findings []finding, where string) {
	t.Helper()
	for _, f := range findings {
		t.Errorf("in %s: %s", where, f)
	}
}

// TestRepositoryIsSeen fails if the rules see no files.
func TestRepositoryIsSeen(t *testing.T) {
	repository := readRepository(t)
	for _, path := range []string{"go.mod", "LICENSE", "shared/house/doc.go", "scripts/check"} {
		if _, ok := repository[path]; !ok {
			t.Errorf("%s is not among the %d files read", path, len(repository))
		}
	}
}

// under reports whether path is the folder or file prefix, or lies inside it.
func under(path string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}
