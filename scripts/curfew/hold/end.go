package hold

import (
	"context"
	"time"

	"curfew/scripts/curfew/client"
)

// firstRetry is the wait before the end is ordered once more; it doubles.
const firstRetry = 500 * time.Millisecond

// End ends the elevation, or withdraws it before the grant, and retries for Pace.End. It is idempotent: an elevation
// that is over, or is being removed, is success. In the returned elevation "revoking" means that the order was taken,
// and "ended" that access is proven gone.
func (h *Holder) End(e client.Elevation) (client.Elevation, error) {
	if overError(e) != nil {
		return e, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.Pace.End)
	defer cancel()
	if seen := h.endsByItself(ctx, e); seen != nil {
		return *seen, nil
	}
	granted := e.State == "granting" || e.State == "active"
	for wait := firstRetry; ; wait *= 2 {
		call := h.API.Withdraw
		if granted {
			call = h.API.End
		}
		after, err := call(ctx, h.ID)
		if err == nil {
			return after, nil
		}
		switch {
		case isConflict(err): // the state changed: try the other call
			granted = !granted
		case !h.Passing(err):
			return e, err
		}
		if !pause(ctx, wait) {
			return e, err
		}
	}
}

// deadlineLookEvery is how often End looks after the deadline: Curfew needs a second or two.
const deadlineLookEvery = 4

// endsByItself returns the elevation if its deadline has passed and its end began: an order would be recorded as the
// holder's wish. It returns nil if an order is needed, because this machine's clock may be ahead.
func (h *Holder) endsByItself(ctx context.Context, e client.Elevation) *client.Elevation {
	if e.Deadline.IsZero() || wallTime().Before(e.Deadline) {
		return nil
	}
	for range deadlineLookEvery {
		seen, err := h.API.Show(ctx, h.ID)
		if err == nil && overError(seen) != nil {
			return &seen
		}
		if !pause(ctx, h.Pace.Look/2) {
			return nil
		}
	}
	return nil
}
