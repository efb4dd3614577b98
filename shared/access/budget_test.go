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
					end := e.c.end()
					if minutes < e.c.Minutes {
						end = e.gone
					}
					if now.Sub(end) < in {
						least += minutes
					}
					if now.Sub(end) < in+BudgetBuckets(in) {
						most += minutes
					}
				}
				if got := p.within(in, now); got < least || got > most {
					t.Fatalf("%d minutes in %s, want %d to %d", got, in, least, most)
				}
			}
			if len(p.Hours) > 31 || len(p.Days) > 33 { // and up to 4 h ahead
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
		10: {}, 11: at.Truncate(time.Hour).Add(26 * time.Hour), 50: at.Truncate(time.Hour).Add(26 * time.Hour),
		51: at.Truncate(time.Hour).Add(28 * time.Hour), 100: at.Truncate(time.Hour).Add(28 * time.Hour), 101: {},
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

// A long elevation left the window while it went on, and others took its minutes: a window held nearly twice the budget.
func TestNoWindowHoldsMoreThanTheBudget(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	start := time.Date(2026, 10, 5, 9, 17, 3, 0, time.UTC)
	for range 20 {
		b := Budget{Per: PerEntitlement, Minutes: 1440, In: BudgetDay}
		var p spent
		var all []event
		now, taken := start, 0
		for i := range 2000 {
			now = now.Add(time.Duration(random.IntN(600)) * time.Second)
			for _, e := range all {
				if !e.gone.After(now) {
					p = p.settled(e.c.Elevation, e.gone)
				}
			}
			p = p.pruned(now)
			c := charge{string(rune('a' + i)), now, []int64{1440, 720, 60, 60}[random.IntN(4)]}
			if p.within(b.In, now)+c.Minutes > b.Minutes {
				continue
			}
			taken++
			gone := now.Add(time.Duration(c.Minutes) * time.Minute)
			if random.IntN(3) == 0 {
				gone = now.Add(time.Duration(random.Int64N(c.Minutes*60)) * time.Second)
			}
			p, all = p.charged(c), append(all, event{c, gone})
		}
		for _, e := range all { // windows that end where an elevation does
			var minutes time.Duration
			from := e.gone.Add(-b.In)
			for _, o := range all {
				if until, since := earliest(o.gone, e.gone), Latest(o.c.At, from); until.After(since) {
					minutes += until.Sub(since)
				}
			}
			if minutes > time.Duration(b.Minutes)*time.Minute {
				t.Fatalf("%s in the 24 h before %s, and the budget is %d minutes", minutes, e.gone, b.Minutes)
			}
		}
		if taken < 5 {
			t.Errorf("%d were granted", taken)
		}
	}
}
