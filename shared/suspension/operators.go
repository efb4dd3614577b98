package suspension

import (
	"context"
	"errors"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// operates says why t may be an operator, or "". An unknown caller may: suspending them then only needs a second person
// within the hour.
func (s resolving) operates(ctx context.Context, t Target) string {
	id := t.Scope.Requester
	switch {
	case (identity.Caller{ID: id}).In(s.Operators):
		return "the settings list them"
	case strings.HasPrefix(id, identity.TriggerID("")):
		return ""
	case t.caller == nil:
		return "their groups are not known"
	case t.operator, t.caller.In(s.Operators):
		return "they were one in an earlier call"
	case t.caller.ARN == "":
		return ""
	}
	groups, err := s.Domain.Groups(ctx, t.caller.ARN)
	switch {
	case err != nil:
		return "the catalog cannot be read"
	case (identity.Caller{ID: id, Groups: groups}).In(s.Operators):
		return "by their groups in the catalog"
	}
	return ""
}

// otherOperators are known, other people and not suspended.
func (s resolving) otherOperators(ctx context.Context, c identity.Caller) ([]fault.Known, error) {
	seen, err := s.callers().All(ctx)
	held, unread := s.ListInEffect(ctx)
	if err = errors.Join(err, unread); err != nil {
		return nil, err
	}
	var all []fault.Known
	add := func(k fault.Known) {
		suspended := slices.ContainsFunc(held, func(sus Suspension) bool { return sus.Scope.Requester == k.ID })
		there := slices.ContainsFunc(all, func(o fault.Known) bool { return o.ID == k.ID })
		if k.ID != c.ID && !identity.SameName(k.Name, c.Name) && !suspended && !there {
			all = append(all, k)
		}
	}
	for _, sn := range seen {
		if sn.Kind == identity.Person && (sn.Operator || (identity.Caller{ID: sn.ID, Groups: sn.Groups}).In(s.Operators)) {
			add(fault.Known{ID: sn.ID, Name: sn.Name})
		}
	}
	for _, ref := range s.Operators {
		if strings.HasPrefix(ref, identity.PersonPrefix) {
			add(fault.Known{ID: ref})
		}
	}
	return all, nil
}

func selfSuspended(others []fault.Known) error {
	text := "you are suspending yourself; only another operator can lift it"
	if len(others) == 0 {
		text = "you are suspending yourself, and you are the only operator known: if you continue, only an operator who signs in later can undo it (it lapses in an hour)"
	}
	e := fault.Errorf(fault.Invalid, "%s", text).(*fault.Error)
	e.By = []string{ReasonSelf}
	return e
}

// ReasonSelf: the caller must confirm that they suspend themselves.
const ReasonSelf = "curfew.suspends-self"
