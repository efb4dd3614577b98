package catalog

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/trigger"
)

// Set holds the newest catalog and the last few before it, by hash. It implements access.Decider. The newest decides;
// an older one only shows what a running elevation was made from.
type Set struct {
	newest *Catalog
	byHash map[string]*Catalog
}

var _ access.Decider = (*Set)(nil)

// NewSet returns a set. older may be in any order and contain duplicates.
func NewSet(newest *Catalog, older ...*Catalog) *Set {
	s := &Set{newest: newest, byHash: map[string]*Catalog{newest.Hash(): newest}}
	for _, c := range older {
		s.byHash[c.Hash()] = c
	}
	return s
}

// Newest returns the catalog that decides.
func (s *Set) Newest() *Catalog { return s.newest }

// Entitlement returns an entitlement of the catalog with this hash, or of the newest if hash is empty. The error is
// NotFound if the catalog or the name is unknown.
func (s *Set) Entitlement(_ context.Context, hash, name string) (access.Entitlement, error) {
	c := s.newest
	if hash != "" {
		c = s.byHash[hash]
	}
	if c == nil {
		return access.Entitlement{}, fault.Errorf(fault.NotFound, "catalog %.12s is not among the %d here", hash, len(s.byHash))
	}
	e, ok := c.Entitlement(name)
	if !ok {
		return access.Entitlement{}, fault.Errorf(fault.NotFound, "there is no entitlement %q in catalog %.12s", name, c.Hash())
	}
	return e, nil
}

// Entitlements returns those of the newest catalog, sorted by name.
func (s *Set) Entitlements(context.Context) ([]access.Entitlement, error) {
	return s.newest.Entitlements(), nil
}

// Triggers returns those of the newest catalog, sorted by name.
func (s *Set) Triggers(context.Context) ([]trigger.Trigger, error) {
	return s.newest.Triggers(), nil
}

// Groups returns a machine's groups in the newest catalog.
func (s *Set) Groups(_ context.Context, arn string) ([]string, error) {
	return s.newest.Groups(arn), nil
}

// Machines returns those of the newest catalog.
func (s *Set) Machines(context.Context) (all []access.CatalogMachine, err error) {
	for _, m := range s.newest.Machines() {
		all = append(all, access.CatalogMachine{Name: m.Name, Principal: m.Principal})
	}
	return all, nil
}

// Decide calls [Catalog.Decide] of the newest catalog.
func (s *Set) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	if err := ctx.Err(); err != nil {
		return access.Verdict{}, fault.Errorf(fault.Transient, "deciding: %w", err)
	}
	return s.newest.Decide(q)
}
