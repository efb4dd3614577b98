package oracles

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/report"
	"curfew/shared/audit/sqlite"
)

// TestReportInChromium: no error in the console, no violation by axe-core, no scrolling sideways, and pages to print.
func TestReportInChromium(t *testing.T) {
	look := exec.CommandContext(t.Context(), "node", "look.mjs", browser(t), madeReport(t))
	look.Dir, look.Stderr = fromNPM(t), os.Stderr
	out, err := look.Output()
	var found struct {
		Errors     []string
		Sideways   map[string]int // pixels, by the width of the window
		Passes     int
		Violations []string
		Pages      int
	}
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil {
		t.Fatalf("look.mjs: %v: %s", err, out)
	}
	if len(found.Errors) > 0 || found.Passes < 20 || len(found.Violations) > 0 || found.Pages < 15 || found.Pages > 60 {
		t.Errorf("%+v", found)
	}
	for width, over := range found.Sideways {
		if over > 0 {
			t.Errorf("in a window of %s the page scrolls sideways by %d", width, over)
		}
	}
	t.Logf("axe-core: %d rules passed, %d violations; %d errors in the console; %d pages to print", found.Passes, len(found.Violations), len(found.Errors), found.Pages)
}

// madeReport is the path of a report of a generated log.
func madeReport(t *testing.T) string {
	t.Helper()
	const days = 30
	folder, facts := madeLake(t, audittest.Options{Days: days, Daily: 20, Seed: 1}, 0)
	all, err := report.Queries()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := sqlite.OpenFolder(t.Context(), folder, all...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	from := audittest.Start()
	r, err := report.Build(t.Context(), engine, report.Period{From: from, To: from.AddDate(0, 0, days)}, report.Meta{
		Installation: "curfew", Made: from.AddDate(0, 0, days), Lake: []string{"--lake", "./lake"}, Log: report.Log{Origin: audittest.Origin, Size: facts.Entries, Root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err == nil {
		err = r.HTML(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// browser is the path of Chromium or Chrome. Without one the test fails.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium: apt-get install -y --no-install-recommends chromium")
	return ""
}

// fromNPM is a copy of the folder page with what its package-lock.json names.
func fromNPM(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("page")); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", dir)
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}
