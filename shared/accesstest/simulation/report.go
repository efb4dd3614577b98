package simulation

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// without is the row for elevations without a fault.
const without = "without a fault"

// Report is the result of a simulation. Add joins reports.
type Report struct {
	// Asked elevations were requested; Lives of them were stored. An outage or a duplicate pending request refuses
	// some. Granted had a grant in IAM. Faulted had a fault of their own.
	Worlds, Asked, Lives, Granted, Faulted int
	// Changes is the number of record changes checked.
	Changes int
	// CutByFault are elevations that a fault ended early: every error after Grant leads to Revoke. Their records say
	// so.
	CutByFault int
	States     map[string]int
	Wrongs     []Wrong
	// Failures are some of the failing worlds, shrunk.
	Failures []Failure
	Tree     *Tree // of a run of pairs
	Took     time.Duration
	CPU      time.Duration // processor time; zero: unknown

	overstays map[string]*overstays
}

// Failure is a failing world and how to reproduce it.
type Failure struct {
	Seed     uint64
	Lives    int
	Faults   float64 // part of elevations with a planned fault
	Base     string  // base life of an exhaustive run; empty: random
	Schedule Schedule
	Wrongs   []Wrong
}

// overstays is a distribution in tenths of a second.
type overstays struct {
	n               int
	tenths          map[int64]int // since it was due
	most, mostAfter time.Duration // After: since the end of the last fault
}

func newReport() *Report {
	return &Report{States: map[string]int{}, overstays: map[string]*overstays{}}
}

func (r *Report) add(kind string, over, after time.Duration) {
	d := r.overstays[kind]
	if d == nil {
		d = &overstays{tenths: map[int64]int{}}
		r.overstays[kind] = d
	}
	d.n++
	d.tenths[int64(over/(100*time.Millisecond))]++
	d.most, d.mostAfter = max(d.most, over), max(d.mostAfter, after)
}

// Add adds another report.
func (r *Report) Add(other *Report) {
	r.Worlds += other.Worlds
	r.Asked += other.Asked
	r.Lives += other.Lives
	r.Granted += other.Granted
	r.Faulted += other.Faulted
	r.Changes += other.Changes
	r.CutByFault += other.CutByFault
	for s, n := range other.States {
		r.States[s] += n
	}
	r.Wrongs = append(r.Wrongs, other.Wrongs...)
	r.Failures = append(r.Failures, other.Failures...)
	for kind, d := range other.overstays {
		mine := r.overstays[kind]
		if mine == nil {
			r.overstays[kind] = d
			continue
		}
		mine.n += d.n
		for tenth, n := range d.tenths {
			mine.tenths[tenth] += n
		}
		mine.most, mine.mostAfter = max(mine.most, d.most), max(mine.mostAfter, d.mostAfter)
	}
}

// Count returns the number of findings of an oracle.
func (r *Report) Count(o Oracle) int {
	n := 0
	for _, w := range r.Wrongs {
		if w.Oracle == o {
			n++
		}
	}
	return n
}

// quantile returns the p-quantile, rounded up to a tenth of a second.
func (d *overstays) quantile(p float64) time.Duration {
	left := int(p * float64(d.n))
	for _, tenth := range slices.Sorted(maps.Keys(d.tenths)) {
		if left -= d.tenths[tenth]; left < 0 {
			return min(time.Duration(tenth+1)*100*time.Millisecond, d.most)
		}
	}
	return d.most
}

// Quantile returns the p-quantile of the control plane's overstay for elevations without a fault; zero: none.
func (r *Report) Quantile(p float64) time.Duration {
	if d := r.overstays[without]; d != nil {
		return d.quantile(p)
	}
	return 0
}

// Print writes the numbers, the overstay per kind of fault, and the failures.
func (r *Report) Print(w io.Writer) error {
	if r.Tree != nil {
		if err := r.Tree.Print(w); err != nil {
			return err
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "elevations asked for\t%d\tin %d worlds\n", r.Asked, r.Worlds)
	fmt.Fprintf(t, "stored\t%d\t%d were granted, %d were hit by a fault of their own (%.1f %%)\n",
		r.Lives, r.Granted, r.Faulted, 100*float64(r.Faulted)/float64(max(1, r.Lives)))
	fmt.Fprintf(t, "changes checked\t%d\tof records, each with a look at all of IAM's grants\n", r.Changes)
	fmt.Fprintf(t, "closed by a fault\t%d\tended before their deadline because a step failed, and said so\n", r.CutByFault)
	for _, o := range Oracles() {
		fmt.Fprintf(t, "%s\t%d\t\n", o, r.Count(o))
	}
	if r.Took > 0 {
		fmt.Fprintf(t, "took\t%s\t%.0f elevations a second\n", r.Took.Round(time.Millisecond), float64(r.Asked)/r.Took.Seconds())
	}
	if r.Took > 0 && r.CPU > 0 {
		fmt.Fprintf(t, "processor time\t%s\t%.0f elevations a second of it\n", r.CPU.Round(time.Millisecond), float64(r.Asked)/r.CPU.Seconds())
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "OVERSTAY OF THE CONTROL PLANE\tgrants\tp50\tp99\tmax\tmax after the fault was over")
	kinds := slices.Sorted(maps.Keys(r.overstays))
	slices.SortStableFunc(kinds, func(a, b string) int { return rank(a) - rank(b) })
	for _, kind := range kinds {
		d := r.overstays[kind]
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n", kind, d.n, d.quantile(0.5).Round(time.Millisecond), d.quantile(0.99).Round(time.Millisecond), d.most.Round(time.Millisecond), d.mostAfter.Round(time.Millisecond))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range r.Failures {
		if err := f.Print(w); err != nil {
			return err
		}
	}
	return nil
}

func rank(kind string) int {
	if kind == without {
		return 0
	}
	return 1
}

// Print writes the findings and the smallest failing schedule.
func (f Failure) Print(w io.Writer) error {
	how := fmt.Sprintf("-seed %d -n %d -faults %v", f.Seed, f.Lives, f.Faults)
	if f.Base != "" {
		how = "base life " + f.Base
	}
	if _, err := fmt.Fprintf(w, "\nFAILED: %s\n", how); err != nil {
		return err
	}
	for _, fault := range f.Schedule {
		fmt.Fprintf(w, "  with   %s\n", fault)
	}
	for i, wrong := range f.Wrongs {
		if i == 5 {
			fmt.Fprintf(w, "  and %d more\n", len(f.Wrongs)-i)
			break
		}
		fmt.Fprintf(w, "  wrong  %s: after %s: %s\n", wrong.Oracle, wrong.At.Round(time.Millisecond), wrong.Text)
	}
	return nil
}

// Tree counts the pairs of faults.
type Tree struct {
	Firsts  int // first faults
	Nothing int // of these: without effect
	Alike   int // of these: same trace as another fault of the same call
	Pairs   int // pairs of the rest with every fault of every later call
	Tried   int
}

// Print writes the counts.
func (t *Tree) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "first faults: %d tried; of %d nothing came, %d went as another of the same call\n"+
		"pairs: %d with every fault of every call after the first, %d tried\n\n", t.Firsts, t.Nothing, t.Alike, t.Pairs, t.Tried)
	return err
}
