package reach

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"sync"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// Set is a set of calls. It is immutable, and safe for several goroutines.
type Set struct {
	any []term // a call is in the set if it is in one of these

	mu   sync.Mutex
	view *view // what On has computed; nil: not asked yet
}

// term is what layers allow and other sets have not.
type term struct {
	program *program
	minus   []*Set
}

// Of is what layers allow.
func Of(l Layers) *Set { return &Set{any: []term{{program: read(l)}}} }

// Union has the calls of all sets.
func Union(sets ...*Set) *Set {
	u := &Set{}
	for _, s := range sets {
		u.any = append(u.any, s.any...)
	}
	return u
}

// Difference has the calls of a that b certainly has not, or may not have.
func Difference(a, b *Set) *Set {
	d := &Set{}
	for _, t := range a.any {
		if slices.ContainsFunc(b.any, func(o term) bool { return o.program == t.program && len(o.minus) == 0 }) {
			continue
		}
		d.any = append(d.any, term{t.program, append(slices.Clip(t.minus), b)})
	}
	return d
}

// PartOf reports whether b certainly has every call of s, of the actions that Cells gives.
func (s *Set) PartOf(b *Set) bool { return Difference(s, b).Empty() }

// Empty reports whether Cells gives none.
func (s *Set) Empty() bool {
	for range s.Cells() {
		return false
	}
	return true
}

// Has answers whether a call is in the set. The call's context must be complete, or nil: then what a condition decides is Maybe. An
// empty resource is unknown. The action may be one that Cells lacks.
func (s *Set) Has(c iampolicy.Call) iampolicy.Answer {
	return s.has(c, func(string) bool { return c.Context == nil })
}

func (s *Set) has(c iampolicy.Call, unknown func(string) bool) iampolicy.Answer {
	answer := iampolicy.No
	for _, t := range s.any {
		one := t.program.has(c, unknown)
		for _, m := range t.minus {
			if one > iampolicy.No {
				one = min(one, iampolicy.Yes-m.has(c, unknown))
			}
		}
		answer = max(answer, one)
	}
	return answer
}

// On gives the parts of the set that are of one action, or of a pattern that Cells gives. Its case does not count.
func (s *Set) On(action string) (all []Cell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view == nil {
		s.view = newView(s)
	}
	service, name, _ := strings.Cut(action, ":")
	service = strings.ToLower(service)
	one := named{name: name}
	if a, ok := iamdata.Lookup(service, name); ok {
		one = named{a.Name, &a}
	}
	s.view.action(service, one, func(c Cell) bool {
		all = append(all, c)
		return true
	})
	return all
}

// Cells gives the parts of the set, ordered by action: service, then name without case. The actions are those of package iamdata, those
// that the policies name and iamdata lacks, and wildcards of the policies that match no action of iamdata: "other:Get*".
func (s *Set) Cells() iter.Seq[Cell] {
	return func(yield func(Cell) bool) {
		v := newView(s)
		for _, service := range v.serviceNames() {
			if !v.service(service, yield) {
				return
			}
		}
	}
}

// view computes cells. Actions of the same statements share them.
type view struct {
	set   *Set
	index *index
	rcps  bool // a program has some
	known map[string][]shown
	found bits
	key   []byte
	steps *Steps
}

func newView(s *Set) *view {
	programs := s.programs(nil)
	v := &view{set: s, index: newIndex(programs, len(s.any)), known: map[string][]shown{}}
	v.found = make(bits, len(v.index.base))
	if len(programs) > 0 {
		v.steps = programs[0].steps
	}
	v.rcps = slices.ContainsFunc(programs, func(p *program) bool {
		return slices.ContainsFunc(p.levels, func(l level) bool { return l.rcp })
	})
	return v
}

// programs are the set's own, then those taken away.
func (s *Set) programs(all []*program) []*program {
	for _, t := range s.any {
		all = append(all, t.program)
	}
	for _, t := range s.any {
		for _, m := range t.minus {
			all = m.programs(all)
		}
	}
	return all
}

