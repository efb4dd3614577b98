package api

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// CatalogState is which catalog is in force.
type CatalogState struct {
	InForce     string    `json:"in_force"`
	Newest      string    `json:"newest"`
	Waits       bool      `json:"waits"`            // the newest is wider, and not signed
	SeenAt      time.Time `json:"seen_at,omitzero"` // the newest; absent: not yet
	Changes     []string  `json:"changes"`          // that wait: the first 100
	MoreChanges int       `json:"more_changes,omitempty"`
}

// CatalogSignature is the input of [SignCatalog].
type CatalogSignature struct {
	Catalog string `json:"catalog"` // hash
	Note    string `json:"note"`
}

func (c CatalogSignature) check(time.Time) (m fault.Mistakes) {
	if !digest().MatchString(c.Catalog) {
		m.Add("catalog", "want the 64 hexadecimal digits of the catalog's hash")
	}
	m.AddError("note", fault.CheckText("note", c.Note, 1, fault.MaxReason))
	return m
}

// ShowCatalog returns which catalog is in force.
func ShowCatalog(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (CatalogState, error) {
	state, err := access.CatalogSigning{Service: s}.State(ctx, c)
	return CatalogState(state), err
}

// SignCatalog accepts the newest catalog.
func SignCatalog(ctx context.Context, s *access.Service, c identity.Caller, in CatalogSignature) (CatalogState, error) {
	state, err := access.CatalogSigning{Service: s}.Sign(ctx, c, in.Catalog, in.Note)
	return CatalogState(state), err
}
