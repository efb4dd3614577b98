package access

import (
	"context"
	"maps"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

const (
	// renewWithin is how long after its end an elevation can be renewed.
	renewWithin = time.Hour
	// renewAhead is how long before the deadline a renewal starts: IAM needs time to propagate its grant.
	renewAhead = 30 * time.Second
	// offerAhead is how long before the deadline a renewal is offered; short elevations have a quarter of their time.
	offerAhead = 5 * time.Minute
)

type renewing struct{ *Service }

// begin returns the elevation that a request renews, and the request with its start. It gives no right: the request is decided as
// any other, and the old deadline stays. NotFound: the caller may not see it. Denied: it cannot be renewed, or not by them.
func (s renewing) begin(ctx context.Context, c identity.Caller, r Request) (Terms, Request, error) {
	if r.Renews == "" {
		return Terms{}, r, nil
	}
	l, err := s.Load(ctx, r.Renews)
	if err != nil {
		return Terms{}, r, err
	}
	if err := reading(s).mayRead(ctx, l, c); err != nil {
		return Terms{}, r, err
	}
	e, now := l.Elevation, s.Instant()
	switch {
	case !l.Terms.holder(c):
		return Terms{}, r, denyRenewal("only its requester or holder may renew %s", e.ID)
	case e.BreakGlass:
		return Terms{}, r, denyRenewal("%s is break-glass, which starts at once: ask again when it has ended", e.ID)
	case e.State == Ended && !e.GrantedAt.IsZero() && now.Before(e.EndedAt.Add(renewWithin)), e.State == Revoking, e.State == Stuck:
	case e.State == Active && e.Deadline.After(now.Add(maxAhead)):
		return Terms{}, r, denyRenewal("%s lasts until %s: renew it from %s on", e.ID, e.Deadline.Format(time.RFC3339), e.Deadline.Add(-maxAhead).Format(time.RFC3339))
	case e.State == Active:
		if start := e.Deadline.Add(-renewAhead); start.After(now) {
			r.StartAt = start
		}
	default:
		return Terms{}, r, denyRenewal("%s is %s: renew an active elevation, or one that ended within the hour; else ask as before with curfew request", e.ID, e.State)
	}
	return l.Terms, r, nil
}

func denyRenewal(format string, args ...any) error { return deny("curfew.renewal", format, args...) }

// check refuses a renewal that asks for something else. Its session's place must be that of the old one, so that only one waits.
func (s renewing) check(old, t Terms) error {
	if t.Renews == "" {
		return nil
	}
	for _, part := range []struct {
		name string
		same bool
	}{
		{"principal", t.Principal == old.Principal},
		{"entitlement", t.Entitlement == old.Entitlement},
		{"parameters", maps.Equal(t.Parameters, old.Parameters)},
		{"task", t.Task.String() == old.Task.String()},
		{"session or requester", pendingKey(t) == pendingKey(old)},
	} {
		if !part.same {
			return denyRenewal("a renewal of %s has its %s, and yours differs: ask with curfew request", old.ID, part.name)
		}
	}
	return nil
}

// stillRenews checks again at the grant: the function that wrote the terms may have been taken over.
func (s renewing) stillRenews(ctx context.Context, t Terms) error {
	if t.Renews == "" {
		return nil
	}
	old, err := s.Load(ctx, t.Renews)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return denyRenewal("%s, which %s renews, is not there any more: ask again", t.Renews, t.ID)
	case err != nil:
		return fault.Wrap(err, "reading the elevation that %s renews", t.ID)
	}
	return s.stillOf(old, t)
}

func (s renewing) stillOf(old Life, t Terms) error {
	switch {
	case old.Elevation.GrantedAt.IsZero() || old.Elevation.BreakGlass || old.Terms.RequestedAt.After(t.RequestedAt):
		return denyRenewal("%s was not granted before %s was asked for, or is break-glass: ask again", old.Terms.ID, t.ID)
	case !old.Terms.holder(t.Requester):
		return denyRenewal("only its requester or holder may renew %s", old.Terms.ID)
	}
	return s.check(old.Terms, t)
}

// OffersRenewal reports whether the requester is to be asked now whether they need more time.
func OffersRenewal(l Life, now time.Time) bool {
	e := l.Elevation
	ahead := min(offerAhead, e.Deadline.Sub(e.GrantedAt)/4)
	return e.State == Active && e.OfferedAt.IsZero() && !e.BreakGlass && e.SettlesAt.IsZero() && l.Terms.Requester.Kind == identity.Person &&
		!now.Before(e.Deadline.Add(-ahead)) && now.Before(e.Deadline)
}

// OfferRenewal stores that it was offered: the outbox sends the message.
func OfferRenewal(ctx context.Context, s *Service, id string) error {
	_, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		next := l.Elevation
		next.OfferedAt = s.Instant()
		return Amendment{Next: next, None: !OffersRenewal(l, s.Now())}, nil
	})
	return fault.Wrap(err, "offering the renewal of %s", id)
}
