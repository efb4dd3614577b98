package house

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A tree is the text of files by their path from the root, with forward
// slashes.
type tree map[string]string

// paths lists the tree in order, so that findings come in the same order every
// time.
func (t tree) paths() []string {
	return slices.Sorted(maps.Keys(t))
}

// root is the folder of go.mod, seen from this package.
const root = "../.."

// unread lists folders that are never part of the repository, also where git is absent and cannot list ignored files.
var unread = []string{".git", "node_modules", "dist", "cdk.out"}

// readRepository reads every file that is committed or would be by "git add .".
func readRepository(t *testing.T) tree {
	t.Helper()
	files := tree{}
	wanted := gitFiles()
	// The walk is needed in addition to git's list: go test caches a result by the folders and files that the test
	// process opened.
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(unread, entry.Name()):
			return filepath.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		path, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		path = filepath.ToSlash(path)
		if wanted != nil && !wanted[path] {
			return nil
		}
		text, err := os.ReadFile(name)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatalf("reading the repository: %v", err)
	}
	return files
}

// gitFiles returns the paths that git tracks or would track, or nil where git
// is absent or the tree is not a clone: then every file counts.
func gitFiles() map[string]bool {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil
	}
	files := map[string]bool{}
	for path := range strings.SplitSeq(string(out), "\x00") {
		files[path] = true
	}
	if !files["go.mod"] { // inside another repository
		return nil
	}
	return files
}
