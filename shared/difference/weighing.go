package difference

import (
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// weighing makes one difference.
type weighing struct {
	Difference
	sets
	*outcomes
	grant Grant
	steps *reach.Steps
	again bool            // it will be made without today's policies if there are too few steps
	new   map[string]bool // the actions that it adds

	services int // with an action that is added
	groups   []*group
	risky    map[Kind][]string
	refused  map[string][]string    // action names by who refuses
	admin    string                 // what it is if it is admin, under conditions too
	had      bool                   // the principal has some of the grant
	levels   map[iamdata.Level]bool // that are added
	sum      hash.Hash
	each     func(action string, o *outcome) // nil, or told what is added
	line     []byte
}

// group is the actions of a service on the same resources.
type group struct {
	service string
	of      *outcome
	counts  map[iamdata.Level]int
	worst   int // risk of a kind
}

func (w *weighing) run() {
	last, service := "", ""
	for c := range w.granted.Cells() {
		if w.again && w.steps.Over() {
			return
		}
		if c.Action == last || c.Open == reach.NoResource {
			continue
		}
		a := actionOf(c.Action)
		if w.of(a, c) == nil {
			continue
		}
		last = c.Action
		if w.action(c.Action, a) && a.Service != service {
			w.services++
			service = a.Service
		}
	}
	if w.everyAction() {
		for _, g := range w.groups {
			if g.of.every() && (w.admin == "" || len(g.of.conditions) == 0) {
				w.admin = "every action on every resource" + given(g.of.conditions)
			}
		}
	}
	w.All = hex.EncodeToString(w.sum.Sum(nil))
}

func actionOf(action string) iamdata.Action {
	service, name, _ := strings.Cut(action, ":")
	if a, ok := iamdata.Lookup(service, name); ok {
		return a
	}
	return iamdata.Action{Service: service, Name: name, Level: unlisted}
}

func (w *weighing) everyAction() bool {
	return slices.ContainsFunc(w.grant.Policies, func(d *iampolicy.Document) bool {
		return slices.ContainsFunc(d.Statements, func(s iampolicy.Statement) bool {
			return s.Effect == iampolicy.Allow && (len(s.NotResources) > 0 || slices.ContainsFunc(s.Resources, isEvery)) &&
				slices.ContainsFunc(s.Actions, func(a string) bool { return isEvery(a) || a == "*:*" })
		})
	})
}

// action weighs an action of the grant, and reports whether some of it is new.
func (w *weighing) action(name string, a iamdata.Action) bool {
	added := w.on(w.added, name, a, maybe)
	if len(added) == 0 {
		w.refuse(name, a)
		return false
	}
	w.Actions++
	w.new[name] = true
	w.levels[a.Level] = true
	worst := w.judge(name, a)
	for _, o := range added {
		w.enter(name, a, o, worst)
	}
	return true
}

// on gives the good cells of a set that have a resource of the action.
func (w *weighing) on(s *reach.Set, name string, a iamdata.Action, good func(reach.Cell) bool) (all []*outcome) {
	for _, c := range s.On(name) {
		if !good(c) {
			continue
		}
		if o := w.of(a, c); o != nil {
			all = append(all, o)
		}
	}
	return all
}

// refuse counts an action without an addition, of which a part is certainly refused.
func (w *weighing) refuse(name string, a iamdata.Action) {
	by := map[string]bool{}
	denied := len(w.denied.On(name)) > 0
	for _, r := range w.refusing {
		if (denied || r.by == "") && !by[r.by] && len(w.on(r.set, name, a, w.certain)) > 0 {
			by[r.by] = true
			w.refused[r.by] = append(w.refused[r.by], name)
		}
	}
	if len(by) > 0 {
		w.Refused++
	}
	w.had = w.had || len(by) == 0
}

func maybe(reach.Cell) bool { return true }

// certain reports whether a cell is refused whenever the grant's own conditions hold.
func (w *weighing) certain(c reach.Cell) bool {
	if c.Open != "" && c.Open != reach.NoAction {
		return false
	}
	return !slices.ContainsFunc(c.Conditions, func(one iampolicy.Condition) bool {
		return !slices.ContainsFunc(w.granted.On(c.Action), func(g reach.Cell) bool {
			return w.steps.AnyImplies(g.Conditions, one)
		})
	})
}

func (w *weighing) enter(name string, a iamdata.Action, o *outcome, worst int) {
	if w.each != nil {
		w.each(name, o)
	}
	w.line = append(w.line[:0], name...)
	for _, text := range o.resources {
		w.line = append(append(w.line, '\t'), text...)
	}
	for _, list := range [][]string{o.except, o.conditions} {
		w.line = append(w.line, '\n')
		for _, text := range list {
			w.line = append(append(w.line, '\t'), text...)
		}
	}
	w.steps.Take(1 + len(w.line)/64)
	w.sum.Write(append(w.line, '\n'))
	g := w.groupOf(a.Service, o)
	g.counts[a.Level]++
	g.worst = max(g.worst, worst)
}

// groupOf finds or begins a group. Those of a service are the last.
func (w *weighing) groupOf(service string, o *outcome) *group {
	for _, g := range slices.Backward(w.groups) {
		if g.service != service {
			break
		}
		w.steps.Take(1 + len(o.resources)/8)
		if g.of.same(o) {
			return g
		}
	}
	g := &group{service: service, of: o, counts: map[iamdata.Level]int{}}
	w.groups = append(w.groups, g)
	return g
}

// judge returns the highest risk of the action's kinds.
func (w *weighing) judge(name string, a iamdata.Action) (worst int) {
	for _, k := range kindsOf(a) {
		w.risky[k] = append(w.risky[k], name)
		worst = max(worst, k.risk())
	}
	return worst
}
