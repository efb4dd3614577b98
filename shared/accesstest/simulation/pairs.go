package simulation

import (
	"slices"
	"sync"
)

// Pairs of faults are a tree: the second fault hits a call that the elevation makes after the first. Two faults of one
// call with the same trace count once. A first fault that changes nothing has no pairs.

// branch is a first fault and all possible second faults.
type branch struct {
	first   Fault
	seconds []Fault
	trace   trace
}

// Pairs tries s.Pairs ordered pairs of faults on the life with an approval that lasts to its deadline. The seed draws
// them; below zero: all.
func Pairs(s Settings) (*Report, error) {
	b := bases()[0]
	happy, err := b.playWithoutFaults()
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

func drawSome(d dice, all []Fault, n int, which ...int) []Fault {
	all = slices.Clone(all)
	n = min(n, len(all))
	for i := range n { // the first steps of a shuffle
		j := i + d.pick(len(all)-i, "some", append(which, i)...)
		all[i], all[j] = all[j], all[i]
	}
	return all[:n]
}

// grow plays each first fault alone and finds the possible second ones.
func (s Settings) grow(b base, firsts []Fault) ([]branch, error) {
	branches := make([]branch, len(firsts))
	var mu sync.Mutex
	at := 0
	err := playInBubbles(s.workers(), func() (func() error, bool) {
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

// seconds returns all faults of the calls after this one; of the sweep's calls, the next few per operation. Nil if this
// call was not made.
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

// prune removes and counts first faults without effect and duplicates.
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
