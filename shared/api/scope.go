package api

import (
	"time"

	"curfew/shared/fault"
	"curfew/shared/suspension"
)

// Scope says which elevations are meant: exactly one of its members is set.
type Scope struct {
	Principal   string `json:"principal,omitempty"` // ARN, whose case does not matter; or a name that one principal has
	Requester   string `json:"requester,omitempty"` // a caller's id, or a name that one caller has
	Entitlement string `json:"entitlement,omitempty"`
	Everything  bool   `json:"everything,omitempty" const:"true"`
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
	return suspension.Scope(s).Holds(e.Principal, e.Requester.ID, e.Entitlement)
}

func (s Scope) check(time.Time) fault.Mistakes { return fault.MistakesOf(suspension.Scope(s).Check()) }

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

func (s Suspend) check(now time.Time) fault.Mistakes { return s.Scope.checkWith(s.Reason, now) }

// Lift is what is not to be suspended any more, and why.
type Lift struct {
	Scope
	Reason string `json:"reason"`
}

func (l Lift) check(now time.Time) fault.Mistakes { return l.Scope.checkWith(l.Reason, now) }

func (s Scope) checkWith(reason string, now time.Time) fault.Mistakes {
	m := s.check(now)
	m.AddError("reason", fault.CheckText("reason", reason, 1, fault.MaxReason))
	return m
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

// SuspensionList is what is suspended, in order of scope.
type SuspensionList struct {
	Suspensions []Suspension `json:"suspensions"`
}

// suspensionOf shows a suspension; of a scope that never was suspended the domain gives one that was never made.
func suspensionOf(s suspension.Suspension, now time.Time) Suspension {
	return Suspension{Scope(s.Scope), s.Name, s.InEffect(now), s.Reason, s.By, s.ByName, s.At, s.LapsesAt, s.Because, s.Second, s.SecondAt, s.LiftedBy, s.LiftedAt}
}
