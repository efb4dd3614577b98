package release

import (
	"context"
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
)

// inFlight is how long after the request, or the time to decide, Grant may be called at the latest.
const inFlight = 5 * time.Minute

// Accept is [access.Catalogs.Accept]. Signatures of catalogs that are not the newest do not count: one that was narrowed
// since must not come back with a request.
func (r *Releases) Accept(ctx context.Context, t access.Terms) error {
	if !r.sign {
		return nil
	}
	was, err := r.read(ctx)
	if err != nil {
		return err
	}
	now, err := r.choose(ctx, was)
	if err != nil {
		return err
	}
	use, err := r.use(ctx, was, now.Hash())
	if err != nil || t.Catalog == now.Hash() {
		return err
	}
	of := r.set.Packed(t.Catalog)
	if of == nil {
		return fault.Deny("curfew.catalog", "catalog %.12s is not packed with this version: ask again", t.Catalog)
	}
	if !catalog.Wider(catalog.Diff(now, of)) || use.had(t, r.Now()) {
		return nil
	}
	return fault.Deny("curfew.catalog", "catalog %.12s is wider than %.12s, which is in force, and was not in force when this was asked for, or that was too long ago: ask again", t.Catalog, now.Hash())
}

// had reports whether the terms' catalog was in force when they were asked for, and they are not older than its time to
// decide. That bounds also those who forge the instants: Grant compares the time to decide with the catalog.
func (u used) had(t access.Terms, now time.Time) bool {
	until := t.RequestedAt
	if t.Approval.Need > 0 {
		until = t.DecideBy
	}
	return !now.After(until.Add(inFlight)) && slices.ContainsFunc(u.Before, func(f former) bool {
		return f.Catalog == t.Catalog && !t.RequestedAt.After(f.Until)
	})
}

// use stores what Grant uses from now on. Only Grant may write the row. If reconcile saw the change before, the old one
// was in force until then: a lie about it can only shorten that.
func (r *Releases) use(ctx context.Context, was rows, now string) (used, error) {
	old := was.used.Value
	if old.InForce == now {
		return old, nil
	}
	next := used{InForce: now, Before: slices.Clone(old.Before)}
	if old.InForce != "" {
		f := former{old.InForce, r.Instant()}
		if s := was.seen.Value; s.InForce == now && s.Since.Before(f.Until) {
			f.Until = s.Since
		}
		next.Before = append(next.Before, f)
		next.Before = next.Before[max(0, len(next.Before)-mostBefore):]
	}
	put, err := was.used.Put(next, time.Time{})
	if err != nil {
		return next, err
	}
	err = fault.Wrap(r.Store.Write(ctx, put), "storing which catalog Grant uses")
	return next, fault.Unless(err, fault.Conflict) // another Grant did
}
