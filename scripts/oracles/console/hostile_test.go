package console

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

const anID = "01jd0000000000000000000001"

// views are all views of the page, with what they need in their hash.
func views() []string {
	return []string{"home", "inbox", "ask", "ask/admin-30m", "decide", "decide/" + anID, "elevations", "elevation/" + anID, "reviews", "review/" + anID, "campaigns", "campaign/" + anID, "findings", "finding/" + anID, "audit", "could?action=s3%3AGetObject&resource=*", "queries", "health", "end", "accounts", "catalog", "delegations"}
}

// inspect lists what markup could have come from text: kinds of elements and of attributes, and addresses.
const inspect = `(() => {
	const found = {tags: new Set(), attributes: new Set(), addresses: new Set(), text: document.body.innerText + [...document.querySelectorAll("input,textarea")].map(e => "\n" + e.value).join("")
		+ [...document.querySelectorAll("details:not([open]), option, svg title")].map(e => "\n" + e.textContent).join("")};
	for (const e of document.querySelectorAll("*")) {
		found.tags.add(e.namespaceURI.split("/").pop() + ":" + e.localName);
		for (const a of e.attributes) {
			found.attributes.add(a.name);
			if (["href", "src", "action", "formaction", "srcset", "data", "ping", "xlink:href"].includes(a.name)) found.addresses.add(a.value);
		}
	}
	return JSON.stringify({tags: [...found.tags], attributes: [...found.attributes], addresses: [...found.addresses], text: found.text, polluted: Object.keys(Object.prototype).length + Object.keys(Array.prototype).length});
})()`

type inspected struct {
	Tags, Attributes, Addresses []string
	Text                        string
	Polluted                    int
}

func (p *tab) inspect() (i inspected) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(eval[string](p, inspect)), &i); err != nil {
		p.t.Fatal(err)
	}
	return i
}

// harmless is what the page has when no text is hostile.
type harmless struct{ tags, attributes map[string]bool }

// TestHostileTextIsInert shows each payload in each view that an API could answer, and finds the elements, attributes and addresses of harmless
// text, no dialog, no request, no violation of the policy, and no character that a reader cannot see.
func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	all := payloads()
	if len(all) < fewestPayloads {
		t.Fatalf("there are %d payloads, want at least %d", len(all), fewestPayloads)
	}
	s, p := newStub(t), newTab(t)
	plain := &answers{document: readDocument(t), texts: []string{"harmless"}, many: 3}
	s.answersWith(t, plain, operator("dee"))
	s.signIn(p, "home")
	was := harmless{map[string]bool{}, map[string]bool{}}
	for _, view := range views() {
		p.show(view)
		p.eachButton(func(i inspected) { was.add(i) })
	}
	p.show("elevation/" + anID)
	p.sees("Evidence: this page computed the digest") // else it would show no terms
	shown := map[string]int{}
	for _, wild := range []bool{false, true} {
		s.answersWith(t, &answers{document: plain.document, texts: all, wild: wild, many: 60}, operator("dee"))
		for _, view := range views() {
			p.show(view)
			p.eachButton(func(i inspected) {
				was.check(t, fmt.Sprintf("%s, wild %v", view, wild), i)
				count(shown, all, i.Text)
			})
		}
	}
	report(t, all, shown)
}

// TestHostileRefusalsAreInert shows refusals with payloads in each view.
func TestHostileRefusalsAreInert(t *testing.T) {
	t.Parallel()
	all := payloads()
	s, p := newStub(t), newTab(t)
	p.expect("Failed to load resource")
	document := readDocument(t)
	refuse := func(texts []string) {
		s.answersWith(t, &answers{document: document, texts: texts, many: 60, refuses: true}, operator("dee"))
	}
	refused := func(view string) inspected {
		p.show(view)
		if view != "queries" { // its list is a file
			p.await("the refusal", func() bool { return eval[bool](p, `document.querySelector("#content .notice.bad") !== null`) })
		}
		return p.inspect()
	}
	refuse([]string{"harmless"})
	s.signIn(p, "home")
	was, shown := harmless{map[string]bool{}, map[string]bool{}}, map[string]int{}
	for _, view := range views() {
		was.add(refused(view))
	}
	refuse(all)
	for _, view := range views() {
		i := refused(view)
		was.check(t, view, i)
		count(shown, all, i.Text)
	}
	report(t, all, shown)
}

