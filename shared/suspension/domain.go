package suspension

import (
	"context"

	"curfew/shared/directory"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Domain reads the newest catalog, IAM and elevations.
type Domain interface {
	Entitlements(ctx context.Context) ([]Entitlement, error)
	Machines(ctx context.Context) ([]Machine, error)
	Groups(ctx context.Context, arn string) ([]string, error)
	// Look returns NotFound if IAM has no such principal; Denied or Invalid if it is not for Curfew.
	Look(ctx context.Context, arn string) (uniqueID string, err error)
	// Recent returns the newest open elevations, at most so many of each state, and some that are over. It skips
	// unreadable ones. more: there are more open ones.
	Recent(ctx context.Context, most int) (all []Elevation, more bool, err error)
	// Requesters keeps the order, with the groups of that day; empty if unreadable.
	Requesters(ctx context.Context, elevations []record.Key) ([]identity.Caller, error)
}

type Entitlement struct {
	Name       string
	Principals []string // ARNs; see [identity.MatchARN]
	Callers    []string // "group:<name>" or id, in any role
}

type Machine struct {
	Name      string
	Principal string // ARN; see [identity.MatchARN]
}

type Elevation struct {
	Key         record.Key
	Principal   string // ARN
	Requester   string // id
	Entitlement string
}

// Suspensions needs all fields but Call and Ahead.
type Suspensions struct {
	record.Base
	Domain    Domain
	Operators []string // "group:<name>" or id
	// Call may be nil. [Suspensions.Held] reads its row of the directory.
	Call *directory.Call
	// Ahead may be nil. Held reads its rows too.
	Ahead *record.Ahead
	// Refused stores evidence of a refusal and returns err.
	Refused func(ctx context.Context, c identity.Caller, verb, elevation string, err error) error
}

func (s Suspensions) callers() directory.Directory {
	return directory.Directory{Base: s.Base, Operators: s.Operators}
}
