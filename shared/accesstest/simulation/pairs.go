package simulation

import (
	"slices"
	"sync"
)

// Pairs of faults are a tree: a first fault makes a life go its own way, and the second one meets a call that is made on
// that way, after the first. Two faults of one call after which everything went alike, at the same instants, are one, and a
// fault that changed nothing is none.

// branch is a first fault and all that can go wrong after it.
type branch struct {
	first   Fault
	seconds []Fault
	trace   trace
}

// Pairs tries ordered pairs of faults on the life that has an approval and lasts to its deadline: s.Pairs of them, drawn by
// the seed; all of them if that is below zero.
func Pairs(s Settings) (*Report, error) {
	b := bases()[0]
	happy, err := b.happily()
	if err != nil {
		return nil, err
	}
	firsts := singles(happy.calls)
	if s.Pairs >= 0 {
		firsts = drawSome(dice(s.Seed), firsts, s.Pairs)
	}
	branches, err := s.grow(b, firsts)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Firsts: len(firsts)}
	var jobs []job
	for i, r := range tree.prune(branches, happy.trace) {
		seconds := r.seconds
		if s.Pairs >= 0 {
			seconds = drawSome(dice(s.Seed), seconds, 1, i)
		}
		for _, second := range seconds {
			jobs = append(jobs, job{b, Schedule{r.first, second}})
		}
	}
	tree.Tried = len(jobs)
	report, err := s.run(jobs)
	if report != nil {
		report.Tree = tree
	}
	return report, err
}

// drawSome draws n of all, without putting any back; all of them, if they are fewer.
func drawSome(d dice, all []Fault, n int, which ...int) []Fault {
	all = slices.Clone(all)
	n = min(n, len(all))
	for i := range n { // the first of a shuffle
		j := i + d.pick(len(all)-i, "some", append(which, i)...)
		all[i], all[j] = all[j], all[i]
	}
	return all[:n]
}

// grow plays each first fault alone and finds what may go wrong after it.
func (s Settings) grow(b base, firsts []Fault) ([]branch, error) {
	branches := make([]branch, len(firsts))
	var mu sync.Mutex
	at := 0
	err := bubbles(s.workers(), func() (func() error, bool) {
		if at == len(firsts) {
			return nil, false
		}
		i := at
		at++
		return func() error {
			o, err := play(baseSeed, b.cast, Schedule{firsts[i]}, true)
			if err != nil {
				return err
			}
			r := branch{firsts[i], seconds(o.calls, firsts[i].Call), o.trace}
			mu.Lock()
			defer mu.Unlock()
			branches[i] = r
			return nil
		}, true
	}, func() {})
	return branches, err
}

// seconds are all faults of the calls that were made after a call; of the sweep's, the next few of each operation. There
// are none if it was not made.
func seconds(calls []Call, first Call) []Fault {
	after := slices.Index(calls, first)
	if after < 0 {
		return nil
	}
	swept := map[string]int{}
	var all []Fault
	for _, c := range calls[after+1:] {
		if c.Life == 0 {
			if swept[c.Op]++; swept[c.Op] > sweepsTried {
				continue
			}
		}
		if c.Life <= 1 {
			all = append(all, atCall(c)...)
		}
	}
	return all
}

// prune takes away what is the same as something else, and counts.
func (t *Tree) prune(all []branch, happy trace) []branch {
	type way struct {
		call  Call
		trace trace
	}
	seen := map[way]bool{}
	return slices.DeleteFunc(all, func(r branch) bool {
		w := way{r.first.Call, r.trace}
		switch {
		case r.trace == happy:
			t.Nothing++
			return true
		case seen[w]:
			t.Alike++
			return true
		}
		seen[w] = true
		t.Pairs += len(r.seconds)
		return false
	})
}
