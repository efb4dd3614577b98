package sqlite_test

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/queries"
)

// refused is one row of the view refusals.
type refused struct {
	at                                 time.Time
	by, caller, decider                string
	verb, fault, rules, of, right, why string
	subject                            string
	index                              int64
}

func (f *fold) refusals(a request) (all []refused) {
	for _, r := range f.Refusals {
		one := refused{at: r.At, by: "call", caller: r.By.ID, verb: r.Verb, fault: r.Kind, rules: strings.Join(slices.Sorted(slices.Values(r.Rules)), " "), of: r.Elevation, subject: r.Subject, why: r.Why, index: r.Index}
		if e := f.byID[r.Elevation]; e != nil {
			one.right = e.Entitlement
		}
		all = append(all, one)
	}
	for _, e := range f.Elevations {
		if e.Cause == "refused" {
			all = append(all, refused{at: e.EndedAt.Add(-time.Second), by: "grant", caller: e.Requester.ID, verb: "grant", fault: "Denied", rules: "curfew.room", of: e.ID, right: e.Entitlement, why: "there is no room", index: e.Refused})
		}
		for _, d := range e.Decisions {
			if !d.Approve {
				all = append(all, refused{at: d.At, by: "person", caller: e.Requester.ID, decider: d.By.ID, of: e.ID, right: e.Entitlement, why: d.Text, index: d.Index})
			}
		}
	}
	return slices.DeleteFunc(all, func(r refused) bool { return !a.in(r.at) })
}

func refusalsByRule(f *fold, a request) []row {
	type sum struct {
		n       int64
		callers set
		span
	}
	var g groups[[3]string, sum]
	for _, r := range f.refusals(a) {
		s := g.get([3]string{r.rules, r.by, r.verb})
		s.n++
		s.callers.add(r.caller)
		s.add(r.at)
	}
	return order(g.rows(func(k [3]string, s *sum) row {
		return row{text(k[0]), k[1], text(k[2]), s.n, s.callers.n(), at(s.first), at(s.last)}
	}), -4, 1, 2, 3)
}

func refusalsOf(f *fold, a request) (rows []row) {
	for _, r := range f.refusals(a) {
		if r.caller == a.text["caller"] {
			rows = append(rows, row{at(r.at), r.by, text(r.decider), text(r.verb), text(r.fault), text(r.rules), text(r.of), text(r.right), text(r.subject), text(r.why), r.index})
		}
	}
	return order(rows, 1, 11)
}

// story is that of an elevation that was denied at once: its record, its terms and the refused call.
func story(f *fold, a request) []row {
	e := f.byID[a.text["elevation"]]
	rows := []row{
		{e.First, at(e.RequestedAt), "elevation.denied", e.Requester.ID, nil, nil, nil, e.Reason},
		{e.Last, at(e.RequestedAt), "row.terms", nil, nil, nil, nil, e.Reason},
	}
	for _, r := range f.Refusals {
		if r.Elevation == e.ID {
			rows = append(rows, row{r.Index, at(r.At), "call.refused", r.By.ID, nil, nil, nil, r.Why})
		}
	}
	return order(rows, 1)
}

func evidenceKinds(f *fold, a request) []row {
	type sum struct {
		n           int64
		of          set
		first, last int64
		span
	}
	var g groups[string, sum]
	all := f.ofFinding()
	for _, x := range f.Findings {
		if a.in(x.At) {
			s := g.get(x.Record)
			if s.n == 0 {
				s.first = x.Index
			}
			s.n++
			if x.Elevation != "" && x.Index == (*all.of[x.ID])[0].Index { // later records say only what changed
				s.of.add(x.Elevation)
			}
			s.first, s.last = min(s.first, x.Index), max(s.last, x.Index)
			s.add(x.At)
		}
	}
	return order(g.rows(func(k string, s *sum) row {
		return row{k, s.n, s.of.n(), at(s.span.first), s.first, at(s.span.last), s.last}
	}), 1)
}

// ofFinding are the records about each finding, in order.
func (f *fold) ofFinding() groups[string, []audittest.Found] {
	var g groups[string, []audittest.Found]
	for _, x := range f.Findings {
		of := g.get(x.ID)
		*of = append(*of, x)
	}
	return g
}

func occurred(x audittest.Found) bool {
	return x.Record == "finding.raised" || x.Record == "finding.mended"
}

func outOfBand(f *fold, a request) (rows []row) {
	for _, of := range f.ofFinding().of {
		for i, x := range *of {
			if !occurred(x) || !a.in(x.At) || !slices.Contains([]string{"foreign", "edited", "unfenced", "unmarked", "missing", "orphan"}, x.Kind) {
				continue
			}
			var c audittest.Found
			if k := slices.IndexFunc((*of)[i:], func(x audittest.Found) bool { return x.Record == "finding.closed" }); k >= 0 {
				c = (*of)[i+k]
			}
			rows = append(rows, row{at(x.At), x.ID, x.Kind, x.Severity, text(x.Principal), text(x.Account), text(x.Elevation), x.What, flag(x.Record == "finding.mended"),
				at(c.At), text(c.Actor), text(c.Why), (*of)[0].Index, (*of)[len(*of)-1].Index, x.Index})
		}
	}
	order(rows, 1, 15)
	for i := range rows {
		rows[i] = rows[i][:14]
	}
	return rows
}

