package api

import "curfew/shared/identity"

// Caller is who asked or decided.
type Caller struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // person or machine
	Name string `json:"name"` // in sessions; a machine's is only text
}

// Me is who the API takes the caller for.
type Me struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	MFA    bool     `json:"mfa"` // known for people only
}

func callerOf(c identity.Caller) Caller { return Caller{c.ID, string(c.Kind), c.Name} }

// list and members make what is empty [] and {} in JSON, and never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func members[T any](m map[string]T) map[string]T {
	if m == nil {
		return map[string]T{}
	}
	return m
}
