// Package release says which of the packed catalogs is in force, and records each new one.
//
// A catalog that is wider than the one in force waits for a second person's signature. Until then requests, decisions,
// Grant and operators' powers use the one in force, which must be packed beside it. Three functions keep a row each, and
// none may write the others': reconcile what it saw and who deployed it (catalog), Grant what it used (granted#catalog),
// decide who signed (signature#catalog#HASH). Grant believes its own row, signatures and its own comparison.
package release

import (
	"context"
	"slices"
	"sync/atomic"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Releases is [access.Catalogs]. Make one with [New].
type Releases struct {
	*access.Service
	set  *catalog.Set
	sign bool // wider catalogs wait for a signature
	// operators are those of the settings: the newest catalog may name more.
	operators []string
	isNewest  atomic.Bool // the newest is in force, as far as this process read
	// Deployments is for the sweep; nil: who deploys is not known.
	Deployments Deployments
}

// New makes the set use the catalog in force, if wider ones wait for a signature. The store may be set later.
func New(s *access.Service, set *catalog.Set, sign bool) *Releases {
	r := &Releases{Service: s, set: set, sign: sign, operators: slices.Clone(s.Settings.Operators)}
	if sign {
		set.Choose(r.inForce)
	}
	return r
}

var _ access.Catalogs = (*Releases)(nil)

func (r *Releases) read(ctx context.Context) (was rows, err error) {
	all, err := r.Store.Read(ctx, seenKey(), usedKey())
	if err != nil {
		return was, fault.Wrap(err, "reading which catalog is in force")
	}
	if was.seen, err = record.FindRow[seen](all, seenKey()); err == nil {
		was.used, err = record.FindRow[used](all, usedKey())
	}
	return was, err
}

// inForce reads no more once the newest is in force: another catalog comes with another process.
func (r *Releases) inForce(ctx context.Context) (*catalog.Catalog, error) {
	if r.isNewest.Load() {
		return r.set.Newest(), nil
	}
	was, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	now, err := r.choose(ctx, was)
	r.isNewest.Store(now == r.set.Newest())
	return now, err
}

// choose goes from the catalog that Grant used to the newest. Each step must not be wider, or be signed. Without any row
// the newest is the first, and accepted. Transient: no catalog in force is packed.
func (r *Releases) choose(ctx context.Context, was rows) (*catalog.Catalog, error) {
	newest := r.set.Newest()
	if !r.sign {
		return newest, nil
	}
	from := was.used.Value.InForce
	if from == "" {
		from = was.seen.Value.InForce
	}
	if from == "" {
		return newest, nil
	}
	now := r.set.Packed(from)
	for _, next := range []*catalog.Catalog{r.set.Packed(was.seen.Value.InForce), newest} {
		if next == nil || now == next {
			continue
		}
		ok, err := r.follows(ctx, now, next)
		if err != nil {
			return nil, err
		}
		if ok {
			now = next
		}
	}
	if now == nil {
		return nil, fault.Errorf(fault.Transient,
			"catalog %.12s is in force but not packed, and the newest, %.12s, is not signed: pack the one in force beside it and deploy again", from, newest.Hash())
	}
	return now, nil
}

func (r *Releases) follows(ctx context.Context, now, next *catalog.Catalog) (bool, error) {
	if now != nil && !catalog.Wider(catalog.Diff(now, next)) {
		return true, nil
	}
	signed, err := record.Get[signature](ctx, r.Store, signatureKey(next.Hash()))
	return signed.Exists() && signed.Value.Catalog == next.Hash(), err
}
