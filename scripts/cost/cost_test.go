package main

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/record"
)

var update = flag.Bool("update", false, "rewrite the part of infra/README.md that is printed")

const readme = "../../infra/README.md"

// The output is the same in every run, and is in infra's README.
func TestCost(t *testing.T) {
	var out strings.Builder
	if err := tell(t, &out); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- printed by go run ./scripts/cost -->\n\n", "<!-- end of what is printed -->"
	before, rest, found := strings.Cut(string(text), from)
	printed, after, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("%s has no place between %q and %q", readme, from, to)
	}
	if *update {
		printed = out.String()
		if err := os.WriteFile(readme, []byte(before+from+printed+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != printed {
		t.Errorf("printed:\n%s\nin %s:\n%s\nrun go test ./scripts/cost -update, and read the difference", &out, readme, printed)
	}
}

// Every line names the price page of its service, and every page is used.
func TestPages(t *testing.T) {
	lines := life{}.bill(usage{}).lines
	_, bills := trailBills()
	lines = slices.Concat(append(bills, lines)...)
	for _, l := range lines {
		if !slices.ContainsFunc(pages(), func(p [2]string) bool { return strings.HasPrefix(l.what, p[0]+",") }) {
			t.Errorf("%s: its price is of no page", l.what)
		}
	}
	for _, p := range pages() {
		if !slices.ContainsFunc(lines, func(l line) bool { return strings.HasPrefix(l.what, p[0]+",") }) {
			t.Errorf("%s: no line has its price", p[0])
		}
	}
}

// Functions have the memory that is counted with. The sweep has more, and is no part of an elevation.
func TestMemoryIsTheTemplates(t *testing.T) {
	text, err := os.ReadFile("../../infra/testdata/curfew.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				FunctionName any
				MemorySize   int
			}
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for id, r := range template.Resources {
		if r.Type != "AWS::Lambda::Function" || r.Properties.FunctionName == "curfew-reconcile" || r.Properties.FunctionName == "curfew-archive" || r.Properties.FunctionName == "curfew-review" {
			continue
		}
		seen++
		if got := r.Properties.MemorySize; got != memoryMiB {
			t.Errorf("%s has %d MiB, want %d", id, got, memoryMiB)
		}
	}
	if seen == 0 {
		t.Error("the template has no function")
	}
}

func TestBounds(t *testing.T) {
	l := life{mostTransitions: 5}
	for _, c := range []struct {
		name string
		bill bill
		want string
	}{
		{"within", bill{life: l, usage: usage{Transitions: 5}}, ""},
		{"a transition more", bill{life: l, usage: usage{Transitions: 6}}, "6 transitions, more than 5"},
		{"too dear", bill{life: l, lines: []line{{number: 13, price: transitionPrice}}}, "$0.0003250, more than $0.00022"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := c.bill.bounds(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("bounds = %q, want %q", got, c.want)
			}
		})
	}
}

// What a change costs, by what it does to a row that has, or is to have, a place in an index.
func TestWriteUnits(t *testing.T) {
	key := record.Key{Table: record.AccessTable, Partition: "elevation#1", Sort: "elevation"}
	row := func(version int64, body, state string) record.Row {
		r := record.Row{Key: key, Version: version, Body: json.RawMessage(body)}
		if state != "" {
			r.Index = map[record.Index]record.Place{record.ByState: {Partition: state, Sort: "1"}}
		}
		return r
	}
	long := `{"text":"` + strings.Repeat("x", 1900) + `"}`
	put := func(r record.Row, c record.Condition, version int64) record.Change {
		return record.Change{If: c, Version: version, Do: record.Put, Row: r}
	}
	for _, c := range []struct {
		name          string
		first, second record.Change
		want          int // of the second
	}{
		{"without a condition", put(row(1, `{}`, ""), record.Always, 0), put(row(2, `{}`, ""), record.Always, 0), 1},
		{"with a condition it is a transaction", put(row(1, `{}`, ""), record.Absent, 0), put(row(2, `{}`, ""), record.Unchanged, 1), 2},
		{"what becomes smaller costs what it was", put(row(1, long, ""), record.Absent, 0), put(row(2, `{}`, ""), record.Unchanged, 1), 4},
		{"a place that stays", put(row(1, `{}`, "active"), record.Absent, 0), put(row(2, `{}`, "active"), record.Unchanged, 1), 2},
		{"a place that moves", put(row(1, `{}`, "active"), record.Absent, 0), put(row(2, `{}`, "ended"), record.Unchanged, 1), 4},
		{"a place that is given up", put(row(1, `{}`, "active"), record.Absent, 0), record.Change{Do: record.Delete, Row: record.Row{Key: key}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, err := install()
			if err != nil {
				t.Fatal(err)
			}
			defer i.close()
			m := newMeter()
			s := metered{Store: i.store, table: i.rows, meter: m, function: "any"}
			if err := s.Write(t.Context(), c.first); err != nil {
				t.Fatal(err)
			}
			before := m.read().WriteUnits
			if err := s.Write(t.Context(), c.second); err != nil {
				t.Fatal(err)
			}
			if got := m.read().WriteUnits - before; got != c.want {
				t.Errorf("units = %d, want %d", got, c.want)
			}
		})
	}
}
