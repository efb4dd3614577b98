package detection

import (
	"fmt"
	"slices"
	"sync"

	"curfew/shared/eventpattern"
)

// Set is compiled detections with an index. It is immutable and safe for concurrent use.
type Set struct {
	all   []compiled
	index map[string]calls // by eventSource; "": any
	named calls            // of any eventSource
	every []entry          // of any call
	views sync.Pool        // of *view
}

// calls are ways of patterns by eventName; "": any.
type calls map[string][]entry

type entry struct {
	detection int
	sure      bool // every such call matches
	marked    bool // the gate of the when passes no call without an elevation by a principal that is not marked
}

type compiled struct {
	Detection
	pattern *eventpattern.Pattern
	when    *when
}

// Compile compiles detections. The error names the detection.
func Compile(all []Detection) (*Set, error) {
	s := &Set{index: map[string]calls{}}
	for i, d := range all {
		c := compiled{Detection: d}
		var err error
		if c.pattern, err = eventpattern.Parse(d.Pattern); err == nil {
			c.when, err = compileWhen(d.When)
		}
		if err != nil {
			return nil, fmt.Errorf("detection %s: %w", d.Name, err)
		}
		marked := c.when != nil && slices.ContainsFunc(c.when.gate, condition.demandsMark)
		for _, way := range c.pattern.Ways() {
			s.add(i, way, marked)
		}
		s.all = append(s.all, c)
	}
	s.named = s.index[""]
	s.every = s.named[""]
	delete(s.named, "") // an event without a name would look twice
	return s, nil
}

func (s *Set) add(detection int, way *eventpattern.Pattern, marked bool) {
	sources, hasSources := way.Exactly("detail", "eventSource")
	names, hasNames := way.Exactly("detail", "eventName")
	paths := []string{"detail.eventSource"}
	if named, exact := way.Exactly("source"); exact && !slices.ContainsFunc(sources, func(s string) bool { return !slices.Contains(named, busSource(s)) }) {
		paths = append(paths, "source")
	}
	if hasNames {
		paths = append(paths, "detail.eventName")
	} else {
		names = []string{""}
	}
	sure := hasSources && way.Only(paths...)
	if !hasSources {
		sources = []string{""}
	}
	for _, source := range sources {
		for _, name := range names {
			if s.index[source] == nil {
				s.index[source] = calls{}
			}
			all := s.index[source][name]
			if at := slices.IndexFunc(all, func(e entry) bool { return e.detection == detection }); at >= 0 {
				all[at].sure = all[at].sure || sure
				continue
			}
			s.index[source][name] = append(all, entry{detection, sure, marked})
		}
	}
}

// Detections returns how many detections the set has.
func (s *Set) Detections() int { return len(s.all) }

// Match is a detection whose pattern and when hold for an event, which must not change until the hits are made.
type Match struct {
	detection *compiled
	event     *Event
	err       error // the detection cannot judge
}

// Match returns the detections that hold for an event, and those that cannot judge it.
func (s *Set) Match(e *Event) []Match {
	found, _ := s.match(e)
	return found
}

// Asked returns how often Cedar is asked about an event, for benchmarks.
func (s *Set) Asked(e *Event) int {
	_, asked := s.match(e)
	return asked
}

func (s *Set) match(e *Event) (found []Match, asked int) {
	v, _ := s.views.Get().(*view)
	if v == nil {
		v = &view{}
	}
	*v = view{Event: e}
	r := e.Record
	named := s.index[r.Source]
	unmarked := e.Elevation == nil && e.OfOther == "" && e.Class != Marked
	for _, looks := range [...][]entry{named[r.Name], named[""], s.named[r.Name], s.every} {
		for _, at := range looks {
			if at.marked && unmarked {
				continue
			}
			d := &s.all[at.detection]
			if slices.ContainsFunc(found, func(m Match) bool { return m.detection == d }) {
				continue // two ways of one pattern
			}
			if ok, err := d.holds(v, at.sure); ok || err != nil {
				if found == nil {
					found = make([]Match, 0, 8)
				}
				found = append(found, Match{d, e, err})
			}
		}
	}
	asked = v.asked
	*v = view{}
	s.views.Put(v)
	return found, asked
}

// holds asks the gate of the when, then the pattern unless it is sure to match, then the rest of the when.
func (c *compiled) holds(v *view, sure bool) (bool, error) {
	if c.when != nil && !c.when.passes(v) {
		return false, nil
	}
	switch {
	case sure:
	default:
		ok, decided := c.pattern.Decide(v.textAt)
		if !decided {
			var err error
			if ok, err = c.pattern.Match(v.envelopeText()); err != nil {
				return false, err
			}
		}
		if !ok {
			return false, nil
		}
	}
	if c.when != nil {
		if ok, err := c.when.ask(v); err != nil || !ok {
			return false, err
		}
	}
	return !slices.ContainsFunc(c.Allow, func(a Allow) bool { return a.excepts(v.Event) }), nil
}

func (a *Allow) excepts(e *Event) bool {
	return !e.Record.Time.IsZero() && e.Record.Time.Before(a.Until) &&
		(a.Principal == "" || a.Principal == e.Record.Identity.Actor().PrincipalID) &&
		(a.Account == "" || a.Account == e.Record.Account) &&
		(a.Elevation == "" || e.Elevation != nil && a.Elevation == e.Elevation.ID)
}
