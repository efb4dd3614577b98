package api

import (
	"time"

	"curfew/shared/fault"
	"curfew/shared/suspension"
)

// Scope selects elevations. Exactly one member is set.
type Scope struct {
	Principal   string `json:"principal,omitempty"` // ARN in any case, or a unique name
	Requester   string `json:"requester,omitempty"` // id or a unique name
	Entitlement string `json:"entitlement,omitempty"`
	Everything  bool   `json:"everything,omitempty" const:"true"`
}

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

// Holds reports whether e is in the scope.
func (s Scope) Holds(e Elevation) bool {
	return suspension.Scope(s).Holds(e.Principal, e.Requester.ID, e.Entitlement)
}

func (s Scope) check(time.Time) fault.Mistakes { return fault.MistakesOf(suspension.Scope(s).Check()) }

// EndAll ends or counts one page.
type EndAll struct {
	Scope
	CountOnly bool   `json:"count_only,omitempty"`
	Cursor    string `json:"cursor,omitempty"` // NextCursor of the previous page
}

// Reach is the result of one page. Its scope is by id.
type Reach struct {
	Scope
	Name       string   `json:"name,omitempty"` // caller's name
	Waiting    int      `json:"waiting"`
	Open       int      `json:"open"` // with access
	Ending     int      `json:"ending"`
	Ordered    int      `json:"ordered"`               // withdrawn, or ordered to end, by this call
	Failed     []string `json:"failed"`                // ids; the log has the reasons
	NextCursor string   `json:"next_cursor,omitempty"` // empty: done
}

// Suspend is the input of [SuspendScope].
type Suspend struct {
	Scope
	Reason string `json:"reason"`
	Unseen bool   `json:"unseen,omitempty"` // the id was never seen, and is meant
	Self   bool   `json:"self,omitempty"`   // the caller means themselves
}

func (s Suspend) check(now time.Time) fault.Mistakes { return s.Scope.checkWith(s.Reason, now) }

// Lift is the input of [LiftSuspension].
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

// Suspension denies its scope, by id, while it holds.
type Suspension struct {
	Scope
	Name        string    `json:"name,omitempty"` // of the caller in the scope
	Holds       bool      `json:"holds"`
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"` // id; empty: never suspended
	ByName      string    `json:"by_name,omitempty"`
	At          time.Time `json:"at,omitzero"`
	LapsesAt    time.Time `json:"lapses_at,omitzero"` // unless a second operator confirms; zero: until lifted
	Because     string    `json:"lapses_because,omitempty"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	LiftedBy    string    `json:"lifted_by,omitempty"`
	LiftedAt    time.Time `json:"lifted_at,omitzero"`
}

// SuspensionList is sorted by scope.
type SuspensionList struct {
	Suspensions []Suspension `json:"suspensions"`
}

func suspensionOf(s suspension.Suspension, now time.Time) Suspension {
	return Suspension{Scope(s.Scope), s.Name, s.InEffect(now), s.Reason, s.By, s.ByName, s.At, s.LapsesAt, s.Because, s.Second, s.SecondAt, s.LiftedBy, s.LiftedAt}
}
