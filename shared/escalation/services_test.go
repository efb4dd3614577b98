package escalation

import (
	"strings"
	"testing"

	"curfew/shared/iamdata"
)

// Every row of the table has actions and types of resources that exist.
func TestServices(t *testing.T) {
	if want := strings.Count(servicesText, "\n") - strings.Count("\n"+servicesText, "\n#"); len(rows()) != want || want < 250 {
		t.Errorf("%d rows of %d lines", len(rows()), want)
	}
	seen := map[string]bool{}
	for _, r := range rows() {
		key := strings.Join(r.trusts, ",") + strings.Join(r.actions(), " ")
		if seen[key] {
			t.Errorf("twice: %s", key)
		}
		seen[key] = true
		if r.what == "" || r.pass != (r.passed[0] != "-") {
			t.Errorf("%+v", r)
		}
		for _, n := range r.needs {
			service, name, _ := strings.Cut(n.action, ":")
			a, ok := iamdata.Lookup(service, name)
			if !ok {
				t.Errorf("there is no action %s", n.action)
			}
			for _, wanted := range n.types {
				found := false
				for _, have := range a.Resources {
					found = found || have.Name == wanted
				}
				if !found {
					t.Errorf("%s has no resource of type %s", n.action, wanted)
				}
			}
		}
	}
	if n := len(newIndex().actions); n > 512 {
		t.Errorf("%d actions do not fit into a set", n)
	}
}
