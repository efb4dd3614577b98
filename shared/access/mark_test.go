package access_test

import (
	"testing"

	"curfew/shared/access"
)

func TestTheMarkHasNoCase(t *testing.T) {
	for _, c := range []struct {
		name string
		tags map[string]string
		want bool
	}{
		{"no tag", nil, false},
		{"as it is written", map[string]string{"curfew:managed": "true"}, true},
		{"in capitals", map[string]string{"CURFEW:MANAGED": "true"}, true},
		{"as a title, among others", map[string]string{"team": "orders", "Curfew:Managed": "true"}, true},
		{"another value", map[string]string{"CURFEW:managed": "no"}, false},
		{"a value has its case", map[string]string{"curfew:managed": "True"}, false},
		{"two that contradict", map[string]string{"curfew:managed": "true", "Curfew:managed": "no"}, false},
		{"of another installation", map[string]string{"curfew-two:managed": "true"}, false},
		{"of a longer name", map[string]string{"curfew:managed:x": "true"}, false},
	} {
		if got := access.Marked(c.tags, "curfew"); got != c.want {
			t.Errorf("%s: marked = %v, want %v", c.name, got, c.want)
		}
	}
}

// Only exact names count: a person's policy that resembles a grant is what its principal has by itself.
func TestWhatCurfewAttachedIsKnownByItsName(t *testing.T) {
	for policy, want := range map[string]bool{
		"curfew-01k6y3m1x8q2v4t6w8y0a2c4e0":                                             true,
		"curfew-q-01k6y3m1x8q2v4t6w8y0a2c4e0":                                           true,
		"curfew-01k6y3m1x8q2v4t6w8y0a2c4e0-2":                                           false,
		"arn:aws:iam::111122223333:policy/curfew/curfew-01k6y3m1x8q2v4t6w8y0a2c4e0-2":   true,
		"arn:aws:iam::111122223333:policy/curfew/curfew-01k6y3m1x8q2v4t6w8y0a2c4e0":     false,
		"arn:aws:iam::111122223333:policy/curfew-01k6y3m1x8q2v4t6w8y0a2c4e0-1":          false,
		"arn:aws:iam::111122223333:policy/curfew/x/curfew-01k6y3m1x8q2v4t6w8y0a2c4e0-1": false,
		"curfew-boundary":                     false,
		"curfew-two-01k6y3m1x8q2v4t6w8y0a2c4": false,
		"other-01k6y3m1x8q2v4t6w8y0a2c4e0":    false,
		"arn:aws:iam::aws:policy/ReadOnlyAll": false,
	} {
		if got := access.IsAttached(policy, "curfew"); got != want {
			t.Errorf("%s: %v, want %v", policy, got, want)
		}
	}
}
