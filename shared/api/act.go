package api

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// RequestElevation asks for an elevation. A refusal is an error that names the elevation in which it is kept.
func RequestElevation(ctx context.Context, s *access.Service, c identity.Caller, in NewElevation) (Elevation, error) {
	t, e, err := s.Submit(ctx, c, in.request())
	if err != nil {
		return Elevation{}, err
	}
	return elevationOf(access.Life{Terms: t, Elevation: e}), nil
}

// ShowElevation gives all that the caller may see of one elevation, and verifies its evidence.
func ShowElevation(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Detail, error) {
	v, err := s.Show(ctx, c, in.ID)
	if err != nil {
		return Detail{}, err
	}
	return detailOf(v)
}

// DecideElevation takes a person's decision.
func DecideElevation(ctx context.Context, s *access.Service, c identity.Caller, in NewDecision) (Elevation, error) {
	if err := in.check(s.Now()).Err(); err != nil { // another word than approve is no denial
		return Elevation{}, notUnderstood(err)
	}
	return shown(s.Decide(ctx, c, in.ID, in.Digest, in.Decision == Approve, in.Reason))
}

// EndElevation orders the end of access.
func EndElevation(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Elevation, error) {
	return shown(s.End(ctx, c, in.ID))
}

// Heartbeat records that the holder is alive.
func Heartbeat(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Elevation, error) {
	return shown(s.Heartbeat(ctx, c, in.ID))
}

// WithdrawElevation cancels a request.
func WithdrawElevation(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Elevation, error) {
	return shown(s.Withdraw(ctx, c, in.ID))
}

// AcknowledgeElevation stops the paging of a stuck elevation.
func AcknowledgeElevation(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Elevation, error) {
	return shown(s.Acknowledge(ctx, c, in.ID))
}

// shown is what a verb stored. Nothing is read again.

func shown(l access.Life, err error) (Elevation, error) {
	if err != nil {
		return Elevation{}, err
	}
	return elevationOf(l), nil
}

// SignReview signs the review of a break-glass elevation that is over.
func SignReview(ctx context.Context, s *access.Service, c identity.Caller, in NewReview) (Review, error) {
	signed, err := s.SignReview(ctx, c, in.ID, in.Note)
	return reviewOf(signed), err
}

// ListEntitlements gives what the caller may ask for.
func ListEntitlements(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (EntitlementList, error) {
	all, err := s.Entitlements(ctx, c)
	l := EntitlementList{Entitlements: []Entitlement{}}
	for _, e := range all {
		l.Entitlements = append(l.Entitlements, entitlementOf(e))
	}
	return l, err
}

// ShowEntitlement returns one that the caller may ask for.
func ShowEntitlement(ctx context.Context, s *access.Service, c identity.Caller, in ByName) (EntitlementShown, error) {
	e, err := access.Submission{Service: s}.Entitlement(ctx, c, in.Name)
	return EntitlementShown{entitlementOf(e), e.Policy}, err
}

// WhoAmI says who is calling.
func WhoAmI(_ context.Context, _ *access.Service, c identity.Caller, _ Nothing) (Me, error) {
	return Me{c.ID, string(c.Kind), c.Name, list(c.Groups), c.MFA}, nil
}
