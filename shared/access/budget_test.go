package access

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// event is a grant, and when its access was proven gone.
type event struct {
	c    charge
	gone time.Time
}

// The counter has at least the minutes of the true window, and at most those of a window that is one bucket longer.
func TestACounterNeverCountsLessThanTheTrueWindow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 10, 5, 9, 17, 3, 0, time.UTC)
	for range 40 {
		var p spent
		var all []event
		now := start
		for i := range 120 {
			now = now.Add(time.Duration(random.IntN(3*3600)) * time.Second)
			c := charge{string(rune('a' + i)), now, 1 + random.Int64N(240)}
			all = append(all, event{c, now.Add(time.Duration(random.Int64N(c.Minutes*60+600)) * time.Second)})
			for _, e := range all { // ends that are known by now; the others count in full
				if !e.gone.After(now) {
					p = p.settled(e.c.Elevation, e.gone)
				}
			}
			p = p.pruned(now).charged(c)
			for _, in := range []time.Duration{BudgetDay, BudgetMonth} {
				var least, most int64
				for _, e := range all {
					minutes := e.c.Minutes
					if !slices.ContainsFunc(p.Open, func(c charge) bool { return c.Elevation == e.c.Elevation }) {
						minutes = min(minutes, minutesOf(e.gone.Sub(e.c.At)))
					}
					if now.Sub(e.c.At) < in {
						least += minutes
					}
					if now.Sub(e.c.At) < in+BudgetBuckets(in) {
						most += minutes
					}
				}
				if got := p.within(in, now); got < least || got > most {
					t.Fatalf("%d minutes in %s, want %d to %d", got, in, least, most)
				}
			}
			if len(p.Hours) > 26 || len(p.Days) > 32 {
				t.Fatalf("%d hours and %d days: the row grows", len(p.Hours), len(p.Days))
			}
		}
	}
}

// Who may recreate a role had its minutes anew.
func TestRecreatedPrincipalKeepsItsCounter(t *testing.T) {
	of := func(account, id string) Terms {
		return Terms{Entitlement: "x", Principal: Principal{ARN: "arn:aws:iam::" + account + ":role/a", Account: account, ID: id}}
	}
	was := BudgetKey(of("111122223333", "AROAEXAMPLE0000000001"), PerPrincipal)
	if BudgetKey(of("111122223333", "AROAEXAMPLE0000000002"), PerPrincipal) != was {
		t.Error("a recreated principal has another counter")
	}
	if BudgetKey(of("444455556666", "AROAEXAMPLE0000000001"), PerPrincipal) == was {
		t.Error("principals of one name in two accounts have one counter")
	}
}

func TestWhatComesBackComesBackOnce(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 59, 0, 0, time.UTC)
	p := spent{}.charged(charge{"a", at, 60}).charged(charge{"b", at, 30})
	for range 3 {
		p = p.settled("a", at.Add(10*time.Minute+time.Second))
		p = p.settled("unknown", at)
	}
	if got := p.within(BudgetDay, at); got != 11+30 || len(p.Open) != 1 {
		t.Errorf("%d minutes, %d open", got, len(p.Open))
	}
	if got := p.settled("b", at.Add(5*time.Hour)).within(BudgetDay, at); got != 11+30 {
		t.Errorf("an overstay is charged %d minutes", got)
	}
	if got := p.settled("b", at.Add(-time.Second)).within(BudgetDay, at); got != 11+30 {
		t.Errorf("an end before the grant gives %d minutes back", 41-got)
	}
}

func TestFreeAtIsTheFirstInstantWithSoManyMinutes(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 30, 0, 0, time.UTC)
	b := Budget{Per: PerRequester, Minutes: 100, In: BudgetDay}
	p := spent{}.charged(charge{"a", at, 40}).charged(charge{"b", at.Add(2 * time.Hour), 50})
	now := at.Add(3 * time.Hour)
	for need, want := range map[int64]time.Time{
		10: {}, 11: at.Truncate(time.Hour).Add(25 * time.Hour), 50: at.Truncate(time.Hour).Add(25 * time.Hour),
		51: at.Truncate(time.Hour).Add(27 * time.Hour), 100: at.Truncate(time.Hour).Add(27 * time.Hour), 101: {},
	} {
		got := p.freeAt(b, need, now)
		if !got.Equal(want) {
			t.Errorf("%d minutes are free at %s, want %s", need, got, want)
		}
		if !want.IsZero() && (b.Minutes-p.within(b.In, got) < need || b.Minutes-p.within(b.In, got.Add(-time.Second)) >= need) {
			t.Errorf("%d minutes: %s is not the first instant", need, got)
		}
	}
}

func TestACounterIsBounded(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	var p spent
	for range maxCharges {
		p = p.charged(charge{"a", at, 1})
	}
	ent := Entitlement{Name: "x", Budgets: []Budget{{PerRequester, 1e6, BudgetDay}}}
	c := counters{}
	was := c[PerRequester]
	was.Value = p
	c[PerRequester] = was
	if err := c.check(ent, 1, at); err == nil {
		t.Error("one more is taken")
	}
}
