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
	Principal   string `json:"principal,omitempty"` // ARN, whose case does not matter; or a name that one principal has
	Requester   string `json:"requester,omitempty"` // a caller's id, or a name that one caller has
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

// Reach is what one page met of the scope, which is by ids here.
type Reach struct {
	Scope
	Name       string   `json:"name,omitempty"`        // of the caller in the scope
	Waiting    int      `json:"waiting"`               // not granted yet, when it was met
	Open       int      `json:"open"`                  // with access, when it was met
	Ending     int      `json:"ending"`                // being taken away already
	Ordered    int      `json:"ordered"`               // withdrawn, or their end ordered, by this call
	Failed     []string `json:"failed"`                // ids of what could not be ended by this call
	NextCursor string   `json:"next_cursor,omitempty"` // empty: that was all
}

// Suspend is what is to be suspended, and why.
type Suspend struct {
	Scope
	Reason string `json:"reason"`
	Unseen bool   `json:"unseen,omitempty"` // the exact id of a person or a machine is meant, though it was never seen
	Self   bool   `json:"self,omitempty"`   // the requester is the caller, and that is meant
}

// Lift is what is not to be suspended any more, and why.
type Lift struct {
	Scope
	Reason string `json:"reason"`
}

// Suspension denies whatever is in its scope, which is by ids, as long as it holds.
type Suspension struct {
	Scope
	Name        string    `json:"name,omitempty"` // of the caller in the scope
	Holds       bool      `json:"holds"`
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"` // a caller's id; empty: there never was one
	ByName      string    `json:"by_name,omitempty"`
	At          time.Time `json:"at,omitzero"`
	LapsesAt    time.Time `json:"lapses_at,omitzero"` // unless a second operator confirms it; zero: it stays until it is lifted
	Because     string    `json:"lapses_because,omitempty"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	LiftedBy    string    `json:"lifted_by,omitempty"`
	LiftedAt    time.Time `json:"lifted_at,omitzero"`
}

// EndAll ends, or counts, one page of a scope. It is sent once: whoever goes through all pages knows when to come again. A
// page that was sent twice did no harm.
func (c *Client) EndAll(ctx context.Context, e EndAll) (Reach, error) {
	return post[Reach](ctx, c, e, "", "ends")
}

// Suspend suspends a scope. What is suspended already stays as it is: success; except that a second operator confirms by it
// one that would lapse.
func (c *Client) Suspend(ctx context.Context, s Suspend) (Suspension, error) {
	return post[Suspension](ctx, c, s, "", "suspensions")
}

// Lift takes a suspension back. One that does not hold is success.
func (c *Client) Lift(ctx context.Context, l Lift) (Suspension, error) {
	return post[Suspension](ctx, c, l, "", "suspensions", "lift")
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
