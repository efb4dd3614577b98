package simulation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// baseSeed is the fixed seed of the base lives' latencies.
const baseSeed = dice(1)

// bases are the lives on which faults are tried. Each runs with an elevation of another caller, which must not change.
func bases() []base {
	beside := life{n: 2, entitlement: "deploy", principal: accesstest.Engineer, caller: person("eng-02", "engineers"),
		work: task.Task{Kind: "change", ID: "change-2"}, startsAfter: 5 * time.Second, duration: 7 * time.Minute}
	one := func(name, entitlement, principal, work string, change func(*life)) base {
		l := life{n: 1, entitlement: entitlement, principal: principal, caller: person("eng-01", "engineers"),
			work: task.Task{Kind: work, ID: work + "-1"}, startsAfter: time.Second, duration: 4 * time.Minute, decides: 20 * time.Second}
		change(&l)
		return base{name: name, cast: cast{lives: []life{l, beside}}}
	}
	machine := func(principal, group string) func(*life) {
		return func(l *life) {
			l.caller = identity.Caller{Kind: identity.Machine, ARN: principal, Name: "run-1", Groups: []string{group}}
			l.duration = 6 * time.Minute
		}
	}
	aborted := one("aborted", "deploy", accesstest.Engineer, "change", func(*life) {})
	aborted.happy = Schedule{{Happening: Happening{Event: Aborted, At: 90 * time.Second, Life: 1}}}
	old := one("old definition", "admin", accesstest.Engineer, "change", func(*life) {})
	old.happy = Schedule{{Happening: Happening{Event: OldDefinition}}}
	back := one("rolled back", "deploy", accesstest.Engineer, "change", func(l *life) { l.ends, l.endsAfter = released, 2*time.Minute })
	back.happy = Schedule{{Happening: Happening{Event: RolledBack, At: 30 * time.Second}}, {Happening: Happening{Event: OldHandlers, At: 30 * time.Second, For: time.Hour}}}
	return append([]base{
		one("approved", "admin", accesstest.Engineer, "change", func(*life) {}),
		one("released", "deploy", accesstest.Engineer, "change", func(l *life) { l.ends, l.endsAfter = released, 2*time.Minute }),
		one("denied", "admin", accesstest.Engineer, "change", func(l *life) { l.ends = denied }),
		one("withdrawn", "admin", accesstest.Engineer, "change", func(l *life) { l.ends = withdrawn }),
		one("undecided", "admin", accesstest.Engineer, "change", func(l *life) { l.ends = undecided }),
		one("break-glass", "incident", accesstest.Responder, "incident", func(*life) {}),
		one("heartbeat", "agent", accesstest.Agent, "workflow", machine(accesstest.Agent, "agents")),
		one("task", "backup", accesstest.Backup, "backup", func(l *life) {
			machine(accesstest.Backup, "jobs")(l)
			l.ends, l.endsAfter = taskOver, 2*time.Minute
		}),
		aborted,
		old,
		back,
	}, releases(beside)...)
}

// sweepsTried is how many calls of the sweep per operation get a fault. Later calls read the same things.
const sweepsTried = 3

// singles are all faults of the calls of a life: each kind at each call, and at the call of a retry.
func singles(calls []Call) []Fault {
	last := map[Call]int{}
	for _, c := range calls {
		n := c.N
		c.N = 0
		last[c] = max(last[c], n)
	}
	var all []Fault
	for _, c := range calls {
		if c.Life > 1 || c.Life == 0 && c.N > sweepsTried {
			continue
		}
		all = append(all, atCall(c)...)
		key := c
		if key.N = 0; c.N == last[key] && c.Life == 1 {
			c.N++
			all = append(all, atCall(c)...)
		}
	}
	return all
}

func atCall(c Call) []Fault {
	var all []Fault
	for _, k := range Kinds() {
		if k.fits(c.Op) {
			all = append(all, Fault{Kind: k, Call: c})
		}
	}
	return all
}

type job struct {
	base base
	plan Schedule
}

// Singles tries every single fault at every call of every base life.
func Singles(s Settings) (*Report, error) {
	var jobs []job
	for _, b := range bases() {
		happy, err := b.playWithoutFaults()
		if err != nil {
			return nil, err
		}
		for _, f := range singles(happy.calls) {
			jobs = append(jobs, job{b, Schedule{f}})
		}
	}
	return s.run(jobs)
}

func (b base) playWithoutFaults() (o outcome, err error) {
	err = once(func() error {
		if o, err = play(baseSeed, b.cast, b.happy, true); err != nil {
			return err
		}
		if len(o.report.Wrongs) > 0 {
			return fmt.Errorf("simulation: base life %s without a fault: %s: %s", b.name, o.report.Wrongs[0].Oracle, o.report.Wrongs[0].Text)
		}
		return nil
	})
	return o, err
}

func (s Settings) run(jobs []job) (*Report, error) {
	began, used := time.Now(), cpuTime()
	total := newReport()
	var mu sync.Mutex
	failed := failingWorlds[job]{}
	at := 0
	err := playInBubbles(s.workers(), func() (func() error, bool) {
		if at == len(jobs) {
			return nil, false
		}
		j := jobs[at]
		at++
		return func() error {
			o, err := play(baseSeed, j.base.cast, slices.Concat(j.base.happy, j.plan), false)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			total.Add(o.report)
			failed.keep(j, o.report.Wrongs)
			return nil
		}, true
	}, s.progress(1, len(jobs)))
	total.Took, total.CPU = time.Since(began), cpuTime()-used
	if err != nil {
		return total, err
	}
	for _, o := range Oracles() {
		for _, j := range failed[o] {
			f := Failure{Seed: uint64(baseSeed), Lives: len(j.base.cast.lives), Base: j.base.name, Schedule: j.plan}
			f, err := f.shrink(f.again(o, j.base.cast, j.base.happy))
			if err != nil {
				return total, err
			}
			total.Failures = append(total.Failures, f)
		}
	}
	return total, nil
}
