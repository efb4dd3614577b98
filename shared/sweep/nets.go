package sweep

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// IsExpiry reports whether a row of the access table is a TTL record, whose removal is for [Sweep.Expire].
func IsExpiry(k record.Key) bool {
	return k.Table == record.AccessTable && k.Sort == access.ExpiryKey("").Sort
}

// Expire acts on a TTL record that DynamoDB removed. The record of the elevation is read again first: a removal may be
// told twice, and days late. If it cannot be read the order is given all the same. A removal that this clock thinks too
// early is Transient, not nothing: the record that would bring another is gone, and the stream brings this one again.
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
	case err == nil && Canaries(s).LeftToAnother(l, access.NetTTL):
		return nil
	}
	return s.Workflow.Revoke(ctx, o)
}

// ExecutionClosed acts on an execution that ended other than by succeeding: it may have died after Grant. input is what
// it was started with; Revoke finds out whether there is anything to take away.
func (s Sweep) ExecutionClosed(ctx context.Context, status, input string) (err error) {
	if status == "SUCCEEDED" || status == "RUNNING" {
		return nil
	}
	var in access.Input
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		return fault.Errorf(fault.Invalid, "the input of an execution that is %s: %w", fault.Printable(status), err)
	}
	defer s.Logged(ctx, "execution-closed", in.ID, "execution", &err)
	if l, err := s.Load(ctx, in.ID); err == nil && Canaries(s).LeftToAnother(l, access.NetExecution) { // without the record it goes on
		return nil
	}
	return s.Workflow.Revoke(ctx, access.Order{
		ID: in.ID, Account: in.Account, Principal: in.Principal, PrincipalID: in.PrincipalID,
		By: "execution", OrderedAt: s.Instant(),
	})
}

// DiedOnPurpose reports whether an execution that ended so is the one of a canary, whose input was made so that it fails:
// see [access.Input]. The record says that it is a canary, and which input its execution has: no text that a caller can
// choose counts. One that was stopped or timed out did not die on purpose. If the record cannot be read the answer is no.
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

// overdueBy is how long after it was due an end may be unproven before it counts as overdue.
const overdueBy = time.Minute

// Overdue reports whether access should be over and is not proven gone, more than a minute after that was due. A canary that
// is left to one net is not overdue as long as the other nets leave it to that one: see [Canaries.LeftToAnother]. True with an error: it
// cannot be read whether it is such a canary.
func (s Sweep) Overdue(ctx context.Context, e access.Elevation) (bool, error) {
	due := e.LateFrom()
	if !e.State.Open() || due.IsZero() || !s.Now().After(due.Add(overdueBy)) {
		return false, nil
	}
	if e.State != access.Active || !e.IsCanary() {
		return true, nil
	}
	l, err := s.Load(ctx, e.ID) // the net is in the terms
	switch {
	case err != nil:
		return true, err
	case l.Elevation.State != access.Active: // its net was at it meanwhile
		return s.Overdue(ctx, l.Elevation)
	}
	return !Canaries(s).LeftToAnother(l, ""), nil
}
