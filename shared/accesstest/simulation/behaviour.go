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

// traceLives is the number of elevations in each world of [Trace].
const traceLives = 10

// Trace plays worlds with consecutive seeds from Settings.Seed, with ten elevations in each, and writes one line per
// elevation with its outcome. Versions of the product that behave alike write the same bytes, even if stored forms or
// the number of store calls differ. With Settings.Faults above 0 a changed number of calls may move a fault to another
// call.
func Trace(s Settings, seeds int, out io.Writer) error {
	var mu sync.Mutex
	told := make([][]string, seeds)
	at := 0
	err := playInBubbles(s.workers(), func() (func() error, bool) {
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

// behaviours returns the lines of [Trace] for a finished world, by elevation: states, cause, deadline, IAM calls by
// function, kinds of evidence.
func (w *world) behaviours(seed uint64) ([]string, error) {
	es, _, err := access.Lives(w.store.All(record.AccessTable))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(es, func(a, b access.Elevation) int { return cmp.Compare(w.ids[a.ID], w.ids[b.ID]) })
	chains := finalCheck{w.oracle}.chains(w.store.All(record.AccessTable))
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
