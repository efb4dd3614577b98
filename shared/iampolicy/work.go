package iampolicy

import "strings"

// pairsAStep is how many pairs of characters are one unit of work.
const pairsAStep = 64

// Work is a bound of the work of Covers and Overlaps with q, in units of about 0.1 µs.
func (p *Pattern) Work(q *Pattern) int {
	pairs := len(p.text) * len(q.text)
	switch {
	case p == q:
		return 1
	case p.plain || q.plain || pairs > maxTable:
		pairs = len(p.text) + len(q.text)
	case p.apart(q):
		return 1
	}
	return 1 + pairs/pairsAStep
}

// Work is a bound of the work of Implies and Excludes with d, in the units of [Pattern.Work].
func (c Condition) Work(d Condition) int {
	if !strings.EqualFold(c.Key, d.Key) {
		return 1
	}
	return 1 + len(c.Values)*len(d.Values)*10 + textOf(c.Values)*textOf(d.Values)/pairsAStep
}

func textOf(values []string) (n int) {
	for _, v := range values {
		n += len(v)
	}
	return n
}
