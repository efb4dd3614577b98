package access

import (
	"strings"
	"testing"
)

func TestADenialTellsThreeReasonsAtMost(t *testing.T) {
	all := []Saying{{"a", `one "quoted"`}, {"b", "two"}, {"c", "three"}, {"d", "four"}, {"e", "five"}}
	for n, want := range []string{
		"", `: a says "one \"quoted\""`, `: a says "one \"quoted\""; b says "two"`,
		`: a says "one \"quoted\""; b says "two"; c says "three"`, `; c says "three"; and 1 more`, `; c says "three"; and 2 more`,
	} {
		if got := (Verdict{Says: all[:n]}).said(); got != want && (n < 4 || !strings.HasSuffix(got, want)) {
			t.Errorf("%d: %s", n, got)
		}
	}
}
