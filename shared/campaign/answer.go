package campaign

import (
	"context"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Answer is an owner's. Only function decide can write it.
type Answer struct {
	Item     string          `json:"item"` // its id
	Says     State           `json:"says"` // [Signed] or [Removed]
	By       identity.Caller `json:"by"`
	Digest   string          `json:"digest"` // of the facts
	Reason   string          `json:"reason"`
	At       time.Time       `json:"at"`
	Evidence evidence.Head   `json:"evidence"`
}

// Stored is an item with its answer. Without an item it does not exist.
type Stored struct {
	record.Stored[Item]
	answer record.Stored[Answer]
}

// AnswerKey is for the item of this id.
func AnswerKey(id string) record.Key { return record.AccessKey(AnswerChain(id), "signature") }

// AnswerChain is the chain of an item's answer.
func AnswerChain(id string) string { return "signature#campaign#" + id }

// Read is strongly consistent. It takes at most [record.ReadAtOnce] unique ids of principals.
func Read(ctx context.Context, s record.Store, principals ...string) ([]Stored, error) {
	var keys []record.Key
	for _, id := range principals {
		keys = append(keys, Key(id))
	}
	rows, err := s.Read(ctx, keys...)
	if err != nil {
		return nil, fault.Wrap(err, "reading %d items of campaigns", len(principals))
	}
	all := make([]Stored, len(principals))
	var answers []record.Key
	for i, k := range keys {
		if all[i].Stored, err = record.FindRow[Item](rows, k); err != nil {
			return nil, err
		}
		if all[i].Exists() {
			answers = append(answers, AnswerKey(all[i].Value.ID()))
		}
	}
	if len(answers) == 0 {
		return all, nil
	}
	if rows, err = s.Read(ctx, answers...); err != nil {
		return nil, fault.Wrap(err, "reading %d answers of campaigns", len(answers))
	}
	for i := range all {
		if all[i].Exists() {
			if all[i].answer, err = record.FindRow[Answer](rows, AnswerKey(all[i].Value.ID())); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// Answer returns nil without one. A row that answers other facts is none.
func (was Stored) Answer() *Answer {
	a := was.answer.Value
	if !was.answer.Exists() || a.Item != was.Value.ID() || a.Digest == "" || a.Digest != was.Value.Digest() || a.Says != Signed && a.Says != Removed || was.Value.MayAnswer(a.By) != nil {
		return nil
	}
	return &a
}

// State returns Open for an item that does not exist.
func (was Stored) State() State {
	a := was.Answer()
	switch {
	case !was.Value.GoneAt.IsZero():
		return Gone
	case a != nil:
		return a.Says
	}
	return Open
}

// Overdue reports whether the item is open after its due date.
func (was Stored) Overdue(now time.Time) bool {
	return was.Exists() && was.State() == Open && !now.Before(was.Value.DueBy)
}

// MayAnswer returns Denied unless c is an owner who is a person, and neither by name nor by subject the principal. names are others
// that the principal is known by.
func (i Item) MayAnswer(c identity.Caller, names ...string) error {
	switch {
	case c.Kind != identity.Person:
		return fault.Deny("curfew.person", "only a person may sign an item of a campaign")
	case i.is(c, append(names, identity.PrincipalName(i.Principal))):
		return fault.Deny("curfew.self", "you cannot sign for a principal with your own name: another owner must")
	case !c.In(i.Owners):
		return fault.Deny("curfew.owner", "you are not among the owners of %s", i.ID())
	}
	return nil
}

func (i Item) is(c identity.Caller, names []string) bool {
	subject := identity.Subject(c.ID)
	return identity.SameName(subject, i.PrincipalID) || identity.SameName(subject, i.Principal) ||
		slices.ContainsFunc(names, func(name string) bool { return identity.SameName(c.Name, name) || identity.SameName(subject, name) })
}

// Say returns the answer and its evidence. Denied: see [Item]. Conflict: answered, gone, or the facts are others than c saw.
func (was Stored) Say(c identity.Caller, says State, digest, reason string, now time.Time) ([]record.Change, Stored, error) {
	i := was.Value
	if err := i.MayAnswer(c); err != nil {
		return nil, was, err
	}
	switch a := was.Answer(); {
	case says != Signed && says != Removed:
		return nil, was, fault.Errorf(fault.Invalid, "an answer says %s or %s", Signed, Removed)
	case !i.GoneAt.IsZero():
		return nil, was, fault.Errorf(fault.Conflict, "%s is over: the last review did not find the privilege", i.ID())
	case a != nil:
		return nil, was, fault.Errorf(fault.Conflict, "%s was answered by %s: %s", i.ID(), a.By.ID, a.Says)
	case digest != i.Digest():
		return nil, was, fault.Errorf(fault.Conflict, "%s is not what you read: read it again", i.ID())
	}
	a := Answer{Item: i.ID(), Says: says, By: c.Reduced(i.Owners), Digest: digest, Reason: reason, At: record.Instant(now), Evidence: was.answer.Value.Evidence}
	proof, err := record.Append(AnswerChain(i.ID()), &a.Evidence, evidence.Entry{At: a.At, Kind: "campaign." + string(says), Actor: c.ID, Detail: map[string]any{
		"item": a.Item, "says": says, "digest": digest, "reason": reason, "principal": i.Principal, "account": i.Account, "score": i.Score,
	}})
	if err != nil {
		return nil, was, err
	}
	put, err := was.answer.Put(a, time.Time{})
	was.answer.Value, was.answer.Row = a, put.Row
	return []record.Change{put, proof}, was, err
}
