package takenover

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// outcome is what came of a move. Ranks are compared; texts are printed.
type outcome struct {
	begin, prolong, hide, forge rank
	seen                        []string // kinds of findings, and what verifiers say
}

type rank struct {
	n    int
	text string
}

var (
	nothing    = rank{}
	unapproved = rank{1, "what needs no approval"}
	waiting    = rank{2, "what waits"}
	anyPolicy  = rank{3, "any policy within the boundary"}
	toDeadline = rank{1, "to its deadline"}
	longer     = rank{3, "by any policy within the boundary"}
	offTheList = rank{1, "what is on lists; the log has it"}
	newest     = rank{2, "what is less than a day old"}
	unseen     = rank{3, "what the log has, unseen"}
	aDecision  = rank{2, "decisions and signatures"}
	aSignature = rank{1, "a signature"}
)

func (r rank) String() string { return cmp.Or(r.text, "nothing") }

func worse(a, b rank) rank {
	if b.n > a.n {
		return b
	}
	return a
}

func (o outcome) or(b outcome) outcome {
	return outcome{worse(o.begin, b.begin), worse(o.prolong, b.prolong), worse(o.hide, b.hide), worse(o.forge, b.forge), slices.Compact(slices.Sorted(slices.Values(slices.Concat(o.seen, b.seen))))}
}

// look is what can be seen of a world.
type look struct {
	can      map[string]string // by principal, session and instant: the policies that allow
	active   map[string]int    // elevations that were active: approvals needed
	early    []string          // those that end before their deadline
	records  map[record.Key]string
	open     []string // findings and reviews on lists
	signed   bool     // the review
	kinds    map[string]bool
	verifier []string
}

// plays makes a move in a new world, and lets the others go on until what was active is over.
func plays(t *testing.T, by *attacker, do func(*world)) (before, after look, asked []call, told []bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, by)
		before = w.looks()
		w.probes(&before, 0)
		if do != nil {
			do(w)
		}
		after = look{can: map[string]string{}, active: map[string]int{}, early: []string{w.beating, w.serving, w.denied}}
		w.pass(7 * time.Second) // between sweeps
		w.early()
		w.goes(23 * time.Second)
		for _, err := range w.trail.Deliver(t.Context(), w.events) {
			w.must(err)
		}
		for _, c := range []struct {
			who         identity.Caller
			entitlement string
		}{{moe, "deploy"}, {machine(accesstest.Backup, "AROAEXAMPLE0000000002", aTask.ID, "jobs"), "backup"}} {
			_, _ = w.asks(c.who, c.entitlement, time.Hour) // both are refused in an honest world
		}
		for at := range 4 {
			w.goes(30*time.Second + time.Duration(at)*time.Minute + time.Duration(at/3)*4*time.Minute)
			w.probes(&after, at)
		}
		w.goes(time.Minute)
		last := w.looks()
		after.records, after.open, after.signed, after.kinds, after.verifier = last.records, last.open, last.signed, last.kinds, last.verifier
		asked, told = w.asked, w.told
	})
	return before, after, asked, told
}

func machine(arn, id, name, group string) identity.Caller {
	return identity.Caller{ID: identity.MachineID(id), Kind: identity.Machine, ARN: arn, Name: name, Groups: []string{group}}
}

// probes asks IAM what the sessions may do.
func (w *world) probes(l *look, at int) {
	for _, arn := range w.iam.Principals() {
		for _, session := range []string{"ana", "cem", "moe", "eli", "job-1", "job-2", "run-7"} {
			for _, action := range []string{"s3:GetObject", "ec2:RunInstances"} {
				d := w.iam.Allowed(inprocess.DataCall{Principal: arn, SessionName: session, Action: action, Resource: "*"})
				if d.Outcome == iampolicy.Allowed {
					var by []string
					for _, r := range d.By {
						by = append(by, r.Policy)
					}
					l.can[fmt.Sprintf("%s %s %s %d", arn, session, action, at)] = strings.Join(by, " ")
				}
			}
		}
	}
	es, ts, err := access.Lives(w.Store.All(record.AccessTable))
	w.must(err)
	for _, e := range es {
		if i := slices.IndexFunc(ts, func(t access.Terms) bool { return t.ID == e.ID }); e.State == access.Active && i >= 0 {
			l.active[e.ID] = ts[i].Approval.Need
		}
	}
}

