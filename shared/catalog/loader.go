package catalog

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/trigger"
)

// loader holds a catalog while it is read.
type loader struct {
	report
	fsys fs.FS
	c    *Catalog

	longest    time.Duration
	drafts     []draft
	plans      []plan
	identities identityIndex
	names      *names
}

// draft is an entitlement with the places of its fields.
type draft struct {
	access.Entitlement
	fields
	isComplete bool // parameters and policy were read without problems
}

// plan is a trigger with the places of its fields.
type plan struct {
	trigger.Trigger
	fields
	taskKinds []string // kinds of task in its events
}

// files returns a folder's files with the suffix and reports any others.
func (l *loader) files(dir, suffix string) []string {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return nil // the reader of a required folder reports it
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

// read parses a YAML file. It does not report an absent file.
func (l *loader) read(file string) (v value, ok bool) {
	text, err := fs.ReadFile(l.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false
	}
	if err != nil {
		l.add(Problem{File: file, Why: "cannot be read: " + err.Error()})
		return v, false
	}
	if p, bad := findHidden(file, text); bad {
		l.add(p)
		return v, false
	}
	return parseYAML(&l.report, file, text)
}

// entitlementName is short enough for names and paths, and has one case only.
var entitlementName = fault.Pattern(`^[a-z][a-z0-9-]{0,62}$`)
