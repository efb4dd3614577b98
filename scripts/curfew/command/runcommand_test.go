package command_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/command"
)

func runFlags(more ...string) []string {
	return append([]string{"run", "--entitlement", "admin-30m", "--principal", role, "--reason", "r"}, more...)
}

// beside runs a command line beside something that happens meanwhile.
func beside(t *testing.T, s *shell, meanwhile func(context.CancelFunc), args ...string) result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan result)
	go func() { done <- s.run(ctx, args...) }()
	meanwhile(cancel)
	return <-done
}

// Some pipelines kill silent jobs.
func TestWaitIsToldOfEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		r := beside(t, s, func(cancel context.CancelFunc) {
			time.Sleep(3 * time.Minute)
			decides(t, s, "deny", first, "--reason", "not now")(cancel)
		}, runFlags("--", "true")...)
		const waits = first + ": requested, waits for 1 of group:leads"
		lines := strings.Split(r.stderr, "\n")
		if r.code != command.NoAccess || len(lines) != 6 || lines[0] != waits || !strings.HasPrefix(lines[1], waits+", 58m5") ||
			!strings.HasPrefix(lines[3], waits+", 56m5") || !strings.Contains(lines[4], "denied: not now") {
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
	})
}

func TestRunLeftOutFlags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		r := s.run(t.Context(), runFlags("--no-wait", "--idempotency-key", "pipeline-7")...)
		if r.code != command.OK || r.stdout != first+"\n" {
			t.Fatalf("exit %d, %s%s", r.code, r.stdout, r.stderr)
		}
		e := s.api.elevations[0]
		if e.Duration != 1800 || e.Task.Kind != "workflow" || e.Task.ID != "pipeline-7" {
			t.Errorf("asked for %d s and task %v", e.Duration, e.Task)
		}
		r = s.run(t.Context(), runFlags("--no-wait", "-o", "json")...)
		if r.code != command.OK || !strings.Contains(r.stdout, `"elevation": "`+second+`"`) || strings.Contains(r.stdout, "token") {
			t.Errorf("exit %d, %s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestRunCompletesEntitlements(t *testing.T) {
	s := newShell(t)
	if r := s.run(t.Context(), "__complete", "run", "--entitlement", ""); !strings.Contains(r.stdout, "admin-30m\tAdmin for a broken deployment") {
		t.Errorf("it offers %q", r.stdout)
	}
}

// run waits a little for an answer in flight: without it the id to withdraw is not known.
func TestInterruptedRequestIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.api.down = 2
		r := beside(t, s, func(cancel context.CancelFunc) { time.Sleep(time.Millisecond); cancel() }, runFlags("--task", "change/1", "--for", "10m", "--", "true")...)
		if len(s.api.elevations) != 1 || s.api.elevations[0].State != "withdrawn" || r.code != command.Interrupted {
			t.Errorf("exit %d, %d elevations: %s", r.code, len(s.api.elevations), r.stderr)
		}
	})
}

func TestRunWithoutAnAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.api.down = 1 << 20
		r := s.run(t.Context(), runFlags("--for", "10m", "--", "true")...)
		if r.code != command.NoAccess || !strings.Contains(r.stderr, "--idempotency-key ") {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
}

func TestRunThatCannotBeTakenBackSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		r := beside(t, s, func(cancel context.CancelFunc) {
			time.Sleep(10 * time.Second)
			s.api.mu.Lock()
			s.api.down = 1 << 20
			s.api.mu.Unlock()
			cancel()
		}, runFlags("--", "true")...)
		if r.code != command.Interrupted || !strings.Contains(r.stderr, "its end could not be ordered") || !strings.HasSuffix(r.stderr, "curfew withdraw "+first+"\n") {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
}
