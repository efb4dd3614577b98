package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// Lint took 15 s and 1.4 GB for 60 KB of nested lists. Such a file is refused before the parser reads it.
func TestNestedYAMLIsRefusedBeforeItIsParsed(t *testing.T) {
	var keys, flow, deeper strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
		fmt.Fprintf(&flow, "k%d: [], ", i)
		fmt.Fprintf(&deeper, "k%d:\n  a: 1\n", i)
	}
	for name, c := range map[string]struct{ text, why string }{
		"lists":               {strings.Repeat("- ", 30_000), "lists and mappings in line 1"},
		"complex keys":        {strings.Repeat("? ", 30_000), "lists and mappings in line 1"},
		"mappings":            {strings.Repeat("a: ", 30_000), "lists and mappings in line 1"},
		"brackets":            {strings.Repeat("[", 30_000), "brackets open at once"},
		"brackets and quotes": {strings.Repeat("[ ']', ", 30_000), "brackets open at once"},
		"after a comment":     {"# " + strings.Repeat("]", 200) + "\na: " + strings.Repeat("[", 150), "brackets open at once"},
		"anchors":             {strings.Repeat("&a ", 30_000), "anchors, aliases and tags"},
		"tags":                {strings.Repeat("!a ", 30_000), "anchors, aliases and tags"},
		"aliases":             {"a: &a [x]\nb: [" + strings.Repeat("*a, ", 30_000) + "]", "anchors, aliases and tags"},
		"keys":                {keys.String(), "keys in a mapping"},
		"keys of a flow":      {"a: {" + flow.String() + "}", "keys in a mapping"},
		"keys of mappings":    {deeper.String()[:maxFile-100], "keys in a mapping"},
		"a long scalar":       {"a: " + strings.Repeat("x", maxFile), "bytes, more than"},
	} {
		var rep report
		allocated := testing.AllocsPerRun(1, func() { parseYAML(&rep, "x.yaml", []byte(c.text)) })
		if len(rep.problems) == 0 || !strings.Contains(rep.problems[0].Why, c.why) || allocated > float64(20*len(c.text)) {
			t.Errorf("%s: %d problems of %q, and %.0f allocations; want %q", name, len(rep.problems), fmt.Sprint(rep.problems)[:min(100, len(fmt.Sprint(rep.problems)))], allocated, c.why)
		}
	}
	var rep report
	if _, ok := parseYAML(&rep, "x.yaml", []byte("a: "+strings.Repeat("9", 50_000)+"\nb:\n- {c: [1, {d: e}]}\n")); !ok {
		t.Errorf("a number of many digits: %v", rep.problems)
	}
}
