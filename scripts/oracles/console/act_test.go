package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// control is a node of the accessibility tree: what a screen reader has.
type control struct {
	role, name string
	node       cdp.BackendNodeID
	disabled   bool
	focusable  bool
}

// send sends a command of the DevTools protocol.
func send[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := settled(func() (R, error) { return chromedp.Call(p.ctx, command, params) })
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

// settled tries again while the page leaves for another: the document that was asked is gone.
func settled[T any](try func() (T, error)) (v T, err error) {
	for range 50 {
		v, err = try()
		if err == nil || !strings.Contains(err.Error(), "navigated") && !strings.Contains(err.Error(), "context was destroyed") {
			return v, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return v, err
}

// do carries out actions of chromedp.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// open loads an address.
func (p *tab) open(url string) {
	p.t.Helper()
	p.do(chromedp.Navigate(url))
}

// eval evaluates an expression in the page. The policy of the page does not apply to it.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := settled(func() (T, error) {
		return chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	})
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// text is the text that the page shows.
func (p *tab) text() string {
	p.t.Helper()
	return eval[string](p, `document.body?.innerText ?? ""`)
}

// tree is the page's accessibility tree.
func (p *tab) tree() (all []control) {
	p.t.Helper()
	for _, n := range send(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			all = append(all, controlOf(n))
		}
	}
	return all
}

// offers reports whether there is a button of this name now.
func (p *tab) offers(name string) bool {
	p.t.Helper()
	return slices.ContainsFunc(p.tree(), func(c control) bool { return c.role == "button" && c.name == name })
}

func controlOf(n *accessibility.Node) control {
	c := control{role: said(n.Role), name: said(n.Name), node: n.BackendDOMNodeID}
	for _, property := range n.Properties {
		switch property.Name {
		case accessibility.PropertyNameDisabled:
			c.disabled = said(property.Value) == "true"
		case accessibility.PropertyNameFocusable:
			c.focusable = said(property.Value) == "true"
		}
	}
	return c
}

// said is a value's text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) == nil {
		return text
	}
	return string(v.Value)
}

// find waits for the first control with this role, or with one of several, whose name begins so.
func (p *tab) find(role, name string) control {
	p.t.Helper()
	var found control
	roles := strings.Split(role, "|")
	p.await(fmt.Sprintf("%s %q", role, name), func() bool {
		all := p.tree()
		i := slices.IndexFunc(all, func(c control) bool {
			return slices.Contains(roles, c.role) && strings.HasPrefix(c.name, name) && !c.disabled
		})
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

// await is [await], and prints the page when it fails.
func (p *tab) await(what string, ok func() bool) {
	p.t.Helper()
	done := false
	defer func() {
		if !done {
			p.t.Logf("the page shows:\n%.3000s\nand has %v", p.text(), p.complaints())
		}
	}()
	await(p.t, what, ok)
	done = true
}

// sees waits until the page shows a text.
func (p *tab) sees(text string) {
	p.t.Helper()
	p.await("the text "+text, func() bool { return strings.Contains(p.text(), text) })
}

// click presses the mouse on a control. Something before it is a failure: a person could not click it. The page may draw a control anew at any
// time: then the new one is clicked.
func (p *tab) click(role, name string) {
	p.t.Helper()
	var last error
	defer func() {
		if last != nil {
			p.t.Log(last)
		}
	}()
	p.await(fmt.Sprintf("a click on the %s %q", role, name), func() bool {
		last = p.tryClick(p.find(role, name))
		return last == nil
	})
}

func (p *tab) tryClick(c control) error {
	if _, err := chromedp.Call(p.ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: c.node}); err != nil {
		return err
	}
	place, err := chromedp.Call(p.ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: c.node})
	if err != nil || len(place.Quads) == 0 {
		return fmt.Errorf("%s %q has no place on the page: %w", c.role, c.name, err)
	}
	q := place.Quads[0]
	x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
	if err := p.hits(c, x, y); err != nil {
		return err
	}
	return chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y))
}

// hits fails unless a point is of a control, or of its label.
func (p *tab) hits(c control, x, y float64) error {
	node, err := chromedp.Call(p.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: c.node})
	if err != nil {
		return err
	}
	got, err := chromedp.Call(p.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: node.Object.ObjectID, ReturnByValue: new(true),
		FunctionDeclaration: fmt.Sprintf(`function () { const at = document.elementFromPoint(%f, %f); return this === at || this.contains(at) || at?.contains(this) }`, x, y),
	})
	if err == nil && string(got.Result.Value) != "true" {
		err = fmt.Errorf("%s %q lies under something else at %.0f, %.0f", c.role, c.name, x, y)
	}
	return err
}

// focus gives a control the focus.
func (p *tab) focus(role, name string) {
	p.t.Helper()
	p.await(fmt.Sprintf("the focus on the %s %q", role, name), func() bool {
		_, err := chromedp.Call(p.ctx, dom.Focus, dom.FocusParams{BackendNodeID: p.find(role, name).node})
		return err == nil
	})
}

// fill replaces the text of a field.
func (p *tab) fill(name, text string) {
	p.t.Helper()
	p.focus("textbox|combobox|spinbutton", name)
	p.write(text)
}

// write replaces the text of the field that has the focus.
func (p *tab) write(text string) {
	p.t.Helper()
	eval[bool](p, `document.activeElement.select?.(), true`)
	send(p, input.InsertText, input.InsertTextParams{Text: text})
}

// choose selects an option of a list by the keys of its first letters.
func (p *tab) choose(name, option string) {
	p.t.Helper()
	p.focus("combobox", name)
	p.do(chromedp.KeyEvent(option))
}

// press presses keys, such as [kb.Tab].
func (p *tab) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// focused is the control that has the focus: its role and name. Empty: the page has lost it.
func (p *tab) focused() control {
	p.t.Helper()
	object := send(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement ?? document.body"}).Result
	nodes := send(p, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: object.ObjectID, FetchRelatives: new(false)}).Nodes
	if len(nodes) == 0 || nodes[0].Ignored || eval[bool](p, "document.activeElement === document.body") {
		return control{}
	}
	return controlOf(nodes[0])
}

// tabTo presses Tab until a control has the focus.
func (p *tab) tabTo(role, name string) {
	p.t.Helper()
	p.find(role, name)
	for range 200 {
		if c := p.focused(); slices.Contains(strings.Split(role, "|"), c.role) && strings.HasPrefix(c.name, name) {
			return
		}
		p.press(kb.Tab)
	}
	p.t.Fatalf("Tab does not lead to the %s %q", role, name)
}