func (w *world) looks() (l look) {
	w.t.Helper()
	l.can, l.active, l.records, l.kinds = map[string]string{}, map[string]int{}, map[record.Key]string{}, map[string]bool{}
	chains := map[string][]evidence.Record{}
	for _, row := range w.Store.All(record.AuditTable) {
		l.records[row.Key] = string(row.Body)
		if r, err := record.DecodeRecord(row); err == nil {
			chains[r.Chain] = append(chains[r.Chain], r)
		} else {
			l.verifier = append(l.verifier, "a row of evidence cannot be read")
		}
	}
	if heads, err := record.ChainHeads(w.Store.All(record.AccessTable)); err != nil || len(accesstest.BrokenChains(chains, heads)) > 0 {
		l.verifier = append(l.verifier, "chains do not verify")
	}
	if len(accesstest.BrokenLog(w.Archive, w.Store, false)) > 0 {
		l.verifier = append(l.verifier, "the tables differ from the log")
	}
	page, err := access.Findings{Service: w.Service}.List(w.t.Context(), dee, access.FindingFilter{})
	w.must(err)
	for _, f := range page.Findings {
		l.open = append(l.open, "finding "+f.Value.ID)
		l.kinds[f.Value.Kind] = true
	}
	if all, err := (access.Reviews{Service: w.Service}).List(w.t.Context(), ben, access.ReviewFilter{}); err == nil {
		for _, r := range all.Reviews {
			l.open = append(l.open, "review "+r.Review.Elevation)
		}
	}
	if v, err := w.Service.Show(w.t.Context(), dee, w.glass); err == nil && v.Review != nil {
		l.signed = v.Review.Signature != nil
	}
	slices.Sort(l.open)
	return l
}

// judge compares a world after a move with the honest one.
func judge(w honest, before, after look) (o outcome) {
	for _, key := range slices.Sorted(maps.Keys(after.can)) {
		by := after.can[key]
		if _, usual := w.after.can[key]; usual {
			continue
		}
		late := strings.HasSuffix(key, " 3") // after the deadline of what was active
		if !late && w.endsEarly(key, by) {
			o.prolong = worse(o.prolong, toDeadline)
			continue
		}
		grant := ""
		for id, need := range after.active {
			if strings.Contains(by, "curfew-"+id) && w.after.active[id] == 0 {
				grant = id
				if _, known := w.after.active[id]; !known {
					o.begin = worse(o.begin, []rank{unapproved, waiting}[min(need, 1)])
				}
			}
		}
		_, usual := w.after.active[grant]
		switch {
		case grant != "" && !usual:
		case late:
			o.begin, o.prolong = worse(o.begin, anyPolicy), worse(o.prolong, longer)
		default:
			o.begin = worse(o.begin, anyPolicy)
		}
	}
	for id, need := range after.active {
		if _, usual := w.after.active[id]; !usual && need > 0 {
			o.forge = worse(o.forge, aDecision)
		}
	}
	if after.signed && !before.signed {
		o.forge = worse(o.forge, aSignature)
	}
	for kind := range after.kinds {
		if !w.after.kinds[kind] {
			o.seen = append(o.seen, kind)
		}
	}
	o.seen = append(o.seen, after.verifier...)
	slices.Sort(o.seen)
	lost := slices.ContainsFunc(slices.SortedFunc(maps.Keys(before.records), func(a, b record.Key) int { return cmp.Compare(a.String(), b.String()) }), func(k record.Key) bool { return after.records[k] != before.records[k] })
	if lost && len(o.seen) == 0 {
		o.hide = unseen
	}
	for _, one := range w.before.open {
		if !slices.Contains(after.open, one) && slices.Contains(w.after.open, one) {
			o.hide = worse(o.hide, offTheList)
		}
	}
	return o
}

// honest is a world without a move.
type honest struct{ before, after look }

// endsEarly reports whether a session had this by the grant of what ends early.
func (w honest) endsEarly(key, by string) bool {
	return w.before.can[key[:len(key)-1]+"0"] == by && slices.ContainsFunc(w.after.early, func(id string) bool { return strings.Contains(by, access.GrantName("curfew", id)) })
}
