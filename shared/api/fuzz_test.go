package api

import "testing"

// FuzzCursor takes nothing but what was given.
func FuzzCursor(f *testing.F) {
	const bound = "0011223344556677"
	good := cursorAfter(bound, "01k6y3m1x80000000000000001")
	f.Add(good)
	f.Add(good + "=")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, s string) {
		after, err := readCursor(s, bound)
		if err == nil && cursorAfter(bound, after) != s {
			t.Errorf("%q was taken for a cursor after %q", s, after)
		}
	})
}
