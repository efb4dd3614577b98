package access

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// Audit answers questions about evidence.
type Audit struct{ *Service }

// auditChains limits the chains of one page.
const auditChains = 100

// List returns records of elevations that c may see, the newest elevation first. The index may lag.
//
// Denied: refusals of another caller, and c is no operator. NotFound: the elevation, missing or hidden.
func (s Audit) List(ctx context.Context, c identity.Caller, f AuditFilter) (p AuditPage, err error) {
	defer s.Logged(ctx, "audit", f.Elevation, c.ID, &err)
	f.Limit = cmp.Or(f.Limit, 50)
	if err := f.Mistakes().Err(); err != nil {
		return p, err
	}
	if f.Caller != "" {
		if c.ID != f.Caller && !c.In(s.Settings.Operators) {
			return p, refusals(s).refused(ctx, c, "audit", "", deny("curfew.operator", "only operators may read the refusals of other callers"))
		}
		return callerAudit(s).list(ctx, f)
	}
	from, err := readSpot(f.After, ValidID)
	if err != nil {
		return p, err
	}
	r := &auditReader{Service: s.Service, f: f, from: from}
	if f.Elevation != "" {
		var lives []Life
		if ValidID(f.Elevation) {
			lives, err = byID(s).visible(ctx, c, []record.Key{ElevationKey(f.Elevation)})
		}
		if err == nil && len(lives) == 0 {
			_, err = Visible(ctx, s.Service, c, f.Elevation) // says that it is not there
		}
		if err == nil {
			r.page.Next, err = r.read(ctx, lives)
		}
		return r.done(err)
	}
	if from.chain != "" { // the last page ended within this elevation
		lives, err := byID(s).visible(ctx, c, []record.Key{ElevationKey(from.of)})
		if err == nil {
			r.page.Next, err = r.read(ctx, lives)
		}
		if r.page.Next != "" || err != nil {
			return r.done(err)
		}
	}
	q := record.Query{After: afterID(from.of, idAt(f.Before, idSlack))}
	q.Index, q.Partition = f.place()
	next, err := byID(s).visit(ctx, c, q, "", func(lives []Life) (string, error) { return r.read(ctx, lives) })
	if r.page.Next = next; ValidID(next) {
		r.page.Next = spot{of: next}.String()
	}
	return r.done(err)
}

// auditReader fills one page.
type auditReader struct {
	*Service
	f      AuditFilter
	from   spot
	page   AuditPage
	chains int
}

func (r *auditReader) done(err error) (AuditPage, error) {
	if err != nil { // no partial answer
		return AuditPage{}, err
	}
	return r.page, nil
}

// read adds records. next is where the next page begins; empty: the page has room.
func (r *auditReader) read(ctx context.Context, lives []Life) (next string, err error) {
	lives = slices.DeleteFunc(slices.Clone(lives), func(l Life) bool { return !r.f.life(l) })
	if lives, err = r.decidedOn(ctx, lives); err != nil {
		return "", err
	}
	for _, l := range lives {
		id := l.Terms.ID
		for i, chain := range chainsAbout(id, r.f.Kinds) {
			if r.from.of == id && chain < r.from.chain {
				continue
			}
			if next, err = r.chain(ctx, id, chain, i == 0 && l.unreadable); next != "" || err != nil {
				return next, err
			}
		}
		if r.chains >= auditChains {
			return spot{of: id}.String(), nil
		}
	}
	return "", nil
}

// chain begins with an unreadable record if the elevation's rows are.
func (r *auditReader) chain(ctx context.Context, id, chain string, unreadable bool) (next string, err error) {
	r.chains++
	records, err := readChain(ctx, r.Store, chain, id)
	if unreadable {
		records = slices.Insert(records, 0, AuditRecord{evidence.Record{Chain: chain, Kind: UnreadableKind}, id})
	}
	for _, one := range records {
		if r.from.chain == chain && one.Seq <= r.from.seq || !r.f.record(one) {
			continue
		}
		if r.page.Records = append(r.page.Records, one); len(r.page.Records) == r.f.Limit {
			return spot{id, chain, one.Seq}.String(), nil
		}
	}
	return "", err
}

// decidedOn keeps what the approver decided on.
func (r *auditReader) decidedOn(ctx context.Context, lives []Life) ([]Life, error) {
	if r.f.Approver == "" || len(lives) == 0 {
		return lives, nil
	}
	var keys []record.Key
	for _, l := range lives {
		keys = append(keys, decisionKey(l.Terms.ID, r.f.Approver, 0))
	}
	rows, err := r.Store.Read(ctx, keys...)
	return slices.DeleteFunc(lives, func(l Life) bool {
		_, there := rows[decisionKey(l.Terms.ID, r.f.Approver, 0)]
		return !there
	}), fault.Wrap(err, "reading decisions of %s", r.f.Approver)
}

// chainsAbout returns the chains that can have such records, sorted.
func chainsAbout(id string, kinds []string) (chains []string) {
	for _, about := range []struct{ kinds, chain string }{
		{"elevation.", evidence.ElevationChain(id)},
		{"review.", review.SignatureKey(id).Partition},
		{"usage.", "usage#" + id},
	} {
		if len(kinds) == 0 || slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(k, about.kinds) }) {
			chains = append(chains, about.chain)
		}
	}
	return chains
}
