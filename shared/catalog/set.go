package catalog

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/trigger"
)

// Set is the newest catalog and the last few before it, by hash. It is the port access.Decider: whatever is decided is
// decided by the newest; an older one only tells what an elevation under way was made from.
type Set struct {
	newest *Catalog
	byHash map[string]*Catalog
}

var _ access.Decider = (*Set)(nil)

// NewSet makes a set of the newest catalog and older ones in any order; one that is there twice counts once.
func NewSet(newest *Catalog, older ...*Catalog) *Set {
	s := &Set{newest: newest, byHash: map[string]*Catalog{newest.Hash(): newest}}
	for _, c := range older {
		s.byHash[c.Hash()] = c
	}
	return s
}

// Newest is the catalog that decides.
func (s *Set) Newest() *Catalog { return s.newest }

// Entitlement gives an entitlement of the catalog of this hash; of the newest if the hash is empty. NotFound: there is
// none of this name, or no such catalog here.
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

// Entitlements gives all of the newest catalog, in order of name.
func (s *Set) Entitlements(context.Context) ([]access.Entitlement, error) {
	return s.newest.Entitlements(), nil
}

// Triggers gives all of the newest catalog, in order of name.
func (s *Set) Triggers(context.Context) ([]trigger.Trigger, error) {
	return s.newest.Triggers(), nil
}

// Groups gives the groups that the newest catalog puts a machine in; none if it does not know it.
func (s *Set) Groups(_ context.Context, arn string) ([]string, error) {
	return s.newest.Groups(arn), nil
}

// Machines gives the machines that the newest catalog names.
func (s *Set) Machines(context.Context) (all []access.CatalogMachine, err error) {
	for _, m := range s.newest.Machines() {
		all = append(all, access.CatalogMachine{Name: m.Name, Principal: m.Principal})
	}
	return all, nil
}

// Decide asks the newest catalog: see [Catalog.Decide].
func (s *Set) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	if err := ctx.Err(); err != nil {
		return access.Verdict{}, fault.Errorf(fault.Transient, "deciding: %w", err)
	}
	return s.newest.Decide(q)
}
