package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
)

// The parts of a catalog.
const (
	settingsFile    = "catalog.yaml"
	identitiesFile  = "identities.yaml"
	testsFile       = "tests.yaml"
	entitlementsDir = "entitlements"
	triggersDir     = "triggers"
	eventsDir       = "events"
	policiesDir     = "policies"
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
	access.Trigger
	fields
	tells []string // the kinds of task that its events tell of
}

// LoadDir loads the catalog in a directory: see [Load].
func LoadDir(dir string) (*Catalog, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, &Problem{File: dir, Why: "cannot be read"}
	}
	if !info.IsDir() {
		return nil, &Problem{File: dir, Why: "is not a directory"}
	}
	return Load(os.DirFS(dir))
}

// Load reads and checks a catalog. The error is all that is wrong with it, one line each; [Problems] takes it apart.
func Load(fsys fs.FS) (*Catalog, error) {
	l := &loader{fsys: fsys, c: &Catalog{entitlements: map[string]access.Entitlement{}, triggers: map[string]access.Trigger{}}}
	l.checkTop()
	l.readSettings()
	identitiesReader{l}.readIdentities()
	l.readEntitlements()
	l.readTriggers()
	crossChecker{l}.check()
	policyReader{l}.readPolicies()
	if err := l.err(); err != nil {
		return nil, err
	}
	if err := l.c.finish(); err != nil {
		return nil, err
	}
	testsReader{l}.readTests()
	if err := l.err(); err != nil {
		return nil, err
	}
	return l.c, nil
}

// checkTop refuses what is not part of a catalog: a misspelt folder would silently lose what is in it.
func (l *loader) checkTop() {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		l.add(Problem{File: ".", Why: "cannot be read: " + err.Error()})
		return
	}
	known := map[string]bool{ // name: is a directory
		settingsFile: false, identitiesFile: false, testsFile: false, "README.md": false,
		entitlementsDir: true, triggersDir: true, policiesDir: true, eventsDir: true,
	}
	for _, e := range entries {
		isDir, ok := known[e.Name()]
		if (!ok || isDir != e.IsDir()) && !strings.HasPrefix(e.Name(), ".") {
			l.add(Problem{File: e.Name(), Why: "is not a part of a catalog"})
		}
	}
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

// Bounds of what a catalog may say.
const (
	shortest       = time.Minute
	usuallyLongest = 12 * time.Hour
	everLongest    = 30 * 24 * time.Hour
)

func (l *loader) readSettings() {
	l.longest, l.c.zone = usuallyLongest, time.UTC
	v, there := l.read(settingsFile)
	if !there {
		return
	}
	f := v.fields("zone", "longest")
	if zone, ok := f.get("zone"); ok {
		l.c.zone = zone.zone()
	}
	if longest, ok := f.get("longest"); ok {
		if d := longest.duration(shortest, everLongest); d > 0 {
			l.longest = d
		}
	}
}

func (l *loader) readEntitlements() {
	files := l.files(entitlementsDir, ".yaml")
	if len(files) == 0 {
		l.add(Problem{File: entitlementsDir, Why: "has no entitlement"})
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		if !entitlementName().MatchString(name) {
			l.add(Problem{File: file, Why: "has a name that is not lower-case letters, digits and hyphens"})
			continue
		}
		if v, ok := l.read(file); ok {
			l.drafts = append(l.drafts, l.readEntitlement(v, name))
		}
	}
	for _, d := range l.drafts {
		l.c.entitlements[d.Name] = d.Entitlement
	}
}

// entitlementName is short enough to stand in names and paths, and cannot be mistaken for another by its case.
var entitlementName = lazily(`^[a-z][a-z0-9-]{0,62}$`)

// sorted gives a copy in order: lists that are sets have one canonical form however they were written.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
