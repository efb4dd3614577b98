package sqlite_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/queries"
)

type elevation = audittest.Elevation

// folds answer the queries from facts.
var folds = map[string]func(f *fold, a request) []row{
	"held-at": func(f *fold, a request) []row {
		instant, _ := time.Parse(time.RFC3339, a.text["at"])
		return order(f.each(func(e *elevation) bool {
			return e.Account == a.text["account"] && !e.GrantedAt.IsZero() && !e.GrantedAt.After(instant) && (e.GoneAt.IsZero() || e.GoneAt.After(instant))
		}, func(e *elevation) row {
			return row{e.ID, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, e.TaskKind, e.TaskID, at(e.GrantedAt), at(e.Deadline), at(e.GoneAt)}
		}), 8, 1)
	},
	"held-by": func(f *fold, a request) []row {
		return order(f.each(func(e *elevation) bool { return e.Principal == a.text["principal"] && !e.GrantedAt.IsZero() }, func(e *elevation) row {
			return row{e.ID, e.Requester.ID, text(e.Requester.Name), e.Entitlement, e.TaskKind, e.TaskID, e.Reason, at(e.GrantedAt), at(e.Deadline), at(e.GoneAt), text(e.Cause), held(e), e.State}
		}), 8, 1)
	},
	"decisions": func(f *fold, a request) (rows []row) {
		for _, d := range f.decisions(a) {
			approve := int64(0)
			if d.Approve {
				approve = 1
			}
			rows = append(rows, row{at(d.At), d.By.ID, text(d.By.Name), approve, text(d.Text), d.of.ID, d.of.Requester.ID, text(d.of.Requester.Name), d.of.Principal, d.of.Entitlement,
				d.of.TaskKind, d.of.TaskID, seconds(d.At.Sub(d.of.RequestedAt))})
		}
		return order(rows, 1, 6, 2)
	},
	"acts-of":        actsOf,
	"approval-pairs": approvalPairs,
	"fast-approvals": func(f *fold, a request) (rows []row) {
		for _, d := range f.decisions(a) {
			if after := seconds(d.At.Sub(d.of.RequestedAt)); d.Approve && after <= 120 {
				rows = append(rows, row{d.By.ID, text(d.By.Name), after, at(d.At), d.of.ID, d.of.Requester.ID, d.of.Entitlement, text(d.Text)})
			}
		}
		return order(rows, 3, 4, 5, 1)
	},
	"caused-through-others": func(f *fold, a request) (rows []row) {
		for _, e := range f.Elevations {
			if e.GrantedAt.IsZero() || !a.in(e.RequestedAt) {
				continue
			}
			n, denied, first, last := f.used(e.ID)
			add := func(role string) {
				rows = append(rows, row{e.ID, role, e.Requester.ID, e.Principal, e.Account, e.Entitlement, e.TaskKind, e.TaskID, at(e.GrantedAt), at(e.GoneAt), n, denied, first, last, at(e.RequestedAt)})
			}
			if e.Requester.ID == a.text["caller"] {
				add("requested")
			}
			for _, d := range e.Decisions {
				if d.Approve && d.By.ID == a.text["caller"] {
					add("approved")
				}
			}
		}
		order(rows, 15, 1, 2)
		for i := range rows {
			rows[i] = rows[i][:14]
		}
		return rows
	},
	"never-used": func(f *fold, a request) []row {
		return order(f.each(func(e *elevation) bool {
			return a.in(e.GrantedAt) && !e.EndedAt.IsZero() && e.EndedAt.Before(f.settled[e.Account]) && f.calls[e.ID] == nil &&
				!slices.ContainsFunc(f.missing[e.Account], func(from time.Time) bool { return !from.After(e.EndedAt) && !from.Add(time.Hour).Before(e.GrantedAt) })
		}, func(e *elevation) row {
			return row{e.ID, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Account, e.Entitlement, e.TaskKind, e.TaskID, at(e.GrantedAt), at(e.GoneAt), held(e), e.First, e.Last}
		}), 9, 1)
	},
	"overstay": func(f *fold, a request) []row {
		var g groups[string, []int64]
		for _, e := range f.Elevations {
			if a.in(e.EndedAt) && !e.GrantedAt.IsZero() {
				of := g.get(e.Cause)
				*of = append(*of, e.Overstay)
			}
		}
		return order(g.rows(func(cause string, all *[]int64) row {
			slices.Sort(*all)
			over := int64(0)
			for _, n := range *all {
				if n > 60 {
					over++
				}
			}
			return row{cause, int64(len(*all)), ranked(*all, 50), ranked(*all, 90), ranked(*all, 99), slices.Max(*all), over}
		}), 1)
	},
	"ended-by-cause": func(f *fold, a request) []row {
		var g groups[string, struct{ n, stuck, longest int64 }]
		for _, e := range f.Elevations {
			if a.in(e.EndedAt) && !e.GrantedAt.IsZero() {
				of := g.get(e.Cause)
				of.n, of.longest = of.n+1, max(of.longest, e.Overstay)
				if !e.StuckAt.IsZero() {
					of.stuck++
				}
			}
		}
		return order(g.rows(func(cause string, of *struct{ n, stuck, longest int64 }) row {
			return row{cause, of.n, of.n, int64(0), of.stuck, of.longest}
		}), -2, 1)
	},
	"stuck": func(f *fold, a request) []row {
		until, _ := time.Parse(time.RFC3339, a.text["at"])
		return order(f.each(func(e *elevation) bool {
			return !e.GrantedAt.Before(a.from) && (!e.StuckAt.IsZero() || e.GoneAt.IsZero() && e.Deadline.Before(until))
		}, func(e *elevation) row {
			r := row{e.ID, e.Principal, e.Account, e.Entitlement, at(e.GrantedAt), at(e.Deadline), nil, nil, nil, at(e.GoneAt), nil}
			if !e.StuckAt.IsZero() {
				r[6], r[7] = at(e.StuckAt), audittest.StuckWhy
			}
			if !e.EndedAt.IsZero() {
				r[10] = e.Overstay
			}
			return r
		}), 5, 1)
	},
	"break-glass": func(f *fold, a request) []row {
		return order(f.each(func(e *elevation) bool { return e.BreakGlass && e.State != "denied" && a.in(e.RequestedAt) }, func(e *elevation) row {
			r := row{e.ID, at(e.RequestedAt), e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, e.TaskKind, e.TaskID, e.Reason, at(e.EndedAt), nil, nil, nil, nil, e.First, e.Last}
			if s := e.Signature; s != nil {
				r[10], r[11], r[12], r[13] = at(s.At), s.By.ID, s.Text, seconds(s.At.Sub(e.EndedAt))
			}
			return r
		}), 2, 1)
	},
	"unsigned-reviews": func(f *fold, a request) []row {
		var found groups[string, set]
		for _, x := range f.Findings {
			if x.Elevation != "" {
				found.get(x.Elevation).add(x.ID)
			}
		}
		return order(f.each(func(e *elevation) bool {
			due := e.BreakGlass || e.ReviewRule == "always" || e.ReviewRule == "findings" && found.of[e.ID] != nil
			return due && e.State != "denied" && !e.EndedAt.IsZero() && e.EndedAt.Before(a.to) && e.Signature == nil
		}, func(e *elevation) row {
			cause, n := e.ReviewRule, queries.Value(nil)
			if e.BreakGlass {
				cause = "break-glass"
			}
			if s := found.of[e.ID]; s != nil {
				n = s.n()
			}
			return row{e.ID, cause, at(e.EndedAt), e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, n, e.First, e.Last}
		}), 3, 1)
	},
	"longest": func(f *fold, a request) []row {
		rows := order(f.each(func(e *elevation) bool { return a.in(e.GrantedAt) && !e.EndedAt.IsZero() }, func(e *elevation) row {
			return row{int64(0), e.ID, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, at(e.GrantedAt), at(e.GoneAt), e.Cause, held(e)}
		}), -10, 2)[:20]
		for i := range rows {
			rows[i][0] = int64(i + 1)
		}
		return rows
	},
	"most-frequent": func(f *fold, a request) []row {
		type sum struct {
			name    string
			n, held int64
			any     bool
			span
		}
		var g groups[[3]string, sum]
		for _, e := range f.Elevations {
			if a.in(e.GrantedAt) {
				s := g.get([3]string{e.Requester.ID, e.Entitlement, e.Principal})
				s.name, s.n = e.Requester.Name, s.n+1
				s.add(e.GrantedAt)
				if n, is := held(e).(int64); is {
					s.held, s.any = s.held+n, true
				}
			}
		}
		rows := g.rows(func(k [3]string, s *sum) row {
			return row{k[0], text(s.name), k[1], k[2], s.n, s.held, at(s.first), at(s.last)}
		})
		return order(slices.DeleteFunc(rows, func(r row) bool { return r[4].(int64) < 2 }), -5, 1, 3, 4)
	},
	"by-task": func(f *fold, a request) []row {
		rows := order(f.each(func(e *elevation) bool {
			return e.TaskKind == a.text["kind"] && e.TaskID == a.text["id"] || slices.Contains(e.Joined, a.text["kind"]+"/"+a.text["id"])
		}, func(e *elevation) row {
			n, _, _, _ := f.used(e.ID)
			return row{e.ID, e.State, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Account, e.Entitlement, flag(e.TaskKnown), at(e.RequestedAt), at(e.GrantedAt), at(e.GoneAt), text(e.Cause), flag(len(e.Joined) > 0), n}
		}), 9, 1)
		return rows
	},
	"removed-late": func(f *fold, a request) []row {
		return order(f.each(func(e *elevation) bool { return e.Removed != nil && a.in(e.Removed.At) }, func(e *elevation) row {
			r := e.Removed
			return row{at(r.At), e.ID, r.By, e.Principal, e.Account, e.Entitlement, at(e.Due), at(r.ProvedGoneAt), at(e.GoneAt), at(e.EndedAt), flag(r.At.After(e.EndedAt)), e.Overstay, r.Index}
		}), 1, 13)
	},
	"weak-sessions": func(f *fold, a request) []row {
		return order(f.each(func(e *elevation) bool { return a.in(e.GrantedAt) && (e.Weak || e.Bind == "none") }, func(e *elevation) row {
			return row{e.ID, e.Requester.ID, text(e.Requester.Name), e.Principal, e.Entitlement, e.Bind, text(e.Session), flag(e.Weak), at(e.GrantedAt), at(e.GoneAt)}
		}), 9, 1)
	},
	"agents": func(f *fold, a request) []row {
		type sum struct {
			n, approved, held int64
			principals        set
			span
		}
		var g groups[[2]string, sum]
		for _, e := range f.Elevations {
			if e.Requester.Kind == "machine" && a.in(e.GrantedAt) {
				s := g.get([2]string{e.Requester.ID, e.Entitlement})
				s.n++
				s.principals.add(e.Principal)
				s.add(e.GrantedAt)
				if slices.ContainsFunc(e.Decisions, func(d audittest.Decision) bool { return d.Approve }) {
					s.approved++
				}
				if n, is := held(e).(int64); is {
					s.held += n
				}
			}
		}
		return order(g.rows(func(k [2]string, s *sum) row {
			return row{k[0], k[1], s.n, s.approved, s.principals.n(), s.held, at(s.last)}
		}), -3, 1, 2)
	},
	"entitlement-use": func(f *fold, a request) []row {
		type sum struct {
			n, emergencies, held, used, calls, denied int64
			requesters, principals                    set
		}
		var g groups[string, sum]
		for _, e := range f.Elevations {
			if !a.in(e.GrantedAt) {
				continue
			}
			s := g.get(e.Entitlement)
			s.n++
			s.requesters.add(e.Requester.ID)
			s.principals.add(e.Principal)
			if e.BreakGlass {
				s.emergencies++
			}
			if n, is := held(e).(int64); is {
				s.held += n
			}
			if c := f.calls[e.ID]; c != nil {
				s.used, s.calls, s.denied = s.used+1, s.calls+c.events, s.denied+c.denied
			}
		}
		return order(g.rows(func(k string, s *sum) row {
			return row{k, s.n, s.requesters.n(), s.principals.n(), s.emergencies, s.held, s.used, s.calls, s.denied}
		}), -2, 1)
	},
	"refusals-by-rule": refusalsByRule,
	"refusals-of":      refusalsOf,
	"story":            story,
	"evidence-kinds":   evidenceKinds,
	"out-of-band":      outOfBand,
	"open-findings":    openFindings,
	"catalog-changes":  catalogChanges,
	"calls-after-end":  callsAfterEnd,
	"standing-covered": standingCovered,
	"refused-calls":    refusedCalls,
	"who-called": func(f *fold, a request) []row {
		return whoUsed(f, a, a.text["action"], func(u audittest.Usage) ([]audittest.Named, int64) { return u.Actions, u.Unlisted })
	},
	"who-touched": func(f *fold, a request) []row {
		return whoUsed(f, a, a.text["resource"], func(u audittest.Usage) ([]audittest.Named, int64) { return u.Resources, 0 })
	},
}

