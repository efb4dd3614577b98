package release

import (
	"context"
	"slices"
	"time"

	"curfew/shared/catalog"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Sign is [access.Catalogs.Sign]. The operators are those of the settings and of the catalog in force: the newest must not
// name who may accept it.
func (r *Releases) Sign(ctx context.Context, c identity.Caller, hash, note string) error {
	newest := r.set.Newest()
	return record.UpdateRow(ctx, r.Store, "the signature of a catalog", signatureKey(newest.Hash()), func(was record.Stored[signature]) ([]record.Change, error) {
		now, err := r.inForce(ctx)
		if err != nil {
			return nil, err
		}
		seen, err := record.Get[seen](ctx, r.Store, seenKey())
		if err != nil {
			return nil, err
		}
		switch {
		case c.Kind != identity.Person || c.Name == "":
			return nil, fault.Deny("curfew.person", "only a person may sign a catalog")
		case !c.MFA:
			return nil, fault.Deny("curfew.mfa", "sign in with MFA to sign a catalog")
		case !c.In(slices.Concat(r.operators, now.Operators())):
			return nil, fault.Deny("curfew.operator", "only operators may sign a catalog")
		case hash != newest.Hash():
			return nil, fault.Errorf(fault.NotFound, "catalog %.12s does not wait: the newest is %.12s", fault.Printable(hash), newest.Hash())
		case was.Exists():
			return nil, fault.Errorf(fault.Conflict, "catalog %.12s was signed by %s", hash, was.Value.Name)
		case now == newest:
			return nil, fault.Errorf(fault.Conflict, "catalog %.12s is in force and needs no signature", hash)
		}
		if err := r.Suspensions().Free(ctx, c, "you may not sign catalogs"); err != nil {
			return nil, err
		}
		by, err := seen.Value.mayFollow(hash, c.Name, r.Now())
		if err != nil {
			return nil, err
		}
		s := signature{Catalog: hash, By: c.ID, Name: c.Name, InForce: now.Hash(), Note: note, At: r.Instant()}
		text, more := lines(catalog.Diff(now, newest))
		proof, err := record.Append(evidence.CatalogSignatureChain(hash), &s.Evidence, evidence.Entry{
			At: s.At, Kind: "catalog.signed", Actor: c.ID, Detail: map[string]any{"catalog": hash, "in_force": s.InForce, "deployed_by": orUnknown(by), "note": note, "changes": text, "more_changes": more},
		})
		if err != nil {
			return nil, err
		}
		put, err := was.Put(s, time.Time{})
		return []record.Change{put, proof}, err
	})
}
