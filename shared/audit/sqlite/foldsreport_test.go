package sqlite_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/audit/audittest"
)

// reportFolds answer the queries of reports.
var reportFolds = map[string]func(f *fold, a request) []row{
	"report-days":            reportDays,
	"report-elevations":      reportElevations,
	"report-overstay":        reportOverstay,
	"report-overstay-spread": reportSpread,
	"report-overstayed": func(f *fold, a request) []row {
		rows := order(f.each(f.overstayed(a), func(e *elevation) row {
			return row{e.ID, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, e.Cause, at(e.Due), at(e.GoneAt), e.Overstay, e.First, e.Last}
		}), -9, 1)
		rows = slices.DeleteFunc(rows, func(r row) bool { return r[8].(int64) < 120 })
		return rows[:min(len(rows), 20)]
	},
	"report-refusals": func(f *fold, a request) (rows []row) {
		for _, r := range f.refusals(a) {
			rows = append(rows, row{at(r.at), r.by, r.caller, text(r.decider), text(r.verb), text(r.fault), text(r.rules), text(r.of), text(r.why), r.index})
		}
		return order(rows, 10)[:20]
	},
	"report-top-approver": func(f *fold, a request) []row {
		type sum struct {
			name              string
			n, approved, last int64
		}
		var g groups[string, sum]
		for _, d := range f.decisions(a) {
			s := g.get(d.By.ID)
			s.name, s.n, s.last = d.By.Name, s.n+1, max(s.last, d.Index)
			if d.Approve {
				s.approved++
			}
		}
		return order(g.rows(func(k string, s *sum) row { return row{k, text(s.name), s.n, s.approved, s.n - s.approved, s.last} }), -3, 1)
	},
	"report-top-entitlement": func(f *fold, a request) []row {
		return f.top(a, func(e *elevation) row { return row{e.Entitlement} })
	},
	"report-top-principal": func(f *fold, a request) []row {
		return f.top(a, func(e *elevation) row { return row{e.Principal} })
	},
	"report-top-requester": func(f *fold, a request) []row {
		return f.top(a, func(e *elevation) row { return row{e.Requester.ID, text(e.Requester.Name), e.Requester.Kind} })
	},
	"reports": func(f *fold, a request) (rows []row) {
		for _, r := range f.Reports {
			if a.in(r.At) {
				said := fmt.Sprintf(`{"files":[{"digest":"%s","name":"%s","size":9}],"from":"%s","to":"%s"}`, r.Digest, r.Name, at(audittest.Start()), at(r.At))
				rows = append(rows, row{at(r.At), r.Actor, said, r.Chain, int64(1), r.Index})
			}
		}
		return order(rows, 6)
	},
}

func (f *fold) requested(a request) func(e *elevation) bool {
	return func(e *elevation) bool { return a.in(e.RequestedAt) }
}

// overstayed are those that were granted, and gone in the period.
func (f *fold) overstayed(a request) func(e *elevation) bool {
	return func(e *elevation) bool { return a.in(e.EndedAt) && !e.GrantedAt.IsZero() }
}

func reportDays(f *fold, a request) []row {
	type sum struct {
		n, granted int64
		states     map[string]int64
	}
	var g groups[string, sum]
	f.each(f.requested(a), func(e *elevation) row {
		s := g.get(e.RequestedAt.Format(time.DateOnly))
		if s.states == nil {
			s.states = map[string]int64{}
		}
		s.n, s.states[e.State] = s.n+1, s.states[e.State]+1
		if !e.GrantedAt.IsZero() {
			s.granted++
		}
		return nil
	})
	return order(g.rows(func(k string, s *sum) row {
		return row{k, s.n, s.granted, s.states["denied"], s.states["refused"], s.states["lapsed"], s.states["withdrawn"], s.states["requested"], s.states["approved"], s.n - s.granted}
	}), 1)
}

func reportElevations(f *fold, a request) []row {
	return order(f.each(f.requested(a), func(e *elevation) row {
		return row{e.ID, at(e.RequestedAt), e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, e.TaskKind, e.TaskID, e.State, at(e.GrantedAt), at(e.GoneAt), e.First, e.Last}
	}), 2, 1)[:20]
}

func (f *fold) overstays(a request) (all []int64) {
	f.each(f.overstayed(a), func(e *elevation) row {
		all = append(all, e.Overstay)
		return nil
	})
	slices.Sort(all)
	return all
}

func reportOverstay(f *fold, a request) []row {
	all, over := f.overstays(a), int64(0)
	for _, n := range all {
		if n > 60 {
			over++
		}
	}
	return []row{{int64(len(all)), ranked(all, 50), ranked(all, 95), slices.Max(all), over}}
}

func reportSpread(f *fold, a request) []row {
	type sum struct{ n, shortest, longest int64 }
	var g groups[string, sum]
	names := strings.Split("0-5 s,6-10 s,11-20 s,21-30 s,31-60 s,61-300 s,over 300 s", ",")
	for _, n := range f.overstays(a) {
		i, _ := slices.BinarySearch([]int64{5, 10, 20, 30, 60, 300}, n)
		s := g.get(names[i])
		if s.n == 0 {
			s.shortest = n
		}
		s.n, s.longest = s.n+1, n
	}
	return g.rows(func(k string, s *sum) row { return row{k, s.n, s.shortest, s.longest} })
}

// top groups elevations by what is first in rows.
func (f *fold) top(a request, by func(e *elevation) row) []row {
	type sum struct {
		by               row
		n, granted, last int64
		held             any
	}
	var g groups[any, sum]
	f.each(f.requested(a), func(e *elevation) row {
		r := by(e)
		s := g.get(r[0])
		s.by, s.n, s.last = r, s.n+1, max(s.last, e.Last)
		if !e.GrantedAt.IsZero() {
			s.granted++
		}
		if n, is := held(e).(int64); is {
			was, _ := s.held.(int64)
			s.held = was + n
		}
		return nil
	})
	rows := g.rows(func(_ any, s *sum) row { return append(s.by, s.n, s.granted, s.held, s.last) })
	n := len(rows[0]) - 3
	return order(rows, -n, 1)
}