// harms finds the payloads that make an element or an attribute where text is taken for markup or stands in an attribute, or that lead away as the
// address of a link. Its document runs and loads nothing.
const harms = `.filter((text) => {
	const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
	const leads = (() => { try { const u = new URL(text, "http://127.0.0.1/console/"); return u.protocol !== "http:" || u.host !== "127.0.0.1" } catch { return false } })();
	return leads || parsed("<p>" + text).querySelectorAll("*").length > 4 || ["'", '"', ""].some((quote) => {
		const d = parsed("<p title=" + quote + text + quote + ">"), p = d.querySelector("p");
		return d.querySelectorAll("*").length > 4 || p?.attributes.length > 1;
	});
}).length`

// TestPayloadsWouldDoHarm: without payloads that do harm where a page is careless, the tests above would prove nothing.
func TestPayloadsWouldDoHarm(t *testing.T) {
	t.Parallel()
	p := newTab(t)
	p.open("about:blank")
	texts, err := json.Marshal(payloads())
	if err != nil {
		t.Fatal(err)
	}
	n := eval[int](p, string(texts)+harms)
	t.Logf("%d of %d payloads do harm where a page is careless; the others hide, spoof or name what every object has", n, len(payloads()))
	if n < fewestPayloads {
		t.Errorf("%d payloads do harm, want at least %d", n, fewestPayloads)
	}
}

// eachButton looks at the view, and again after each of its first buttons: what they ask or answer is from the API too. A dialog is confirmed.
func (p *tab) eachButton(look func(inspected)) {
	p.t.Helper()
	look(p.inspect())
	buttons := eval[int](p, `Math.min(4, document.querySelectorAll("#content button[type=button]").length)`)
	for n := range buttons {
		eval[bool](p, fmt.Sprintf(`[...document.querySelectorAll("#content button[type=button]")][%d]?.click(), new Promise((done) => setTimeout(() => done(true), 60))`, n))
		look(p.inspect())
		eval[bool](p, `(() => { const d = document.querySelector("dialog"); if (!d) return true; const r = d.querySelector("textarea"); if (r) r.value = "because"; d.querySelector("#dialog-yes").click(); return new Promise((done) => setTimeout(() => { document.querySelector("#dialog-no")?.click(); done(true) }, 60)) })()`)
	}
}

func (h harmless) add(i inspected) {
	for _, name := range i.Tags {
		h.tags[name] = true
	}
	for _, name := range i.Attributes {
		h.attributes[name] = true
	}
}

// count adds the payloads that a text has.
func count(shown map[string]int, all []string, text string) {
	text = squeezed(text)
	for _, payload := range all {
		if strings.Contains(text, squeezed(visible(payload))) {
			shown[payload]++
		}
	}
}

func report(t *testing.T, all []string, shown map[string]int) {
	t.Helper()
	places := 0
	for _, payload := range all {
		if shown[payload] == 0 {
			t.Errorf("not shown in any view: %q", payload)
		}
		places += shown[payload]
	}
	t.Logf("%d payloads in %d views, seen %d times: no dialog, no request, no new element or attribute, no violation of the policy", len(shown), len(views()), places)
}

var inside = regexp.MustCompile(`^(#[/a-z].*|/console/[a-z-]+\.(css|js|svg))$`)

func (h harmless) check(t *testing.T, where string, i inspected) {
	t.Helper()
	for _, tag := range i.Tags {
		if !h.tags[tag] {
			t.Errorf("%s: text made an element %s", where, tag)
		}
	}
	for _, name := range i.Attributes {
		if strings.HasPrefix(name, "on") || name == "style" || !h.attributes[name] {
			t.Errorf("%s: text made an attribute %s", where, name)
		}
	}
	for _, address := range i.Addresses {
		if !inside.MatchString(address) {
			t.Errorf("%s: a link leads to %q", where, address)
		}
	}
	for _, r := range i.Text {
		if isHidden(r) && r != '\n' && r != '\t' {
			t.Errorf("%s: a reader cannot see U+%04X", where, r)
			break
		}
	}
	if i.Polluted > 0 {
		t.Errorf("%s: text became a member of every object", where)
	}
}

// isHidden reports whether a reader cannot see a character, or sees the text around it in another order.
func isHidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) || r == 0x34f || r == 0x115f
}

// visible is how the page writes a text.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if isHidden(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// squeezed drops white space, which a page breaks and joins, and the marks that a page may not stack.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.M) {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "⟨marks⟩", ""))
}
