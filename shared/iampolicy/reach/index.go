package reach

import (
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// index finds the statements of programs that are about an action. A statement has the bit of its place among all.
type index struct {
	first    map[*program]int // the place of its first statement
	negated  bits             // statements with NotAction
	base     bits             // statements that name every action
	services map[string]*entries
}

type bits []uint64

func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// entries are what statements name of one service.
type entries struct {
	literals map[string][]int  // by the name that iamdata has
	unknown  map[string][]int  // literals that iamdata lacks, by name in lower case
	spelled  map[string]string // the text of an unknown one
	patterns []entry
}

type entry struct {
	at     int
	action *iampolicy.Pattern
}

func newIndex(programs []*program) *index {
	x := &index{first: map[*program]int{}, services: map[string]*entries{}}
	n := 0
	for _, p := range programs {
		if _, ok := x.first[p]; !ok {
			x.first[p] = n
			n += len(p.rules)
		}
	}
	x.negated, x.base = make(bits, n/64+1), make(bits, n/64+1)
	for p, at := range x.first {
		for i := range p.rules {
			x.add(at+i, &p.rules[i])
		}
	}
	return x
}

func (x *index) add(at int, r *rule) {
	if r.NotAction {
		x.negated.set(at)
	}
	for _, a := range r.Actions {
		text := a.String()
		service, name, _ := strings.Cut(strings.ToLower(text), ":")
		if service == "*" {
			x.base.set(at)
			continue
		}
		e := x.services[service]
		if e == nil {
			e = &entries{literals: map[string][]int{}, unknown: map[string][]int{}, spelled: map[string]string{}}
			x.services[service] = e
		}
		if strings.ContainsAny(name, "*?") {
			e.patterns = append(e.patterns, entry{at, a})
			continue
		}
		if known, ok := iamdata.Lookup(service, name); ok {
			e.literals[known.Name] = append(e.literals[known.Name], at)
			continue
		}
		e.unknown[name] = append(e.unknown[name], at)
		if old, ok := e.spelled[name]; !ok || text < old {
			e.spelled[name] = text
		}
	}
}

// find sets the bits of the statements that are about an action.
func (x *index) find(e *entries, action string, found bits) {
	copy(found, x.base)
	if e != nil {
		_, name, _ := strings.Cut(action, ":")
		for _, at := range e.literals[name] {
			found.set(at)
		}
		if len(e.unknown) > 0 {
			for _, at := range e.unknown[strings.ToLower(name)] {
				found.set(at)
			}
		}
		for _, p := range e.patterns {
			if !found.has(p.at) && p.action.Matches(action, nil) {
				found.set(p.at)
			}
		}
	}
	for i := range found {
		found[i] ^= x.negated[i]
	}
}
