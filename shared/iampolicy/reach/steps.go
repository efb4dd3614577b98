package reach

import (
	"sync/atomic"

	"curfew/shared/iampolicy"
)

// Steps bounds the work on sets by a count that depends on their policies alone. A step is about 0.1 µs. When all are taken, sets have
// every action on every resource, and are open. Nil: no bound.
type Steps struct{ left atomic.Int64 }

func NewSteps(most int64) *Steps {
	s := &Steps{}
	s.left.Store(most)
	return s
}

func (s *Steps) Take(n int) {
	if s != nil {
		s.left.Add(-int64(n))
	}
}

// Over reports whether more steps were taken than there are.
func (s *Steps) Over() bool { return s != nil && s.left.Load() < 0 }

// Left may be negative.
func (s *Steps) Left() int64 { return s.left.Load() }

func (s *Steps) anyCovers(all []*iampolicy.Pattern, p *iampolicy.Pattern) bool {
	if s.Over() {
		return false // less is known to be gone
	}
	taken := 0
	defer func() { s.Take(taken) }()
	for _, q := range all {
		if s != nil {
			taken += q.Work(p)
		}
		if q.Covers(p) {
			return true
		}
	}
	return false
}

func (s *Steps) anyOverlaps(all []*iampolicy.Pattern, p *iampolicy.Pattern) bool {
	if s.Over() {
		return true
	}
	taken := 0
	defer func() { s.Take(taken) }()
	for _, q := range all {
		if s != nil {
			taken += q.Work(p)
		}
		if p.Overlaps(q) {
			return true
		}
	}
	return false
}

func (s *Steps) implies(when, then []iampolicy.Condition) bool {
	for _, c := range then {
		if s.Over() || !s.AnyImplies(when, c) {
			return false
		}
	}
	return true
}

// AnyImplies reports whether one of the conditions certainly implies c.
func (s *Steps) AnyImplies(when []iampolicy.Condition, c iampolicy.Condition) bool {
	for _, own := range when {
		if s != nil {
			s.Take(own.Work(c))
		}
		if own.Implies(c) {
			return true
		}
	}
	return false
}

func (s *Steps) exclude(when, others []iampolicy.Condition) bool {
	for _, c := range when {
		for _, other := range others {
			if s.Over() {
				return false
			}
			if s != nil {
				s.Take(c.Work(other))
			}
			if c.Excludes(other) {
				return true
			}
		}
	}
	return false
}
