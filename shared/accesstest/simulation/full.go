package simulation

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/record"
)

// atRest reports whether every record is terminal and IAM has no grant of ours.
func (o *oracle) atRest() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lookAtIAM(); len(o.there)+o.denials > 0 {
		return false
	}
	for _, t := range o.lives {
		if t.is.State != "" && !t.is.State.Terminal() || time.Now().Before(t.is.Deadline.Add(quietBound)) {
			return false
		}
	}
	return true
}

type finalCheck struct{ *oracle }

// verifyAll reads and verifies everything again, and compares it with what the oracle tracked.
func (o finalCheck) verifyAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	es, terms, err := o.stored()
	if err != nil {
		o.addFinding(Rule, "a row cannot be read: %v", err)
	}
	if len(es) != terms {
		o.addFinding(Rule, "%d elevations have %d terms", len(es), terms)
	}
	known := 0
	for _, t := range o.lives {
		if t.is.State != "" {
			known++
		}
	}
	if known != len(es) {
		o.addFinding(Rule, "%d elevations were tracked, and %d are stored", known, len(es))
	}
	chains := o.chains(o.w.store.All(record.AccessTable))
	for _, e := range es {
		o.checkElevation(e, chains[evidence.ElevationChain(e.ID)])
	}
	for _, f := range o.w.cloud.Grants() {
		o.addFinding(OrphanLeft, "at rest %s is on %s", f.Grant, f.Principal.ARN)
	}
}

func (o finalCheck) verifyLog() {
	for _, wrong := range accesstest.BrokenLog(o.w.archive, o.w.store, !o.restoredAt.IsZero()) {
		o.wrong("%s", wrong)
	}
}

// stored returns the stored elevations and the number of terms. It decodes only rows that differ from the last write
// seen: decoding is most of a world's cost.
func (o *oracle) stored() (es []access.Elevation, terms int, err error) {
	var other []record.Row
	for _, r := range o.w.store.All(record.AccessTable) {
		switch r.Key.Sort {
		case "terms":
			terms++
		case "elevation":
			if t := o.life(access.IDOf(r.Key)); t.is.Version == r.Version && bytes.Equal(t.text, r.Body) {
				es = append(es, t.is)
				continue
			}
			other = append(other, r)
		}
	}
	more, _, err := access.Lives(other)
	for _, e := range more {
		es = append(es, e.Of(o.life(e.ID).terms))
	}
	return es, terms, err
}

func (o finalCheck) checkElevation(e access.Elevation, records []evidence.Record) {
	t, n := o.life(e.ID), o.w.ids[e.ID]
	if !reflect.DeepEqual(t.is, e) {
		o.addFinding(Rule, "elevation %d is stored as version %d %s, and was tracked to version %d %s", n, e.Version, e.State, t.is.Version, t.is.State)
	}
	if head, err := evidence.Verify(evidence.ElevationChain(e.ID), records, e.Evidence); err != nil || head != e.Evidence {
		o.addFinding(Rule, "the evidence of elevation %d goes to %d of %d: %v", n, head.Seq, e.Evidence.Seq, err)
	}
	if !e.State.Terminal() {
		o.addFinding(Mismatch, "elevation %d never came to rest: it is %s", n, e.State)
	}
	slack := o.w.clockSlack()
	if e.State == access.Ended && t.ever && !t.forgotten && t.handAt.IsZero() && e.GoneAt.Add(slack).Before(t.goneAt) {
		o.addFinding(Mismatch, "elevation %d: the receipt says gone at %s, and it was there until %s", n, e.GoneAt.Format(time.TimeOnly), t.goneAt.Format(time.TimeOnly))
	}
}

// chains returns all records of evidence by chain. The access table has the head of each chain, unless it was restored.
func (o finalCheck) chains(rows []record.Row) map[string][]evidence.Record {
	heads, err := record.ChainHeads(slices.DeleteFunc(rows, func(r record.Row) bool { return r.Key.Sort == "elevation" }))
	if err != nil {
		o.addFinding(Rule, "a head cannot be read: %v", err)
	}
	chains := map[string][]evidence.Record{}
	for _, row := range o.w.store.All(record.AuditTable) {
		r, err := record.DecodeRecord(row)
		if err != nil {
			o.addFinding(Rule, "evidence cannot be read: %v", err)
			continue
		}
		chains[r.Chain] = append(chains[r.Chain], r)
	}
	for name, c := range chains {
		slices.SortFunc(c, func(a, b evidence.Record) int { return cmp.Compare(a.Seq, b.Seq) })
		if strings.HasPrefix(name, evidence.ElevationChain("")) {
			continue // already verified with its head
		}
		if head, err := evidence.Verify(name, c, heads[name]); err != nil || head != heads[name] && o.restoredAt.IsZero() {
			o.addFinding(Rule, "the evidence of %s goes to %d of %d: %v", name, head.Seq, heads[name].Seq, err)
		}
	}
	return chains
}

func (o finalCheck) settle(r *Report) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r.Changes += o.changes
	r.CutByFault += o.cutByFault
	for id, t := range o.lives {
		n := o.w.ids[id]
		if n == 0 {
			continue
		}
		r.Lives++
		troubles := o.w.gate.troublesOf(n, time.Now())
		if slices.ContainsFunc(troubles, func(d disturbance) bool { return d.life == n }) {
			r.Faulted++
		}
		r.States[string(t.is.State)]++
		if t.ever && !t.goneAt.IsZero() {
			r.Granted++
			o.overstay(r, t, n)
		}
	}
	r.Wrongs = append(r.Wrongs, o.wrongs...)
}

func (o finalCheck) overstay(r *Report, t *tracked, n int) {
	due := t.is.Deadline
	for _, sooner := range []time.Time{t.is.EndDue, t.orderedAt} {
		if !sooner.IsZero() && (due.IsZero() || sooner.Before(due)) {
			due = sooner
		}
	}
	if t.handAt.After(due) {
		due = t.handAt
	}
	if t.forgotten && o.restoredAt.After(due) {
		due = o.restoredAt
	}
	if due.IsZero() {
		return
	}
	over := max(0, t.goneAt.Sub(due))
	troubles := slices.DeleteFunc(o.w.gate.troublesOf(n, t.goneAt), func(d disturbance) bool {
		return d.until.Before(t.is.GrantedAt)
	})
	kinds := map[string]bool{}
	for _, d := range troubles {
		kinds[d.name] = true
	}
	for e := range o.w.events {
		kinds[string(e)] = true
	}
	if len(kinds) == 0 {
		r.add(without, over, over)
	}
	within := bound
	if t.forgotten || !t.handAt.IsZero() {
		within = o.repairTime(t)
	}
	reached := o.lastTrouble(n, due, t.goneAt, within)
	for k := range kinds {
		r.add(k, over, max(0, t.goneAt.Sub(reached)))
	}
	limit := bound + o.w.clockSlack()
	if len(troubles) == 0 {
		limit = quietBound + o.w.clockSlack()
	}
	if t.forgotten || !t.handAt.IsZero() {
		limit = o.repairTime(t)
	}
	if t.goneAt.Sub(reached) > limit {
		o.addFinding(Overstayed, "the grant of elevation %d was there %s after it was due, %s after the last fault", n, over, t.goneAt.Sub(reached))
	}
}
