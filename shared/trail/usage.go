package trail

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"curfew/shared/iampolicy"
)

// Bounds of what is kept of one elevation.
const (
	maxActionNames   = 1000
	maxResourceNames = 1000
	maxSources       = 200
	maxSessions      = 200
)

// Count counts events.
type Count struct {
	Events int64 `json:"events"`
	First  int64 `json:"first"` // seconds since 1970
	Last   int64 `json:"last"`
}

// Table counts events by name, for at most so many names. Where there are more it keeps those that sort first, so that what it
// keeps does not depend on the order in which they came: a name that is dropped can never be one of those that are kept in the end.
type Table struct {
	Rows map[string]*Count `json:"rows,omitempty"`
	More int64             `json:"more,omitempty"` // events of names that are not kept
	last string            // the name that sorts last, if the table is full
}

func (t *Table) add(name string, at int64, most int) {
	if !utf8.ValidString(name) { // as JSON keeps it
		name = strings.ToValidUTF8(name, "\ufffd")
	}
	c := t.Rows[name]
	if c == nil {
		if len(t.Rows) >= most && !t.drop(name) {
			t.More++
			return
		}
		if t.Rows == nil {
			t.Rows = map[string]*Count{}
		}
		c = &Count{First: at, Last: at}
		t.Rows[strings.Clone(name)] = c
	}
	c.Events++
	c.First, c.Last = min(c.First, at), max(c.Last, at)
}

// drop makes room for a name, unless it sorts after all that are kept.
func (t *Table) drop(name string) bool {
	if t.last == "" {
		t.last = slices.Max(slices.Collect(maps.Keys(t.Rows)))
	}
	if name > t.last {
		return false
	}
	t.More += t.Rows[t.last].Events
	delete(t.Rows, t.last)
	t.last = ""
	return true
}

// Names are the names of a table, most events first.
func (t *Table) Names() []string {
	return slices.SortedFunc(maps.Keys(t.Rows), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.Rows[b].Events, t.Rows[a].Events), cmp.Compare(a, b))
	})
}

// Usage is what was done with one right: with an elevation, or with a principal's own policies.
type Usage struct {
	Events       int64 `json:"events"`
	Denied       int64 `json:"denied,omitempty"`
	AlsoStanding int64 `json:"also_standing,omitempty"` // the principal's own policies would have allowed it too
	Late         int64 `json:"late,omitempty"`          // after the grant was gone, before IAM enforced that
	First        int64 `json:"first"`                   // seconds since 1970
	Last         int64 `json:"last"`

	Actions   Table `json:"actions"`
	Denials   Table `json:"denials"` // actions that IAM refused
	Resources Table `json:"resources"`
	// UnknownResources are calls whose record does not say which resource they are about.
	UnknownResources int64 `json:"unknown_resources,omitempty"`
	Sources          Table `json:"sources"`  // addresses
	Sessions         Table `json:"sessions"` // "AROA…:name@2026-11-29T10:00:00Z"
	Outlive          Table `json:"outlive"`  // sessions that were opened with the grant and last longer than it, with their expiry

	session     SessionKey // the last one, and its text
	sessionText string
}

func (u *Usage) add(r *Record, v *Verdict) {
	at := r.Time.Unix()
	if u.Events == 0 {
		u.First, u.Last = at, at
	}
	u.Events++
	u.First, u.Last = min(u.First, at), max(u.Last, at)
	if v.AlsoStanding == iampolicy.Yes {
		u.AlsoStanding++
	}
	if v.Late {
		u.Late++
	}
	actions := &u.Actions
	if v.Denied {
		u.Denied++
		actions = &u.Denials
	}
	for i, c := range v.Calls {
		if !slices.ContainsFunc(v.Calls[:i], func(was Call) bool { return was.Action == c.Action }) { // an event counts once, however many resources it has
			actions.add(c.Action, at, maxActionNames)
		}
		switch {
		case v.Denied || c.Resource == "*": // what a refused call names, the caller may have made up
		case c.Resource == "":
			u.UnknownResources++
		default:
			u.Resources.add(c.Resource, at, maxResourceNames)
		}
	}
	if v.Denied && len(v.Calls) == 0 {
		actions.add(r.Source+" "+r.Name, at, maxActionNames)
	}
	if r.Address != "" {
		u.Sources.add(r.Address, at, maxSources)
	}
	if key := r.Identity.Actor().Session; key.PrincipalID != "" {
		if u.session != key {
			u.session, u.sessionText = SessionKey{strings.Clone(key.PrincipalID), key.Created}, key.String()
		}
		u.Sessions.add(u.sessionText, at, maxSessions)
	}
}

// String is the session as usage names it.
func (k SessionKey) String() string {
	if k.Created == 0 {
		return k.PrincipalID
	}
	return k.PrincipalID + "@" + time.Unix(k.Created, 0).UTC().Format(time.RFC3339)
}
