package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Scope says which elevations are meant: exactly one of its members is set.
type Scope struct {
	Principal   string `json:"principal,omitempty"` // ARN; its case does not matter
	Requester   string `json:"requester,omitempty"` // a caller's id
	Entitlement string `json:"entitlement,omitempty"`
	Everything  bool   `json:"everything,omitempty"`
}

// String says in words what is meant.
func (s Scope) String() string {
	switch {
	case s.Principal != "":
		return "principal " + s.Principal
	case s.Requester != "":
		return "requester " + s.Requester
	case s.Entitlement != "":
		return "entitlement " + s.Entitlement
	case s.Everything:
		return "everything"
	}
	return "nothing"
}

// Holds reports whether an elevation is of the scope.
func (s Scope) Holds(e Elevation) bool {
	switch {
	case s.Principal != "":
		return strings.EqualFold(s.Principal, e.Principal)
	case s.Requester != "":
		return s.Requester == e.Requester.ID
	case s.Entitlement != "":
		return s.Entitlement == e.Entitlement
	}
	return s.Everything
}

// EndAll is one page of ending, or of counting, all of a scope.
type EndAll struct {
	Scope
	CountOnly bool   `json:"count_only,omitempty"`
	Cursor    string `json:"cursor,omitempty"` // the NextCursor of the page before, of the same scope
}

// Reach is what one page met.
type Reach struct {
	Waiting    int      `json:"waiting"`               // not granted yet, when it was met
	Open       int      `json:"open"`                  // with access, when it was met
	Ending     int      `json:"ending"`                // being taken away already
	Ordered    int      `json:"ordered"`               // withdrawn, or their end ordered, by this call
	Failed     []string `json:"failed"`                // ids of what could not be ended by this call
	NextCursor string   `json:"next_cursor,omitempty"` // empty: that was all
}

// Suspend is what is to be suspended, or lifted, and why.
type Suspend struct {
	Scope
	Reason string `json:"reason"`
}

// Suspension denies whatever is in its scope as long as it holds.
type Suspension struct {
	Scope
	Holds    bool      `json:"holds"`
	Reason   string    `json:"reason,omitempty"`
	By       string    `json:"by,omitempty"` // a caller's id; empty: there never was one
	At       time.Time `json:"at,omitzero"`
	LiftedBy string    `json:"lifted_by,omitempty"`
	LiftedAt time.Time `json:"lifted_at,omitzero"`
}

// EndAll ends, or counts, one page of a scope. It is sent once: whoever goes through all pages knows when to come again. A
// page that was sent twice did no harm.
func (c *Client) EndAll(ctx context.Context, e EndAll) (Reach, error) {
	return post[Reach](ctx, c, e, "", "ends")
}

// Suspend suspends a scope. What is suspended already stays as it is: success.
func (c *Client) Suspend(ctx context.Context, s Suspend) (Suspension, error) {
	return post[Suspension](ctx, c, s, "", "suspensions")
}

// Lift takes a suspension back. One that does not hold is success.
func (c *Client) Lift(ctx context.Context, s Suspend) (Suspension, error) {
	return post[Suspension](ctx, c, s, "", "suspensions", "lift")
}

// Suspensions are those that hold, in order of scope.
func (c *Client) Suspensions(ctx context.Context) ([]Suspension, error) {
	list, err := get[struct {
		Suspensions []Suspension `json:"suspensions"`
	}](ctx, c, nil, "suspensions")
	return list.Suspensions, err
}

// Passing reports whether a call that failed may succeed later: it was throttled, something failed at the other end, or
// no answer came.
func Passing(err error) bool {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError
	}
	_, ok := errors.AsType[*NoAnswerError](err)
	return ok
}
