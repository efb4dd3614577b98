package access

import (
	"fmt"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// State is an elevation's state.
type State string

// Denied, withdrawn, lapsed and ended are terminal.
const (
	Requested      State = "requested"
	Approved       State = "approved"
	Granting       State = "granting"
	Active         State = "active"
	Revoking       State = "revoking"
	Stuck          State = "stuck" // overdue and paged; revoking continues
	Ended          State = "ended" // absent from IAM; no late attach possible
	DeniedState    State = "denied"
	WithdrawnState State = "withdrawn"
	LapsedState    State = "lapsed"
)

// moves are all transitions. After granting, only Revoke leads out.
var moves = map[State][]State{
	Requested: {Approved, DeniedState, WithdrawnState, LapsedState},
	// Approved to revoking: once Grant began, only Revoke may end it.
	Approved: {Granting, WithdrawnState, LapsedState, Revoking},
	Granting: {Active, Revoking},
	Active:   {Revoking},
	Revoking: {Ended, Stuck},
	Stuck:    {Ended},
}

// Terminal reports whether s is final.
func (s State) Terminal() bool { return len(moves[s]) == 0 }

// Open reports whether a grant may exist.
func (s State) Open() bool {
	return s == Granting || s == Active || s == Revoking || s == Stuck
}

// Partitions of [record.ByState]. Successive states share one, so a move between them does not write the index.
// Terminal states have their own.
const (
	IndexWaiting = "waiting"
	IndexOpen    = "open"
)

// Indexed is the partition in [record.ByState].
func (s State) Indexed() string {
	switch {
	case s.Waits():
		return IndexWaiting
	case s.Open():
		return IndexOpen
	}
	return string(s)
}

// underWay is in the order of a life: an elevation that advances during a scan is met later, not missed.
func underWay() []string { return []string{IndexWaiting, IndexOpen} }

// Waits reports whether nothing was granted yet.
func (s State) Waits() bool { return s == Requested || s == Approved }

// States returns all states.
func States() []State {
	return []State{Requested, Approved, Granting, Active, Revoking, Stuck, Ended, DeniedState, WithdrawnState, LapsedState}
}

// MayMove reports whether there is such a transition.
func MayMove(from, to State) bool { return slices.Contains(moves[from], to) }

// Cause is why access ended.
type Cause string

const (
	Deadline      Cause = "deadline"
	Completed     Cause = "completed"
	Released      Cause = "released" // by the holder
	Revoked       Cause = "revoked"  // by an operator or owner
	HeartbeatLost Cause = "heartbeat"
	PolicyDenied  Cause = "policy"
	Refused       Cause = "refused"
	Drift         Cause = "drift" // principal deleted or recreated
	Failed        Cause = "failed"
)

// Elevation is the mutable part, written whole on condition of Version.
type Elevation struct {
	// From the terms, not stored.
	Principal Principal `json:"-"`
	Requester string    `json:"-"`
	DecideBy  time.Time `json:"-"`
	// Tasks are kind/id of all open tasks.
	Tasks []string `json:"-"`
	// Copies for lists; decisions read the terms.
	Entitlement string `json:"entitlement"`
	BreakGlass  bool   `json:"break_glass,omitempty"`
	// NoReview: its end makes no review due, so that the outbox need not read the terms.
	NoReview bool `json:"no_review,omitempty"`

	ID      string `json:"id"`
	Version int64  `json:"version"`
	State   State  `json:"state"`
	Cause   Cause  `json:"cause,omitempty"`
	Why     string `json:"why,omitempty"` // one line for people
	// DecidedBy is the caller who approved last, denied or withdrew it, until the next state.
	DecidedBy string `json:"decided_by,omitempty"`

	ChangedAt time.Time `json:"changed_at"`
	Adds      *Adds     `json:"adds,omitempty"` // nil: not computed at the request
	// LookAt is when the sweep next checks a request.
	LookAt time.Time `json:"look_at,omitzero"`
	// Withdrew is the number of withdrawals before a request that the sweep tells at TellAt.
	Withdrew int       `json:"withdrew,omitempty"`
	TellAt   time.Time `json:"tell_at,omitzero"`
	// Steps counts those of the approval that were sent a message; the next is due at AskNextAt.
	Steps     int       `json:"steps,omitempty"`
	AskNextAt time.Time `json:"ask_next_at,omitzero"`
	// RunsAt is when the sweep saw the execution running.
	RunsAt time.Time `json:"runs_at,omitzero"`

	Execution string    `json:"execution,omitempty"`
	GrantedAt time.Time `json:"granted_at,omitzero"`
	AttachBy  time.Time `json:"attach_by,omitzero"` // last time to attach
	Deadline  time.Time `json:"deadline,omitzero"`  // computed once
	ReadyAt   time.Time `json:"ready_at,omitzero"`  // usable from
	LastBeat  time.Time `json:"last_beat,omitzero"`
	OfferedAt time.Time `json:"offered_at,omitzero"` // the requester was asked whether to renew it

	PolicyDeniedAt time.Time `json:"policy_denied_at,omitzero"` // by newer policy; a second time ends it

	OrderedBy string    `json:"ordered_by,omitempty"`
	EndDue    time.Time `json:"end_due,omitzero"` // deadline or order to end, the earlier
	GoneAt    time.Time `json:"gone_at,omitzero"` // first of the reads without the grant
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Overstay  int64     `json:"overstay_seconds"`

	ContainTriedAt time.Time `json:"contain_tried_at,omitzero"`
	ContainedAt    time.Time `json:"contained_at,omitzero"`

	PagedAt        time.Time `json:"paged_at,omitzero"`
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"`

	Joined    int           `json:"joined,omitempty"`    // joined tasks that are open
	TaskOver  bool          `json:"task_over,omitempty"` // the terms' task ended
	SettlesAt time.Time     `json:"settles_at,omitzero"` // all tasks ended; check again then
	Evidence  evidence.Head `json:"evidence"`
}

// Adds is what a grant added when it was asked for, for messages and lists. Decisions compute it again. All but Risk is kept until it is told.
type Adds struct {
	Line    string    `json:"line,omitempty"`
	Risk    int       `json:"risk"` // 1 to 10
	Reasons []string  `json:"reasons,omitempty"`
	Hash    string    `json:"hash,omitempty"`
	SeenAt  time.Time `json:"seen_at,omitzero"` // the survey with which it was compared
	Unknown string    `json:"unknown,omitempty"`
}

// Of returns e with the fields of its terms.
func (e Elevation) Of(t Terms) Elevation {
	e.Principal, e.Requester, e.Entitlement, e.BreakGlass, e.DecideBy = t.Principal, t.Requester.ID, t.Entitlement, t.BreakGlass, t.DecideBy
	if e.Tasks = nil; !e.TaskOver {
		e.Tasks = []string{t.Task.String()}
	}
	return e
}

// to returns a Conflict if there is no such transition.
func (e Elevation) to(s State, now time.Time) (Elevation, error) {
	if !MayMove(e.State, s) {
		return e, e.conflict("is %s and cannot become %s", e.State, s)
	}
	e.State = s
	e.ChangedAt, e.LookAt = record.Instant(now), time.Time{}
	e.Withdrew, e.TellAt, e.AskNextAt, e.OfferedAt, e.DecidedBy = 0, time.Time{}, time.Time{}, time.Time{}, "" // of the state before
	if e.Adds != nil && !e.BreakGlass {                                                                        // told: the row is written often, and small
		e.Adds = &Adds{Risk: e.Adds.Risk}
	}
	return e, nil
}

// conflict is the error of a verb that the elevation does not allow now.
func (e Elevation) conflict(format string, args ...any) error {
	return &fault.Error{Kind: fault.Conflict, Text: "elevation " + e.ID + " " + fmt.Sprintf(format, args...), Elevation: e.ID}
}

// HeartbeatLost reports whether the heartbeat is overdue.
func (e Elevation) HeartbeatLost(t Terms, now time.Time) bool {
	return t.Heartbeat > 0 && !e.LastBeat.IsZero() &&
		!now.Before(e.LastBeat.Add(time.Duration(t.Heartbeat)*time.Second))
}

// Due returns when the sweep must check e, or zero.
func (e Elevation) Due() time.Time {
	switch e.State {
	case Requested, Approved:
		look := e.LookAt
		if look.IsZero() {
			look = e.ChangedAt.Add(AnswerWithin)
		}
		for _, at := range []time.Time{e.TellAt, e.AskNextAt} {
			if !at.IsZero() {
				look = earliest(look, at)
			}
		}
		return look
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

// AnswerWithin is how long a request may lack an execution, or a decided task its answer.
const AnswerWithin = 60 * time.Second

// containable reports whether an overdue grant may still allow something.
func (e Elevation) containable(now time.Time) bool {
	return (e.State == Revoking || e.State == Stuck) && now.Before(e.Deadline)
}

// GrantName contains the id, so Revoke needs nothing from Grant.
func GrantName(name, id string) string { return name + "-" + id }

// ContainmentName names a grant's Deny.
func ContainmentName(name, id string) string { return GrantName(name, "q-"+id) }
