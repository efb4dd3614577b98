package api

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/suspension"
)

// EndAllOf ends or counts one page of a scope.
func EndAllOf(ctx context.Context, s *access.Service, c identity.Caller, in EndAll) (Reach, error) {
	sc := suspension.Scope(in.Scope)
	bound := bind(c, "ends "+sc.String())
	after, err := readCursor(in.Cursor, bound)
	if err != nil {
		return Reach{}, err
	}
	met, err := s.EndAll(ctx, c, sc, in.CountOnly, after)
	return Reach{Scope(met.Scope), met.Name, met.Waiting, met.Open, met.Ending, met.Ordered, list(met.Failed), cursorAfter(bound, met.Next)}, err
}

// SuspendScope suspends a scope.
func SuspendScope(ctx context.Context, s *access.Service, c identity.Caller, in Suspend) (Suspension, error) {
	made, err := s.Suspensions().Suspend(ctx, c, suspension.Scope(in.Scope), in.Reason, suspension.Meant{Unseen: in.Unseen, Self: in.Self})
	return suspensionOf(made, s.Now()), err
}

// LiftSuspension lifts a suspension.
func LiftSuspension(ctx context.Context, s *access.Service, c identity.Caller, in Lift) (Suspension, error) {
	was, err := s.Suspensions().Lift(ctx, c, suspension.Scope(in.Scope), in.Reason)
	return suspensionOf(was, s.Now()), err
}

// ListSuspensions returns suspensions in effect.
func ListSuspensions(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (SuspensionList, error) {
	all, err := s.Suspensions().List(ctx, c)
	l := SuspensionList{Suspensions: []Suspension{}}
	for _, one := range all {
		l.Suspensions = append(l.Suspensions, suspensionOf(one, s.Now()))
	}
	return l, err
}
