package inprocess

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"curfew/shared/record"
)

// After any insertions and removals the set equals a sorted list.
func TestOrderedIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o ordered
		var want []entry
		for range rapid.IntRange(0, 2000).Draw(t, "steps") {
			e := entry{sort: fmt.Sprintf("%03d", rapid.IntRange(0, 400).Draw(t, "sort"))}
			e.key = record.Key{Sort: fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "key"))}
			i, there := slices.BinarySearchFunc(want, e, entry.compare)
			if rapid.IntRange(0, 2).Draw(t, "do") == 0 {
				o.remove(e)
				if there {
					want = slices.Delete(want, i, i+1)
				}
				continue
			}
			o.insert(e)
			if !there {
				want = slices.Insert(want, i, e)
			}
		}
		if got := slices.Collect(o.ascending("")); !slices.Equal(got, want) {
			t.Fatalf("rising = %v, want %v", got, want)
		}
		if got := slices.Collect(o.descending("")); !slices.Equal(got, reversed(want)) {
			t.Fatalf("falling = %v, want the reverse of %v", got, want)
		}
		from := fmt.Sprintf("%03d", rapid.IntRange(0, 400).Draw(t, "from"))
		above := slices.DeleteFunc(slices.Clone(want), func(e entry) bool { return e.sort < from })
		if got := slices.Collect(o.ascending(from)); !slices.Equal(got, above) {
			t.Fatalf("rising(%s) = %v, want %v", from, got, above)
		}
		below := slices.DeleteFunc(slices.Clone(want), func(e entry) bool { return e.sort > from })
		if got := slices.Collect(o.descending(from)); !slices.Equal(got, reversed(below)) {
			t.Fatalf("falling(%s) = %v, want the reverse of %v", from, got, below)
		}
	})
}

func reversed(e []entry) []entry {
	e = slices.Clone(e)
	slices.Reverse(e)
	return e
}

// A set that only grows at its end fills its blocks; rapid seldom makes one long enough.
func TestOrderedGrowsAndShrinks(t *testing.T) {
	var o ordered
	for i := range 10 * blockSize {
		o.insert(entry{sort: fmt.Sprintf("%06d", i)})
	}
	if n := len(o.blocks); n != 10 {
		t.Errorf("%d blocks, want 10", n)
	}
	for i := range 10 * blockSize {
		o.insert(entry{sort: fmt.Sprintf("%06d-b", i)})
	}
	if n := len(slices.Collect(o.ascending(""))); n != 20*blockSize {
		t.Errorf("%d entries, want %d", n, 20*blockSize)
	}
	for i := range 10 * blockSize {
		o.remove(entry{sort: fmt.Sprintf("%06d", i)})
		o.remove(entry{sort: fmt.Sprintf("%06d-b", i)})
	}
	if n := len(o.blocks); n != 0 {
		t.Errorf("%d blocks, want none", n)
	}
}
