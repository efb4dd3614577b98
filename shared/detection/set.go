package detection

import (
	"fmt"
	"slices"

	"curfew/shared/eventpattern"
)

// Set is compiled detections with an index. It is immutable and safe for concurrent use.
type Set struct {
	all   []compiled
	index map[call][]int // detections by what they look at; both empty: any event
}

// call is an eventSource and eventName; empty: any.
type call struct{ source, name string }

type compiled struct {
	Detection
	pattern *eventpattern.Pattern
	when    *when
	indexed bool // the index says all that the pattern says
}

// Compile compiles detections. The error names the detection.
func Compile(all []Detection) (*Set, error) {
	s := &Set{index: map[call][]int{}}
	for _, d := range all {
		c, err := compile(d)
		if err != nil {
			return nil, fmt.Errorf("detection %s: %w", d.Name, err)
		}
		for _, key := range c.keys() {
			s.index[key] = append(s.index[key], len(s.all))
		}
		s.all = append(s.all, c)
	}
	return s, nil
}

func compile(d Detection) (c compiled, err error) {
	c.Detection = d
	if c.pattern, err = eventpattern.Parse(d.Pattern); err != nil {
		return c, err
	}
	if c.when, err = compileWhen(d.When); err != nil {
		return c, err
	}
	c.indexed = c.isIndexed()
	return c, nil
}

// isIndexed reports whether every event with one of the keys matches the pattern.
func (c *compiled) isIndexed() bool {
	sources, ok := c.pattern.Exactly("detail", "eventSource")
	paths := []string{"detail.eventSource", "detail.eventName"}
	if named, exact := c.pattern.Exactly("source"); exact {
		if slices.ContainsFunc(sources, func(s string) bool { return !slices.Contains(named, busSource(s)) }) {
			return false
		}
		paths = append(paths, "source")
	}
	if _, exact := c.pattern.Exactly("detail", "eventName"); !exact {
		paths = slices.Delete(paths, 1, 2)
	}
	return ok && c.pattern.Only(paths...)
}

// keys are the calls that the pattern may match.
func (c *compiled) keys() []call {
	sources, ok := c.pattern.Exactly("detail", "eventSource")
	if !ok {
		sources = []string{""}
	}
	names, ok := c.pattern.Exactly("detail", "eventName")
	if !ok {
		names = []string{""}
	}
	var keys []call
	for _, source := range sources {
		for _, name := range names {
			keys = append(keys, call{source, name})
		}
	}
	return keys
}

// Detections returns how many detections the set has.
func (s *Set) Detections() int { return len(s.all) }

// Match is a detection whose pattern and when hold for an event.
type Match struct {
	detection *compiled
	event     *Event
	err       error // the detection cannot judge
}

// Match returns the detections that hold for an event, and those that cannot judge it.
func (s *Set) Match(e *Event) []Match {
	var found []Match
	v := view{Event: e}
	r := e.Record
	for _, key := range [...]call{{r.Source, r.Name}, {r.Source, ""}, {"", r.Name}, {}} {
		for _, i := range s.index[key] {
			d := &s.all[i]
			if ok, err := d.holds(&v); ok || err != nil {
				found = append(found, Match{d, e, err})
			}
		}
	}
	return found
}

// holds asks the gate of the when, then the pattern, then the rest of the when.
func (c *compiled) holds(v *view) (bool, error) {
	if c.when != nil && !c.when.passes(v) {
		return false, nil
	}
	if !c.indexed {
		if ok, err := c.pattern.Match(v.envelopeText()); err != nil || !ok {
			return false, err
		}
	}
	if c.when != nil {
		if ok, err := c.when.ask(v); err != nil || !ok {
			return false, err
		}
	}
	for i := range c.Allow {
		if c.Allow[i].excepts(v.Event) {
			return false, nil
		}
	}
	return true, nil
}

func (a *Allow) excepts(e *Event) bool {
	return !e.Record.Time.IsZero() && e.Record.Time.Before(a.Until) &&
		(a.Principal == "" || a.Principal == e.Record.Identity.Actor().PrincipalID) &&
		(a.Account == "" || a.Account == e.Record.Account) &&
		(a.Elevation == "" || e.Elevation != nil && a.Elevation == e.Elevation.ID)
}
