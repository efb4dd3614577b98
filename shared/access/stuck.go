package access

import (
	"context"

	"curfew/shared/evidence"
	"curfew/shared/identity"
)

// Acknowledge stops the paging of a stuck elevation. The caller is a person, owner or operator, not suspended.
// Conflict: not stuck.
func (s *Service) Acknowledge(ctx context.Context, c identity.Caller, id string) (l Life, err error) {
	defer s.Logged(ctx, "acknowledge", id, c.ID, &err)
	s = noting(s, c)
	l, err = s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if c.Kind != identity.Person || !(reading{s}).mayManage(l.Terms, c) {
			return Amendment{}, reading{s}.hidden(ctx, l, c, "acknowledge")
		}
		if err := s.Suspensions().Free(ctx, c, "you may not acknowledge elevations"); err != nil {
			return Amendment{}, err
		}
		next := l.Elevation
		if next.State != Stuck {
			return Amendment{}, next.conflict("is %s and not stuck", next.State)
		}
		next.AcknowledgedBy = c.ID
		return Amendment{
			Next: next, None: l.Elevation.AcknowledgedBy != "",
			entry: evidence.Entry{At: s.Instant(), Kind: "elevation.acknowledged", Actor: c.ID},
		}, nil
	})
	noteCaller(ctx, s, err)
	return l, refusals{s}.refused(ctx, c, "acknowledge", id, err)
}
