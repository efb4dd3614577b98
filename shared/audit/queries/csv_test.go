package queries

import "testing"

func TestNoCellIsAFormula(t *testing.T) {
	for v, want := range map[Value]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": `'\u{9}x`, "\rx": `'\u{d}x`, "": "", "a=b": "a=b", "red \x1b[31m": `red \u{1b}[31m`,
		int64(-1): "-1", 1.5: "1.5", nil: "",
	} {
		if got := Cell(v); got != want {
			t.Errorf("%q became %q, want %q", v, got, want)
		}
	}
}
