package trail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
)

// recordOf reads a record. What it leaves out is that of account 111122223333 in eu-west-1.
func recordOf(t testing.TB, text string) *Record {
	t.Helper()
	var r Record
	c := scan{s: text}
	if err := c.record(&r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if r.Region == "" {
		r.Region = "eu-west-1"
	}
	if r.Account == "" {
		r.Account = "111122223333"
	}
	if before, _, _ := strings.Cut(r.Source, "."); !strings.Contains(r.Source, ".amazonaws.com") && before != "" {
		r.Source += ".amazonaws.com"
	}
	return &r
}

// show gives calls in the form of the tables below.
func show(calls []Call, ok bool) string {
	if !ok {
		return "unknown"
	}
	var all []string
	for _, c := range calls {
		all = append(all, strings.TrimSuffix(c.Action+" "+c.Resource, " "))
	}
	return strings.Join(all, "; ")
}

func event(source, name, parameters string) string {
	return fmt.Sprintf(`{"eventSource": %q, "eventName": %q, "requestParameters": %s}`, source, name, parameters)
}

func TestEveryRowOfTheTablesNamesActionsThatExist(t *testing.T) {
	for _, row := range slices.Concat(exceptions, s3Exceptions) {
		if !strings.HasPrefix(row.from, "https://docs.aws.amazon.com/") {
			t.Errorf("%s %s has no source", row.label, row.names)
		}
		for name := range strings.FieldsSeq(row.names) {
			if p := planOf(row.label+".amazonaws.com", name); !p.known {
				t.Errorf("%s:%s needs %q, and an action of it does not exist", row.label, name, row.needs)
			}
			if needs, _ := exception(row.label, name); needs != row.needs {
				t.Errorf("%s:%s is in two rows", row.label, name)
			}
		}
	}
	for _, row := range services {
		for prefix := range strings.FieldsSeq(row.prefixes) {
			if len(iamdata.Actions(prefix)) == 0 {
				t.Errorf("event source %s has the prefix %q, which does not exist", row.label, prefix)
			}
		}
	}
	for _, row := range passes {
		for name := range strings.FieldsSeq(row.names) {
			if p := planOf(row.label+".amazonaws.com", name); !p.known || len(p.roles) == 0 {
				t.Errorf("%s:%s passes a role, and is no event that is known", row.label, name)
			}
		}
	}
	for _, row := range dataEvents {
		if len(iamdata.Actions(row.service)) == 0 {
			t.Errorf("data events of %s, which does not exist", row.service)
		}
		for name := range strings.FieldsSeq(row.names) {
			if _, ok := iamdata.Lookup(row.service, name); !ok && name != "*" {
				t.Errorf("data event %s:%s does not exist", row.service, name)
			}
		}
	}
	for _, p := range parametersOf {
		if !slices.ContainsFunc(iamdata.Actions(p.service), func(a iamdata.Action) bool {
			return slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool {
				return r.Name == p.kind && strings.Contains(r.ARNs[0], "${"+p.variable+"}")
			})
		}) {
			t.Errorf("parameters of %s, %s, ${%s}: there is no such variable", p.service, p.kind, p.variable)
		}
	}
}
