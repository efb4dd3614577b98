package access

import (
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// State is the state of an elevation.
type State string

// The terminal states are denied, withdrawn, lapsed and ended.
const (
	Requested      State = "requested"
	Approved       State = "approved"
	Granting       State = "granting"
	Active         State = "active"
	Revoking       State = "revoking"
	Stuck          State = "stuck" // overdue and paged; revoking continues without limit
	Ended          State = "ended" // IAM was read without the grant; no late attach is possible
	DeniedState    State = "denied"
	WithdrawnState State = "withdrawn"
	LapsedState    State = "lapsed"
)

// moves lists all transitions. After granting, the only way out is Revoke.
var moves = map[State][]State{
	Requested: {Approved, DeniedState, WithdrawnState, LapsedState},
	// Approved to revoking: Grant refused. Nothing was attached, but once Grant began only Revoke, which reads IAM, may
	// end it.
	Approved: {Granting, WithdrawnState, LapsedState, Revoking},
	Granting: {Active, Revoking},
	Active:   {Revoking},
	Revoking: {Ended, Stuck},
	Stuck:    {Ended},
}

// Terminal reports whether the state is final.
func (s State) Terminal() bool { return len(moves[s]) == 0 }

// Open reports whether a grant may exist in IAM.
func (s State) Open() bool {
	return s == Granting || s == Active || s == Revoking || s == Stuck
}

// Partitions of [record.ByState]. States that follow each other share one, so that a move between them does not touch
// the index. Each terminal state has its own.
const (
	IndexWaiting = "waiting" // requested, approved
	IndexOpen    = "open"    // a grant may exist in IAM
)

// Indexed returns the state's partition in [record.ByState].
func (s State) Indexed() string {
	switch {
	case s.Waits():
		return IndexWaiting
	case s.Open():
		return IndexOpen
	}
	return string(s)
}

// underWay returns the partitions of what can still be ended. Their order matters: an elevation that advances during
// the scan is met later, not missed.
func underWay() []string { return []string{IndexWaiting, IndexOpen} }

// Waits reports whether s comes before granting.
func (s State) Waits() bool { return s == Requested || s == Approved }

// States returns all states, in the order of a life.
func States() []State {
	return []State{Requested, Approved, Granting, Active, Revoking, Stuck, Ended, DeniedState, WithdrawnState, LapsedState}
}

// MayMove reports whether the transition exists.
func MayMove(from, to State) bool { return slices.Contains(moves[from], to) }

// Cause is why access ended.
type Cause string

// The causes of an end.
const (
	Deadline      Cause = "deadline"
	Completed     Cause = "completed" // the task ended
	Released      Cause = "released"  // the holder ended it
	Revoked       Cause = "revoked"   // an operator or owner ended it
	HeartbeatLost Cause = "heartbeat"
	PolicyDenied  Cause = "policy"  // newer policy denies
	Refused       Cause = "refused" // at granting
	Drift         Cause = "drift"   // principal deleted or recreated
	Failed        Cause = "failed"
)

// Elevation is the mutable part of the aggregate. It is written whole, on condition of its version.
type Elevation struct {
	// These come from the terms and are not stored here. Without the terms only the principal's ARN and the requester
	// are known, from the indexes.
	Principal Principal `json:"-"`
	Requester string    `json:"-"` // caller id
	DecideBy  time.Time `json:"-"`
	// Tasks are the kind/id of every open task: that of the terms and those that joined, which have rows of their own.
	Tasks []string `json:"-"`
	// Copies for lists and events. Decisions read the terms.
	Entitlement string `json:"entitlement"`
	BreakGlass  bool   `json:"break_glass,omitempty"`

	ID      string `json:"id"`
	Version int64  `json:"version"` // 1 at creation, plus one with each change
	State   State  `json:"state"`
	Cause   Cause  `json:"cause,omitempty"`
	Why     string `json:"why,omitempty"` // one line for people: the reason of a refusal or failure

	ChangedAt time.Time `json:"changed_at"`
	// Slot is the request slot in use: see pending.go. Empty once granted or over.
	Slot string `json:"slot,omitempty"`
	// LookAt is when the sweep next checks a waiting request; zero: not checked since ChangedAt.
	LookAt time.Time `json:"look_at,omitzero"`
	// RunsAt is when the sweep last saw its execution running; zero: not asked, or unknown.
	RunsAt time.Time `json:"runs_at,omitzero"`

	Execution string    `json:"execution,omitempty"` // the one that owns the grant
	GrantedAt time.Time `json:"granted_at,omitzero"` // when granting was stored
	AttachBy  time.Time `json:"attach_by,omitzero"`  // Grant sends IAM nothing after it
	Deadline  time.Time `json:"deadline,omitzero"`   // computed once, never moved
	ReadyAt   time.Time `json:"ready_at,omitzero"`   // usable from (IAM propagation)
	LastBeat  time.Time `json:"last_beat,omitzero"`

	PolicyDeniedAt time.Time `json:"policy_denied_at,omitzero"` // the sweep saw newer policy deny it; a second time ends it

	OrderedBy string    `json:"ordered_by,omitempty"` // caller id or net
	EndDue    time.Time `json:"end_due,omitzero"`     // the earlier of the deadline and the order to end
	GoneAt    time.Time `json:"gone_at,omitzero"`     // first read without the grant, never seen since
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Overstay  int64     `json:"overstay_seconds"` // from EndDue to GoneAt, set when ended

	ContainTriedAt time.Time `json:"contain_tried_at,omitzero"`
	ContainedAt    time.Time `json:"contained_at,omitzero"` // removal failed and containment began

	PagedAt        time.Time `json:"paged_at,omitzero"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`

	Joined    int           `json:"joined,omitempty"`    // open tasks that joined; each has a row
	TaskOver  bool          `json:"task_over,omitempty"` // the task of the terms is over; others go on
	SettlesAt time.Time     `json:"settles_at,omitzero"` // all tasks are over: end it then, if they still are
	Evidence  evidence.Head `json:"evidence"`
}

// Of returns e with the fields of its terms set.
func (e Elevation) Of(t Terms) Elevation {
	e.Principal, e.Requester, e.Entitlement, e.BreakGlass, e.DecideBy = t.Principal, t.Requester.ID, t.Entitlement, t.BreakGlass, t.DecideBy
	if e.Tasks = nil; !e.TaskOver {
		e.Tasks = []string{t.Task.String()}
	}
	return e
}

// to returns the elevation in state s, or Conflict. Every transition uses it.
func (e Elevation) to(s State, now time.Time) (Elevation, error) {
	if !MayMove(e.State, s) {
		return e, fault.Errorf(fault.Conflict, "elevation %s is %s and cannot become %s", e.ID, e.State, s)
	}
	e.State = s
	e.ChangedAt, e.LookAt = record.Instant(now), time.Time{}
	if !s.Waits() {
		e.Slot = ""
	}
	return e, nil
}

// HeartbeatLost reports whether the holder missed the heartbeat. Only for active elevations.
func (e Elevation) HeartbeatLost(t Terms, now time.Time) bool {
	return t.Heartbeat > 0 && !e.LastBeat.IsZero() &&
		!now.Before(e.LastBeat.Add(time.Duration(t.Heartbeat)*time.Second))
}

// Due returns when the sweep must next check e; zero: never.
func (e Elevation) Due() time.Time {
	switch e.State {
	case Requested, Approved:
		if !e.LookAt.IsZero() {
			return e.LookAt
		}
		return e.ChangedAt.Add(AnswerWithin)
	case Granting:
		return e.AttachBy
	case Active:
		if !e.SettlesAt.IsZero() {
			return earliest(e.SettlesAt, e.Deadline)
		}
		return e.Deadline
	case Revoking, Stuck:
		return e.ChangedAt
	}
	return time.Time{}
}

// AnswerWithin is how long a request may lack an execution, or a decided task its answer, before the sweep acts.
const AnswerWithin = 60 * time.Second

// containable reports whether a grant still allows something after its end was due.
func (e Elevation) containable(now time.Time) bool {
	return (e.State == Revoking || e.State == Stuck) && now.Before(e.Deadline)
}

// GrantName returns the name of an elevation's policy. It contains the id, so Revoke needs nothing from Grant.
func GrantName(name, id string) string { return name + "-" + id }

// ContainmentName returns the name of the policy that denies a grant.
func ContainmentName(name, id string) string { return GrantName(name, "q-"+id) }
