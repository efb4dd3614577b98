package compare

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
)

// The other program answers 3, 5 and 7 wrong.
func TestOnlyADifferenceWithoutAReasonIsOpen(t *testing.T) {
	next := 0
	x := Comparison[int]{
		Generate: func(*rand.Rand) int { next++; return next },
		Ours:     func(c int) (string, error) { return strconv.Itoa(c), nil },
		Class:    func(int, string) string { return "all" },
		Reasons: []Reason[int]{
			{Says: "3 is 3", Rewrite: func(c int, ours string) (int, string, bool) { return 10 + c, "1" + ours, c == 3 }},
			{Says: "5 is 5", Explains: func(c int, _, _ string) bool { return c == 5 }},
			{Says: "nothing", Rewrite: func(c int, ours string) (int, string, bool) { return c, ours, true }},
		},
	}
	o := Oracle{command: []string{"sed", "s/^[357]$/wrong/"}}
	open, classes, err := x.compare(context.Background(), o, 9, nil)
	if err != nil || len(open) != 3 || classes["all"] != 9 {
		t.Fatalf("differences %v of %v, %v; want three of nine", open, classes, err)
	}
	open, settled, err := x.settle(context.Background(), o, open)
	if err != nil || len(open) != 1 || open[0].c != 7 || settled["3 is 3"] != 1 || settled["5 is 5"] != 1 {
		t.Errorf("open %v, settled %v, %v; want 7 open", open, settled, err)
	}
}
