package access

import (
	"context"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// CatalogSigning is what operators do with a catalog that waits for a signature.
type CatalogSigning struct{ *Service }

// State is for people who are operators.
func (s CatalogSigning) State(ctx context.Context, c identity.Caller) (state CatalogState, err error) {
	defer s.Logged(ctx, "catalogs", "", c.ID, &err)
	if c.Kind != identity.Person || !c.In(s.Settings.Operators) {
		return state, refusals(s).refused(ctx, c, "catalogs", "", deny("curfew.operator", "only people who are operators may see which catalog waits"))
	}
	return s.Catalogs.State(ctx)
}

// Sign accepts the newest catalog. Denied: not a person with MFA who is an operator, or suspended. Conflict: it does not wait.
func (s CatalogSigning) Sign(ctx context.Context, c identity.Caller, hash, note string) (state CatalogState, err error) {
	defer s.Logged(ctx, "sign-catalog", "", c.ID, &err, "catalog", fault.Printable(hash))
	if err := fault.CheckText("note", note, 1, maxReason); err != nil {
		return state, err
	}
	s.Service = noting(s.Service, c)
	err = s.Catalogs.Sign(ctx, c, hash, note)
	noteCaller(ctx, s.Service, err)
	if err != nil {
		return state, refusals(s).refused(ctx, c, "sign-catalog", "", err)
	}
	return s.Catalogs.State(ctx)
}
