package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/identity"
)

// Withdraw returns the elevation withdrawn. Conflict: too late.
func (e Elevation) Withdraw(now time.Time) (Elevation, error) { return e.to(WithdrawnState, now) }

// Withdraw cancels a request, for its requester, an owner or an operator. Denied: a suspended caller, for another's
// request. Conflict: granting began; use [Service.End] once active.
func (s *Service) Withdraw(ctx context.Context, c identity.Caller, id string) (l Life, err error) {
	defer s.Logged(ctx, "withdraw", id, c.ID, &err)
	s = noting(s, c)
	l, counted, err := readWithdrawals(ctx, s, c, id)
	change := func(l Life) (Amendment, error) {
		if c.ID != l.Terms.Requester.ID && !(reading{s}).mayEnd(l.Terms, c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "withdraw")
		}
		if c.ID != l.Terms.Requester.ID {
			if err := s.Suspensions().EndsOthers(ctx, c); err != nil {
				return Amendment{}, err
			}
		}
		if l.Elevation.State == WithdrawnState {
			return Amendment{None: true}, nil
		}
		a, err := withdrawn(l, c.ID, s.Instant())
		if c.ID == l.Terms.Requester.ID {
			a.extra = append(a.extra, countWithdrawal(ctx, s, c, counted)...)
			counted = nil // after a conflict read it again
		}
		return a, err
	}
	if err == nil {
		l, err = s.AmendFrom(ctx, l, change)
	}
	noteCaller(ctx, s, err)
	if err != nil {
		return Life{}, refusals{s}.refused(ctx, c, "withdraw", id, err)
	}
	Waiting{s}.tryAnswer(ctx, l)
	return l, nil
}

func withdrawn(l Life, by string, now time.Time) (Amendment, error) {
	next, err := l.Elevation.Withdraw(now)
	if err != nil {
		return Amendment{}, err
	}
	next.DecidedBy = by
	extra, err := l.takeBack()
	return Amendment{
		Next:  next,
		entry: evidence.Entry{At: now, Kind: "elevation.withdrawn", Actor: by},
		extra: extra,
	}, err
}
