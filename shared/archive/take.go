package archive

import (
	"context"
	"errors"
)

// Take enters a batch of the stream of either table, in order. It is idempotent.
func (s *Service) Take(ctx context.Context, changes []Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var entries []entry
	var alarms []alarm
	for _, c := range changes {
		e, a := inspect(c, s.Now(), s.Retention)
		entries, alarms = append(entries, e...), append(alarms, a...)
	}
	failed := reporter{s}.report(ctx, alarms...) // first: the log may be out of order
	if len(entries) == 0 {
		return failed
	}
	entries, err := follower{s}.follow(ctx, entries)
	if err == nil {
		err = s.enter(ctx, entries)
	}
	return errors.Join(failed, err)
}