func openFindings(f *fold, a request) (rows []row) {
	severities := []string{"critical", "high", "medium", "low"}
	for _, of := range f.ofFinding().of {
		var x audittest.Found
		var first time.Time
		closed, acknowledged, times := false, "", int64(0)
		for _, r := range *of {
			switch {
			case occurred(r):
				x, closed, times = r, false, times+1
				if times == 1 {
					first = r.At
				}
			case r.Record == "finding.closed":
				closed, acknowledged = true, ""
			default:
				acknowledged = r.Actor
			}
		}
		if a.in(x.At) && !closed && !x.Settled {
			rows = append(rows, row{x.ID, x.Kind, x.Severity, x.Subject, x.What, text(x.Elevation), text(x.Principal), text(x.Account), at(first), at(x.At), times, text(acknowledged),
				(*of)[0].Index, (*of)[len(*of)-1].Index, int64(slices.Index(severities, x.Severity))})
		}
	}
	order(rows, 15, -10, 1)
	for i := range rows {
		rows[i] = rows[i][:14]
	}
	return rows
}

func catalogChanges(f *fold, a request) (rows []row) {
	for _, c := range f.Catalogs {
		if a.in(c.At) {
			why := c.Note
			if c.Record == "catalog.changed" {
				why = strings.Join(c.Changes, "; ")
			}
			rows = append(rows, row{at(c.At), c.Record, c.Hash, c.Actor, flag(c.Wider), text(why), c.Index})
		}
	}
	return order(rows, 7)
}

func callsAfterEnd(f *fold, a request) (rows []row) {
	for _, u := range f.latest {
		if e := f.byID[u.Elevation]; e != nil && u.Late > 0 && a.in(u.Last) {
			rows = append(rows, row{u.Day, e.ID, e.Requester.ID, e.Principal, e.Account, e.Entitlement, text(e.Cause), at(e.GoneAt), u.Late, at(u.Last), e.First, e.Last})
		}
	}
	return order(rows, -9, 1, 2)
}

func standingCovered(f *fold, a request) []row {
	type sum struct {
		standing, elevated int64
		days, of           set
	}
	var g groups[[2]string, sum]
	for _, u := range f.latest {
		for _, n := range u.Actions {
			if s := g.get([2]string{u.Principal, n.Name}); !a.inDay(u.Day) {
				continue
			} else if u.Elevation == "" {
				s.standing += n.Events
				s.days.add(u.Day)
			} else {
				s.elevated += n.Events
				s.of.add(u.Elevation)
			}
		}
	}
	rows := g.rows(func(k [2]string, s *sum) row { return row{k[0], k[1], s.standing, s.days.n(), s.elevated, s.of.n()} })
	return order(slices.DeleteFunc(rows, func(r row) bool { return r[2] == int64(0) || r[4] == int64(0) }), -3, 1, 2)
}

func refusedCalls(f *fold, a request) []row {
	type sum struct {
		n              int64
		of, requesters set
		last           string
	}
	var g groups[[2]string, sum]
	for _, u := range f.latest {
		e := f.byID[u.Elevation]
		if e == nil || !a.inDay(u.Day) {
			continue
		}
		for _, n := range u.Denials {
			s := g.get([2]string{e.Entitlement, n.Name})
			s.n, s.last = s.n+n.Events, max(s.last, u.Day)
			s.of.add(e.ID)
			s.requesters.add(e.Requester.ID)
		}
	}
	return order(g.rows(func(k [2]string, s *sum) row { return row{k[0], k[1], s.n, s.of.n(), s.requesters.n(), s.last} }), -3, 1, 2)
}

func whoUsed(f *fold, a request, name string, of func(audittest.Usage) (all []audittest.Named, others int64)) (rows []row) {
	for _, u := range f.latest {
		all, others := of(u)
		i := slices.IndexFunc(all, func(n audittest.Named) bool { return n.Name == name })
		if i < 0 && others == 0 || !a.inDay(u.Day) {
			continue
		}
		r := row{u.Day, u.Principal, u.Account, queries.Value(""), nil, nil, nil, nil, nil, nil, positive(others)}
		if e := f.byID[u.Elevation]; e != nil {
			r = row{u.Day, u.Principal, u.Account, u.Elevation, e.Requester.ID, text(e.Requester.Name), e.Entitlement, e.TaskKind, e.TaskID, nil, positive(others)}
		}
		if i >= 0 {
			r[9], r[10] = all[i].Events, nil
		}
		rows = append(rows, r)
	}
	order(rows, 1, 2, 4)
	for _, r := range rows {
		if r[3] == "" {
			r[3] = nil
		}
	}
	return rows
}
