package rows

import (
	"cmp"
	"strings"
	"time"

	"curfew/shared/audit"
)

// Mapping is of one installation to one version of the schema.
type Mapping struct {
	Version      string // see [Versions]
	Installation string
	Account      string // of home: for what is about no account
	Region       string // of home
	// Terms returns the row of the terms of an elevation, or false: events then name the elevation alone.
	Terms func(elevation string) (audit.Evidence, bool)
}

// Versions are those of the schema that events can have.
func Versions() []string { return []string{"1.8.0", "1.9.0-dev", "1.9.0"} }

// Events are of each class.
type Events struct {
	Requests []Request
	Roles    []RoleChange
	Users    []UserChange
	Uses     []Use
	Findings []Finding
}

// Activities, and outcomes.
const (
	create, read, update, remove = 1, 2, 3, 4
	activate, deactivate, other  = 10, 11, 99
	unknown, success, failure    = 0, 1, 2
)

// meaning is what a kind of evidence is.
type meaning struct{ activity, status int32 }

func kindOfUser(is bool) int32 {
	if is {
		return 1
	}
	return other
}

func (m Mapping) base(class, activity int32, index int64, entry, kind, at string) Base {
	return Base{
		ActivityID: activity, CategoryUID: class / 1000, ClassUID: class, TypeUID: int64(class)*100 + int64(activity), Time: millis(at), SeverityID: 1, Message: kind,
		Metadata: Metadata{Version: m.Version, UID: entry, Sequence: index, EventCode: kind, Product: Product{Name: "Curfew", UID: m.Installation, VendorName: "Curfew"}},
	}
}

// about names the elevation, and the account, which the profile cloud requires.
func (m Mapping) about(b *Base, elevation, account string) {
	b.Metadata.CorrelationUID = elevation
	b.Metadata.Profiles, b.Cloud = append(b.Metadata.Profiles, "cloud"), &Cloud{"AWS", Account{cmp.Or(account, m.Account)}}
}

// authority is who did what the row says. A machine acts by delegation from the grant of its elevation on.
func (m Mapping) authority(b *Base, r *audit.Evidence, terms audit.Evidence) (a Authority) {
	actor := cmp.Or(r.Actor, terms.Requester)
	if actor != "" {
		a.Actor = &Actor{User: User{UID: actor, Name: r.ActorName, TypeID: 4}}
		if strings.HasPrefix(actor, "person:") {
			a.Actor.User.TypeID = 1
		}
		if actor == terms.Requester {
			a.Actor.User.Name = terms.RequesterName
			if terms.RequesterKind != "person" {
				a.Actor.AppName, a.Actor.AppUID = terms.TaskKind, terms.TaskID
			}
		}
	}
	a.Delegation = m.delegation(b, terms, r.Deadline)
	return a
}

func (m Mapping) delegation(b *Base, terms audit.Evidence, deadline string) *Delegation {
	if m.Version != "1.9.0" || terms.Elevation == "" || terms.RequesterKind == "person" {
		return nil
	}
	b.Metadata.Profiles = append(b.Metadata.Profiles, "ai_operation")
	return &Delegation{terms.Elevation, m.Installation, millis(terms.RecordedAt), millis(cmp.Or(deadline, terms.Deadline)), []string{terms.Entitlement}}
}

// millis is 0 for what is no instant.
func millis(at string) int64 {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}
