package trail

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"curfew/shared/correlate"
	"curfew/shared/trail"
)

// Report is what a run found. It is the form of -o json: members are added, and do not change their meaning.
type Report struct {
	From       time.Time     `json:"from,omitzero"` // of the records
	To         time.Time     `json:"to,omitzero"`
	Elevations []ByElevation `json:"elevations"` // all that were given, most events first
	Standing   []ByPrincipal `json:"standing"`   // what was done by principals' own policies
	Unresolved []Unresolved  `json:"unresolved"`
	Unread     []Unread      `json:"unread"`
	Notes      []string      `json:"notes"` // sentences on what the attribution could not rely on
	Totals     Totals        `json:"totals"`
}

// ByElevation is what was done by the grant of one elevation.
type ByElevation struct {
	Elevation   string    `json:"elevation"`
	Task        string    `json:"task"`
	Principal   string    `json:"principal"`
	PrincipalID string    `json:"principal_id"`
	GrantedAt   time.Time `json:"granted_at"`
	Deadline    time.Time `json:"deadline"`
	GoneAt      time.Time `json:"gone_at,omitzero"`
	// Who are at the beginning of the sessions, sorted.
	Who   []trail.Who `json:"who"`
	Usage trail.Usage `json:"usage"`
	// Unobservable are the actions that it allows and whose use the trail does not show.
	Unobservable []string `json:"unobservable"`
}

// ByPrincipal is what a principal did by its own policies.
type ByPrincipal struct {
	Principal   string      `json:"principal"`
	PrincipalID string      `json:"principal_id"`
	Who         []trail.Who `json:"who"`
	Usage       trail.Usage `json:"usage"`
}

// Unresolved are the calls that one reason leaves without a right.
type Unresolved struct {
	Why      trail.Why       `json:"why"`
	Means    string          `json:"means"`
	Do       string          `json:"do"`
	Events   int64           `json:"events"`
	Calls    trail.Table     `json:"calls"`
	Examples []trail.Example `json:"examples"` // at most 20, by time
}

// Unread is text that is no record, by reason.
type Unread struct {
	Reason   trail.Reason `json:"reason"`
	Do       string       `json:"do"`
	Times    int64        `json:"times"`
	Harmless bool         `json:"harmless,omitempty"` // it holds no calls: digest files, Insight events
	Examples []Place      `json:"examples"`           // at most 20, the first
}

// Place is where something stands, and how it begins.
type Place struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"` // byte of the unpacked text
	Head   string `json:"head"`   // at most 200 bytes
}

// Totals are numbers of all files.
type Totals struct {
	Files      int64 `json:"files"`
	Bytes      int64 `json:"bytes"` // unpacked
	Records    int64 `json:"records"`
	Elevations int64 `json:"by_elevation"`
	Standing   int64 `json:"standing"`
	Service    int64 `json:"service"`
	Other      int64 `json:"other"` // of principals that have no elevation and no mark
	Unresolved int64 `json:"unresolved"`
	Twice      int64 `json:"twice"`   // records that had been counted
	TooOld     int64 `json:"too_old"` // not counted: they came more than 8 days after newer ones
	Irregular  int64 `json:"irregular"`
}

// Clean reports whether all was read and every call of a marked principal has a right.
func (r Report) Clean() bool {
	return len(r.Unresolved) == 0 && r.Totals.TooOld == 0 && !slices.ContainsFunc(r.Unread, func(u Unread) bool { return !u.Harmless })
}

// maxPlaces bounds the examples of text that is no record.
const maxPlaces = 20

