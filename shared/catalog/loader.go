package catalog

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/trigger"
)

// loader is a catalog under construction.
type loader struct {
	report
	fsys fs.FS
	c    *Catalog

	longest time.Duration
	drafts  []draft
	plans   []plan
	roll    roll
	names   *names
}

// draft is an entitlement with the places of its fields.
type draft struct {
	access.Entitlement
	fields
	whole bool // parameters and policy could be read, so that more can be said of them
}

// plan is a trigger with the places of its fields.
type plan struct {
	trigger.Trigger
	fields
	tells []string // the kinds of task that its events tell of
}

// files gives the names of the files of a folder that end as given, and reports any others.
func (l *loader) files(dir, suffix string) []string {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return nil // a folder that is needed is missed by what it should hold
	}
	var names []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir() || !strings.HasSuffix(e.Name(), suffix):
			l.add(Problem{File: path.Join(dir, e.Name()), Why: "is not a *" + suffix + " file"})
		default:
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names
}

// read gives the YAML of a file. A file that is absent is not reported.
func (l *loader) read(file string) (v value, ok bool) {
	text, err := fs.ReadFile(l.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false
	}
	if err != nil {
		l.add(Problem{File: file, Why: "cannot be read: " + err.Error()})
		return v, false
	}
	if p, bad := hidden(file, text); bad {
		l.add(p)
		return v, false
	}
	return parseYAML(&l.report, file, text)
}

// entitlementName is short enough to stand in names and paths, and cannot be mistaken for another by its case.
var entitlementName = lazily(`^[a-z][a-z0-9-]{0,62}$`)
