package access

import (
	"context"

	"curfew/shared/identity"
)

// End ends an elevation early, for its holder, an owner or an operator. Policy is not asked. It is idempotent.
//
// Denied: a suspended caller, for another's elevation. Conflict: not granted; use [Service.Withdraw].
func (s *Service) End(ctx context.Context, c identity.Caller, id string) (l Life, err error) {
	defer s.Logged(ctx, "end", id, c.ID, &err)
	l, err = s.Load(ctx, id)
	if err != nil {
		return Life{}, refusals{s}.refused(ctx, c, "end", id, err)
	}
	var cause Cause
	switch {
	case l.Terms.holder(c):
		cause = Released
	case reading{s}.mayEnd(l.Terms, c):
		if cause = Revoked; c.ID == l.Terms.Requester.ID {
			break
		}
		s = noting(s, c)
		err := s.Suspensions().EndsOthers(ctx, c)
		noteCaller(ctx, s, err)
		if err != nil {
			return Life{}, refusals{s}.refused(ctx, c, "end", id, err)
		}
	default:
		return Life{}, refusals{s}.refused(ctx, c, "end", id, reading{s}.hidden(ctx, l, c, "end"))
	}
	l.Elevation, err = Ender{s}.EndNow(ctx, l, cause, "", c.ID)
	return l, refusals{s}.refused(ctx, c, "end", id, err)
}
