package catalog

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/trigger"
)

// Set holds the newest catalog and the last few before it, by hash. It implements access.Decider. The newest decides,
// unless [Set.Choose] says otherwise; an older one shows what a running elevation was made from.
type Set struct {
	newest *Catalog
	byHash map[string]*Catalog
	choose func(context.Context) (*Catalog, error)
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

// Newest returns the catalog that was built last.
func (s *Set) Newest() *Catalog { return s.newest }

// Packed returns the catalog with this hash; nil: it is not here.
func (s *Set) Packed(hash string) *Catalog { return s.byHash[hash] }

// Choose makes the catalog that f returns decide. Without one, nothing is decided.
func (s *Set) Choose(f func(context.Context) (*Catalog, error)) { s.choose = f }

func (s *Set) inForce(ctx context.Context) (*Catalog, error) {
	if s.choose == nil {
		return s.newest, nil
	}
	return s.choose(ctx)
}

// Claims returns the claims to read from a token. If no catalog is in force, all must agree.
func (s *Set) Claims(ctx context.Context) (Claims, error) {
	c, err := s.inForce(ctx)
	if err == nil {
		return c.claims, nil
	}
	for _, c := range s.byHash {
		if c.claims != s.newest.claims {
			return Claims{}, err
		}
	}
	return s.newest.claims, nil
}

// Entitlement returns an entitlement of the catalog with this hash, or of the one in force if hash is empty. The error is
// NotFound if the catalog or the name is unknown.
func (s *Set) Entitlement(ctx context.Context, hash, name string) (access.Entitlement, error) {
	c, err := s.of(ctx, hash)
	if err != nil {
		return access.Entitlement{}, err
	}
	e, ok := c.Entitlement(name)
	if !ok {
		return access.Entitlement{}, fault.Errorf(fault.NotFound, "there is no entitlement %q in catalog %.12s", name, c.Hash())
	}
	return e, nil
}

// Entitlements returns those of the catalog in force, sorted by name.
func (s *Set) Entitlements(ctx context.Context) ([]access.Entitlement, error) {
	c, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	return c.Entitlements(), nil
}

// Triggers returns those of the catalog in force, sorted by name.
func (s *Set) Triggers(ctx context.Context) ([]trigger.Trigger, error) {
	c, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	return c.Triggers(), nil
}

// Groups returns a machine's groups in the catalog in force.
func (s *Set) Groups(ctx context.Context, arn string) ([]string, error) {
	c, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	return c.Groups(arn), nil
}

// NamedGroups returns [Catalog.NamedGroups] of the catalog with this hash, or of the one in force if hash is empty.
func (s *Set) NamedGroups(ctx context.Context, hash string) ([]string, error) {
	c, err := s.of(ctx, hash)
	if err != nil {
		return nil, err
	}
	named, err := c.NamedGroups()
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "the groups of catalog %.12s: %w", c.Hash(), err)
	}
	return named, nil
}

// of returns the catalog in force if hash is empty. NotFound: it is not here.
func (s *Set) of(ctx context.Context, hash string) (*Catalog, error) {
	if hash == "" {
		return s.inForce(ctx)
	}
	if c := s.byHash[hash]; c != nil {
		return c, nil
	}
	return nil, fault.Errorf(fault.NotFound, "catalog %.12s is not among the %d here", hash, len(s.byHash))
}

// Machines returns those of the catalog in force.
func (s *Set) Machines(ctx context.Context) (all []access.CatalogMachine, err error) {
	c, err := s.inForce(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Machines() {
		all = append(all, access.CatalogMachine{Name: m.Name, Principal: m.Principal})
	}
	return all, nil
}

// Decide calls [Catalog.Decide] of the catalog in force.
func (s *Set) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	if err := ctx.Err(); err != nil {
		return access.Verdict{}, fault.Errorf(fault.Transient, "deciding: %w", err)
	}
	c, err := s.inForce(ctx)
	if err != nil {
		return access.Verdict{}, err
	}
	return c.Decide(q)
}
