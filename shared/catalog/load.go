package catalog

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/trigger"
)

// LoadDir calls [Load] with a directory.
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

// Load reads and checks a catalog. The error joins all problems, one line each; see [Problems].
func Load(fsys fs.FS) (*Catalog, error) {
	l := &loader{fsys: fsys, c: &Catalog{entitlements: map[string]access.Entitlement{}, triggers: map[string]trigger.Trigger{}, detections: map[string]detection.Detection{}}}
	l.checkTop()
	l.readSettings()
	identitiesReader{l}.readIdentities()
	l.readEntitlements()
	l.readTriggers()
	detectionReader{l}.readDetections()
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

// checkTop refuses unknown entries: the content of a misspelled folder would be lost silently.
func (l *loader) checkTop() {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		l.add(Problem{File: ".", Why: "cannot be read: " + err.Error()})
		return
	}
	known := map[string]bool{ // name: whether it is a directory
		settingsFile: false, identitiesFile: false, testsFile: false, "README.md": false,
		entitlementsDir: true, triggersDir: true, detectionsDir: true, policiesDir: true, eventsDir: true,
	}
	for _, e := range entries {
		isDir, ok := known[e.Name()]
		if (!ok || isDir != e.IsDir()) && !strings.HasPrefix(e.Name(), ".") {
			l.add(Problem{File: e.Name(), Why: "is not a part of a catalog"})
		}
	}
}

func (l *loader) readSettings() {
	l.longest, l.c.zone, l.c.onForeign = usuallyLongest, time.UTC, onForeignReport
	v, there := l.read(settingsFile)
	if !there {
		return
	}
	f := v.fields("zone", "longest", "budgets", "iac", "onForeign")
	if zone, ok := f.get("zone"); ok {
		l.c.zone = zone.zone()
	}
	if longest, ok := f.get("longest"); ok {
		if d := longest.duration(shortest, everLongest); d > 0 {
			l.longest = d
		}
	}
	if budgets, ok := f.get("budgets"); ok {
		l.c.budgets = readBudgetList(budgets)
	}
	l.readForeign(f)
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

func (l crossChecker) check() {
	for _, d := range l.drafts {
		for _, name := range []string{"owners", "requesters", "reviewers"} {
			l.identities.checkRefs(d.fields, name)
		}
		if approval, ok := d.get("approval"); ok {
			l.identities.checkRefs(approval.fields(approvalFields()...), "of")
		}
		if principals, ok := d.get("principals"); ok {
			for _, each := range principals.list() {
				if pattern, ok := each.arn(); ok {
					l.identities.checkPattern(each, pattern)
				}
			}
		}
		l.checkDeciders(d)
		l.checkPolicy(d)
	}
	l.checkTriggers()
}
