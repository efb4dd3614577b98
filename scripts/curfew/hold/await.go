package hold

import (
	"context"
	"os"
	"time"

	"curfew/scripts/curfew/client"
)

// Await waits until an elevation is active. It returns the elevation as last seen, with
//
//   - an [*OverError] if it will never be active;
//   - a [*SignalError] if a signal ended the wait;
//   - the context's error if that is over;
//   - the API's error if the API refused, or did not answer for too long.
//
// Except after an [*OverError] the elevation is left open: the caller decides whether to end it.
func (h *Holder) Await(ctx context.Context, e client.Elevation) (client.Elevation, error) {
	ctx, stop := h.interruptible(ctx)
	e, err := h.await(ctx, e)
	if s := stop(); s != nil {
		return e, &SignalError{s}
	}
	return e, err
}

func (h *Holder) await(ctx context.Context, e client.Elevation) (client.Elevation, error) {
	answered := time.Now()
	// Without an approval access comes within seconds: look often at first.
	for look := h.Pace.Look / 8; ; look = min(2*look, h.Pace.Look) {
		if o := overError(e); o != nil {
			return e, o
		}
		h.Progress(e)
		if e.State == "active" {
			return e, nil
		}
		if !pause(ctx, look) {
			return e, ctx.Err()
		}
		next, err := h.API.Show(ctx, h.ID)
		switch {
		case err == nil:
			e, answered = next, time.Now()
		case ctx.Err() != nil:
			return e, ctx.Err()
		case !h.Passing(err) || time.Since(answered) >= h.Pace.Patience:
			return e, err
		}
	}
}

// interruptible returns a context that ends with the first fatal signal. stop returns that signal, if there was one;
// after stop, this function reads no more signals.
func (h *Holder) interruptible(parent context.Context) (ctx context.Context, stop func() os.Signal) {
	ctx, cancel := context.WithCancel(parent)
	got := make(chan os.Signal, 1)
	go func() {
		defer cancel()
		for {
			select {
			case s := <-h.Signals:
				if isFatal(s) {
					got <- s
					return
				}
				h.pauseFor(s)
			case <-ctx.Done():
				got <- nil
				return
			}
		}
	}()
	return ctx, func() os.Signal {
		cancel()
		return <-got
	}
}

// pauseFor stops this process if s is Ctrl-Z. The command does not run yet.
func (h *Holder) pauseFor(s os.Signal) {
	if isSuspend(s) {
		suspend()
	}
}
