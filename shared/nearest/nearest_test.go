package nearest

import "testing"

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"ana", "ana", 0}, {"Ana", "aNA", 0}, {"ana", "", 3}, {"", "ana", 3}, {"kitten", "sitting", 3},
		{"enginers", "engineers", 1}, {"chnage", "change", 1}, {"zoë", "zoe", 1}, {"ab", "ba", 1},
	} {
		if got := Edits(c.a, c.b); got != c.want {
			t.Errorf("Edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestOf(t *testing.T) {
	known := []string{"", "engineers", "leads", "security"}
	for name, want := range map[string]string{"enginers": "engineers", "lead": "leads", "SECURITY": "security", "billing": "", "x": ""} {
		if got := Of(name, known); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
}
