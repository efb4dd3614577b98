package simulation

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
)

// Comparison is the results of the plain machine and of Curfew under every single fault, by kind of fault.
type Comparison struct{ Plain, Curfew map[string]*ControlRow }

// Control tries every single fault on the plain machine and on Curfew's elevation with an approval.
func Control(s Settings) (*Comparison, error) {
	c := &Comparison{Plain: map[string]*ControlRow{}, Curfew: map[string]*ControlRow{}}
	calls, err := plainCalls()
	if err != nil {
		return nil, err
	}
	if err := c.plain(s, singles(calls)); err != nil {
		return nil, err
	}
	b := bases()[0]
	happy, err := b.playWithoutFaults()
	if err != nil {
		return nil, err
	}
	return c, c.curfew(s, b, singles(happy.calls))
}

func plainCalls() ([]Call, error) {
	var calls []Call
	return calls, once(func() error {
		p, err := newPlain(nil, true)
		if err != nil {
			return err
		}
		var r ControlRow
		p.live(&r)
		calls = p.gate.seen
		if r != (ControlRow{}) {
			return fmt.Errorf("simulation: the control without a fault leaves %+v", r)
		}
		return nil
	})
}

func (c *Comparison) plain(s Settings, faults []Fault) error {
	return each(s, faults, func(f Fault) (ControlRow, error) {
		p, err := newPlain(Schedule{f}, false)
		if err != nil {
			return ControlRow{}, err
		}
		r := ControlRow{Worlds: 1}
		p.live(&r)
		return r, nil
	}, c.Plain)
}

func (c *Comparison) curfew(s Settings, b base, faults []Fault) error {
	return each(s, faults, func(f Fault) (ControlRow, error) {
		o, err := play(baseSeed, b.cast, Schedule{f}, false)
		if err != nil {
			return ControlRow{}, err
		}
		return ControlRow{Worlds: 1, Orphans: o.report.Count(OrphanLeft), AllowedAfter: o.report.Count(AllowedAfter), Mismatches: o.report.Count(Mismatch)}, nil
	}, c.Curfew)
}

func each(s Settings, faults []Fault, one func(Fault) (ControlRow, error), into map[string]*ControlRow) error {
	var mu sync.Mutex
	at := 0
	return playInBubbles(s.workers(), func() (func() error, bool) {
		if at == len(faults) {
			return nil, false
		}
		f := faults[at]
		at++
		return func() error {
			r, err := one(f)
			mu.Lock()
			defer mu.Unlock()
			if into[f.Name()] == nil {
				into[f.Name()] = &ControlRow{}
			}
			into[f.Name()].add(r)
			return err
		}, true
	}, s.progress(1, len(faults)))
}

func (r *ControlRow) add(other ControlRow) {
	r.Worlds += other.Worlds
	r.Orphans += other.Orphans
	r.AllowedAfter += other.AllowedAfter
	r.Mismatches += other.Mismatches
}

// Sum adds up all kinds of fault.
func Sum(rows map[string]*ControlRow) ControlRow {
	var all ControlRow
	for _, r := range rows {
		all.add(*r)
	}
	return all
}

// Print writes both columns.
func (c *Comparison) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ONE FAULT\tplain: worlds\tpermanent access\tallowed after the end\trecord wrong\tCurfew: worlds\tpermanent access\tallowed after the end\trecord wrong")
	line := func(name string, p, q ControlRow) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, p.Worlds, p.Orphans, p.AllowedAfter, p.Mismatches, q.Worlds, q.Orphans, q.AllowedAfter, q.Mismatches)
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Curfew)) {
		var p ControlRow
		if c.Plain[kind] != nil {
			p = *c.Plain[kind]
		}
		line(kind, p, *c.Curfew[kind])
	}
	line("all", Sum(c.Plain), Sum(c.Curfew))
	return t.Flush()
}
