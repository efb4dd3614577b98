package simulation

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/record"
)

// traceLives is how many elevations live in each world of [Trace].
const traceLives = 10

// Trace plays the world of so many seeds, from Settings.Seed on, with ten elevations in each, and writes one line for each
// elevation: what became of it. Two versions of the product that behave alike write the same bytes, whatever their stored
// forms and the number of their calls to the store are; with Settings.Faults above 0 a fault may meet another call, if
// there are more or fewer calls before it.
func Trace(s Settings, seeds int, out io.Writer) error {
	var mu sync.Mutex
	told := make([][]string, seeds)
	at := 0
	err := bubbles(s.workers(), func() (func() error, bool) {
		if at == seeds {
			return nil, false
		}
		i, d := at, dice(s.Seed+uint64(at))
		at++
		return func() error {
			w, err := played(d, cast{lives: drawLives(d, traceLives)}, drawSchedule(d, traceLives, s.Faults))
			if err != nil {
				return err
			}
			lines, err := w.behaviours(s.Seed + uint64(i))
			mu.Lock()
			defer mu.Unlock()
			told[i] = lines
			return err
		}, true
	}, s.progress(1, seeds))
	if err != nil {
		return err
	}
	to := bufio.NewWriter(out)
	for _, lines := range told {
		for _, line := range lines {
			fmt.Fprintln(to, line)
		}
	}
	return to.Flush()
}

// behaviours are the lines of [Trace] of a world that is over, in order of the elevations: states, cause, deadline, calls
// to IAM by function, kinds of evidence.
func (w *world) behaviours(seed uint64) ([]string, error) {
	es, _, err := access.Lives(w.store.All(record.AccessTable))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(es, func(a, b access.Elevation) int { return cmp.Compare(w.ids[a.ID], w.ids[b.ID]) })
	chains := reckoning{w.oracle}.chains(w.store.All(record.AccessTable))
	var lines []string
	for _, e := range es {
		var states, kinds []string
		for _, s := range w.oracle.life(e.ID).path {
			states = append(states, string(s))
		}
		for _, r := range chains[evidence.ElevationChain(e.ID)] {
			kinds = append(kinds, r.Kind)
		}
		deadline := "-"
		if !e.Deadline.IsZero() {
			deadline = e.Deadline.Format(time.RFC3339)
		}
		lines = append(lines, fmt.Sprintf("seed %d elevation %d | %s | %s | %s | %s | %s", seed, w.ids[e.ID], strings.Join(states, " "),
			cmp.Or(string(e.Cause), "-"), deadline, strings.Join(w.gate.toIAM(w.ids[e.ID]), " "), strings.Join(kinds, " ")))
	}
	return lines, nil
}

// toIAM are the calls to IAM that were made for one elevation, each with its number.
func (g *gate) toIAM(life int) []string {
	var all []string
	for c, n := range g.counts {
		if c.Life == life && strings.HasPrefix(c.Op, "cloud.") {
			all = append(all, fmt.Sprintf("%s:%s=%d", c.Function, strings.TrimPrefix(c.Op, "cloud."), *n))
		}
	}
	slices.Sort(all)
	return all
}
