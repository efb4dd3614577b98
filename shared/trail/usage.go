package trail

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/iampolicy"
)

// Bounds of what is kept of one elevation.
const (
	maxActionNames   = 1000
	maxResourceNames = 1000
	maxSources       = 200
	maxSessions      = 200
)

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
	// UnknownResources are calls whose record does not say the resource.
	UnknownResources int64 `json:"unknown_resources,omitempty"`
	// ManyResources are those of them that name more than 100.
	ManyResources int64 `json:"many_resources,omitempty"`
	Sources       Table `json:"sources"`  // addresses
	Sessions      Table `json:"sessions"` // "AROA…:name@2026-11-29T10:00:00Z"
	Outlive       Table `json:"outlive"`  // sessions that were opened with the grant and last longer than it, with their expiry

	key         Key
	session     SessionKey // the last one, and its text
	sessionText string
}

// NewUsage gives a usage without events. To continue a saved one, merge it into a new one.
func NewUsage(key Key) *Usage { return &Usage{key: key} }

// Add counts a record with its verdict.
func (u *Usage) Add(r *Record, v *Verdict) {
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
			actions.add(c.Action, at, maxActionNames, &u.key)
		}
		switch {
		case v.Denied || c.Resource == "*": // what a refused call names, the caller may have made up
		case c.Resource == "":
			u.UnknownResources++
			if c.Many {
				u.ManyResources++
			}
		default:
			u.Resources.add(c.Resource, at, maxResourceNames, &u.key)
		}
	}
	if v.Denied && len(v.Calls) == 0 {
		actions.add(r.Source+" "+r.Name, at, maxActionNames, &u.key)
	}
	if r.Address != "" {
		u.Sources.add(r.Address, at, maxSources, &u.key)
	}
	if key, o, ok := openingOf(r); ok && v.Grant != nil && o.Expires.After(v.Grant.gone()) {
		u.Outlive.add(key.String(), o.Expires.Unix(), maxSessions, &u.key)
	}
	if key := r.Identity.Actor().Session; key.PrincipalID != "" {
		if u.session != key {
			u.session, u.sessionText = SessionKey{strings.Clone(key.PrincipalID), key.Created}, key.String()
		}
		u.Sessions.add(u.sessionText, at, maxSessions, &u.key)
	}
}

// Merge adds another usage of the same right and key. The order of merges does not matter.
func (u *Usage) Merge(o *Usage) {
	if o.Events == 0 {
		return
	}
	if u.Events == 0 {
		u.First, u.Last = o.First, o.Last
	}
	u.First, u.Last = min(u.First, o.First), max(u.Last, o.Last)
	u.Events += o.Events
	u.Denied += o.Denied
	u.AlsoStanding += o.AlsoStanding
	u.Late += o.Late
	u.UnknownResources += o.UnknownResources
	u.ManyResources += o.ManyResources
	u.Actions.merge(&o.Actions, maxActionNames, &u.key)
	u.Denials.merge(&o.Denials, maxActionNames, &u.key)
	u.Resources.merge(&o.Resources, maxResourceNames, &u.key)
	u.Sources.merge(&o.Sources, maxSources, &u.key)
	u.Sessions.merge(&o.Sessions, maxSessions, &u.key)
	u.Outlive.merge(&o.Outlive, maxSessions, &u.key)
}

// String is the session as usage names it.
func (k SessionKey) String() string {
	if k.Created == 0 {
		return k.PrincipalID
	}
	return k.PrincipalID + "@" + time.Unix(k.Created, 0).UTC().Format(time.RFC3339)
}