func approvalPairs(f *fold, a request) []row {
	type pair struct {
		n           int64
		asker, name string
	}
	var g groups[[2]string, pair]
	for _, d := range f.decisions(a) {
		if d.Approve {
			p := g.get([2]string{d.of.Requester.ID, d.By.ID})
			p.n, p.asker, p.name = p.n+1, d.of.Requester.Name, d.By.Name
		}
	}
	return order(g.rows(func(k [2]string, p *pair) row {
		back := int64(0)
		if b := g.of[[2]string{k[1], k[0]}]; b != nil {
			back = b.n
		}
		return row{k[0], text(p.asker), k[1], text(p.name), p.n, back}
	}), -6, -5, 1, 3)
}

func actsOf(f *fold, a request) (rows []row) {
	add := func(by string, when time.Time, kind, of, subject, entitlement string, approve queries.Value, fault, why string, index int64) {
		if by == a.text["caller"] && a.in(when) {
			rows = append(rows, row{at(when), kind, text(of), text(subject), text(entitlement), approve, text(fault), text(why), index})
		}
	}
	for _, e := range f.Elevations {
		kind, fault := "elevation.requested", ""
		switch {
		case len(e.Rules) > 0:
			kind, fault = "elevation.denied", "Denied"
		case e.Needed == 0:
			kind = "elevation.approved"
		}
		add(e.Requester.ID, e.RequestedAt, kind, e.ID, "", e.Entitlement, nil, fault, e.Reason, e.First)
		for i, d := range e.Decisions {
			switch {
			case !d.Approve:
				add(d.By.ID, d.At, "elevation.denied", e.ID, "", "", int64(0), "", d.Text, d.Index)
			case int64(i+1) == e.Needed:
				add(d.By.ID, d.At, "elevation.approved", e.ID, "", "", int64(1), "", d.Text, d.Index)
			default:
				add(d.By.ID, d.At, "elevation.approval", e.ID, "", "", int64(1), "", d.Text, d.Index)
			}
		}
		for _, o := range e.Orders {
			add(o.Actor, o.At, o.Record, e.ID, "", "", nil, "", o.Why, o.Index)
		}
		if s := e.Signature; s != nil {
			add(s.By.ID, s.At, "review.signed", e.ID, "", "", nil, "", s.Text, s.Index)
		}
	}
	for _, r := range f.Refusals {
		add(r.By.ID, r.At, "call.refused", r.Elevation, r.Subject, "", nil, r.Kind, r.Why, r.Index)
	}
	for _, x := range f.Findings {
		add(x.Actor, x.At, x.Record, x.Elevation, cmp.Or(x.Subject, x.ID), "", nil, "", x.Why, x.Index)
	}
	for _, c := range f.Catalogs {
		add(c.Actor, c.At, c.Record, "", c.Hash, "", nil, "", cmp.Or(c.Note, strings.Join(c.Changes, "; ")), c.Index)
	}
	for _, s := range f.Suspensions {
		add(s.Actor, s.At, s.Record, "", strings.TrimPrefix(s.Chain, "suspension#"), "", nil, "", s.Reason, s.Index)
	}
	for _, r := range f.Reports {
		add(r.Actor, r.At, "report.made", "", "", "", nil, "", "", r.Index)
	}
	for _, x := range f.Accounts {
		add(x.Actor, x.At, x.Record, "", x.ID, "", nil, "", x.Reason, x.Index)
	}
	return order(rows, 1, 9)
}
