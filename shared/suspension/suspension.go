package suspension

import (
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Suspension blocks its scope at once, until a person lifts it. The sweep, or [curfew/shared/access.Service.EndAll],
// ends open elevations. One caller alone must not lock out the others: a suspension of everything, of a person who may
// be an operator, or by a machine of a person lapses after an hour without a second operator. One of a machine stays: a
// single operator must be able to stop it.
type Suspension struct {
	Scope    Scope         `json:"scope"`          // by ids
	Name     string        `json:"name,omitempty"` // of the suspended caller
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // id
	ByName   string        `json:"by_name,omitempty"`
	At       time.Time     `json:"at"`
	LapsesAt time.Time     `json:"lapses_at,omitzero"`       // zero: stays
	Because  string        `json:"lapses_because,omitempty"` // for people
	Second   string        `json:"confirmed_by,omitempty"`
	SecondAt time.Time     `json:"confirmed_at,omitzero"`
	LiftedBy string        `json:"lifted_by,omitempty"`
	LiftedAt time.Time     `json:"lifted_at,omitzero"`
	Unseen   bool          `json:"unseen,omitempty"` // see mostUnseen
	Evidence evidence.Head `json:"evidence"`
}

const (
	unconfirmedFor = time.Hour
	// madeAgainAfter blocks the maker of an unconfirmed suspension: its hour, and an hour for others to act.
	madeAgainAfter = 2 * time.Hour
	// keptFor is the row's TTL after its end; more than madeAgainAfter.
	keptFor = 30 * 24 * time.Hour
)

// InEffect must be asked at each read: no job removes a lapsed one.
func (sus Suspension) InEffect(now time.Time) bool {
	return !sus.At.IsZero() && sus.LiftedAt.IsZero() && (sus.LapsesAt.IsZero() || now.Before(sus.LapsesAt))
}

func (sus Suspension) lapsed(now time.Time) bool {
	return sus.LiftedAt.IsZero() && !sus.LapsesAt.IsZero() && !now.Before(sus.LapsesAt)
}

// expires is for TTL; zero: never.
func (sus Suspension) expires() time.Time {
	switch {
	case !sus.LiftedAt.IsZero():
		return sus.LiftedAt.Add(keptFor)
	case !sus.LapsesAt.IsZero():
		return sus.LapsesAt.Add(keptFor)
	}
	return time.Time{}
}

func (sus Suspension) of() string { return Target{Scope: sus.Scope, Name: sus.Name}.String() }

func (sus Suspension) subject() string {
	return sus.Scope.String() + " since " + sus.At.Format(time.RFC3339)
}

func (sus Suspension) byMachine() bool { return strings.HasPrefix(sus.By, identity.MachineID("")) }

// whyLapses says why it needs a second operator, or "". operator says why t may be one.
func whyLapses(c identity.Caller, t Target, operator string) string {
	switch {
	case t.Scope.Everything:
		return "it is of everything"
	case !strings.HasPrefix(t.Scope.Requester, identity.PersonPrefix):
		return ""
	case operator != "":
		return t.String() + " counts as an operator: " + operator
	case c.Kind != identity.Person:
		return "a machine suspended a person"
	}
	return ""
}

// Make replaces sus. because says why it lapses, or "".
func (sus Suspension) Make(t Target, c identity.Caller, reason, because string, now time.Time) (Suspension, error) {
	next := Suspension{Scope: t.Scope, Name: t.Name, Reason: reason, By: c.ID, ByName: c.Name, At: record.Instant(now), Unseen: t.unseen, Evidence: sus.Evidence}
	if because == "" {
		return next, nil
	}
	if again := sus.againAt(c); now.Before(again) {
		return sus, fault.Deny("curfew.again", "the last suspension of %s was not confirmed by a second operator: you may make it again from %s; another operator who is a person may now",
			t.Scope, again.Format(time.RFC3339))
	}
	next.LapsesAt, next.Because = next.At.Add(unconfirmedFor), because
	return next, nil
}

// againAt returns when c may repeat an unconfirmed suspension; zero: now. Exception: a person may repeat one of
// everything, which blocks no operator. No machine may repeat a machine's: two could take turns against the person
// who lifts it. A maker who lifted it waits too: they could renew it within the hour.
func (sus Suspension) againAt(c identity.Caller) time.Time {
	if sus.LapsesAt.IsZero() || c.Kind == identity.Person && sus.Scope.Everything {
		return time.Time{}
	}
	machines := c.Kind != identity.Person && sus.byMachine()
	if machines || sus.By == c.ID && (sus.LiftedBy == "" || sus.LiftedBy == c.ID) {
		return sus.At.Add(madeAgainAfter)
	}
	return time.Time{}
}

// Confirm refuses the maker, by id or a person's session name.
func (sus Suspension) Confirm(c identity.Caller, now time.Time) (Suspension, error) {
	if c.ID == sus.By || strings.HasPrefix(sus.By, identity.PersonPrefix) && identity.SameName(c.Name, sus.ByName) {
		return sus, fault.Deny("curfew.self", "you made this suspension: another operator must confirm it")
	}
	sus.Second, sus.SecondAt, sus.LapsesAt, sus.Because = c.ID, record.Instant(now), time.Time{}, ""
	return sus, nil
}

func (sus Suspension) entry(kind, actor string, at time.Time, reason string) evidence.Entry {
	detail := map[string]any{"scope": sus.Scope, "reason": reason}
	if sus.Name != "" {
		detail["name"] = sus.Name
	}
	if kind == "suspension.made" && !sus.LapsesAt.IsZero() {
		detail["lapses_at"], detail["because"] = sus.LapsesAt, sus.Because
	}
	return evidence.Entry{At: at, Kind: kind, Actor: actor, Detail: detail}
}
