package api

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/correlate"
	"curfew/shared/identity"
	"curfew/shared/trail"
)

// Usage is what the sessions of an elevation did, by CloudTrail.
type Usage struct {
	Elevation string `json:"elevation"`
	// Settled is the instant before which all log files were counted; zero: only what EventBridge brought is known.
	Settled time.Time `json:"settled,omitzero"`
	AtLeast bool      `json:"at_least,omitempty"` // more was done than is counted; the log files will tell
	Gaps    int64     `json:"gaps,omitempty"`     // calls that EventBridge did not bring
	// Incomplete: log files lack calls that EventBridge brought. Somebody may have changed them.
	Incomplete bool `json:"incomplete,omitempty"`

	Events       int64     `json:"events"`
	Denied       int64     `json:"denied"`
	AlsoStanding int64     `json:"also_standing"` // the principal's own policies would have allowed them too
	Late         int64     `json:"late"`          // after the grant was gone, before IAM enforced that
	First        time.Time `json:"first,omitzero"`
	Last         time.Time `json:"last,omitzero"`

	Actions          UsedNames     `json:"actions"`
	Denials          UsedNames     `json:"denials"`   // actions that IAM refused
	Resources        UsedNames     `json:"resources"` // ARNs
	UnknownResources int64         `json:"unknown_resources"`
	Sources          UsedNames     `json:"sources"` // addresses
	Outlive          UsedNames     `json:"outlive"` // sessions that it opened and that last longer; last is their expiry
	Sessions         []UsedSession `json:"sessions"`
	// Unobservable are actions of the grant that CloudTrail shows only where data events are logged.
	Unobservable []string `json:"unobservable"`
}

// UsedNames counts calls by name, most calls first.
type UsedNames struct {
	Names []UsedName `json:"names"`
	More  int64      `json:"more,omitempty"` // calls with names that are not listed
}

// UsedName is one name.
type UsedName struct {
	Name   string    `json:"name"`
	Events int64     `json:"events"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
}

// UsedSession is one session of the principal, and the person or machine that opened it.
type UsedSession struct {
	Session string    `json:"session"` // "AROA…:name"
	Opened  time.Time `json:"opened,omitzero"`
	Events  int64     `json:"events"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Kind    string    `json:"kind"` // "user", "identity center", …; "unknown": CloudTrail did not show who opened it
	Who     string    `json:"who,omitempty"`
	Hops    int       `json:"hops,omitempty"` // sessions between them and the call
	// Provisional: the record of its opening may still come.
	Provisional bool `json:"provisional,omitempty"`
}

// ShowUsage returns what the sessions of an elevation did.
func ShowUsage(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Usage, error) {
	l, err := access.Visible(ctx, s, c, in.ID)
	if err != nil {
		return Usage{}, err
	}
	return usageOf(ctx, s, l.Terms)
}

func usageOf(ctx context.Context, s *access.Service, t access.Terms) (Usage, error) {
	u, err := correlate.ReadUsage(ctx, s.Base, t.Principal.Account, t.ID)
	if err != nil {
		return Usage{}, err
	}
	out := Usage{
		Elevation: t.ID, Settled: u.Settled, AtLeast: u.AtLeast, Gaps: u.Gaps, Incomplete: u.Incomplete,
		Events: u.Events, Denied: u.Denied, AlsoStanding: u.AlsoStanding, Late: u.Late,
		Actions: usedNames(&u.Actions), Denials: usedNames(&u.Denials), Resources: usedNames(&u.Resources), UnknownResources: u.UnknownResources,
		Sources: usedNames(&u.Sources), Outlive: usedNames(&u.Outlive), Sessions: []UsedSession{}, Unobservable: list(correlate.Unobservable(t.Policies, false)),
	}
	if u.Events > 0 {
		out.First, out.Last = second(u.First), second(u.Last)
	}
	for _, x := range u.Who {
		out.Sessions = append(out.Sessions, usedSession(x))
	}
	return out, nil
}

func usedNames(t *trail.Table) UsedNames {
	all := UsedNames{Names: []UsedName{}, More: t.More}
	for _, name := range t.Names() {
		c := t.Rows[name]
		all.Names = append(all.Names, UsedName{name, c.Events, second(c.First), second(c.Last)})
	}
	return all
}

func usedSession(x correlate.Session) UsedSession {
	s := UsedSession{
		Session: x.PrincipalID, Events: x.Events, First: x.First, Last: x.Last,
		Kind: string(x.Who.Kind), Who: x.Who.Name, Hops: x.Who.Hops, Provisional: x.Provisional,
	}
	if x.Created > 0 {
		s.Opened = second(x.Created)
	}
	return s
}

func second(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
