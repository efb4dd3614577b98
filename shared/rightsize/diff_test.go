package rightsize

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	was := "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"
	is := strings.NewReplacer("b\n", "", "l\n", "L\nLL\n").Replace(was)
	want := "@@ -1,5 +1,4 @@\n a\n-b\n c\n d\n e\n@@ -9,5 +8,6 @@\n i\n j\n k\n-l\n+L\n+LL\n m\n"
	if got := unified(was, is); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := unified("a\nb\n", ""); got != "@@ -1,2 +0,0 @@\n-a\n-b\n" {
		t.Error(got)
	}
	if got := unified(was, was); got != "" {
		t.Error(got)
	}
}

// TestDiffOfRandomTexts applies each diff to the old text.
func TestDiffOfRandomTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString(string(rune('a'+r.IntN(4))) + "\n")
		}
		return b.String()
	}
	for range 2000 {
		was, is := text(), text()
		var rebuilt []string
		at := 0
		old := lines(was)
		for _, e := range compare(old, lines(is)) {
			if e.mark != '+' {
				if old[at] != e.text {
					t.Fatalf("line %d is %q, not %q", at, old[at], e.text)
				}
				at++
			}
			if e.mark != '-' {
				rebuilt = append(rebuilt, e.text)
			}
		}
		if got := strings.Join(rebuilt, "\n"); got != strings.TrimSuffix(is, "\n") || at != len(old) {
			t.Fatalf("%q to %q gave %q", was, is, got)
		}
	}
}
