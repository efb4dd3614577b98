package console

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// keyboardAlone: ana asks, ben approves, ana ends it, by Tab, Enter, Space and Escape. The focus is never lost.
func keyboardAlone(t *testing.T) {
	r, ana, ben := alone(t), newTab(t), newTab(t)
	ana.signInByKeys(r, "ana")
	ana.enters("link", "Ask")
	ana.enters("link", "admin-30m")
	for _, field := range [][2]string{{"Principal", deployer}, {"Task", "CHG-KEYS"}, {"account", account}, {"Reason", "by keyboard"}} {
		ana.tabTo("textbox|combobox", field[0])
		ana.write(field[1])
	}
	ana.enters("button", "Show what would happen")
	ana.sees("This is what you would ask for")
	ana.hasFocus("after the trial")
	ana.enters("button", "Ask for it")
	ana.sees("admin-30m: requested")

	ben.signInByKeys(r, "ben")
	ben.enters("link", "Read and decide admin-30m for ana")
	ben.sees("by keyboard")
	ben.enters("button", "Approve")
	ben.sees("there is nothing to decide")
	ben.hasFocus("after the approval")

	ana.sees("admin-30m: active")
	ana.tabTo("button", "End it now")
	ana.press(kb.Enter)
	ana.find("dialog", "End it now?")
	ana.hasFocus("in the dialog")
	ana.press(kb.Escape)
	await(t, "the dialog is closed", func() bool { return !ana.has("dialog", "") })
	if c := ana.focused(); c.name != "End it now" {
		t.Errorf("after Escape the focus is on the %s %q, want the button that opened the dialog", c.role, c.name)
	}
	ana.press(kb.Enter)
	ana.find("dialog", "End it now?")
	ana.tabTo("button", "End it now")
	ana.press(kb.Enter)
	ana.sees("admin-30m: ended")
	ana.hasFocus("after the end")
}

func (p *tab) signInByKeys(r *rehearsal, name string) {
	p.t.Helper()
	p.open(r.base + "/")
	p.tabTo("button", "Sign in")
	p.press(kb.Enter)
	p.tabTo("button", name+" ")
	p.press(kb.Enter)
	p.sees("Signed in as " + name)
}

// enters goes to a control by Tab and presses Enter. A link shows a view, whose title has the focus then.
func (p *tab) enters(role, name string) {
	p.t.Helper()
	p.tabTo(role, name)
	p.press(kb.Enter)
	if role == "link" {
		p.await("the title has the focus", func() bool { return p.focused().role == "heading" })
	}
}

// has reports whether the page has a control with a name, or with any.
func (p *tab) has(role, name string) bool {
	p.t.Helper()
	for _, c := range p.tree() {
		if c.role == role && (name == "" || c.name == name) {
			return true
		}
	}
	return false
}

func (p *tab) hasFocus(when string) {
	p.t.Helper()
	if eval[bool](p, `document.activeElement === null || document.activeElement === document.body`) {
		p.t.Errorf("%s the focus is lost", when)
	}
}