func (v *view) serviceNames() []string {
	all := iamdata.Services()
	for name := range v.index.services {
		if _, found := slices.BinarySearch(all, name); !found {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// service gives the cells of a service until yield refuses.
func (v *view) service(service string, yield func(Cell) bool) bool {
	e := v.index.services[service]
	if e == nil && service != exempted && len(v.cells(nil, service+":", v.underRCPs(service, ""))) == 0 {
		return true // no statement names the service
	}
	for _, a := range v.names(service, e) {
		if !v.action(service, a, yield) {
			return false
		}
	}
	return true
}

// action gives the cells of an action, as iamdata or a policy writes it, or of a pattern.
func (v *view) action(service string, a named, yield func(Cell) bool) bool {
	action, e := service+":"+a.name, v.index.services[service]
	var all []shown
	if a.data == nil && strings.ContainsAny(a.name, "*?") {
		all = v.pattern(e, action)
	} else {
		all = v.cells(e, action, v.underRCPs(service, a.name))
	}
	for _, c := range all {
		c.Action = action
		if c.Open == "" && a.data != nil && !takes(a.data, c.in) {
			c.Open = NoResource
		}
		if !yield(c.Cell) {
			return false
		}
	}
	return true
}

func (v *view) underRCPs(service, name string) bool { return v.rcps && underRCPs(service, name) }

func (v *view) names(service string, e *entries) (all []named) {
	actions := iamdata.Actions(service)
	all = make([]named, 0, len(actions))
	for i := range actions {
		all = append(all, named{actions[i].Name, &actions[i]})
	}
	if e == nil {
		return all
	}
	for _, text := range e.spelled {
		all = append(all, named{name: text[len(service)+1:]})
	}
	if v.steps.Take(len(actions) * e.work()); v.steps.Over() {
		return all
	}
	for _, p := range e.strange(service, all, v.index.allows) {
		all = append(all, named{name: p.String()[len(service)+1:]})
	}
	if len(all) > len(actions) {
		slices.SortFunc(all, func(a, b named) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	}
	return all
}

// overrun is every set after the last step.
func overrun() []shown { return show([]cell{{part: part{in: everything}, open: openMany}}) }

// cells gives the cells of an action, without its name.
func (v *view) cells(e *entries, action string, rcps bool) []shown {
	if v.steps.Take(1 + len(v.found) + e.work()); v.steps.Over() {
		return overrun()
	}
	v.index.find(e, action, v.found)
	v.key = v.key[:0]
	for _, word := range v.found {
		v.key = binary.LittleEndian.AppendUint64(v.key, word)
	}
	if rcps {
		v.key = append(v.key, 'r')
	}
	if all, ok := v.known[string(v.key)]; ok {
		return all
	}
	all := show(v.set.cells(v.index, found{v.found, v.found}, rcps, false))
	if v.steps.Over() {
		return overrun()
	}
	v.known[string(v.key)] = all
	return all
}

func (v *view) pattern(e *entries, action string) []shown {
	p, err := iampolicy.ActionPattern(action)
	if err != nil {
		return nil
	}
	service, _, _ := strings.Cut(action, ":")
	rcps := v.underRCPs(service, "") && service != exempted
	if v.steps.Take(1 + len(v.found) + 8*e.work()); v.steps.Over() {
		return overrun()
	}
	all := show(v.set.cells(v.index, v.index.findPattern(e, p), rcps, false))
	for i := range all {
		all[i].Open = because(all[i].Open, NoAction)
	}
	return all
}

// cells are those of an action. Taken: from another set.
func (s *Set) cells(x *index, f found, rcps, taken bool) (all []cell) {
	for _, t := range s.any {
		own := t.program.cells(f.about(t.program, x.first[t.program], taken), rcps)
		for _, m := range t.minus {
			if len(own) == 0 {
				break
			}
			for _, other := range m.cells(x, f, rcps, !taken) {
				own = withoutCell(own, other)
			}
			own = united(own)
		}
		all = append(all, own...)
	}
	return united(all)
}

type shown struct {
	Cell
	in []*iampolicy.Pattern
}

func show(all []cell) []shown {
	var out []shown
	for _, c := range all {
		c.steps.Take(len(c.in) + len(c.out))
		n := shown{Cell{Resources: texts(c.in), Except: texts(c.out), Conditions: c.when, Open: c.open}, c.in}
		if n.Open == "" && len(c.holes) > 0 {
			n.Open = c.holes[0].why
		}
		out = append(out, n)
	}
	return out
}

func texts(all []*iampolicy.Pattern) (out []string) {
	for _, p := range all {
		out = append(out, p.String())
	}
	return out
}
