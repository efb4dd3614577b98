package task_test

import (
	"testing"
	"time"

	"curfew/shared/task"
)

func TestTaskIsKnownFromItsStartToItsEnd(t *testing.T) {
	at := func(minute int) time.Time {
		return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
	}
	type told struct {
		end    bool
		minute int
	}
	start, end := func(m int) told { return told{end: false, minute: m} }, func(m int) told { return told{end: true, minute: m} }
	for _, c := range []struct {
		name  string
		told  []told
		known bool
	}{
		{"nothing", nil, false},
		{"a start", []told{start(1)}, true},
		{"a start and its end", []told{start(1), end(2)}, false},
		{"an end alone", []told{end(2)}, false},
		{"an end, and then its late start", []told{end(2), start(1)}, false},
		{"a start and an end at one instant", []told{start(1), end(1)}, false},
		{"an end and a start at one instant", []told{end(1), start(1)}, false},
		{"a start told twice", []told{start(1), start(1)}, true},
		{"the start once more after the end", []told{start(1), end(2), start(1)}, false},
		{"another run of the name", []told{start(1), end(2), start(3)}, true},
		{"another run, and the first one's end late", []told{start(1), end(2), start(3), end(2)}, true},
		{"another run, and its end", []told{start(1), end(2), start(3), end(4)}, false},
		{"an older start in between", []told{start(3), start(1), end(2)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k task.Known
			for _, e := range c.told {
				if e.end {
					k, _ = k.ApplyEnd(task.EventSource{Source: "test"}, at(e.minute))
				} else {
					k, _ = k.ApplyStart(task.EventSource{Source: "test"}, at(e.minute))
				}
			}
			if got := !k.StartedAt.IsZero() && k.EndedAt.IsZero(); got != c.known {
				t.Errorf("known = %v, want %v: %+v", got, c.known, k)
			}
		})
	}
}

// Another account's task of the same id neither replaces an open task nor ends it.
func TestTasksOfTwoAccounts(t *testing.T) {
	for _, source := range []string{"aws.backup", "curfew.task"} { // any sender of curfew.task ended the tasks of others
		testTwoAccounts(t, source)
	}
}

func testTwoAccounts(t *testing.T, source string) {
	at := func(m int) time.Time { return time.Date(2026, 8, 6, 12, m, 0, 0, time.UTC) }
	one, other := task.EventSource{Source: source, Account: "111122223333"}, task.EventSource{Source: source, Account: "999988887777"}
	k, _ := task.Known{}.ApplyStart(one, at(1))
	for name, next := range map[string]func() (task.Known, bool){
		"started elsewhere": func() (task.Known, bool) { return k.ApplyStart(other, at(2)) },
		"ended elsewhere":   func() (task.Known, bool) { return k.ApplyEnd(other, at(2)) },
	} {
		if _, changed := next(); changed {
			t.Errorf("a task that is under way is %s", name)
		}
	}
	over, _ := task.Known{}.ApplyEnd(other, at(3))
	if k, changed := over.ApplyStart(one, at(1)); !changed || k.Account != one.Account || !k.EndedAt.IsZero() {
		t.Errorf("an end elsewhere keeps a task from starting: %+v", k)
	}
}
