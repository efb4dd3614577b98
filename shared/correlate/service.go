package correlate

import (
	"context"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/trail"
)

// Service correlates the records of one installation. Use it by its pointer.
type Service struct {
	*access.Service
	// Accounts are the governed accounts. Records of others are refused.
	Accounts []string
	// Own returns what a principal may do by itself, for each instant of a span; empty: the principal is not marked.
	Own func(ctx context.Context, principalID string, from, to time.Time) ([]trail.Baseline, error)

	fixed *trail.Rights // of a test

	mu         sync.Mutex // guards the fields below
	principals map[string]*principal
	secret     trail.Key
}

// Outcome counts what became of records.
type Outcome struct {
	Records int `json:"records"`
	Counted int `json:"counted"` // for an elevation or for own policies, doubles included
	Refused int `json:"refused"` // of accounts that are not governed, or no records
	Open    int `json:"open"`    // unresolved
}

func (o *Outcome) add(more Outcome) {
	o.Records += more.Records
	o.Counted += more.Counted
	o.Refused += more.Refused
	o.Open += more.Open
}
