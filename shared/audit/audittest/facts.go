package audittest

import "time"

// Facts are what a log says. A zero time or -1 index: it says nothing of that.
type Facts struct {
	Entries     int64
	Elevations  []*Elevation // in the order of their requests
	Refusals    []Refusal
	Usage       []Usage // of one Chain and Day the last counts
	Settled     []Settled
	Findings    []Found
	Catalogs    []Catalog
	Suspensions []Suspension
	Accounts    []Account
	Reports     []Report
	Late        int64 // entries log.late
}

// Caller is a person or a machine. The ID of a trigger begins with trigger:, and it is a machine.
type Caller struct{ ID, Kind, Name string }

// Elevation is what the log says of one.
type Elevation struct {
	ID, Digest                      string
	Principal, PrincipalID, Account string
	Entitlement, Catalog            string
	Requester                       Caller
	TaskKind, TaskID                string
	TaskKnown                       bool
	Reason                          string
	Bind, Session                   string
	Weak                            bool
	Duration, Needed                int64
	BreakGlass                      bool
	ReviewRule                      string
	RequestedAt                     time.Time
	Rules                           []string // that denied it at once
	Decisions                       []Decision
	State                           string // as in the view elevations
	GrantedAt, Deadline             time.Time
	Refused                         int64     // entry elevation.refused
	StuckAt                         time.Time // elevation.stuck, of which StuckWhy is the reason
	EndOrderedAt                    time.Time // elevation.revoking
	Orders                          []Order
	Cause                           string
	Due, GoneAt, EndedAt            time.Time
	Seen, EndedBy                   string
	Overstay                        int64
	Removed                         *Removal  // recorded late; it moves GoneAt and Overstay
	Joined                          []string  // tasks, as kind/id
	Signature                       *Decision // of its review
	First, Last                     int64     // entries of its chain and its terms
}

// Removal is a record grant.removed.
type Removal struct {
	By               string
	At, ProvedGoneAt time.Time
	Index            int64
}

// Order is a record elevation.revoking or elevation.withdrawn.
type Order struct {
	Record, Actor, Why string
	At                 time.Time
	Index              int64
}

// Decision is a person's, on an elevation or its review.
type Decision struct {
	By      Caller
	Approve bool
	Text    string // reason or note
	At      time.Time
	Index   int64 // of the record
}

// Refusal is a call that was refused.
type Refusal struct {
	By                            Caller
	Verb, Elevation, Subject, Why string
	Kind                          string
	Rules                         []string
	At                            time.Time
	Index                         int64
}

// Named is a name and how many calls it had.
type Named struct {
	Name   string `json:"name"`
	Events int64  `json:"events"`
	Who    *Who   `json:"who,omitempty"`
}

// Who opened a session.
type Who struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Usage is what was counted of a subject on a day.
type Usage struct {
	Chain                                        string
	Seq, Index                                   int64
	At                                           time.Time // of the record
	Account, Day, Elevation, Principal           string
	Events, Denied, Late, AlsoStanding, Unlisted int64
	AtLeast, Incomplete                          bool
	First, Last                                  time.Time
	Actions, Denials, Resources, Sources         []Named
	Sessions                                     []Named
}

// Settled says until when the calls of an account were counted.
type Settled struct {
	Account      string
	Until, At    time.Time
	Index        int64
	UnprovenFrom time.Time // for an hour; zero: no span
}

// Found is a record about a finding: raised, mended, acknowledged or closed. One that is raised again has what is known of it.
type Found struct {
	Record, ID, Kind, Severity, Subject, What string
	Elevation, Principal, Account, Why, Actor string
	Settled                                   bool
	Events                                    int64
	At                                        time.Time
	Index                                     int64
}

// Catalog is a record about catalogs: changed, deployed, signed or accepted.
type Catalog struct {
	Record, Hash, From, Actor, DeployedBy, Note string
	Wider                                       bool
	Changes                                     []string
	At                                          time.Time
	Index                                       int64
}

// Report is a record report.made.
type Report struct {
	Chain, Actor, Name, Digest string
	At                         time.Time
	Index                      int64
}

// Suspension is a record about a suspension.
type Suspension struct {
	Record, Chain, Actor, Reason string
	At                           time.Time
	Index                        int64
}

// Account is a record about an account.
type Account struct {
	Record, ID, Actor, Reason string
	At                        time.Time
	Index                     int64
}
