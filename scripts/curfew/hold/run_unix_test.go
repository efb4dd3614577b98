//go:build unix

package hold_test

import (
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"curfew/scripts/curfew/hold"
)

// quick is the pace of tests that run real commands.
func quick(h *hold.Holder) *hold.Holder {
	h.Pace.Look, h.Pace.Watch = 10*time.Millisecond, 10*time.Millisecond
	return h
}

func TestRunGivesTheExitCode(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 75": 75, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		a, s := newAPI("active"), &said{}
		code, early, err := quick(holder(a, s)).Run(a.e, exec.Command("sh", "-c", script))
		if code != want || early != nil || err != nil {
			t.Errorf("%s: %d, %v, %v; want %d", script, code, early, err, want)
		}
		if got := s.progress[len(s.progress)-1]; got != "starting" {
			t.Errorf("%s: %v", script, s.progress)
		}
	}
}

func TestCommandWithoutAccessIsEnded(t *testing.T) {
	for name, c := range map[string]struct {
		script     string
		grace      time.Duration
		code, says int
	}{
		"it obeys":     {`trap 'exit 5' TERM; echo ready >&2; while :; do sleep 0.02; done`, time.Minute, 5, 1},
		"it does not":  {`trap '' TERM; echo ready >&2; while :; do sleep 0.02; done`, 200 * time.Millisecond, 137, 2},
		"it is gone":   {`exit 6`, time.Minute, 6, 0},
		"by a default": {`echo ready >&2; exec sleep 60`, time.Minute, 143, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, s := newAPI("active"), &said{}
			var over atomic.Bool
			a.fails = func(string) error {
				if over.Load() {
					ends("revoked")(&a.e)
				}
				return nil
			}
			h := quick(holder(a, s))
			h.Pace.Grace = c.grace
			command := exec.Command("sh", "-c", c.script)
			command.Stderr = ready(func() { over.Store(true) })
			code, early, err := h.Run(a.e, command)
			if code != c.code || err != nil || len(s.lines) != c.says || (early != nil) != (c.says > 0) {
				t.Errorf("%d, %v, %v, %q; want %d", code, early, err, s.lines, c.code)
			}
		})
	}
}

// The whole group gets the signal, so that children do not outlive the command.
func TestGroupIsSignalled(t *testing.T) {
	a, s := newAPI("active"), &said{}
	signals := make(chan os.Signal, 1)
	h := quick(holder(a, s))
	h.Signals = signals
	var out strings.Builder
	c := exec.Command("sh", "-c", `trap 'trap "" USR1; wait; echo outer; exit 9' USR1
		sh -c 'trap "echo inner; exit" USR1; echo ready >&2; while :; do sleep 0.02; done' & wait`)
	c.Stdout, c.Stderr = &out, ready(func() { signals <- syscall.SIGUSR1 })
	code, _, err := h.Run(a.e, c)
	if got, want := out.String(), "inner\nouter\n"; code != 9 || err != nil || got != want {
		t.Errorf("%d, %v, %q; want 9 and %q", code, err, got, want)
	}
}

// ready does something once when it is written to.
type ready func()

func (r ready) Write(b []byte) (int, error) {
	r()
	return len(b), nil
}

func TestSignalBeforeTheCommandRuns(t *testing.T) {
	a, s := newAPI("active"), &said{}
	a.e.ReadyAt = time.Now().Add(time.Hour)
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGHUP
	h := quick(holder(a, s))
	h.Signals = signals
	_, _, err := h.Run(a.e, exec.Command("sh", "-c", "exit 1"))
	if e, ok := err.(*hold.SignalError); !ok || e.Code() != 129 {
		t.Errorf("error = %v, want the signal", err)
	}
}

func TestElevationThatEndsBeforeTheCommandRuns(t *testing.T) {
	a, s := newAPI("active"), &said{}
	a.e.ReadyAt = time.Now().Add(time.Hour)
	a.later[50*time.Millisecond] = ends("policy")
	_, _, err := quick(holder(a, s)).Run(a.e, exec.Command("sh", "-c", "exit 1"))
	if e, ok := err.(*hold.OverError); !ok || e.Elevation.Cause != "policy" {
		t.Errorf("error = %v, want the end", err)
	}
}

func TestCommandThatDoesNotStart(t *testing.T) {
	a, s := newAPI("active"), &said{}
	if _, _, err := quick(holder(a, s)).Run(a.e, exec.Command(t.TempDir())); err == nil {
		t.Error("a folder was run")
	}
}
