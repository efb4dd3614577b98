package suspension

import (
	"context"

	"curfew/shared/directory"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Domain is what a scope is resolved by: the catalog, IAM, and the elevations that there were.
type Domain interface {
	// Entitlements gives those of the newest catalog.
	Entitlements(ctx context.Context) ([]Entitlement, error)
	// Machines gives the machines that the newest catalog names.
	Machines(ctx context.Context) ([]Machine, error)
	// Groups gives the groups that the newest catalog puts a machine in.
	Groups(ctx context.Context, arn string) ([]string, error)
	// Look gives the unique id of a role or user in IAM. NotFound: there is none of this ARN. Denied, Invalid: Curfew does not act on it.
	Look(ctx context.Context, arn string) (uniqueID string, err error)
	// Recent gives the newest elevations that are not over, at most so many of each state, and some that are. One that cannot be
	// read is left out. more says that there are more that are not over.
	Recent(ctx context.Context, most int) (all []Elevation, more bool, err error)
	// Requesters gives who asked for these elevations, in the same order, with the groups of the day on which they asked. One that cannot
	// be read is empty.
	Requesters(ctx context.Context, elevations []record.Key) ([]identity.Caller, error)
}

// Entitlement is what a catalog says of an entitlement.
type Entitlement struct {
	Name       string
	Principals []string // ARNs; see [identity.MatchARN]
	Callers    []string // who is named in any part: "group:<name>" or a caller's id
}

// Machine is a machine as a catalog names it.
type Machine struct {
	Name      string // as the catalog calls it
	Principal string // ARN; see [identity.MatchARN]
}

// Elevation is an elevation that there was.
type Elevation struct {
	Key         record.Key // as the indexes of the access table give it
	Principal   string     // ARN
	Requester   string     // the caller's id
	Entitlement string
}

// Suspensions changes and reads what is suspended. All fields but Call must be set.
type Suspensions struct {
	record.Base
	Domain    Domain
	Operators []string // "group:<name>" or a caller's id
	// Call is the call in which suspensions are read; nil: it is of no caller. [Suspensions.Held] reads the row of the caller in the
	// directory on the way.
	Call *directory.Call
	// Refused keeps the evidence of a refusal and gives the refusal back.
	Refused func(ctx context.Context, c identity.Caller, verb, elevation string, err error) error
}

func (s Suspensions) callers() directory.Directory {
	return directory.Directory{Base: s.Base, Operators: s.Operators}
}
