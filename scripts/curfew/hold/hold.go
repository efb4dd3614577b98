package hold

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"curfew/scripts/curfew/client"
)

// API is what a [Holder] calls. The holder makes one call at a time; the implementation bounds each.
type API interface {
	// Show returns the elevation as it is now.
	Show(ctx context.Context, id string) (client.Elevation, error)
	// Heartbeat sends a heartbeat. A Conflict: the elevation is not active, or a heartbeat was missed.
	Heartbeat(ctx context.Context, id string) (client.Elevation, error)
	// End ends what was granted, and is idempotent. A Conflict: it was not granted yet.
	End(ctx context.Context, id string) (client.Elevation, error)
	// Withdraw takes a request back before the grant. A Conflict: it was granted.
	Withdraw(ctx context.Context, id string) (client.Elevation, error)
}

// Holder holds one elevation. Call its methods in this order: Await, Run, End.
type Holder struct {
	API API
	ID  string

	// Signals brings the signals of this process. While the command runs they are passed on to it; before that, a fatal
	// one ends the wait.
	Signals <-chan os.Signal

	// Passing reports whether an error of the API is worth a retry.
	Passing func(error) bool
	// Progress gets the elevation after each look, until the command runs. Starting is called just before: from then on
	// the command owns the streams.
	Progress func(client.Elevation)
	Starting func()
	// Say shows one line to the user.
	Say func(string)

	// Terminal: this process has a controlling terminal, which sends its keys to the command as well.
	Terminal bool
	Pace     Pace
}

// Pace has the intervals and limits.
type Pace struct {
	Look     time.Duration // between two looks while waiting
	Watch    time.Duration // between two looks while the command runs
	Patience time.Duration // without any answer, after which a wait gives up
	Settle   time.Duration // limit from active to ready_at, in case the clocks differ
	Grace    time.Duration // between SIGTERM and SIGKILL, when access is over first
	End      time.Duration // for ending the elevation, with retries
}

// Usual returns the pace of the command line.
func Usual() Pace {
	return Pace{
		Look: 2 * time.Second, Watch: 15 * time.Second, Patience: 5 * time.Minute, Settle: time.Minute,
		Grace: 10 * time.Second, End: 20 * time.Second,
	}
}

// OverError: the elevation is over, or will never be active.
type OverError struct {
	Elevation client.Elevation
	Why       string // one line
}

// Error returns Why.
func (e *OverError) Error() string { return e.Why }

// SignalError is a signal that came before the command ran.
type SignalError struct{ Signal os.Signal }

// Error names the signal.
func (e *SignalError) Error() string { return e.Signal.String() }

// overError returns an [*OverError] if the elevation is past active, else nil.
func overError(e client.Elevation) *OverError {
	switch e.State {
	case "requested", "approved", "granting", "active":
		return nil
	}
	text := "it is " + e.State
	if e.Cause != "" {
		text += " (" + e.Cause + ")"
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	return &OverError{e, text}
}

// isConflict reports whether the elevation's state does not allow the call.
func isConflict(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status == http.StatusConflict
}

func (h *Holder) sayf(format string, args ...any) { h.Say(fmt.Sprintf(format, args...)) }

// pause waits, and reports whether the context still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
