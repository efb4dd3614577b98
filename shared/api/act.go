package api

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// RequestElevation requests an elevation. The error of a refusal names the elevation that keeps it.
func RequestElevation(ctx context.Context, s *access.Service, c identity.Caller, in NewElevation) (Elevation, error) {
	t, e, err := s.Submit(ctx, c, in.request())
	if err != nil {
		return Elevation{}, err
	}
	return elevationOf(access.Life{Terms: t, Elevation: e}), nil
}

// ShowElevation returns one elevation with its evidence verified.
func ShowElevation(ctx context.Context, s *access.Service, c identity.Caller, in ByID) (Detail, error) {
	v, err := s.Show(ctx, c, in.ID)
	if err != nil {
		return Detail{}, err
	}
	return detailOf(v)
}

// DecideElevation stores a decision.
func DecideElevation(ctx context.Context, s *access.Service, c identity.Caller, in NewDecision) (Elevation, error) {
	if err := NotUnderstood(in.check(s.Now())); err != nil { // else any other word would deny
		return Elevation{}, err
	}
	switch in.Decision {
	case Withdraw:
		return shown(access.WithdrawApproval(ctx, s, c, in.ID, in.Reason))
	case Approve:
		return shown(access.ApproveShown(ctx, s, c, in.ID, in.Digest, in.Seen, in.Reason))
	}
	return shown(s.Decide(ctx, c, in.ID, in.Digest, false, in.Reason))
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

func shown(l access.Life, err error) (Elevation, error) {
	if err != nil {
		return Elevation{}, err
	}
	return elevationOf(l), nil
}

// SignReview signs the review of an elevation.
func SignReview(ctx context.Context, s *access.Service, c identity.Caller, in NewReview) (Review, error) {
	signed, err := s.SignReview(ctx, c, in.ID, in.Note)
	return reviewOf(signed), err
}

// ListEntitlements returns what the caller may request.
func ListEntitlements(ctx context.Context, s *access.Service, c identity.Caller, _ Nothing) (EntitlementList, error) {
	all, err := s.Entitlements(ctx, c)
	l := EntitlementList{Entitlements: []Entitlement{}}
	for _, e := range all {
		l.Entitlements = append(l.Entitlements, entitlementOf(e))
	}
	return l, err
}

// ShowEntitlement returns one entitlement that the caller may request.
func ShowEntitlement(ctx context.Context, s *access.Service, c identity.Caller, in ByName) (EntitlementShown, error) {
	e, err := access.Submission{Service: s}.Entitlement(ctx, c, in.Name)
	if err != nil {
		return EntitlementShown{}, err
	}
	v := EntitlementShown{entitlementOf(e), e.Policy}
	left, err := access.Submission{Service: s}.Left(ctx, e, c)
	for _, l := range left {
		for i, b := range v.Budgets {
			if b.Per == string(l.Per) && b.In == seconds(l.In) {
				v.Budgets[i].Left = &l.Left
			}
		}
	}
	return v, err
}

// WhoAmI returns the caller.
func WhoAmI(_ context.Context, s *access.Service, c identity.Caller, _ Nothing) (Me, error) {
	return Me{c.ID, string(c.Kind), c.Name, list(c.Groups), c.In(s.Settings.Operators), c.MFA, c.MFAAt}, nil
}
