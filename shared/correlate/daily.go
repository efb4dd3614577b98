package correlate

import (
	"encoding/json"
	"strings"
	"time"

	"curfew/shared/trail"
)

// daily is the detail of usage.counted: what was done with one right in one day. The last record of a day counts.
type daily struct {
	Account          string           `json:"account"`
	Day              string           `json:"day"`
	Elevation        string           `json:"elevation,omitempty"` // absent: the principal's own policies
	Principal        string           `json:"principal"`           // ARN
	Events           int64            `json:"events"`
	Denied           int64            `json:"denied,omitempty"`
	Late             int64            `json:"late,omitempty"`
	AlsoStanding     int64            `json:"also_standing,omitempty"`
	UnknownResources int64            `json:"unknown_resources,omitempty"`
	First            time.Time        `json:"first,omitzero"`
	Last             time.Time        `json:"last,omitzero"`
	AtLeast          bool             `json:"at_least,omitempty"`
	Incomplete       bool             `json:"incomplete,omitempty"`
	Gaps             int64            `json:"gaps,omitempty"`
	Actions          []dailyName      `json:"actions,omitempty"`
	Denials          []dailyName      `json:"denials,omitempty"`
	Resources        []dailyName      `json:"resources,omitempty"`
	Sources          []dailyName      `json:"sources,omitempty"`
	Sessions         []dailyName      `json:"sessions,omitempty"`
	More             map[string]int64 `json:"more,omitempty"` // calls with names that are left out, by list
}

type dailyName struct {
	Name   string     `json:"name"`
	Events int64      `json:"events"`
	Who    *trail.Who `json:"who,omitempty"` // opened the session; absent: not known
}

func dailyOf(account string, day time.Time, mark marked, u Used) daily {
	d := daily{
		Account: account, Day: day.Format(time.DateOnly), Elevation: mark.Elevation, Principal: mark.Principal,
		Events: u.Events, Denied: u.Denied, Late: u.Late, AlsoStanding: u.AlsoStanding, UnknownResources: u.UnknownResources,
		AtLeast: u.AtLeast, Incomplete: u.Incomplete, Gaps: u.Gaps, More: map[string]int64{},
	}
	if u.Events > 0 {
		d.First, d.Last = time.Unix(u.First, 0).UTC(), time.Unix(u.Last, 0).UTC()
	}
	who := map[string]*trail.Who{}
	for _, x := range u.Who {
		if x.Who.Kind != trail.WhoUnknown {
			who[x.SessionKey.String()] = &trail.Who{Kind: x.Who.Kind, Name: short(x.Who.Name), Hops: x.Who.Hops, Claim: short(x.Who.Claim)}
		}
	}
	// With the bytes of each list, a record is well below evidence.MaxRecord, however JSON writes the names.
	d.Actions = d.most("actions", &u.Actions, 100, 8<<10, nil)
	d.Denials = d.most("denials", &u.Denials, 100, 8<<10, nil)
	d.Resources = d.most("resources", &u.Resources, 100, 16<<10, nil)
	d.Sources = d.most("sources", &u.Sources, 20, 2<<10, nil)
	d.Sessions = d.most("sessions", &u.Sessions, mostSessions, 10<<10, who)
	return d
}

// most returns the names with most calls, and notes how many calls the others have.
func (d *daily) most(list string, t *trail.Table, most, size int, who map[string]*trail.Who) (kept []dailyName) {
	more := t.More
	for _, name := range t.Names() {
		one := dailyName{name, t.Rows[name].Events, who[name]}
		text, _ := json.Marshal(one) // it has texts and numbers
		if size -= len(text) + len(","); size < 0 || len(kept) == most {
			more += one.Events
			continue
		}
		kept = append(kept, one)
	}
	if more > 0 {
		d.More[list] = more
	}
	return kept
}

// short cuts what callers may choose.
func short(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
