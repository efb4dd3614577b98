package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// settings of a rehearsal.
type settings struct {
	days, elevations int
	causes           []*cause
	idle             []string // alarms whose cause is not among these
}

// month is the whole rehearsal, week a short one without the causes that take days or await a canary.
func month() settings {
	all := append(spaced(append(outages(), changes()...), 20*hour, 4*hour), slow()...)
	return settings{days: 30, elevations: 1000, causes: all}
}

func week() settings {
	return settings{days: 5, elevations: 450, causes: spaced(append(outages(), changes()...), 7*hour/2, 0), idle: []string{
		"expire-behind", "dead-expire", "dead-late", "dead-reviews", "archive-behind", "archive-errors", "archive-silent", "archive-undone", "canary-workflow-late", "canary-execution-late", "canary-sweep-late", "canary-ttl-late",
		"canary-workflow-silent", "canary-execution-silent", "canary-sweep-silent", "canary-ttl-silent",
	}}
}

// perCause elevations begin around each cause, so that it finds work.
const perCause = 18

// lives spreads the elevations over the days, and around the causes.
func (s settings) lives() []life {
	var starts []time.Duration
	for _, c := range s.causes {
		for i := 0; i < perCause && !c.quiet && c.since == "" && c.lasts <= 3*hour; i++ {
			starts = append(starts, c.at-hour/2+time.Duration(i)*(hour/2+max(c.lasts, hour/2))/perCause)
		}
	}
	more := max(0, s.elevations-len(starts))
	from, to := day+8*hour, time.Duration(s.days)*day-2*hour
	for i := range more {
		starts = append(starts, from+(to-from)*time.Duration(i)/time.Duration(more))
	}
	var all []life
	for n, at := range starts {
		all = append(all, lifeOf(n, at))
	}
	return all
}

// rehearsal is a played month.
type rehearsal struct {
	settings
	template template
	watch    *cloudWatch
	refused  int
	ends     map[access.Cause]int // of elevations, without canaries
	open     int                  // elevations and grants that are left
}

// play plays the days, in virtual time.
func (s settings) play(t *testing.T, of template) (r rehearsal, err error) {
	synctest.Test(t, func(*testing.T) { r, err = s.run(of) })
	return r, err
}

func (s settings) run(of template) (rehearsal, error) {
	p, err := newPlant(of)
	if err != nil {
		return rehearsal{}, err
	}
	began := time.Now()
	p.running.Go(p.schedules)
	for _, c := range s.causes {
		p.running.Go(func() { c.play(p, began) })
	}
	for _, l := range s.lives() {
		p.running.Go(func() { p.live(l) })
	}
	for range s.days {
		time.Sleep(day)
		p.otherStacks()
		p.flow.Engine().Forget(day)
	}
	p.close()
	p.watch.sumUp()
	r := rehearsal{settings: s, template: of, watch: p.watch, refused: p.refused, ends: map[access.Cause]int{}, open: len(p.cloud.Grants())}
	all, _, err := access.Lives(p.store.All(record.AccessTable))
	for _, e := range all {
		if e.State.Open() {
			r.open++
		} else if !e.IsCanary() {
			r.ends[cmp.Or(e.Cause, "not granted")]++
		}
	}
	return r, err
}

// unwritten returns the metrics of alarms that were not written in the month: such an alarm can never ring.
func (r rehearsal) unwritten() (all []string) {
	for _, a := range r.template.alarms {
		for _, id := range slices.Sorted(maps.Keys(a.inputs)) {
			if m := a.inputs[id].metric; r.watch.all[m] == nil && !slices.Contains(r.idle, a.name) {
				all = append(all, fmt.Sprintf("%s: no code and no service writes %s", a.name, m))
			}
		}
	}
	return all
}
