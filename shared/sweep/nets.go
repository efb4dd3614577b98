package sweep

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// IsExpiry reports whether k is of a TTL record: see [Sweep.Expire].
func IsExpiry(k record.Key) bool {
	return k.Table == record.AccessTable && k.Sort == access.ExpiryKey("").Sort
}

// Expire handles the removal of a TTL record. Removals are duplicated and late, so it reads the elevation first, and
// orders the end if it cannot. Transient: too early by this clock. The stream must retry: no other removal will come.
func (s Sweep) Expire(ctx context.Context, removed record.Row) (err error) {
	o, err := record.Decode[access.Order](removed)
	if err != nil {
		return err
	}
	defer s.Logged(ctx, "expire", o.ID, "ttl", &err)
	l, err := s.Load(ctx, o.ID)
	switch {
	case err == nil && l.Elevation.State.Terminal():
		return nil
	case err == nil && s.Now().Before(l.Elevation.Deadline):
		return fault.Errorf(fault.Transient, "the deadline of %s is %s", o.ID, l.Elevation.Deadline.Format(time.RFC3339))
	case err == nil && Canaries(s).IsReservedForOtherNet(l, access.NetTTL):
		return nil
	}
	return s.Workflow.Revoke(ctx, o)
}

// ExecutionClosed handles an execution that did not succeed, perhaps after Grant. Revoke finds out.
func (s Sweep) ExecutionClosed(ctx context.Context, status, input string) (err error) {
	if status == "SUCCEEDED" || status == "RUNNING" {
		return nil
	}
	var in access.Input
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		return fault.Errorf(fault.Invalid, "the input of an execution that is %s: %w", fault.Printable(status), err)
	}
	defer s.Logged(ctx, "execution-closed", in.ID, "execution", &err)
	if l, err := s.Load(ctx, in.ID); err == nil && Canaries(s).IsReservedForOtherNet(l, access.NetExecution) { // continue after an error
		return nil
	}
	return s.Workflow.Revoke(ctx, access.Order{
		ID: in.ID, Account: in.Account, Principal: in.Principal, PrincipalID: in.PrincipalID,
		By: "execution", OrderedAt: s.Instant(),
	})
}

// DiedOnPurpose reports whether a canary's input made its execution fail: see [access.Input]. It trusts only the
// record: callers choose other text. Stopped, timed out and unreadable ones do not count.
func (s Sweep) DiedOnPurpose(ctx context.Context, status, input string) bool {
	var in access.Input
	if status != "FAILED" || json.Unmarshal([]byte(input), &in) != nil || in.Account != "" {
		return false
	}
	l, err := s.Load(ctx, in.ID)
	if err != nil {
		return false
	}
	if stored, _, err := s.Input(ctx, l.Terms); err != nil || stored != in {
		return false
	}
	n := l.Terms.CanaryNet()
	return n != "" && n != access.NetWorkflow && l.Terms.Principal.ARN == s.Settings.Canary.Principal
}

const overdueBy = time.Minute

// Overdue reports whether access may remain a minute after its end was due. A canary may wait for its net: see
// [Canaries.IsReservedForOtherNet]. It returns true with an error.
func (s Sweep) Overdue(ctx context.Context, e access.Elevation) (bool, error) {
	due := e.LateFrom()
	if !e.State.Open() || due.IsZero() || !s.Now().After(due.Add(overdueBy)) {
		return false, nil
	}
	if e.State != access.Active || !e.IsCanary() {
		return true, nil
	}
	l, err := s.Load(ctx, e.ID) // its terms name the net
	switch {
	case err != nil:
		return true, err
	case l.Elevation.State != access.Active: // its net acted meanwhile
		return s.Overdue(ctx, l.Elevation)
	}
	return !Canaries(s).IsReservedForOtherNet(l, ""), nil
}
