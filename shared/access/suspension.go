package access

import (
	"strings"
	"time"

	"curfew/shared/evidence"
)

// Suspension denies at once whatever is in its scope. The sweep ends what is open of it, if [Service.EndAll] is not faster.
// It stays until a person lifts it. Of an operator or of everything it lapses after an hour unless a second operator
// confirms it: one caller alone does not keep all others out.
type Suspension struct {
	Scope    Scope         `json:"scope"`          // by ids
	Name     string        `json:"name,omitempty"` // of the caller in the scope, when it was made
	Reason   string        `json:"reason"`
	By       string        `json:"by"` // the caller's id
	ByName   string        `json:"by_name,omitempty"`
	At       time.Time     `json:"at"`
	LapsesAt time.Time     `json:"lapses_at,omitzero"` // zero: it stays until it is lifted, as when it was confirmed
	Second   string        `json:"confirmed_by,omitempty"`
	SecondAt time.Time     `json:"confirmed_at,omitzero"`
	LiftedBy string        `json:"lifted_by,omitempty"`
	LiftedAt time.Time     `json:"lifted_at,omitzero"` // zero: it was not lifted
	Evidence evidence.Head `json:"evidence"`
}

const (
	// unconfirmedFor is how long a suspension of an operator or of everything is in effect on one caller's word.
	unconfirmedFor = time.Hour
	// madeAgainAfter is how long after making one that was not confirmed the same caller may make it again: its hour, and an
	// hour in which the others are free to act. Without it one caller could renew theirs for ever.
	madeAgainAfter = 2 * time.Hour
)

// InEffect reports whether it denies what is in its scope. No job ends one that lapses: whoever reads it asks.
func (sus Suspension) InEffect(now time.Time) bool {
	return !sus.At.IsZero() && sus.LiftedAt.IsZero() && (sus.LapsesAt.IsZero() || now.Before(sus.LapsesAt))
}

// Make is the suspension made anew by c, after was. guarded: its scope is an operator or everything.
func (sus Suspension) Make(t target, c Caller, reason string, guarded bool, now time.Time) (Suspension, error) {
	next := Suspension{Scope: t.scope, Name: t.name, Reason: reason, By: c.ID, ByName: c.Name, At: Instant(now), Evidence: sus.Evidence}
	if !guarded {
		return next, nil
	}
	// One that its maker lifted counts too: else they would lift and make it again within the hour.
	again := sus.At.Add(madeAgainAfter)
	if sus.By == c.ID && !sus.LapsesAt.IsZero() && (sus.LiftedBy == "" || sus.LiftedBy == c.ID) && now.Before(again) {
		return sus, deny("curfew.again", "your suspension of %s was not confirmed by a second operator: you may make it again from %s; another operator may now",
			t.scope, again.Format(time.RFC3339))
	}
	next.LapsesAt = next.At.Add(unconfirmedFor)
	return next, nil
}

// Confirm is the suspension confirmed by a second person: not its maker, by id or, of a person, by the name in sessions.
func (sus Suspension) Confirm(c Caller, now time.Time) (Suspension, error) {
	if c.ID == sus.By || strings.HasPrefix(sus.By, "person:") && sameName(c.Name, sus.ByName) {
		return sus, deny("curfew.self", "you made this suspension: another operator confirms it")
	}
	sus.Second, sus.SecondAt, sus.LapsesAt = c.ID, Instant(now), time.Time{}
	return sus, nil
}

// entry is the evidence of a change of the suspension.
func (sus Suspension) entry(kind, actor string, at time.Time, reason string) evidence.Entry {
	detail := map[string]any{"scope": sus.Scope, "reason": reason}
	if sus.Name != "" {
		detail["name"] = sus.Name
	}
	if kind == "suspension.made" && !sus.LapsesAt.IsZero() {
		detail["lapses_at"] = sus.LapsesAt
	}
	return evidence.Entry{At: at, Kind: kind, Actor: actor, Detail: detail}
}

// selfSuspended is the refusal of a caller who would suspend themselves and does not say that they mean it.
func selfSuspended(others []Known) error {
	text := "you are suspending yourself; only another operator can lift it"
	if len(others) == 0 {
		text = "you are suspending yourself, and you are the only operator known: if you continue, only an operator who signs in later can undo it (it lapses in an hour)"
	}
	e := Errorf(Invalid, "%s", text).(*Error)
	e.By = []string{ReasonSelf}
	return e
}

// ReasonSelf is the reason of a suspension of the caller themselves that does not say that it is meant.
const ReasonSelf = "curfew.suspends-self"
