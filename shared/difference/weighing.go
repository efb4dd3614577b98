package difference

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// weighing makes one difference.
type weighing struct {
	Difference
	*weigher
	grant Grant
	own   []*iampolicy.Document // of the principal, if known

	among    []string // services to look at
	services int      // with an action that is added
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

// unlisted is the level of actions that package iamdata does not know.
const unlisted iamdata.Level = '?'

// group is the actions of a service on the same resources.
type group struct {
	service string
	of      *outcome
	counts  map[iamdata.Level]int
	worst   int // risk of a kind
}

func (w *weighing) run() {
	w.risky, w.refused, w.levels, w.sum = map[Kind][]string{}, map[string][]string{}, map[iamdata.Level]bool{}, sha256.New()
	for _, service := range w.among {
		rules := inService(w.rules, service)
		if !slices.ContainsFunc(rules, w.grants) {
			continue
		}
		before := w.Actions
		for _, a := range iamdata.Actions(service) {
			w.action(rules, a, true)
		}
		if w.Actions > before {
			w.services++
		}
	}
	for _, name := range w.unlisted() {
		service, action, _ := strings.Cut(name, ":")
		w.action(inService(w.rules, service), iamdata.Action{Service: service, Name: action, Level: unlisted}, false)
	}
	if w.everyAction() {
		for _, g := range w.groups {
			if len(g.of.added) == 1 && g.of.added[0].every && (w.admin == "" || len(g.of.conditions) == 0) {
				w.admin = "every action on every resource" + given(g.of.conditions)
			}
		}
	}
	w.All = hex.EncodeToString(w.sum.Sum(nil))
}

func (w *weighing) everyAction() bool {
	return slices.ContainsFunc(w.rules, func(r rule) bool {
		return r.layer == ofGrant && r.allow && (r.not || slices.ContainsFunc(r.resources, func(g glob) bool { return g.every })) &&
			slices.ContainsFunc(r.statement.Actions, func(a string) bool { return strings.Trim(a, "*") == "" || a == "*:*" })
	})
}

func (w *weighing) grants(n named) bool {
	r := w.rules[n.rule]
	return r.layer == ofGrant && r.allow
}

// unlisted returns the actions of the grant that package iamdata lacks.
func (w *weighing) unlisted() (names []string) {
	for _, r := range w.rules {
		if r.layer != ofGrant || !r.allow {
			continue
		}
		for _, a := range r.statement.Actions {
			service, name, _ := strings.Cut(strings.ToLower(a), ":")
			if matches := func(one iamdata.Action) bool { return matchFold(name, one.Name) }; strings.Trim(service, "*") != "" && !slices.ContainsFunc(iamdata.Actions(service), matches) {
				names = append(names, service+":"+name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (w *weighing) action(rules []named, a iamdata.Action, known bool) {
	var covering []int
	granted := false
	for _, n := range rules {
		if n.covers(a.Name) {
			covering = append(covering, n.rule)
			granted = granted || w.grants(n)
		}
	}
	if !granted {
		return
	}
	all := w.outcomes(a, known, covering)
	added := slices.DeleteFunc(slices.Clone(all), func(o *outcome) bool { return len(o.added) == 0 })
	if len(added) == 0 {
		w.refuse(a, all)
		return
	}
	w.Actions++
	w.levels[a.Level] = true
	worst := w.judge(a)
	for _, o := range added {
		w.enter(a, o, worst)
	}
}

// refuse counts an action without an addition, of which a part is refused.
func (w *weighing) refuse(a iamdata.Action, all []*outcome) {
	who := map[string]bool{}
	for _, o := range all {
		w.had = w.had || o.had
		if o.boundary {
			who[""] = true
		}
		for _, p := range o.denied {
			who[p] = true
		}
	}
	if len(who) == 0 {
		return
	}
	w.Refused++
	for p := range who {
		w.refused[p] = append(w.refused[p], a.Service+":"+a.Name)
	}
}

func (w *weighing) enter(a iamdata.Action, o *outcome, worst int) {
	if w.each != nil {
		w.each(a.Service+":"+a.Name, o)
	}
	w.line = append(append(append(w.line[:0], a.Service...), ':'), a.Name...)
	for _, g := range o.added {
		w.line = append(append(w.line, '\t'), g.text...)
	}
	for _, list := range [][]string{o.except, o.conditions} {
		w.line = append(w.line, '\n')
		for _, text := range list {
			w.line = append(append(w.line, '\t'), text...)
		}
	}
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
		if g.of == o {
			return g
		}
	}
	g := &group{service: service, of: o, counts: map[iamdata.Level]int{}}
	w.groups = append(w.groups, g)
	return g
}

// judge returns the highest risk of the action's kinds.
func (w *weighing) judge(a iamdata.Action) (worst int) {
	name := a.Service + ":" + a.Name
	for _, k := range kindsOf(a) {
		w.risky[k] = append(w.risky[k], name)
		worst = max(worst, k.risk())
	}
	return worst
}
