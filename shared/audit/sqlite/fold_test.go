package sqlite_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/queries"
)

// fold has the facts by what folds look up.
type fold struct {
	*audittest.Facts
	latest  []audittest.Usage
	calls   map[string]*calls // of an elevation
	byID    map[string]*audittest.Elevation
	settled map[string]time.Time // of an account
	missing map[string][]time.Time
}

type calls struct {
	events, denied int64
	first, last    time.Time
}

func newFold(f *audittest.Facts) *fold {
	o := &fold{f, nil, map[string]*calls{}, map[string]*audittest.Elevation{}, map[string]time.Time{}, map[string][]time.Time{}}
	last := map[[2]string]audittest.Usage{}
	for _, u := range f.Usage {
		last[[2]string{u.Chain, u.Day}] = u
	}
	o.latest = slices.Collect(maps.Values(last))
	for _, u := range o.latest {
		if u.Elevation == "" {
			continue
		}
		c := o.calls[u.Elevation]
		if c == nil {
			c = &calls{first: u.First, last: u.Last}
			o.calls[u.Elevation] = c
		}
		c.events, c.denied = c.events+u.Events, c.denied+u.Denied
		if u.First.Before(c.first) {
			c.first = u.First
		}
		if u.Last.After(c.last) {
			c.last = u.Last
		}
	}
	for _, e := range f.Elevations {
		o.byID[e.ID] = e
	}
	for _, s := range f.Settled {
		if !s.UnprovenFrom.IsZero() {
			o.missing[s.Account] = append(o.missing[s.Account], s.UnprovenFrom)
		}
		if s.Until.After(o.settled[s.Account]) {
			o.settled[s.Account] = s.Until
		}
	}
	return o
}

// parameters gives each query values that have an answer.
func (f *fold) parameters(q queries.Query, a request) map[string]string {
	from, to := a.from.Format(time.RFC3339), a.to.Format(time.RFC3339)
	all := map[string]string{
		"from": from, "to": to, "at": to, "account": "111111111111", "principal": f.latest[0].Principal, "least": "2", "most": "20", "seconds": "120",
		"prefix": "finding.", "action": "iam:PassRole", "kind": "change", "id": "CHG-0000", "outcome": "any", "elevation": "", "caller": f.Accounts[0].Actor,
		"resource": "arn:aws:s3:::customers-222222222222/*",
	}
	for _, e := range f.Elevations {
		switch {
		case len(e.Decisions) > 0 && q.Name == "caused-through-others":
			all["caller"] = e.Decisions[0].By.ID
		case len(e.Rules) > 0:
			all["elevation"] = e.ID
			if q.Name == "refusals-of" {
				all["caller"] = e.Requester.ID
			}
		}
		if e.State == "ended" && f.calls[e.ID] != nil {
			if q.Name == "held-at" {
				all["account"], all["at"] = e.Account, e.GrantedAt.Format(time.RFC3339)
			}
		}
	}
	if q.Name == "stuck" {
		all["at"] = a.to.AddDate(0, 0, 9).Format(time.RFC3339)
		all["to"] = all["at"]
	}
	given := map[string]string{}
	for _, p := range q.Parameters {
		given[p.Name] = all[p.Name]
	}
	return given
}

func (f *fold) each(keep func(e *audittest.Elevation) bool, make func(e *audittest.Elevation) row) (rows []row) {
	for _, e := range f.Elevations {
		if keep(e) {
			rows = append(rows, make(e))
		}
	}
	return rows
}

// used is the sum of an elevation's calls, or NULL.
func (f *fold) used(id string) (events, denied, first, last queries.Value) {
	c := f.calls[id]
	if c == nil {
		return nil, nil, nil, nil
	}
	return c.events, c.denied, at(c.first), at(c.last)
}

func held(e *audittest.Elevation) queries.Value {
	if e.GrantedAt.IsZero() || e.EndedAt.IsZero() {
		return nil
	}
	return seconds(e.EndedAt.Sub(e.GrantedAt))
}

// decision is one with its elevation.
type decision struct {
	audittest.Decision
	of *audittest.Elevation
}

func (f *fold) decisions(a request) (all []decision) {
	for _, e := range f.Elevations {
		for _, d := range e.Decisions {
			if a.in(d.At) {
				all = append(all, decision{d, e})
			}
		}
	}
	return all
}

// groups sums by a key, and keeps the order of the first of each.
type groups[K comparable, V any] struct {
	of   map[K]*V
	keys []K
}

func (g *groups[K, V]) get(k K) *V {
	if g.of == nil {
		g.of = map[K]*V{}
	}
	if g.of[k] == nil {
		g.of[k] = new(V)
		g.keys = append(g.keys, k)
	}
	return g.of[k]
}

func (g *groups[K, V]) rows(make func(K, *V) row) (rows []row) {
	for _, k := range g.keys {
		rows = append(rows, make(k, g.of[k]))
	}
	return rows
}

type set map[string]bool

func (s *set) add(name string) {
	if *s == nil {
		*s = set{}
	}
	(*s)[name] = true
}

func (s set) n() int64 { return int64(len(s)) }

// span is the first and the last of some instants.
type span struct{ first, last time.Time }

func (s *span) add(t time.Time) {
	if s.first.IsZero() || t.Before(s.first) {
		s.first = t
	}
	if t.After(s.last) {
		s.last = t
	}
}

// ranked is the smallest value that at least p percent are not above.
func ranked(sorted []int64, p int) int64 {
	return sorted[cmp.Or((len(sorted)*p+99)/100, 1)-1]
}
