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
