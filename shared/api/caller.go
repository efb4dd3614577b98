package api

import (
	"time"

	"curfew/shared/identity"
)

// Caller requested or decided.
type Caller struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // person or machine
	Name string `json:"name"` // a machine's is unverified
}

// Me is the authenticated caller.
type Me struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	// Operator: they may end any elevation, and see what operators see.
	Operator bool `json:"operator"`
	MFA      bool `json:"mfa"` // people only
	// MFAAt is when they signed in with it; zero: not known.
	MFAAt time.Time `json:"mfa_at,omitzero"`
}

func callerOf(c identity.Caller) Caller { return Caller{c.ID, string(c.Kind), c.Name} }

// list returns [] for null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
