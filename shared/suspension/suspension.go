package suspension

import (
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Suspension denies at once whatever is in its scope. The sweep ends what is open of it, if
// [curfew/shared/access.Service.EndAll] is not faster. It stays until a person lifts it. Of a person who counts as an operator,
// of everything, and of any person if a machine made it, it lapses after an hour unless a second operator confirms it: one
// caller alone does not keep all others out. Of a machine it stays: else the only person who is an operator could not hold a
// rogue machine.
type Suspension struct {
	Scope    Scope         `json:"scope"`          // by ids
	Name     string        `json:"name,omitempty"` // of the caller in the scope, when it was made
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // the caller's id
	ByName   string        `json:"by_name,omitempty"`
	At       time.Time     `json:"at"`
	LapsesAt time.Time     `json:"lapses_at,omitzero"`       // zero: it stays until it is lifted, as when it was confirmed
	Because  string        `json:"lapses_because,omitempty"` // why it lapses, for people
	Second   string        `json:"confirmed_by,omitempty"`
	SecondAt time.Time     `json:"confirmed_at,omitzero"`
	LiftedBy string        `json:"lifted_by,omitempty"`
	LiftedAt time.Time     `json:"lifted_at,omitzero"` // zero: it was not lifted
	Unseen   bool          `json:"unseen,omitempty"`   // nothing was known of the caller in the scope: see mayHoldMore
	Evidence evidence.Head `json:"evidence"`
}

const (
	// unconfirmedFor is how long a suspension that lapses is in effect on one caller's word.
	unconfirmedFor = time.Hour
	// madeAgainAfter is how long after making one that was not confirmed the same caller may make it again: its hour, and an
	// hour in which the others are free to act. Without it one caller could renew theirs for ever.
	madeAgainAfter = 2 * time.Hour
	// keptFor is how long the row of a suspension is kept that is lifted or has lapsed. It is longer than madeAgainAfter, and
	// the evidence of it stays.
	keptFor = 30 * 24 * time.Hour
)

// InEffect reports whether it denies what is in its scope. No job ends one that lapses: whoever reads it asks.
func (sus Suspension) InEffect(now time.Time) bool {
	return !sus.At.IsZero() && sus.LiftedAt.IsZero() && (sus.LapsesAt.IsZero() || now.Before(sus.LapsesAt))
}

// lapsed reports whether it ended because no second operator confirmed it.
func (sus Suspension) lapsed(now time.Time) bool {
	return sus.LiftedAt.IsZero() && !sus.LapsesAt.IsZero() && !now.Before(sus.LapsesAt)
}

// expires is when its row may be removed; zero: never, it is in effect until it is lifted.
func (sus Suspension) expires() time.Time {
	switch {
	case !sus.LiftedAt.IsZero():
		return sus.LiftedAt.Add(keptFor)
	case !sus.LapsesAt.IsZero():
		return sus.LapsesAt.Add(keptFor)
	}
	return time.Time{}
}

// of says for people what is suspended.
func (sus Suspension) of() string { return Target{Scope: sus.Scope, Name: sus.Name}.String() }

// subject names it in findings: its scope, and when it was made.
func (sus Suspension) subject() string {
	return sus.Scope.String() + " since " + sus.At.Format(time.RFC3339)
}

func (sus Suspension) byMachine() bool { return strings.HasPrefix(sus.By, identity.MachineID("")) }

// whyLapses says why a suspension that c makes of t lapses unless it is confirmed; empty: it stays. operator says why the
// caller in the scope counts as one, if they do.
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

// Make is the suspension made anew by c, after was. because, unless empty, says why it lapses.
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

// againAt is when c may make the suspension again that was not confirmed; zero: at once. A person may make that of everything
// at once: it keeps no operator from acting. What a machine made no machine makes again, whoever lifted it: two would take
// turns, and one would win over the person who lifts. What a person made counts if its maker lifted it: else they would lift
// and make it again within the hour.
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

// Confirm is the suspension confirmed by a second person: not its maker, by id or, of a person, by the name in sessions.
func (sus Suspension) Confirm(c identity.Caller, now time.Time) (Suspension, error) {
	if c.ID == sus.By || strings.HasPrefix(sus.By, identity.PersonPrefix) && identity.SameName(c.Name, sus.ByName) {
		return sus, fault.Deny("curfew.self", "you made this suspension: another operator confirms it")
	}
	sus.Second, sus.SecondAt, sus.LapsesAt, sus.Because = c.ID, record.Instant(now), time.Time{}, ""
	return sus, nil
}

// entry is the evidence of a change of the suspension.
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
