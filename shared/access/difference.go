package access

import (
	"context"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/difference"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

// Differences compare grants with what principals have today.
type Differences struct{ *Service }

// comparing returns a service that computes one difference, once.
func comparing(s *Service) *Service {
	one := *s
	one.compared = &compared{}
	return &one
}

// WithRisk returns a service that tells policy the risk as of the request of l, if that is known.
func WithRisk(s *Service, l Life) *Service {
	one := comparing(s)
	if a := l.Elevation.Adds; a != nil {
		one.compared.risk = a.Risk
	}
	return one
}

// risk is for policy.
func (s Differences) risk(ctx context.Context, t Terms) (int, error) {
	if s.compared != nil && s.compared.risk > 0 {
		return s.compared.risk, nil
	}
	d, err := s.of(ctx, t)
	return d.Risk, err
}

// of compares with what the last survey saw. Internal: the terms' policies cannot be read.
func (s Differences) of(ctx context.Context, t Terms) (difference.Difference, error) {
	if s.compared != nil && s.compared.done {
		return s.compared.Difference, nil
	}
	grant, err := grantOf(t)
	if err != nil {
		return difference.Difference{}, err
	}
	today, err := s.today(ctx, t.Principal.ID)
	if err != nil {
		return difference.Difference{}, err
	}
	d := difference.Of(today, grant)
	if s.compared != nil {
		*s.compared = compared{done: true, risk: d.Risk, Difference: d}
	}
	return d, nil
}

func grantOf(t Terms) (difference.Grant, error) {
	grant := difference.Grant{For: time.Duration(t.Duration) * time.Second, Unbound: unbound(t)}
	for _, text := range t.Policies {
		document, err := iampolicy.Parse([]byte(text))
		if err != nil {
			return grant, fault.Errorf(fault.Internal, "a policy of elevation %s cannot be read: %w", t.ID, err)
		}
		grant.Policies = append(grant.Policies, document)
	}
	return grant, nil
}

// seenWithin is eight surveys. What was seen before may be gone: it must not make a grant seem to add less.
const seenWithin = 2 * time.Hour

func (s Differences) today(ctx context.Context, principalID string) (difference.Today, error) {
	now := s.Now()
	all, err := baseline.Load(ctx, s.Store, principalID, now, now)
	switch {
	case fault.KindOf(err) == fault.Internal:
		s.Log.WarnContext(ctx, "policies of a principal cannot be read", "principal", principalID, "error", err)
		return difference.Today{Unknown: "their record cannot be read"}, nil
	case err != nil:
		return difference.Today{}, fault.Wrap(err, "reading the policies of %s", principalID)
	case len(all) == 0:
		return difference.Today{Unknown: "no survey has seen it yet"}, nil
	}
	last := all[len(all)-1]
	if last.Unknown {
		return difference.Today{Unknown: "the last survey could not read all of them, or did not see it"}, nil
	}
	if now.Sub(last.Until) > seenWithin {
		return difference.Today{Unknown: "no survey has seen them since " + last.Until.Format(time.RFC3339)}, nil
	}
	return difference.Today{Policies: last.Policies, SeenAt: last.Until}, nil
}

func unbound(t Terms) bool {
	return !t.Principal.User() && (t.Session.Weak || t.Session.Bind == BindNone || t.Session.Bind == BindVPCEndpoint)
}

// adds is nil if it is not needed, or failed: no request waits for it.
func (s Differences) adds(ctx context.Context, t Terms) *Adds {
	if t.Approval.Need == 0 && !t.BreakGlass && (s.compared == nil || !s.compared.done) {
		return nil
	}
	d, err := s.of(ctx, t)
	if err != nil {
		s.Log.WarnContext(ctx, "what a grant adds was not computed", "elevation", t.ID, "error", err)
		return nil
	}
	return &Adds{d.Line(), d.Risk, d.Reasons, d.Hash(), d.SeenAt, d.Unknown}
}

// shown is nil for what is over, or cannot be read. If today's policies cannot be read, all counts as new.
func (s Differences) shown(ctx context.Context, l Life) *difference.Difference {
	if l.Elevation.State.Terminal() {
		return nil
	}
	d, err := s.of(ctx, l.Terms)
	if err == nil {
		return &d
	}
	s.Log.WarnContext(ctx, "what a grant adds was not computed", "elevation", l.Terms.ID, "error", err)
	grant, err := grantOf(l.Terms)
	if err != nil {
		return nil
	}
	d = difference.Of(difference.Today{Unknown: "reading what the surveys saw failed: show it again in a minute"}, grant)
	return &d
}

// decidedOn adds the hash as of now to an approval. Conflict: another was shown.
func (s Differences) decidedOn(ctx context.Context, t Terms, d Decision) (Decision, error) {
	if !d.Approve {
		return d, nil
	}
	now, err := s.of(ctx, t)
	if err != nil {
		return d, err
	}
	if d.shown != "" && d.shown != now.Hash() {
		return d, fault.Errorf(fault.Conflict, "what this grant adds has changed since it was shown: look again")
	}
	d.Difference, d.Seen = now.Hash(), d.shown != ""
	return d, nil
}
