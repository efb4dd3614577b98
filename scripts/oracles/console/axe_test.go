package console

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// axeSource is axe-core of the version that the report's page names.
var axeSource = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "curfew-axe-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS("../page")); err != nil {
		return "", err
	}
	npm := exec.Command("npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", dir)
	npm.Stderr = os.Stderr
	if err := npm.Run(); err != nil {
		return "", err
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	return string(source), err
})

// axeRun answers the violations, one line each, and how many rules passed.
const axeRun = `axe.run(document, {runOnly: %s, resultTypes: ["violations"], elementRef: false, preload: false}).then((r) => ({
	passes: r.passes.length, violations: r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + " (" + n.failureSummary.split("\n").pop().trim() + ")").join(" ")),
	wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
}))`

type axeResult struct {
	Passes     int
	Violations []string
	Wide       int // pixels by which the page scrolls sideways
}

// allRules are those of WCAG 2.2 AA, and axe-core's best practices. Colors and sizes are what differs between screens.
const (
	allRules       = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	colorsAndSizes = `{type: "rule", values: ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable", "meta-viewport"]}`
)

// axe looks at the page as it is now. It is a script, and evaluated by the browser's debugger: the policy of the page allows no other.
func (p *tab) axe(rules string) axeResult {
	p.t.Helper()
	if !eval[bool](p, `"axe" in window`) {
		source, err := axeSource()
		if err != nil {
			p.t.Fatal(err)
		}
		eval[bool](p, source+"; true")
	}
	return eval[axeResult](p, fmt.Sprintf(axeRun, rules))
}

// TestAccessibility looks at each view with axe-core on each screen. Each control has a name, and no page scrolls sideways.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	s, p := newStub(t), newTab(t)
	s.answersWith(t, &answers{document: readDocument(t), texts: []string{"deploy-7", "the deployment is broken", "arn:aws:iam::111122223333:role/engineer-deploy"}, many: 3}, operator("dee"))
	rules, looks := 0, 0
	look := func(on screen, where string) {
		t.Helper()
		which := allRules
		if on == desktop.inDark() || on == phone {
			which = colorsAndSizes
		}
		where = on.name + ", " + where
		r := p.axe(which)
		looks++
		rules += r.Passes
		for _, v := range r.Violations {
			t.Errorf("%s: %s", where, v)
		}
		if r.Passes == 0 || r.Wide > 0 {
			t.Errorf("%s: %d rules passed; the page scrolls sideways by %d", where, r.Passes, r.Wide)
		}
	}
	for _, on := range screens() {
		p.on(on)
		p.open(s.base + "/")
		p.find("button", "Sign in")
		look(on, "signed out")
		s.signIn(p, "home")
		for _, view := range views() {
			p.show(view)
			look(on, view)
			if on == desktop {
				p.named(view)
			}
		}
		p.show("finding/" + anID)
		p.click("button", "Close")
		p.find("dialog", "Close this finding")
		look(on, "a dialog")
		p.press(kb.Escape)
	}
	t.Logf("axe-core: %d looks, %d rules passed", looks, rules)
}

// named fails for each control that a screen reader cannot name.
func (p *tab) named(view string) {
	p.t.Helper()
	n := 0
	for _, c := range p.tree() {
		switch c.role {
		case "button", "link", "textbox", "combobox", "checkbox", "radio", "dialog", "region", "navigation", "img", "spinbutton", "Date", "searchbox", "DisclosureTriangle":
			n++
			if c.name == "" {
				p.t.Errorf("%s: a %s has no name", view, c.role)
			}
		}
	}
	if n < 5 {
		p.t.Errorf("%s: only %d controls are in the accessibility tree", view, n)
	}
}
