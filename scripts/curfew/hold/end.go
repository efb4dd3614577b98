package hold

import (
	"context"
	"time"

	"curfew/scripts/curfew/client"
)

// firstAgain is the wait before the end is ordered once more; it doubles.
const firstAgain = 500 * time.Millisecond

// End ends what is held, or takes back what was not granted yet, and tries again until the pace's time for it is over.
// One that is over, or is
// being removed, is success. It gives the elevation as it is known then: an order was taken when its state is
// revoking, and access is proven gone when it is ended.
func (h *Holder) End(e client.Elevation) (client.Elevation, error) {
	if over(e) != nil {
		return e, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.Pace.End)
	defer cancel()
	if seen := h.endsByItself(ctx, e); seen != nil {
		return *seen, nil
	}
	granted := e.State == "granting" || e.State == "active"
	for wait := firstAgain; ; wait *= 2 {
		call := h.API.Withdraw
		if granted {
			call = h.API.End
		}
		after, err := call(ctx, h.ID)
		if err == nil {
			return after, nil
		}
		switch {
		case conflict(err): // the state is another: the other way out
			granted = !granted
		case !h.Passing(err):
			return e, err
		}
		if !pause(ctx, wait) {
			return e, err
		}
	}
}

// looksAtDeadline is how often an elevation is looked at whose deadline has passed: Curfew needs a second or two.
const looksAtDeadline = 4

// endsByItself is the elevation whose deadline has passed and whose end began. An order would only be told as its
// holder's wish. It gives nil if there is an end to be ordered: this machine's clock may be ahead.
func (h *Holder) endsByItself(ctx context.Context, e client.Elevation) *client.Elevation {
	if e.Deadline.IsZero() || wall().Before(e.Deadline) {
		return nil
	}
	for range looksAtDeadline {
		seen, err := h.API.Show(ctx, h.ID)
		if err == nil && over(seen) != nil {
			return &seen
		}
		if !pause(ctx, h.Pace.Look/2) {
			return nil
		}
	}
	return nil
}
