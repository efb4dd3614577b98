package correlate

import (
	"context"
	"errors"

	"curfew/shared/access"
)

// Govern takes the accounts whose records count from the registry: the governed ones, and home.
func (s *Service) Govern(ctx context.Context) error {
	all, err := access.Accounts(s.Service).Governed(ctx)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		all = append(all, s.beats.in.Home)
	}
	s.accounts, s.watcher.in.Accounts, s.beats.in.Accounts = all, all, all
	return nil
}

// DeliverGoverned is [Service.Deliver] after [Service.Govern]. If the registry cannot be read, all events come again.
func (s *Service) DeliverGoverned(ctx context.Context, events []string) []error {
	if err := s.Govern(ctx); err != nil {
		failed := make([]error, len(events))
		for i := range failed {
			failed[i] = errors.Join(err)
		}
		return failed
	}
	return s.Deliver(ctx, events)
}
