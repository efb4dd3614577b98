package message

import (
	"slices"
	"time"

	"curfew/shared/identity"
)

// Kind says what a message is about, and for whom.
type Kind string

const (
	// To approvers.
	Decide Kind = "decide" // they may decide
	// To approvers, for whom it is handled, and to the requester.
	Approved  Kind = "approved"
	Denied    Kind = "denied"
	Withdrawn Kind = "withdrawn"
	Lapsed    Kind = "lapsed"
	// To the requester.
	Requested Kind = "requested" // it waits for approvers
	Active    Kind = "active"    // usable from ReadyAt
	Renew     Kind = "renew"     // it ends soon
	Ended     Kind = "ended"
	Stuck     Kind = "stuck" // it could not be removed yet
	// To owners and operators.
	Loud Kind = "loud" // break-glass was used
	Page Kind = "page" // act now
	// To reviewers.
	Review Kind = "review" // to be signed
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Decide, Approved, Denied, Withdrawn, Lapsed, Requested, Active, Renew, Ended, Stuck, Loud, Page, Review}
}

// ForApprovers reports whether people who decide or sign need the message.
func (k Kind) ForApprovers() bool {
	return slices.Contains([]Kind{Decide, Approved, Denied, Withdrawn, Lapsed, Review}, k)
}

// Message is for people. Empty fields are not known, or do not apply to the kind. The renderers cut long values; the fields are as stored.
type Message struct {
	Kind      Kind     `json:"kind"`
	To        []string `json:"to"` // groups and callers
	Elevation string   `json:"elevation,omitempty"`
	// At is the instant of the change, UTC. It is the same in a repeat.
	At          time.Time   `json:"at,omitzero"`
	Entitlement string      `json:"entitlement,omitempty"`
	Principal   string      `json:"principal,omitempty"` // ARN
	Requester   Party       `json:"requester,omitzero"`
	Task        *Task       `json:"task,omitempty"`
	Reason      string      `json:"reason,omitempty"` // in the requester's words
	Difference  *Difference `json:"difference,omitempty"`
	Session     *Session    `json:"session,omitempty"`
	Seconds     int64       `json:"duration_seconds,omitempty"`
	Need        int         `json:"need,omitempty"`       // approvals
	WaitsFor    []string    `json:"waits_for,omitempty"`  // groups asked so far
	WaitsFrom   time.Time   `json:"waits_from,omitzero"`  // set if it was asked for earlier
	Withdrew    int         `json:"withdrew,omitempty"`   // requests of the requester in the hour before
	DecideBy    time.Time   `json:"decide_by,omitzero"`   // approvals count only before it
	StartAt     time.Time   `json:"start_at,omitzero"`    // not before
	LatestEnd   time.Time   `json:"latest_end,omitzero"`  // no deadline after it
	Digest      string      `json:"digest,omitempty"`     // of the terms
	DecidedBy   Party       `json:"decided_by,omitzero"`  // who approved last, denied or withdrew
	ReadyAt     time.Time   `json:"ready_at,omitzero"`    // usable from
	Deadline    time.Time   `json:"deadline,omitzero"`    // never moved
	State       string      `json:"state,omitempty"`      // of the elevation
	Cause       string      `json:"cause,omitempty"`      // of the end
	Why         string      `json:"why,omitempty"`        // of a denial, a lapse or an end: words of others
	OrderedBy   string      `json:"ordered_by,omitempty"` // who or what ended it
	GoneAt      time.Time   `json:"gone_at,omitzero"`     // IAM was read without the grant
	Overstay    int64       `json:"overstay_seconds,omitempty"`
	Signing     *Signing    `json:"review,omitempty"`
	Finding     *Finding    `json:"finding,omitempty"`
	Console     string      `json:"link,omitempty"` // the elevation on the console: see [Link]
}

// Party is a caller.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Task is the reason of an elevation. Known: a service reported its start, and not its end.
type Task struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Known bool   `json:"known"`
}

// Difference is what a grant adds, when it was asked for. Approvers see all of it on the console, and in "curfew show".
type Difference struct {
	Line    string    `json:"line,omitempty"`
	Risk    int       `json:"risk"` // 1 to 10
	Reasons []string  `json:"reasons,omitempty"`
	Hash    string    `json:"hash,omitempty"`   // of the whole difference
	SeenAt  time.Time `json:"seen_at,omitzero"` // the survey with which it was compared
	Unknown string    `json:"unknown,omitempty"`
}

// Session is what a grant is bound to. Weak: the trust policy does not pin it.
type Session struct {
	Bind  string `json:"bind"`
	Value string `json:"value,omitempty"`
	Weak  bool   `json:"weak,omitempty"`
}

// Signing is a review that reviewers must sign.
type Signing struct {
	Due     time.Time `json:"due,omitzero"`      // zero: after the end
	Finding string    `json:"finding,omitempty"` // the kind that made it necessary
	Blocks  bool      `json:"blocks,omitempty"`  // until then the requester gets no break-glass
}

// Finding is what a page is about.
type Finding struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Severity string `json:"severity"`
	Subject  string `json:"subject"`
	What     string `json:"what"`
	Why      string `json:"why"`
	Do       string `json:"do"`
}

// IsFor reports whether a caller is a recipient. The requester is not asked to decide.
func (m Message) IsFor(c identity.Caller) bool {
	own := m.Requester.ID == c.ID || identity.SameName(m.Requester.Name, c.Name)
	return c.In(m.To) && !(m.Kind == Decide && own)
}

// Link returns the address of an elevation on the console at base; empty without a base.
func Link(base, elevation string) string {
	if base == "" || elevation == "" {
		return ""
	}
	for len(base) > 0 && base[len(base)-1] == '/' {
		base = base[:len(base)-1]
	}
	return base + "/#/elevations/" + elevation
}
