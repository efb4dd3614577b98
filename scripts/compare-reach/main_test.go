package main

import (
	"strings"
	"testing"
)

// What the evaluator allows is in reach, and an exact cell has no more.
func TestReachIsNeverLessThanTheEvaluator(t *testing.T) {
	k, err := run(2000, 7)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	k.print(&table, 7)
	t.Log(table.String())
	for _, p := range k.problems[:min(5, len(k.problems))] {
		t.Error(p)
	}
	for i, s := range k.sets {
		if s.allowed < 500 || s.refused < 500 || s.open == s.inReach {
			t.Errorf("%s: %+v; the cases say little", kindsOfSet[i], s)
		}
	}
	if k.parts < 100 || k.parts > k.cases*9/10 {
		t.Errorf("%d of %d are parts", k.parts, k.cases)
	}
}
