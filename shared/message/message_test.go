package message

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

var update = flag.Bool("update", false, "rewrite testdata")

const (
	id     = "00vhnczb0060r30c1g60r30c1h"
	anaID  = "person:https://id.example.com|00u1ana"
	benID  = "person:https://id.example.com|00u1ben"
	digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

// full is a message with all of its fields; v replaces what others wrote.
func full(kind Kind, v func(string) string) Message {
	return Message{
		Kind: kind, To: []string{v("group:leads"), v(anaID)}, Elevation: id, At: noon, Entitlement: v("admin-30m"), Principal: v("arn:aws:iam::111122223333:role/engineer-deploy"),
		Requester: Party{ID: v(anaID), Name: v("ana")}, Task: &Task{Kind: v("change"), ID: v("CHG-1")}, Reason: v("the deployment is broken"),
		Difference: &Difference{Line: v("adds 14 actions, risk 7: code, data out"), Risk: 7, Reasons: []string{v("code that runs as another")}, Hash: digest, SeenAt: noon.Add(-9 * time.Minute), Unknown: v("no survey has seen it yet")},
		Session:    &Session{Bind: "userid", Value: v("ana"), Weak: true}, Seconds: 1800, Need: 1, WaitsFor: []string{v("group:leads")}, WaitsFrom: noon.Add(-time.Hour), Withdrew: 4,
		DecideBy: noon.Add(time.Hour), StartAt: noon, LatestEnd: noon.Add(90 * time.Minute), Digest: digest, DecidedBy: Party{ID: v(benID), Name: v("ben")},
		ReadyAt: noon.Add(10 * time.Second), Deadline: noon.Add(30 * time.Minute), State: "requested", Cause: "revoked", Why: v("policy freeze says \"come back on Monday\""),
		OrderedBy: v(benID), GoneAt: noon.Add(31 * time.Minute), Overstay: 3, Console: Link("https://api.example.com/console/", id),
	}
}

func plain(s string) string { return s }

// typical are messages as the domain makes them, by name.
func typical() map[string]Message {
	all := map[string]Message{}
	for _, kind := range Kinds() {
		f := full(kind, plain)
		step := Message{
			Kind: kind, To: []string{anaID}, Elevation: id, At: noon, Entitlement: f.Entitlement, Principal: f.Principal, Requester: Party{ID: anaID}, State: string(kind), Console: f.Console,
		}
		terms := step
		terms.Requester, terms.Task, terms.Session, terms.Reason, terms.Seconds, terms.Digest = f.Requester, f.Task, f.Session, f.Reason, f.Seconds, digest
		terms.StartAt, terms.LatestEnd = f.StartAt, f.LatestEnd
		m := terms
		switch kind {
		case Decide, Requested:
			m.State, m.Need, m.WaitsFor, m.DecideBy = "requested", 1, f.WaitsFor, f.DecideBy
			if kind == Decide {
				m.To, m.Withdrew, m.Difference = []string{"group:leads"}, 4, f.Difference
			}
		case Approved, Withdrawn, Denied, Lapsed:
			m.To, m.Console = []string{anaID, "group:leads"}, ""
			if m.DecidedBy = f.DecidedBy; kind == Lapsed {
				m.DecidedBy, m.Why = Party{}, "not decided in time"
			} else if kind == Denied {
				m.Why = "not during the freeze; ask on Monday"
			}
		case Review:
			m.To, m.State, m.Cause, m.Signing = []string{"group:leads"}, "ended", "deadline", &Signing{Due: noon.Add(7 * 24 * time.Hour), Blocks: true}
		case Loud:
			m.To, m.State, m.ReadyAt, m.Deadline, m.Difference = []string{"group:platform"}, "active", f.ReadyAt, f.Deadline, f.Difference
		case Page:
			m.To, m.State, m.Deadline = []string{"group:platform"}, "stuck", f.Deadline
		case Active, Renew, Stuck, Ended:
			if m = step; kind == Ended {
				m.Cause, m.Why, m.OrderedBy, m.GoneAt, m.Overstay = f.Cause, "the change was rolled back", f.OrderedBy, f.GoneAt, f.Overstay
			}
			m.ReadyAt, m.Deadline = f.ReadyAt, f.Deadline
		}
		all[string(kind)] = m
	}
	all["page-finding"] = Message{Kind: Page, To: []string{"group:operators"}, Elevation: id, At: noon, Finding: &Finding{
		ID: "orphan-686e965bee4bfbd0", Kind: "orphan", Severity: "critical", Subject: "curfew-" + id, What: "a policy with the name of a grant gave access that no elevation allows",
		Why: "somebody put it there", Do: "find out in CloudTrail who put the policy there; Curfew removes it",
	}}
	return all
}

// Each kind, in each form.
func TestForms(t *testing.T) {
	for name, m := range typical() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			fmt.Fprintf(&b, "subject: %s\nline:    %s\n\n%s\n", m.Subject("curfew"), m.Line(), m.Text())
			if err := json.Indent(&b, m.JSON(), "", "  "); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".golden.txt")
			if *update {
				if err := os.WriteFile(file, append(b.Bytes(), '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.String() + "\n"; got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// No form has more clauses, lines, labels or members than with harmless values.
func wantSameShape(t *testing.T, kind Kind, text string) {
	t.Helper()
	for _, finding := range []bool{false, true} {
		hostile, harmless := full(kind, func(string) string { return text }), full(kind, plain)
		if finding {
			hostile.Finding, harmless.Finding = &Finding{text, text, text, text, text, text, text}, &Finding{"a", "b", "c", "d", "e", "f", "g"}
		}
		if got, want := clausesOf(hostile.Line()), clausesOf(harmless.Line()); got != want && len(hostile.Line()) < MaxLine {
			t.Errorf("%s: %d clauses instead of %d: %s", kind, got, want, hostile.Line())
		}
		if got, want := labels(hostile.Text()), labels(harmless.Text()); got != want {
			t.Errorf("%s: lines are\n%s\nnot\n%s", kind, got, want)
		}
		if got, want := members(t, hostile.JSON()), members(t, harmless.JSON()); got != want {
			t.Errorf("%s: members are %s, not %s", kind, got, want)
		}
		if s := hostile.Subject("curfew"); len(s) > MaxSubject || !fault.PrintableASCII(s) {
			t.Errorf("%s: subject %q", kind, s)
		}
		for form, s := range map[string]string{"line": hostile.Line(), "text": strings.ReplaceAll(hostile.Text(), "\n", ""), "JSON": string(hostile.JSON())} {
			if fault.Escaped(s) != s && form != "JSON" || strings.ContainsAny(s, "\n\r\x1b\u202e\u2028") {
				t.Errorf("%s: %s is not inert: %q", kind, form, s)
			}
		}
		if n := len(hostile.Line()) + len(hostile.Text()) + 4*len(hostile.JSON()); n > MaxText {
			t.Errorf("%s: all forms have %d bytes", kind, n)
		}
	}
}

// clausesOf counts clauses outside of quotation marks.
func clausesOf(line string) (n int) {
	quoted, escaped := false, false
	for i, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(line[i:], "; "):
			n++
		}
	}
	return n + 1
}

// labels are the beginnings of the lines of a text.
func labels(text string) string {
	var all []string
	for i, line := range strings.Split(text, "\n") {
		label, _, found := strings.Cut(line, ": ")
		if !found || i == 0 || strings.ContainsAny(label, `"`) {
			label = ""
		}
		all = append(all, label)
	}
	return strings.Join(all, "\n")
}

// members are the paths of a JSON value.
func members(t *testing.T, text []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var walk func(v any) string
	walk = func(v any) string {
		switch v := v.(type) {
		case map[string]any:
			b, _ := json.Marshal(v) // sorts
			var sorted map[string]json.RawMessage
			_ = json.Unmarshal(b, &sorted)
			out := map[string]string{}
			for k, one := range v {
				out[k] = walk(one)
			}
			return fmt.Sprint(out)
		case []any:
			return fmt.Sprint(len(v))
		}
		return ""
	}
	return walk(v)
}

func hostileTexts() []string {
	return []string{
		"a\nDecided by: ben", "a\r\n\r\nDigest: 00", "a; risk 1; curfew approve x", `a"; risk 1; "b`, `a\`, `\"`, `a\"; b`, "\u202egnp.exe", "\x1b[2J\x1b]8;;http://x\x07", "a\u2028b\u2029c", "a\u0085b",
		"\u200b\u2060\ufeff", "\xff\xfe", `{"kind":"approved"}`, `","kind":"approved`, "<script>alert(1)</script>", strings.Repeat("x", 2_000), strings.Repeat("\u202e", 600), strings.Repeat("é; ", 300), strings.Repeat("\u0301", 600),
		"\U000e0041\U000e0042", "Requester: mallory", " ", "a, group:admins",
	}
}

// Values of others are inert.
func FuzzForms(f *testing.F) {
	for _, text := range hostileTexts() {
		for kind := range Kinds() {
			f.Add(uint8(kind), text)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		if text != "" {
			wantSameShape(t, Kinds()[int(kind)%len(Kinds())], text)
		}
	})
}

// Long values end with an ellipsis.
func TestLongValuesAreCut(t *testing.T) {
	m := full(Decide, plain)
	m.Reason = strings.Repeat("é", 501)
	if got := m.Text(); !strings.Contains(got, strings.Repeat("é", 500)+`…"`) {
		t.Errorf("%s", got)
	}
	if got := m.Cut().Reason; got != strings.Repeat("é", 500)+"…" {
		t.Errorf("cut to %d bytes", len(got))
	}
}

// A message that lacks what it adds does not read as if it added little.
func TestAnUnknownDifferenceIsSaid(t *testing.T) {
	m := full(Decide, plain)
	m.Difference = nil
	for _, text := range []string{m.Line(), m.Text()} {
		if !strings.Contains(text, "what it adds was not computed") {
			t.Errorf("%s", text)
		}
	}
}

func TestWhoGetsWhich(t *testing.T) {
	ana := identity.Caller{ID: anaID, Kind: identity.Person, Name: "ana", Groups: []string{"engineers", "leads"}}
	ben := identity.Caller{ID: benID, Kind: identity.Person, Name: "ben", Groups: []string{"leads"}}
	other := identity.Caller{ID: "person:https://other.example.com|1", Kind: identity.Person, Name: "ANA", Groups: []string{"leads"}}
	m := full(Decide, plain)
	m.To = []string{"group:leads"}
	for _, c := range []struct {
		who  identity.Caller
		kind Kind
		want bool
	}{
		{ben, Decide, true}, {ana, Decide, false}, {other, Decide, false}, {ana, Approved, true}, {ben, Approved, true},
		{identity.Caller{ID: "person:https://id.example.com|dee", Kind: identity.Person, Name: "dee"}, Decide, false},
	} {
		if m.Kind = c.kind; m.IsFor(c.who) != c.want {
			t.Errorf("%s for %s: %v", c.kind, c.who.ID, !c.want)
		}
	}
}

func TestLink(t *testing.T) {
	for base, want := range map[string]string{
		"": "", "https://a.example.com": "https://a.example.com/#/elevations/" + id, "https://a.example.com/console/": "https://a.example.com/console/#/elevations/" + id,
	} {
		if got := Link(base, id); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
	if got := Link("https://a.example.com", ""); got != "" {
		t.Errorf("without an elevation: %s", got)
	}
}
