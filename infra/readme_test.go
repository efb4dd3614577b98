package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rows returns the cells of a table in the README whose first headings are these.
func rows(t *testing.T, heading string) [][]string {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(b), "| "+heading+" |")
	table, _, _ = strings.Cut(table, "\n\n")
	var all [][]string
	for _, line := range strings.Split(table, "\n")[1:] {
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.Trim(strings.ReplaceAll(cell, "**", ""), " `"))
		}
		all = append(all, cells)
	}
	if !found || len(all) < 5 {
		t.Fatalf("the table %q was not found", heading)
	}
	return all[1:] // without the separator row
}

// In the cost tables, number times price is the cost, and costs add up to the sum.
func TestREADMECosts(t *testing.T) {
	for _, c := range []struct {
		heading string
		cent    float64 // the rounding unit
	}{{"of an elevation", 0.0000001}, {"of one without approval", 0.0000001}, {"of a month", 0.01},
		{"of a million routed events", 0.0000001}, {"of a month's backfill, one account", 0.0000001},
		{"of a thousand days of use as evidence", 0.0000001}} {
		sum, told := 0.0, 0.0
		for _, row := range rows(t, c.heading) {
			cost := number(t, row[3])
			if row[0] == "sum" {
				told = cost
				continue
			}
			exact := number(t, row[1]) * number(t, row[2])
			sum += cost
			if math.Abs(exact-cost) > c.cent/2*1.001 {
				t.Errorf("%s: %s costs %v, not %v", c.heading, row[0], exact, cost)
			}
		}
		if math.Abs(sum-told) > c.cent/10 {
			t.Errorf("%s: the sum is %v, not %v", c.heading, sum, told)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The number of alarms to pay for counts each metric in an alarm.
func TestREADMEAlarms(t *testing.T) {
	s := exampleSettings(t)
	metrics := len(monitoring(s).alarmList())
	for _, c := range monitoring(s).computedList() {
		metrics += len(c.counts)
	}
	silences := monitoring(s).silences()
	metrics += 2 * len(silences)
	for _, row := range rows(t, "of a month") {
		if want := fmt.Sprint(len(silences)); strings.HasPrefix(row[0], "Composite") && row[1] != want {
			t.Errorf("composite alarms = %s, want %s", row[1], want)
		}
		if want := fmt.Sprint(metrics); strings.HasPrefix(row[0], "Alarms") && row[1] != want {
			t.Errorf("alarms = %s, want %s", row[1], want)
		}
	}
}

// The person on call finds each alarm in the README, and what to do.
func TestREADMESaysWhatToDo(t *testing.T) {
	s := exampleSettings(t)
	var said []string
	for _, row := range rows(t, "alarm | means") {
		said = append(said, strings.Split(strings.ReplaceAll(row[0], "`", ""), ", ")...)
	}
	want := []string{"changed"}
	for _, a := range monitoring(s).alarmList() {
		want = append(want, a.name)
	}
	for _, c := range monitoring(s).computedList() {
		want = append(want, c.name)
	}
	for _, q := range monitoring(s).silences() {
		want = append(want, q.net+"-silent")
	}
	for _, name := range want {
		if !slices.Contains(said, name) {
			t.Errorf("the table does not say what to do when %s rings", name)
		}
	}
}

// The table of settings has every setting with its default.
func TestREADMESettings(t *testing.T) {
	var keys []string
	for _, row := range rows(t, "key | default") {
		keys = append(keys, row[0])
		context := map[string]any{}
		if plain := strings.Trim(row[1], "`"); !strings.HasPrefix(plain, "none") && plain != "" && !strings.Contains(plain, "the name") && !strings.Contains(plain, "<") {
			context[row[0]] = plain
		}
		s, err := readSettings(context)
		if err != nil {
			t.Errorf("%s = %s: %v", row[0], row[1], err)
			continue
		}
		if none, _ := readSettings(nil); fmt.Sprint(s) != fmt.Sprint(none) {
			t.Errorf("%s: %s is not the default", row[0], row[1])
		}
	}
	for _, key := range settingKeys() {
		if !slices.Contains(keys, key) {
			t.Errorf("setting %s is not in the table", key)
		}
	}
}

func settingKeys() []string {
	var s Settings
	return slices.Concat(slices.Collect(maps.Keys(s.texts())), slices.Collect(maps.Keys(s.lists())), slices.Collect(maps.Keys(s.numbers())), slices.Collect(maps.Keys(s.switches())), []string{"reserved"})
}
