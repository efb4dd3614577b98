package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/events"
	"curfew/shared/eventpattern"
	"curfew/shared/task"
)

// announcement is the detail-type of Curfew's own events. Their source is the name of the installation.
const announcement = "Elevation State Change"

// ownSource reports whether a source is Curfew's own announcements (in an installation with the default name) or
// schedules. Events of curfew.task come from others.
func ownSource(source string) bool {
	return source == "curfew" || strings.HasPrefix(source, "curfew.") && source != "curfew.task"
}

type eventPattern struct{ value }

// read reads a pattern that names its sources and detail-types, because each pair gets its own EventBridge rule.
func (v eventPattern) read() (text json.RawMessage, p *eventpattern.Pattern, ok bool) {
	if text, ok = asJSON(v.value).document(); !ok {
		return text, nil, false
	}
	p, err := eventpattern.Parse(text)
	if err != nil {
		v.badPattern(strings.TrimPrefix(err.Error(), "event pattern: "))
		return text, nil, false
	}
	named := v.namesSources(p)
	return text, p, v.namesStateMachine(p) && named
}

// badPattern reports an error of eventpattern. Its place, if any, stands before the first colon.
func (v eventPattern) badPattern(why string) {
	at, rest, _ := strings.Cut(why, ": ")
	if found := v.at(at); found.path == v.path+"."+at {
		found.report("is not a part of an event pattern: %s", rest)
		return
	}
	v.report("is not an event pattern: %s", why)
}

// namesSources refuses a pattern that does not list exact sources and detail-types, or includes Curfew's own events.
func (v eventPattern) namesSources(p *eventpattern.Pattern) bool {
	ok := true
	for _, name := range []string{"source", "detail-type"} {
		values, exact := p.Exactly(name)
		_, top := v.child(name) // rules are not made from values inside $or
		switch {
		case !exact || !top:
			v.at(name).report("must list exact values of %s at its top level, and nothing else", name)
			ok = false
		case name == "source" && slices.ContainsFunc(values, ownSource), slices.Contains(values, announcement):
			v.at(name).report("matches Curfew's own events: a grant must never cause a grant")
			ok = false
		}
	}
	return ok
}

// namesStateMachine refuses a pattern that may match Curfew's own state machine.
func (v eventPattern) namesStateMachine(p *eventpattern.Pattern) bool {
	if sources, _ := p.Exactly("source"); !slices.Contains(sources, "aws.states") {
		return true
	}
	arns, exact := p.Exactly("detail", "stateMachineArn")
	at := v.at("detail.stateMachineArn")
	if !exact {
		at.report("does not list exact values of detail.stateMachineArn: it could match Curfew's own state machine")
		return false
	}
	return !slices.ContainsFunc(arns, at.badStateMachine)
}

func (v eventPattern) endPattern() json.RawMessage {
	text, _, _ := v.read()
	return text
}

// readStart reads the pattern that starts a trigger, and the kinds of task in its events.
func (p *plan) readStart(v value) json.RawMessage {
	text, pattern, ok := eventPattern{v}.read()
	if !ok {
		return text
	}
	kinds, ok := eventPattern{v}.kinds(pattern)
	if !ok {
		return text
	}
	p.taskKinds = eventPattern{v}.tasks(pattern, kinds)
	p.checkStates(v, pattern, kinds)
	return text
}

// kinds returns the kinds of events of a pattern, by their name in errors. Every source and detail-type needs one: an
// event that package events cannot read never starts anything.
func (v eventPattern) kinds(p *eventpattern.Pattern) (kinds map[string]events.Kind, ok bool) {
	sources, _ := p.Exactly("source")
	types, _ := p.Exactly("detail-type")
	kinds, used := map[string]events.Kind{}, map[string]bool{}
	for _, source := range sources {
		for _, detailType := range types {
			if kind, ok := events.KindOf(source, detailType); ok {
				kinds[fmt.Sprintf("%s %q", source, detailType)] = kind
				used[source], used[detailType] = true, true
			}
		}
	}
	ok = true
	for name, values := range map[string][]string{"source": sources, "detail-type": types} {
		for _, each := range values {
			if !used[each] {
				v.at(name).report("%q has no events that Curfew reads: see events/README.md", each)
				ok = false
			}
		}
	}
	return kinds, ok
}

// tasks returns the kinds of task in the events of a pattern, sorted.
func (v eventPattern) tasks(p *eventpattern.Pattern, kinds map[string]events.Kind) []string {
	var tells []string
	for _, kind := range kinds {
		if kind.Task != "" {
			tells = append(tells, kind.Task)
			continue
		}
		said, exact := p.Exactly("detail", "kind")
		if !exact {
			v.at("detail.kind").report("does not list exact values of detail.kind, the kind of the task")
		}
		for _, each := range said {
			if !slices.Contains(task.Kinds(), each) {
				v.at("detail.kind").report("%q is not one of %s", each, strings.Join(task.Kinds(), ", "))
				continue
			}
			tells = append(tells, each)
		}
	}
	return slices.Compact(sortedCopy(tells))
}

// checkStates refuses a pattern that can never start the trigger: it matches no start, or only unconfirmed starts
// although unconfirmed is not set.
func (p *plan) checkStates(v value, pattern *eventpattern.Pattern, kinds map[string]events.Kind) {
	var confirmed, unconfirmed bool
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		starts := startsOf(pattern, kinds[name])
		if len(starts) == 0 {
			v.at("detail").report("matches no start of %s: the start states are %s", name, strings.Join(slices.Sorted(maps.Keys(kinds[name].Starts)), ", "))
			return
		}
		for _, documented := range starts {
			confirmed, unconfirmed = confirmed || documented, unconfirmed || !documented
		}
	}
	flag, said := p.get("unconfirmed")
	switch {
	case !confirmed && !p.Unconfirmed:
		v.report("matches only unconfirmed events: set unconfirmed: true to accept them")
	case said && p.Unconfirmed && !unconfirmed:
		flag.report("is not needed: all start events are confirmed")
	}
}

// startsOf returns the start states that a pattern may match, each with whether it is confirmed. A state that the
// pattern does not restrict exactly counts as matched.
func startsOf(p *eventpattern.Pattern, kind events.Kind) map[string]bool {
	starts := maps.Clone(kind.Starts)
	for _, path := range kind.StateAt {
		if states, exact := p.Exactly(strings.Split(path, ".")...); exact {
			maps.DeleteFunc(starts, func(state string, _ bool) bool { return !slices.Contains(states, state) })
		}
	}
	return starts
}
