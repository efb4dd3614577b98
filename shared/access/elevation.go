package access

import (
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// State is where an elevation stands in its life.
type State string

// The states. Denied, withdrawn, lapsed and ended are terminal.
const (
	Requested      State = "requested"
	Approved       State = "approved"
	Granting       State = "granting"
	Active         State = "active"
	Revoking       State = "revoking"
	Stuck          State = "stuck" // revoking, overdue and paged; revoking goes on for ever
	Ended          State = "ended" // IAM was read without the grant, and no late attach is possible any more
	DeniedState    State = "denied"
	WithdrawnState State = "withdrawn"
	LapsedState    State = "lapsed"
)

// moves are all the ways there are from state to state. After granting there is one way out: Revoke.
var moves = map[State][]State{
	Requested: {Approved, DeniedState, WithdrawnState, LapsedState},
	// Approved to revoking: Grant refused. Nothing was attached, but once Grant was entered only Revoke, which looks, may
	// say that it is over.
	Approved: {Granting, WithdrawnState, LapsedState, Revoking},
	Granting: {Active, Revoking},
	Active:   {Revoking},
	Revoking: {Ended, Stuck},
	Stuck:    {Ended},
}

// Terminal reports whether nothing changes any more.
func (s State) Terminal() bool { return len(moves[s]) == 0 }

// Open reports whether a grant may exist in IAM.
func (s State) Open() bool {
	return s == Granting || s == Active || s == Revoking || s == Stuck
}

// The partitions of [record.ByState] that several states share. States that follow each other soon share one, so that a change
// among them moves nothing in the index; of those that are over each has its own, by its name.
const (
	IndexWaiting = "waiting" // requested, approved
	IndexOpen    = "open"    // a grant may exist in IAM
)

// Indexed is the partition of [record.ByState] in which elevations of a state lie.
func (s State) Indexed() string {
	switch {
	case s.Waits():
		return IndexWaiting
	case s.Open():
		return IndexOpen
	}
	return string(s)
}

// underWay are the partitions of [record.ByState] of whatever may still be ended, in the order of a life: what moves on while they
// are gone through is met later, not missed.
func underWay() []string { return []string{IndexWaiting, IndexOpen} }

// Waits reports whether nothing was granted yet.
func (s State) Waits() bool { return s == Requested || s == Approved }

// States are all the states, in the order of a life.
func States() []State {
	return []State{Requested, Approved, Granting, Active, Revoking, Stuck, Ended, DeniedState, WithdrawnState, LapsedState}
}

// MayMove reports whether an elevation may go from one state to another.
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
	Drift         Cause = "drift"   // principal gone or made anew
	Failed        Cause = "failed"
)

// Elevation is the changing part of the aggregate. It is compared and swapped whole, by version.
type Elevation struct {
	// What follows is of the terms and is not stored once more: who reads both fills it in. An elevation that was read without its
	// terms has the principal's ARN and the requester by the indexes that it is in, and the rest empty.
	Principal Principal `json:"-"`
	Requester string    `json:"-"` // the caller's id
	DecideBy  time.Time `json:"-"`
	// Tasks are kind/id of every task under way that it serves: that of the terms, and those that joined, which have rows of their own.
	Tasks []string `json:"-"`
	// These are stored once more, for lists and events, and decide nothing: who decides reads the terms.
	Entitlement string `json:"entitlement"`
	BreakGlass  bool   `json:"break_glass,omitempty"`

	ID      string `json:"id"`
	Version int64  `json:"version"` // 1 when made, one more with every change
	State   State  `json:"state"`
	Cause   Cause  `json:"cause,omitempty"`
	Why     string `json:"why,omitempty"` // one line for people: what refused it, what failed

	ChangedAt time.Time `json:"changed_at"`
	// Slot is the slot for open requests that a request takes: see pending.go. Empty once it is granted or over.
	Slot string `json:"slot,omitempty"`
	// LookAt is when the sweep next looks at a request that it looked at before; zero: it did not since ChangedAt.
	LookAt time.Time `json:"look_at,omitzero"`
	// RunsAt is when the sweep saw its execution running; zero: it had no reason to ask, or could not.
	RunsAt time.Time `json:"runs_at,omitzero"`

	Execution string    `json:"execution,omitempty"` // the one that owns the grant
	GrantedAt time.Time `json:"granted_at,omitzero"` // the instant of granting
	AttachBy  time.Time `json:"attach_by,omitzero"`  // after it Grant sends IAM nothing
	Deadline  time.Time `json:"deadline,omitzero"`   // computed once, never moved
	ReadyAt   time.Time `json:"ready_at,omitzero"`   // when the grant may be relied upon
	LastBeat  time.Time `json:"last_beat,omitzero"`

	PolicyDeniedAt time.Time `json:"policy_denied_at,omitzero"` // the sweep found newer policy to deny it; once more ends it

	OrderedBy string    `json:"ordered_by,omitempty"` // who or what ordered the end
	EndDue    time.Time `json:"end_due,omitzero"`     // the deadline or the order to end, whichever was first
	GoneAt    time.Time `json:"gone_at,omitzero"`     // IAM was read without the grant, and never with it since
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Overstay  int64     `json:"overstay_seconds"` // from EndDue to GoneAt, once ended

	ContainTriedAt time.Time `json:"contain_tried_at,omitzero"`
	ContainedAt    time.Time `json:"contained_at,omitzero"` // its removal failed, and its fence was to be closed or what it allows denied

	PagedAt        time.Time `json:"paged_at,omitzero"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`

	Joined    int           `json:"joined,omitempty"`    // how many tasks joined it and are not over: each has a row
	TaskOver  bool          `json:"task_over,omitempty"` // the task of its terms is over, and others that joined go on
	SettlesAt time.Time     `json:"settles_at,omitzero"` // all of them are over: it ends then, if they still are
	Evidence  evidence.Head `json:"evidence"`
}

// Of is the elevation with what is of its terms filled in.
func (e Elevation) Of(t Terms) Elevation {
	e.Principal, e.Requester, e.Entitlement, e.BreakGlass, e.DecideBy = t.Principal, t.Requester.ID, t.Entitlement, t.BreakGlass, t.DecideBy
	if e.Tasks = nil; !e.TaskOver {
		e.Tasks = []string{t.Task.String()}
	}
	return e
}

// to is the elevation in another state, or a Conflict if there is no such move. Every transition goes through it.
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

// HeartbeatLost reports whether the holder fell silent: only meaningful while active.
func (e Elevation) HeartbeatLost(t Terms, now time.Time) bool {
	return t.Heartbeat > 0 && !e.LastBeat.IsZero() &&
		!now.Before(e.LastBeat.Add(time.Duration(t.Heartbeat)*time.Second))
}

// Due is the instant from which the sweep has something to look at; zero: at rest.
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

// AnswerWithin is how long a request may be without an execution, or a decided task without its answer, before the sweep
// acts.
const AnswerWithin = 60 * time.Second

// containable reports whether a grant that is still there still allows something, and should not.
func (e Elevation) containable(now time.Time) bool {
	return (e.State == Revoking || e.State == Stuck) && now.Before(e.Deadline)
}

// GrantName is the name of an elevation's policy. It carries the id, so that Revoke needs nothing that Grant returned.
func GrantName(name, id string) string { return name + "-" + id }

// ContainmentName is the name of the policy that denies what an elevation was granted.
func ContainmentName(name, id string) string { return GrantName(name, "q-"+id) }
