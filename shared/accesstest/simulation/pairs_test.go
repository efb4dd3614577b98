package simulation

import (
	"slices"
	"testing"
)

func TestSecondsComeAfterTheFirst(t *testing.T) {
	write, read := Call{fnGrant, 1, "store.Write", 1}, Call{fnGrant, 1, "store.Read", 1}
	sweep := func(n int) Call { return Call{fnReconcile, 0, "store.List", n} }
	calls := []Call{sweep(1), write, {fnGrant, 2, "store.Read", 1}, read, sweep(2), sweep(3), sweep(4), sweep(5)}
	var met []Call
	for _, f := range seconds(calls, write) {
		if !slices.Contains(met, f.Call) {
			met = append(met, f.Call)
		}
	}
	if want := []Call{read, sweep(2), sweep(3), sweep(4)}; !slices.Equal(met, want) {
		t.Errorf("calls = %v, want %v", met, want)
	}
	if got := seconds(calls, Call{fnGrant, 1, "store.Write", 9}); got != nil {
		t.Errorf("after a call that was not made: %v, want nothing", got)
	}
}

// Pruned pairs must be alike: a world always has the same trace, and a fault that changes something has another.
func TestTraces(t *testing.T) {
	b := bases()[0]
	happy, err := b.playWithoutFaults()
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.playWithoutFaults()
	if err != nil || again.trace != happy.trace {
		t.Errorf("the same world has two traces, %v", err)
	}
	put := Call{fnGrant, 1, "store.Write", 1}
	branches, err := Settings{}.grow(b, []Fault{
		{Kind: ErrorBefore, Call: put}, {Kind: CrashAfter, Call: put}, {Kind: Duplicate, Call: Call{fnGrant, 1, "store.Read", 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tree := Tree{}
	if left := tree.prune(branches, happy.trace); len(left) != 2 || tree.Nothing != 1 {
		t.Errorf("%d are left, of %d nothing came, want 2 and 1: to read twice changes nothing", len(left), tree.Nothing)
	}
}
