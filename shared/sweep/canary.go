package sweep

import (
	"context"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// SilentNet: a net did not end its canary.
var SilentNet = kind("silent-net", finding.High, "a net that ends access does not work", "look at the log and the alarms of the function behind the net")

func canaryTurns() []access.Net {
	return []access.Net{access.NetWorkflow, access.NetExecution, access.NetSweep, access.NetTTL}
}

// Canaries tests the nets.
type Canaries struct{ *access.Service }

// IsReservedForOtherNet reports whether l is a canary whose net still has time: other nets must ignore it. Each net
// asks before its order. Revoke does not.
func (s Canaries) IsReservedForOtherNet(l access.Life, asks access.Net) bool {
	n := l.Terms.CanaryNet()
	return n != "" && n != asks && l.Terms.Principal.ARN == s.Settings.Canary.Principal &&
		l.Elevation.State == access.Active && s.Now().Before(l.Elevation.Deadline.Add(n.Patience()))
}

// diesWithin adds 15 minutes for alarms, which must see the failure and that it was expected.
const diesWithin = access.CanaryFor + 15*time.Minute

// isFailingOnPurpose reports whether the execution fails on purpose, soon or just now: see [access.Input].
func (c Canary) isFailingOnPurpose(now time.Time) bool {
	return c.Elevation != "" && c.Net != access.NetWorkflow && now.Before(c.BegunAt.Add(diesWithin))
}

// runCanary starts a canary when due. It sets sw.Canary when one ended.
func (s Canaries) runCanary(ctx context.Context, sw *PassResult) error {
	if s.Settings.Canary.Principal == "" {
		return nil
	}
	rows, err := s.Store.Read(ctx, access.CanaryKey())
	if err != nil {
		return fault.Wrap(err, "reading the state of the canary")
	}
	row, ok := rows[access.CanaryKey()]
	if !ok {
		return s.beginCanary(ctx, Canary{}, record.Change{If: record.Absent}, sw)
	}
	last, err := record.Decode[Canary](row)
	if err != nil {
		return err
	}
	sw.CanaryDies = last.isFailingOnPurpose(s.Now())
	put := record.Change{If: record.Unchanged, Version: row.Version}
	if last.EndedBy != "" {
		if s.Now().Before(last.BegunAt.Add(s.Settings.Canary.Every)) {
			return nil
		}
		return s.beginCanary(ctx, last, put, sw)
	}
	sw.Canary, err = s.concludeCanary(ctx, last, put)
	return err
}

// beginCanary stores the row first: no two canaries at once, and a failed request counts as a silent net.
func (s Canaries) beginCanary(ctx context.Context, last Canary, put record.Change, sw *PassResult) error {
	if err := access.Accounts(s.Service).Admit(ctx, strings.Split(s.Settings.Canary.Principal, ":")[4]); fault.KindOf(err) == fault.Denied {
		return nil // not added yet
	}
	if all, err := s.Suspensions().Held(ctx, suspension.Scope{Everything: true}); err != nil || all != "" {
		return err // the canary would be refused
	}
	turns := canaryTurns()
	next := Canary{Net: turns[0], BegunAt: s.Instant()}
	for i, n := range turns {
		if n == last.Net {
			next.Net = turns[(i+1)%len(turns)]
		}
	}
	t, err := access.Submission{Service: s.Service}.CanaryTerms(ctx, next.Net)
	if err != nil {
		return fault.Wrap(err, "requesting a canary")
	}
	next.Elevation = t.ID
	if put.Row, err = record.Encode(access.CanaryKey(), put.Version+1, next); err != nil {
		return err
	}
	if err := s.Store.Write(ctx, put); err != nil {
		return fault.Wrap(err, "storing the state of the canary")
	}
	sw.CanaryDies = next.isFailingOnPurpose(s.Now())
	e, err := access.Submission{Service: s.Service}.Keep(ctx, t.Requester, t, access.Request{}, record.Change{}, func(access.Terms) ([]record.Change, error) { return nil, nil })
	if err != nil {
		return fault.Wrap(err, "requesting a canary")
	}
	_, input, err := s.Input(ctx, t)
	if err == nil {
		err = s.Workflow.Start(ctx, e.ID, input)
	}
	return fault.Wrap(err, "starting a canary")
}

// concludeCanary reports the end, or a silent net.
func (s Canaries) concludeCanary(ctx context.Context, last Canary, put record.Change) (*Canary, error) {
	l, err := s.Load(ctx, last.Elevation)
	switch {
	case fault.KindOf(err) == fault.NotFound: // the request failed
		last.EndedBy = "nobody"
	case err != nil:
		return nil, err
	case l.Elevation.State == access.Ended:
		last.EndedBy, last.Late = l.Elevation.OrderedBy, max(0, int64(l.Elevation.GoneAt.Sub(l.Elevation.Deadline)/time.Second))
	case l.Elevation.State.Terminal():
		last.EndedBy = "nobody"
	default:
		return nil, nil // it is still active
	}
	if put.Row, err = record.Encode(access.CanaryKey(), put.Version+1, last); err != nil {
		return nil, err
	}
	if err := s.Store.Write(ctx, put); err != nil {
		return nil, fault.Wrap(err, "storing how a canary ended")
	}
	// Another cause ended it first: that proves nothing about the net.
	if cause := l.Elevation.Cause; cause == access.Revoked || cause == access.PolicyDenied {
		return &last, nil
	}
	if last.EndedBy != string(last.Net) {
		return &last, finding.Report(ctx, s.Base, SilentNet, finding.Occurrence{
			Subject: string(last.Net), What: "the " + string(last.Net) + " did not end a canary that was left to it: " + last.EndedBy + " did, see " + last.Elevation,
			Elevation: last.Elevation, Detail: last})
	}
	return &last, nil
}