func (x *run) report() Report {
	c := x.reader.Counts
	r := Report{From: x.from, To: x.to, Elevations: []ByElevation{}, Standing: []ByPrincipal{}, Unresolved: []Unresolved{}, Unread: []Unread{},
		Notes:  append([]string{}, x.Baselines.unknown...),
		Totals: Totals{Files: c.Files, Bytes: c.Bytes, Records: c.Records, Service: x.counts.service, Other: x.counts.other, Twice: x.counts.twice, TooOld: x.counts.late}}
	for _, n := range c.Odd {
		r.Totals.Irregular += n
	}
	slices.SortFunc(x.Elevations, byStart)
	for _, e := range x.Elevations {
		b := ByElevation{Elevation: e.ID, Task: e.task(), Principal: e.Principal, PrincipalID: e.PrincipalID, GrantedAt: e.GrantedAt.UTC(), Deadline: e.Deadline.UTC(), GoneAt: e.gone(),
			Who: x.who(e.ID), Unobservable: correlate.Unobservable(e.policies(), x.DataEvents)}
		if u := x.ledger.Elevations[e.ID]; u != nil {
			b.Usage = *u
		}
		r.Totals.Elevations += b.Usage.Events
		r.Elevations = append(r.Elevations, b)
	}
	for _, id := range slices.Sorted(maps.Keys(x.ledger.Standing)) {
		u := x.ledger.Standing[id]
		r.Totals.Standing += u.Events
		r.Standing = append(r.Standing, ByPrincipal{Principal: cmp.Or(x.arns[id], x.Baselines.arns[id]), PrincipalID: id, Who: x.who(id), Usage: *u})
	}
	slices.SortStableFunc(r.Elevations, func(a, b ByElevation) int { return cmp.Compare(b.Usage.Events, a.Usage.Events) })
	slices.SortStableFunc(r.Standing, func(a, b ByPrincipal) int { return cmp.Compare(b.Usage.Events, a.Usage.Events) })
	x.reportGaps(&r)
	return r
}

// reportGaps adds what is unresolved and unread, the most frequent first.
func (x *run) reportGaps(r *Report) {
	for why, u := range x.ledger.Unresolved {
		a := adviceOf(why)
		r.Totals.Unresolved += u.Events
		r.Unresolved = append(r.Unresolved, Unresolved{Why: why, Means: a.means, Do: a.do, Events: u.Events, Calls: u.Actions, Examples: u.Examples})
	}
	for reason, n := range x.reader.Counts.Unread {
		u := Unread{Reason: reason, Times: n, Do: remedyOf(reason), Harmless: reason == trail.Digest || reason == trail.Insight, Examples: []Place{}}
		for _, k := range x.reader.Counts.Kept {
			if k.Reason == reason && len(u.Examples) < maxPlaces {
				u.Examples = append(u.Examples, Place{k.File, k.Offset, k.Head})
			}
		}
		r.Unread = append(r.Unread, u)
	}
	slices.SortFunc(r.Unresolved, func(a, b Unresolved) int { return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Why, b.Why)) })
	slices.SortFunc(r.Unread, func(a, b Unread) int { return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Reason, b.Reason)) })
}

func (x *run) who(right string) []trail.Who {
	return slices.SortedFunc(maps.Keys(x.people[right]), func(a, b trail.Who) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hops, b.Hops))
	})
}

// Use is the usage of a right as a table shows it.
type Use struct {
	People                      []Person
	Events, Denied, First, Last int64
	Actions                     []Action // most events first, then those that were denied
}

// Person is who is at the beginning of a session.
type Person = trail.Who

// Action is how often an action was used.
type Action struct {
	Name   string
	Events int64
}

// Use is its usage in short.
func (b ByElevation) Use() Use { return useOf(b.Who, &b.Usage) }

// Use is its usage in short.
func (b ByPrincipal) Use() Use { return useOf(b.Who, &b.Usage) }

func useOf(people []trail.Who, u *trail.Usage) Use {
	s := Use{People: people, Events: u.Events, Denied: u.Denied, First: u.First, Last: u.Last}
	for _, name := range u.Actions.Names() {
		s.Actions = append(s.Actions, Action{name, u.Actions.Rows[name].Events})
	}
	for _, name := range u.Denials.Names() {
		s.Actions = append(s.Actions, Action{name + " denied", u.Denials.Rows[name].Events})
	}
	return s
}
