package reach

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// index finds the statements of programs about an action. Each has the bit of its place among all.
type index struct {
	first    map[*program]int // the place of its first statement
	negated  bits             // statements with NotAction
	base     bits             // statements that name every action
	services map[string]*entries
	allowing bits // Allows of the identity policies of own programs
}

func (x *index) allows(at int) bool { return x.allowing.has(at) }

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

// work is that of finding an action among them.
func (e *entries) work() int {
	if e == nil {
		return 0
	}
	return len(e.patterns)
}

// named is a name of an action, and what iamdata says of it; nil: nothing.
type named struct {
	name string
	data *iamdata.Action
}

type entry struct {
	at     int
	action *iampolicy.Pattern
}

// newIndex takes the programs, the set's own ones first.
func newIndex(programs []*program, own int) *index {
	x := &index{first: map[*program]int{}, services: map[string]*entries{}}
	n := 0
	for _, p := range programs {
		if _, ok := x.first[p]; !ok {
			x.first[p] = n
			n += len(p.rules)
		}
	}
	x.negated, x.base, x.allowing = make(bits, n/64+1), make(bits, n/64+1), make(bits, n/64+1)
	for p, at := range x.first {
		mine := slices.Contains(programs[:own], p)
		for i := range p.rules {
			r := &p.rules[i]
			x.add(at+i, r)
			if mine && r.Allow && r.level < 0 {
				x.allowing.set(at + i)
			}
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

// found are the statements about an action. The two differ if it is a pattern: some are then about a part of it.
type found struct{ certain, may bits }

// about tells the statements of a program. A set that is taken away must have the action certainly.
func (f found) about(p *program, first int, taken bool) func(int) bool {
	return func(i int) bool {
		if p.rules[i].Allow == taken {
			return f.certain.has(first + i)
		}
		return f.may.has(first + i)
	}
}

// find sets the bits of the statements about an action.
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

func (x *index) findPattern(e *entries, action *iampolicy.Pattern) found {
	f := found{slices.Clone(x.base), slices.Clone(x.base)}
	if e != nil {
		for _, p := range e.patterns {
			if p.action.Covers(action) {
				f.certain.set(p.at)
			}
			if p.action.Overlaps(action) {
				f.may.set(p.at)
			}
		}
		service, _, _ := strings.Cut(action.String(), ":")
		for _, named := range []map[string][]int{e.literals, e.unknown} {
			for name, all := range named {
				if action.Matches(service+":"+name, nil) {
					for _, at := range all {
						f.may.set(at)
					}
				}
			}
		}
	}
	for i := range x.negated {
		f.certain[i], f.may[i] = f.certain[i]&^x.negated[i]|x.negated[i]&^f.may[i], f.may[i]&^x.negated[i]|x.negated[i]&^f.certain[i]
	}
	return f
}

// strange are patterns of allowing statements that match no action of iamdata: what they allow no name says.
func (e *entries) strange(service string, names []named, allows func(at int) bool) (all []*iampolicy.Pattern) {
	seen := map[string]bool{}
	for _, p := range e.patterns {
		text := strings.ToLower(p.action.String())
		if seen[text] || !allows(p.at) {
			continue
		}
		seen[text] = true
		if !slices.ContainsFunc(names, func(a named) bool { return a.data != nil && p.action.Matches(service+":"+a.name, nil) }) {
			all = append(all, p.action)
		}
	}
	return all
}
