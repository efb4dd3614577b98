package simulation

import (
	"context"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// watchedStore reports every write to the oracle.
type watchedStore struct {
	*inprocess.Store
	oracle *oracle
}

// Write is [record.Store.Write].
func (s watchedStore) Write(ctx context.Context, changes ...record.Change) error {
	s.oracle.mu.Lock()
	defer s.oracle.mu.Unlock()
	if time.Now().Before(s.oracle.oldUntil) {
		changes = asFirstRelease(changes)
	}
	err := s.Store.Write(ctx, changes...)
	if err == nil {
		s.oracle.checkWrite(changes)
	}
	return err
}

// watchedCloud makes the oracle check IAM after every possible change.
type watchedCloud struct {
	*inprocess.Cloud
	oracle *oracle
}

// Attach is [access.Cloud.Attach].
func (c watchedCloud) Attach(ctx context.Context, g access.Grant) error {
	err := c.Cloud.Attach(ctx, g)
	c.oracle.touched(strings.TrimPrefix(g.Name, "curfew-"), err)
	return err
}

// Remove is [access.Cloud.Remove].
func (c watchedCloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	calls, err := c.Cloud.Remove(ctx, p, grant)
	by, _ := ctx.Value(orderKey{}).(string)
	c.oracle.recordRemoval(by)
	return calls, err
}

// orderKey is the context key of who ordered Revoke.
type orderKey struct{}

func (o *oracle) recordRemoval(by string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.goneBy = by
	o.lookAtIAM()
	o.goneBy = ""
}
