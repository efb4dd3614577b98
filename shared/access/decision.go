package access

import (
	"cmp"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Decision is one person's approval, denial or withdrawal. Only the function decide can write it.
type Decision struct {
	Elevation string          `json:"elevation"`
	By        identity.Caller `json:"by"`
	// For is in whose stead; nil: as themselves.
	For *Absent `json:"for,omitempty"`
	// Catalog is the hash of the catalog by whose group names By.Groups was reduced; empty: not reduced.
	Catalog string    `json:"catalog,omitempty"`
	Approve bool      `json:"approve"`
	Digest  string    `json:"digest"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	// Withdrawn: they withdrew their approval.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// Turn is the number of their decisions before. The newest counts.
	Turn int `json:"turn,omitempty"`
	// Difference is the hash of what the grant added when they approved. Seen: it is what they were shown.
	Difference string `json:"difference,omitempty"`
	Seen       bool   `json:"seen,omitempty"`

	shown string // hash; empty: not said
}

// maxTurns: after so many decisions a person may only deny or withdraw.
const maxTurns = 10

// Standing returns the decisions that count: the newest of each person, unless it withdraws. People with one name are one. An approval
// in the stead of a person does not count if they decided themselves, or a newer one is in their stead.
func Standing(all []Decision) []Decision {
	var newest []Decision
	for _, d := range slices.SortedStableFunc(slices.Values(all), newerFirst) {
		if !slices.ContainsFunc(newest, func(n Decision) bool { return n.By.ID == d.By.ID || identity.SameName(n.By.Name, d.By.Name) }) {
			newest = append(newest, d)
		}
	}
	newest = slices.DeleteFunc(newest, func(d Decision) bool { return d.Withdrawn })
	var standing []Decision
	for _, d := range newest {
		if d.For == nil || !d.Approve || !hasDecided(all, d.For.Of) && !slices.ContainsFunc(standing, d.inStead) {
			standing = append(standing, d)
		}
	}
	return standing
}

// newerFirst sorts by time, then turn; at the same instant a withdrawal counts.
func newerFirst(a, b Decision) int {
	withdrawn := map[bool]int{true: 1}
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Turn, a.Turn), withdrawn[b.Withdrawn]-withdrawn[a.Withdrawn])
}

func (d Decision) key() record.Key { return decisionKey(d.Elevation, d.By.ID, d.Turn) }

// says reports whether a later decision of the same person changes nothing.
func (d Decision) says(later Decision) bool {
	return !later.Withdrawn && d.Approve == later.Approve && d.Digest == later.Digest && d.delegation() == later.delegation()
}

// delegation is its id; empty: they decided as themselves.
func (d Decision) delegation() string {
	if d.For == nil {
		return ""
	}
	return d.For.Delegation
}

func (d Decision) isBy(c identity.Caller) bool { return d.By.ID == c.ID }

// MayDecide returns Denied for machines, the requester, the session's holder, and people who are no approvers at the instant.
// SECURITY.md says what it cannot detect.
func (t Terms) MayDecide(c identity.Caller, at time.Time) error {
	return t.mayDecideOf(c, t.Approval, at)
}

func (t Terms) mayDecideOf(c identity.Caller, rule Approval, at time.Time) error {
	if err := mayJudge(t, c); err != nil {
		return err
	}
	if !c.In(rule.asked(t.RequestedAt, at)) {
		return rule.askedFrom(t, c)
	}
	return nil
}

// mayJudge returns Denied for those who may not decide in any group.
func mayJudge(t Terms, c identity.Caller) error {
	switch {
	case c.Kind != identity.Person:
		return deny("curfew.person", "only people decide")
	case c.Name == "": // could be the requester
		return deny("curfew.person", "your sign-in has no session name: ask an operator to map one in the catalog")
	case c.ID == t.Requester.ID:
		return deny("curfew.self", "you cannot decide on your own elevation")
	case identity.SameName(c.Name, t.Requester.Name), identity.SameName(c.Name, t.Session.Value):
		return deny("curfew.self", "your name is also that of the requester or of the session")
	}
	return nil
}

// Enough reports whether enough distinct, qualified people approved. Owners alone cannot approve a machine's request.
func (t Terms) Enough(decisions []Decision) bool { return t.enough(t.Approval, decisions) }

func (t Terms) enough(rule Approval, decisions []Decision) bool {
	count, others := 0, t.Requester.Kind == identity.Person
	var digest string
	if len(decisions) > 0 {
		digest = t.Digest()
	}
	for _, d := range Standing(decisions) {
		if !d.Approve || d.Digest != digest || d.mayCount(t, rule) != nil || rule.allows(d) != nil {
			continue
		}
		count++
		others = others || !d.By.In(t.Owners) && (d.For == nil || !d.For.Of.In(t.Owners))
	}
	return count >= rule.Need && others
}

// saw is Denied if the rule asks what an approver was shown, and they do not say it.
func (a Approval) saw(d Decision) error {
	if !a.Seen || !d.Approve || d.Seen || d.shown != "" {
		return nil
	}
	return deny("curfew.seen", "to approve %s you must have seen what its grant adds: read it with curfew show %s, and approve with curfew approve, or with the hash of the difference as \"seen\"", d.Elevation, d.Elevation)
}

func (a Approval) allows(d Decision) error {
	if err := a.steppedUp(d); err != nil {
		return err
	}
	return a.saw(d)
}

// steppedUp is Denied if the approver's sign-in with MFA was too old as they decided, or is not known. Denials need none.
func (a Approval) steppedUp(d Decision) error {
	if a.MFAWithin == 0 || !d.Approve {
		return nil
	}
	within := time.Duration(a.MFAWithin) * time.Second
	const do = "sign in again with MFA, then approve again"
	switch at := d.By.MFAAt; {
	case !d.By.MFA:
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and yours had none: %s", d.Elevation, within, do)
	case at.IsZero():
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and your token does not say when it was (claim auth_time): %s; "+
			"if that changes nothing, ask your identity team to add auth_time to tokens", d.Elevation, within, do)
	case at.After(d.At.Add(ClockSkew)), d.At.Sub(at) > within:
		return deny("curfew.step-up", "to approve %s you need a sign-in with MFA within the last %s, and yours was at %s: %s", d.Elevation, within, at.Format(time.RFC3339), do)
	}
	return nil
}

// Absent is the approver in whose stead a person decided.
type Absent struct {
	Delegation string          `json:"delegation"` // id
	Of         identity.Caller `json:"of"`         // as in the delegation
}

// hasDecided reports whether a person decided, or somebody of their name. A withdrawal counts: it is their newest word.
func hasDecided(all []Decision, c identity.Caller) bool {
	return slices.ContainsFunc(all, func(d Decision) bool { return d.By.ID == c.ID || identity.SameName(d.By.Name, c.Name) })
}

func (d Decision) inStead(other Decision) bool {
	return d.For != nil && other.For != nil && (d.For.Of.ID == other.For.Of.ID || identity.SameName(d.For.Of.Name, other.For.Of.Name))
}

// mayCount returns Denied for a decision that its maker, or the absent person, may not make by a rule.
func (d Decision) mayCount(t Terms, rule Approval) error {
	if d.For == nil {
		return t.mayDecideOf(d.By, rule, d.At)
	}
	if err := mayJudge(t, d.By); err != nil {
		return err
	}
	if d.By.ID == d.For.Of.ID || identity.SameName(d.By.Name, d.For.Of.Name) {
		return deny("curfew.self", "you cannot be your own delegate")
	}
	return fault.Wrap(t.mayDecideOf(d.For.Of, rule, d.At), "in the stead of %s", d.For.Of.Name)
}
