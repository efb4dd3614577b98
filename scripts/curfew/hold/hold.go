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

// API is what holding needs of Curfew. Its calls are made one at a time, and each is bounded by whoever implements it.
type API interface {
	// Show tells where an elevation stands.
	Show(ctx context.Context, id string) (client.Elevation, error)
	// Heartbeat tells that the holder lives. A Conflict: the elevation is not active, or it was silent for too long.
	Heartbeat(ctx context.Context, id string) (client.Elevation, error)
	// End ends what was granted; ended before is success. A Conflict: it was not granted yet.
	End(ctx context.Context, id string) (client.Elevation, error)
	// Withdraw takes back what was not granted yet. A Conflict: it was.
	Withdraw(ctx context.Context, id string) (client.Elevation, error)
}

// Holder holds one elevation. Its methods are called one after the other: Await, Run, End.
type Holder struct {
	API API
	ID  string

	// Signals brings what this process receives. They are the command's while it runs; before, those that end a process
	// end the wait.
	Signals <-chan os.Signal

	// Passing reports whether an error of the API may pass while one waits.
	Passing func(error) bool
	// Progress is told of the elevation each time it was looked at, until the command runs; Starting, that it is about to:
	// the streams are the command's from then on.
	Progress func(client.Elevation)
	Starting func()
	// Say tells the user something in one line.
	Say func(string)

	// Terminal: this process has a controlling terminal. It is the terminal then that tells the command of its keys.
	Terminal bool
	Pace     Pace
}

// Pace is how fast things are done.
type Pace struct {
	Look     time.Duration // between two looks at an elevation that is waited for
	Watch    time.Duration // between two looks at an elevation that is held
	Patience time.Duration // without any answer, a wait is given up after it
	Settle   time.Duration // bounds the wait from active to ready_at, should the clocks differ
	Grace    time.Duration // between SIGTERM and SIGKILL, for a command whose access is over
	End      time.Duration // for ending the elevation, repeats included
}

// Usual is the pace of the command line.
func Usual() Pace {
	return Pace{
		Look: 2 * time.Second, Watch: 15 * time.Second, Patience: 5 * time.Minute, Settle: time.Minute,
		Grace: 10 * time.Second, End: 20 * time.Second,
	}
}

// OverError is an elevation that is not held any more, or never will be.
type OverError struct {
	Elevation client.Elevation
	Why       string // in one line
}

// Error is why.
func (e *OverError) Error() string { return e.Why }

// SignalError is a signal that came before the command ran.
type SignalError struct{ Signal os.Signal }

// Error names the signal.
func (e *SignalError) Error() string { return e.Signal.String() }

// over is the error of an elevation that is past being active; nil if it may still be, or is.
func over(e client.Elevation) *OverError {
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

// conflict reports whether the API said that the elevation's state does not allow a call.
func conflict(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status == http.StatusConflict
}

func (h *Holder) sayf(format string, args ...any) { h.Say(fmt.Sprintf(format, args...)) }

// pause waits, and reports whether the context is not over then.
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
