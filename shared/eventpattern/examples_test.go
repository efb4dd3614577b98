package eventpattern_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"curfew/events"
)

// A head is what a deployed rule matches: one source, one detail-type.
type head struct {
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
}

// pattern is the pattern of a deployed rule.
func (h head) pattern(t *testing.T) string {
	t.Helper()
	raw, err := json.Marshal(map[string][]string{"source": {h.Source}, "detail-type": {h.DetailType}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestExamplesMatchTheirOwnRule matches every example event against all rules.
func TestExamplesMatchTheirOwnRule(t *testing.T) {
	of, rules := map[string]head{}, map[head]string{}
	for _, name := range events.Examples() {
		var h head
		if err := json.Unmarshal(example(t, name), &h); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		of[name], rules[h] = h, h.pattern(t)
	}
	if len(of) == 0 || len(rules) < 2 {
		t.Fatalf("%d examples of %d kinds, want some", len(of), len(rules))
	}
	for name, own := range of {
		for h, rule := range rules {
			if got, want := matches(t, rule, string(example(t, name))), h == own; got != want {
				t.Errorf("%s matches %s = %t, want %t", rule, name, got, want)
			}
		}
	}
}

func TestRulesAreReadBackFromPatterns(t *testing.T) {
	for _, name := range events.Examples() {
		var h head
		if err := json.Unmarshal(example(t, name), &h); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := mustParse(t, h.pattern(t))
		source, ok := p.Exactly("source")
		if !ok || len(source) != 1 || source[0] != h.Source {
			t.Errorf("%s: source %q, %t, want %q", name, source, ok, h.Source)
		}
		kind, ok := p.Exactly("detail-type")
		if !ok || len(kind) != 1 || kind[0] != h.DetailType {
			t.Errorf("%s: detail-type %q, %t, want %q", name, kind, ok, h.DetailType)
		}
	}
}

// TestHostileEventsNeverPassForAnothers reads the corpus of the events' fuzz target. An invalid event is an error. A
// valid one matches only the rule of its own source.
func TestHostileEventsNeverPassForAnothers(t *testing.T) {
	files, err := filepath.Glob("../../events/testdata/fuzz/*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v, want some", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			event := corpus(t, file)
			var h head
			valid := json.Valid(event) && json.Unmarshal(event, &h) == nil
			other := head{Source: h.Source + ".other", DetailType: h.DetailType}
			matched, err := mustParse(t, other.pattern(t)).Match(event)
			if matched || valid != (err == nil) {
				t.Errorf("another's rule: %t, %v, want false, and an error = %t", matched, err, !valid)
			}
			if !valid || h.Source == "" {
				return
			}
			if !matches(t, head{Source: h.Source, DetailType: h.DetailType}.pattern(t), string(event)) {
				t.Error("own rule: no match, want one")
			}
		})
	}
}

// corpus reads the single []byte of a corpus file.
func corpus(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, quoted, ok := strings.Cut(strings.TrimSpace(string(raw)), "[]byte(")
	if !ok {
		t.Fatalf("%s holds no []byte", file)
	}
	text, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return []byte(text)
}

func example(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := events.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
