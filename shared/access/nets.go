package access

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Two of the five nets under a grant have their doors here; the fence is in IAM itself, the state machine's Hold leads to
// Revoke, and the sweep is in reconcile.go. A net only decides whether to give the order; Revoke does the rest.

// Expire acts on a TTL record that DynamoDB removed. The record of the elevation is read again first: a removal may be
// told twice, and days late. If it cannot be read the order is given all the same. A removal that this clock thinks too
// early is Transient, not nothing: the record that would bring another is gone, and the stream brings this one again.
func (s *Service) Expire(ctx context.Context, removed record.Row) (err error) {
	o, err := record.Decode[Order](removed)
	if err != nil {
		return err
	}
	defer s.Logged(ctx, "expire", o.ID, "ttl", &err)
	l, err := s.load(ctx, o.ID)
	switch {
	case err == nil && l.elevation.State.Terminal():
		return nil
	case err == nil && s.Now().Before(l.elevation.Deadline):
		return fault.Errorf(fault.Transient, "the deadline of %s is %s", o.ID, l.elevation.Deadline.Format(time.RFC3339))
	case err == nil && canaries{s}.leftToAnother(l, NetTTL):
		return nil
	}
	return s.Workflow.Revoke(ctx, o)
}

// ExecutionClosed acts on an execution that ended other than by succeeding: it may have died after Grant. input is what
// it was started with; Revoke finds out whether there is anything to take away.
func (s *Service) ExecutionClosed(ctx context.Context, status, input string) (err error) {
	if status == "SUCCEEDED" || status == "RUNNING" {
		return nil
	}
	var in Input
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		return fault.Errorf(fault.Invalid, "the input of an execution that is %s: %w", fault.Printable(status), err)
	}
	defer s.Logged(ctx, "execution-closed", in.ID, "execution", &err)
	if l, err := s.load(ctx, in.ID); err == nil && (canaries{s}).leftToAnother(l, NetExecution) { // without the record it goes on
		return nil
	}
	return s.Workflow.Revoke(ctx, Order{
		ID: in.ID, Account: in.Account, Principal: in.Principal, PrincipalID: in.PrincipalID,
		By: "execution", OrderedAt: s.Instant(),
	})
}

// IsExpiry reports whether a row of the access table is a TTL record, whose removal is for [Service.Expire].
func IsExpiry(k record.Key) bool {
	return k.Table == record.AccessTable && k.Sort == expiryKey("").Sort
}
