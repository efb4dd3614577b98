package simulation

import (
	"slices"
	"sync"
	"time"
)

const worldSize = 100

// Random plays random worlds of a hundred elevations. A world's seed is the run's seed plus its number, so that a
// failing world can be played alone.
func Random(s Settings) (*Report, error) {
	began, used := time.Now(), cpuTime()
	total := newReport()
	var mu sync.Mutex
	failed := failingWorlds[Failure]{}
	worlds := (s.Elevations + worldSize - 1) / worldSize
	at := 0
	err := playInBubbles(s.workers(), func() (func() error, bool) {
		if at == worlds {
			return nil, false
		}
		seed, lives := s.Seed+uint64(at), min(worldSize, s.Elevations-at*worldSize)
		at++
		return func() error {
			plan := drawSchedule(dice(seed), lives, s.Faults)
			o, err := play(dice(seed), drawCast(dice(seed), lives), plan, false)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			total.Add(o.report)
			failed.keep(Failure{Seed: seed, Lives: lives, Faults: s.Faults, Schedule: plan, Wrongs: o.report.Wrongs}, o.report.Wrongs)
			return nil
		}, true
	}, s.progress(worldSize, s.Elevations))
	total.Took, total.CPU = time.Since(began), cpuTime()-used
	if err != nil {
		return total, err
	}
	for _, o := range Oracles() {
		for _, f := range failed[o] {
			small, err := f.shrink(f.again(o, drawCast(dice(f.Seed), f.Lives), nil))
			if err != nil {
				return total, err
			}
			total.Failures = append(total.Failures, small)
		}
	}
	return total, nil
}

func drawCast(d dice, lives int) cast {
	return cast{lives: drawLives(d, lives), budgets: drawBudgets(d)}
}

func drawLives(d dice, n int) []life {
	var all []life
	for i := 1; i <= n; i++ {
		all = append(all, drawLife(d, i))
	}
	return all
}

// menuOf returns the calls of a random life without faults, with their counts: the faults are drawn from it. A fault of
// a call that is not made has no effect.
func menuOf(l life) []Call {
	menu := []Call{
		{"submit", 1, "store.Read", 2}, {"submit", 1, "cloud.Look", 1}, {"submit", 1, "store.Write", 1}, {"submit", 1, "workflow.Start", 1},
		{fnWait, 1, invoked, 1}, {fnWait, 1, "store.Write", 1}, {fnWait, 1, "store.Partition", 1},
		{fnGrant, 1, invoked, 2}, {fnGrant, 1, "store.Partition", 1}, {fnGrant, 1, "store.Read", 1}, {fnGrant, 1, "cloud.Look", 1},
		{fnGrant, 1, "store.Write", 2}, {fnGrant, 1, "cloud.Attach", 2}, {fnGrant, 1, "cloud.Read", 1},
		{fnRevoke, 1, invoked, 1}, {fnRevoke, 1, "store.Partition", 2}, {fnRevoke, 1, "store.Write", 2}, {fnRevoke, 1, "cloud.Remove", 1},
		{fnRevoke, 1, "cloud.Read", 1}, {fnRevoke, 1, invoked, 2},
		{fnReconcile, 0, invoked, 30}, {fnReconcile, 0, "store.List", 60}, {fnReconcile, 0, "cloud.Survey", 30},
	}
	if l.entitlement == "admin" {
		menu = append(menu, Call{"decide", 1, "store.Partition", 4}, Call{"decide", 1, "store.Write", 1}, Call{"decide", 1, "workflow.Answer", 1})
	}
	if l.entitlement == "agent" {
		menu = append(menu, Call{"beat", 1, "store.Write", 2}, Call{"beat", 1, "workflow.Beat", 2})
	}
	if l.ends == released || l.ends == revokedBy {
		menu = append(menu, Call{"end", 1, "store.Partition", 2}, Call{"end", 1, "store.Write", 1}, Call{"end", 1, "workflow.Revoke", 1}, Call{"end", 1, "workflow.Answer", 1})
	}
	return menu
}

// drawSchedule draws the faults of a world: faults is the part of elevations that get one or more. The world may get
// events too.
func drawSchedule(d dice, lives int, faults float64) Schedule {
	var s Schedule
	for i := 1; i <= lives; i++ {
		if !d.chance(faults, "faulted", i) {
			continue
		}
		n := 1
		if d.chance(0.2, "several", i) {
			n = 2 + d.pick(5, "how many", i)
		}
		near := "" // function of the previous fault
		for j := range n {
			calls := menuOf(drawLife(d, i))
			if j > 0 && d.chance(0.6, "together", i, j) { // faults of one function are drawn together more often
				calls = slices.DeleteFunc(calls, func(c Call) bool { return c.Function != near })
			}
			c := calls[d.pick(len(calls), "call", i, j)]
			near, c.N = c.Function, 1+d.pick(c.N, "which", i, j)
			if c.Life != 0 {
				c.Life = i
			}
			kinds := atCall(c)
			f := kinds[d.pick(len(kinds), "kind of fault", i, j)]
			if !slices.ContainsFunc(s, func(g Fault) bool { return g.Call == c }) {
				s = append(s, f)
			}
		}
	}
	if faults > 0 {
		s = append(s, drawHappenings(d, lives)...)
	}
	return s
}

func drawHappenings(d dice, lives int) Schedule {
	var s Schedule
	long := time.Duration(lives) * time.Minute / perMinute
	happens := func(p float64, e Event, h Happening) {
		if h.Event = e; d.chance(p, string(e)) {
			s = append(s, Fault{Happening: h})
		}
	}
	at := func(what string) time.Duration { return time.Second + d.span(0, long, "when "+what) }
	outage := func(what string) Happening {
		return Happening{At: at(what), For: d.span(time.Minute, 30*time.Minute, "how long "+what)}
	}
	one := func(what string) Happening {
		n := 1 + d.pick(lives, "whose "+what)
		l := drawLife(d, n)
		return Happening{At: l.startsAfter + l.ahead + d.span(20*time.Second, l.duration+30*time.Second, "when "+what), Life: n}
	}
	happens(0.06, StoreDown, outage("store"))
	happens(0.06, IAMDown, outage("iam"))
	happens(0.06, WorkflowDown, outage("workflow"))
	happens(0.15, PolicyEdited, one("edited"))
	happens(0.10, PolicyGone, one("gone"))
	happens(0.15, FenceGone, one("fence"))
	back := one("back")
	back.At += 12 * time.Minute
	happens(0.15, PolicyBack, back)
	happens(0.05, RoleAnew, one("anew"))
	happens(0.05, Restored, Happening{At: at("restored"), For: d.span(time.Minute, time.Hour, "how far back")})
	happens(0.15, Aborted, one("aborted"))
	redriven := one("redriven")
	redriven.For = d.span(time.Second, 20*time.Minute, "redriven after")
	happens(0.10, Redriven, redriven)
	happens(0.05, StreamDown, Happening{At: at("stream"), For: d.span(time.Minute, 2*time.Hour, "how long stream")})
	happens(0.15, Deployed, Happening{At: at("deployed")})
	happens(0.05, RolledBack, Happening{At: at("rolled back")})
	happens(0.05, OldHandlers, outage("old handlers"))
	happens(0.08, EventsLost, Happening{})
	happens(0.08, EventsLate, Happening{})
	happens(0.08, EventsDoubled, Happening{})
	happens(0.20, TTLLate, Happening{})
	happens(0.10, ReadsLag, Happening{})
	happens(0.15, ClockSkew, Happening{})
	return s
}
