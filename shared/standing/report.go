package standing

import (
	"time"
)

// Format is the version of the report's JSON.
const Format = 1

// Report is the standing privilege of accounts.
type Report struct {
	Format   int       `json:"format"`
	At       time.Time `json:"at"`
	Score    int       `json:"score"`  // 0-100
	Points   int       `json:"points"` // sum of all scores
	Accounts []Account `json:"accounts"`
	Entries  []*Entry  `json:"entries"` // the highest score first, then by ARN
	Roots    []Root    `json:"roots,omitempty"`
	Problems []string  `json:"problems,omitempty"` // what could not be read
	Notes    []string  `json:"notes,omitempty"`    // what was not known, and so not told
	Trend    *Trend    `json:"trend,omitempty"`
	Months   []Month   `json:"months,omitempty"` // of campaigns, the oldest first
}

// Month is the score of the account in one campaign.
type Month struct {
	Campaign string `json:"campaign"` // as 2026-11
	Score    int    `json:"score"`
}

// Account sums up one account.
type Account struct {
	ID         string `json:"id"`
	Score      int    `json:"score"`
	Points     int    `json:"points"`
	Principals int    `json:"principals"`
	Privileged int    `json:"privileged"` // with a class, admin or a path
	Admins     int    `json:"admins"`
	Machines   int    `json:"machines"`
	People     int    `json:"people"`
	Unknown    int    `json:"unknown"` // principals whose policies are not all known
}

// Kind is who uses a principal.
type Kind string

// The kinds.
const (
	Machine   Kind = "machine"
	Human     Kind = "human"
	Both      Kind = "both"
	KindUnset Kind = "not known"
)

// Entry is one principal.
type Entry struct {
	Principal string `json:"principal"` // ARN
	ID        string `json:"id"`
	Account   string `json:"account"`
	Name      string `json:"name"`
	User      bool   `json:"user,omitempty"`
	Machine   bool   `json:"machine"` // Kind is [Machine]
	Kind      Kind   `json:"kind"`
	How       string `json:"how"`                 // how the kind was derived, or why it is not known
	Protected string `json:"protected,omitempty"` // why only AWS may change it
	Unknown   string `json:"unknown,omitempty"`   // why its policies are not all known

	Admin   string  `json:"admin,omitempty"` // what says that it may do everything
	Classes []Class `json:"classes,omitempty"`
	Paths   []Path  `json:"paths,omitempty"`
	// MorePaths: the search was cut off, and there may be others.
	MorePaths bool    `json:"more_paths,omitempty"`
	Unused    *Unused `json:"unused,omitempty"` // nil: it has no privileged action
	// LastUsed is of a role; zero: not in the last 400 days, or not known.
	LastUsed time.Time `json:"last_used,omitzero"`

	Keys            []Key     `json:"keys,omitempty"`
	Outside         []Outside `json:"outside,omitempty"`
	Boundary        string    `json:"boundary,omitempty"`
	MissingBoundary bool      `json:"missing_boundary,omitempty"` // it is privileged, and no accepted boundary limits it

	Score int    `json:"score"`
	Terms []Term `json:"terms,omitempty"` // their sum, at most 100, is the score
}

// Privileged reports whether an entry has privilege, or may have it because its policies are not known.
func (e *Entry) Privileged() bool {
	return e.Admin != "" || len(e.Classes) > 0 || len(e.Paths) > 0 || e.MorePaths || e.Unknown != ""
}

// Class is privileged actions of one class.
type Class struct {
	Name    string   `json:"name"` // a class of package outliving, or "deletion"
	Count   int      `json:"count"`
	Actions []string `json:"actions"` // the best known first; at most 20
	// Everywhere: one of them is allowed on every resource.
	Everywhere bool `json:"everywhere"`
}

// Path is how a principal becomes another.
type Path struct {
	To    string `json:"to"` // ARN
	Steps []Step `json:"steps"`
	Admin bool   `json:"admin"`          // it ends at an administrator
	Open  string `json:"open,omitempty"` // why it may not work
}

// Step is one step of a path.
type Step struct {
	Technique string   `json:"technique"`
	Actions   []string `json:"actions"`
	On        string   `json:"on"`
	Text      string   `json:"text"`
}

// Unused counts privileged actions by what is known of their use.
type Unused struct {
	Used    int      `json:"used"`
	Unused  int      `json:"unused"`
	Actions []string `json:"actions,omitempty"` // unused ones; at most 100
	// Unobservable are those whose use is not recorded. They are never called unused.
	Unobservable int `json:"unobservable"`
	NotKnown     int `json:"not_known"` // observable, but nothing says whether they were used
	// Since is the begin of what was looked at; zero: nothing was.
	Since time.Time `json:"since,omitzero"`
}

// Key is one access key, without its id.
type Key struct {
	Active  bool      `json:"active"`
	Rotated time.Time `json:"rotated,omitzero"` // made or rotated; zero: not known
	Days    int       `json:"days"`             // its age; 0 if not known
	Used    time.Time `json:"used,omitzero"`    // zero: never, or not known
}

// Outside is a way into a role for callers outside of the organization.
type Outside struct {
	Who    string `json:"who"`
	Why    string `json:"why"`
	Points int    `json:"points"`
}

// Term is a part of a score.
type Term struct {
	Name   string `json:"name"`
	Points int    `json:"points"`
	Why    string `json:"why"`
}

// Root is what a credential report says of an account's root user.
type Root struct {
	Account string `json:"account"`
	Says    string `json:"says"`
}

// Trend compares with an earlier report.
type Trend struct {
	Since  time.Time `json:"since"`
	Score  int       `json:"score"`  // now less then
	Points int       `json:"points"` // now less then
	// New became privileged, Gone no longer are, Up and Down changed their score. Principals are compared by ARN and unique id: one that
	// was made anew is new. Sorted by ARN.
	New  []Change `json:"new,omitempty"`
	Gone []Change `json:"gone,omitempty"`
	Up   []Change `json:"up,omitempty"`
	Down []Change `json:"down,omitempty"`
}

// Change is a principal's score then and now.
type Change struct {
	Principal string `json:"principal"`
	Then      int    `json:"then"`
	Now       int    `json:"now"`
}
