package command_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/command"
)

func asking(more ...string) []string {
	return append([]string{"request", "admin-30m", "--principal", role, "--task", "change/CHG-1042", "--reason", "r", "--for", "30m"}, more...)
}

// waits runs a waiting request beside something that happens meanwhile.
func waits(t *testing.T, s *shell, meanwhile func(cancel context.CancelFunc), more ...string) result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan result)
	go func() { done <- s.run(ctx, asking(append(more, "--wait")...)...) }()
	meanwhile(cancel)
	return <-done
}

// decides has ben decide after a while.
func decides(t *testing.T, s *shell, decision ...string) func(context.CancelFunc) {
	return func(context.CancelFunc) {
		time.Sleep(7 * time.Second)
		ben := &shell{api: s.api, env: map[string]string{"CURFEW_TOKEN": "token-of-ben"}, stdin: "yes\n", ask: true}
		if r := ben.run(t.Context(), decision...); r.code != command.OK {
			t.Errorf("%v: %s", decision, r.stderr)
		}
	}
}

func TestWaitOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.progress = true
		began := time.Now()
		r := waits(t, s, decides(t, s, "approve", first))
		if r.code != command.OK || !strings.HasPrefix(r.stdout, first+": active until ") {
			t.Errorf("exit %d, %s", r.code, r.stdout)
		}
		if took := time.Since(began); took < 17*time.Second || took > 25*time.Second {
			t.Errorf("waited %s, want until ready", took)
		}
		lines := strings.Split(r.stderr, "\r\x1b[K")
		if lines[0] != "" || lines[len(lines)-1] != "" || len(lines) < 8 {
			t.Errorf("the line is not rewritten and cleared: %q", r.stderr)
		}
		if !strings.Contains(lines[2], "requested, waits for 1 of group:leads, 59m58s left") || strings.Contains(r.stderr, "\n") {
			t.Errorf("progress %q", lines)
		}
	})
}

func TestWaitThatEndsOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		r := waits(t, s, decides(t, s, "deny", first, "--reason", "not now"))
		want := "curfew: elevation " + first + " is denied: not now; see curfew show " + first + "\n"
		if r.code != command.OtherEnd || !strings.HasSuffix(r.stderr, want) || r.stdout != "" {
			t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestInterruptedWaitSaysWhatIsLeftOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		r := waits(t, s, func(cancel context.CancelFunc) { time.Sleep(5 * time.Second); cancel() })
		if r.code != command.Interrupted || !strings.HasSuffix(r.stderr, "interrupted: elevation "+first+" is left open (requested); to take it back: curfew withdraw "+first+"\n") {
			t.Errorf("exit %d, %s", r.code, r.stderr)
		}
		r = waits(t, s, func(cancel context.CancelFunc) {
			time.Sleep(time.Second)
			s.api.mu.Lock()
			s.api.record(s.api.elevations[1], "approved", "policy", nil)
			s.api.mu.Unlock()
			time.Sleep(5 * time.Second)
			cancel()
		})
		if r.code != command.Interrupted || !strings.HasSuffix(r.stderr, "to end it: curfew end "+second+"\n") {
			t.Errorf("exit %d, %s", r.code, r.stderr)
		}
	})
}

func TestWaitOutlivesAnOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		calls int
		code  int
		says  string
	}{
		{"a short one", 12, command.OK, "active until"},
		{"a long one", 1 << 20, command.Unavailable, "is left open (requested when last seen)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, began := newShell(t), time.Now()
				r := waits(t, s, func(context.CancelFunc) {
					time.Sleep(3 * time.Second)
					s.api.mu.Lock()
					s.api.record(s.api.elevations[0], "approved", "policy", nil)
					s.api.down = c.calls
					s.api.mu.Unlock()
				})
				if r.code != c.code || !strings.Contains(r.stdout+r.stderr, c.says) {
					t.Errorf("exit %d, want %d\n%s%s", r.code, c.code, r.stdout, r.stderr)
				}
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("it went on for %s", took)
				}
			})
		})
	}
}

func TestRequestWithoutAnswerNamesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.api.down = 1 << 20
		r := s.run(t.Context(), asking()...)
		_, key, ok := strings.Cut(r.stderr, "--idempotency-key ")
		if r.code != command.Unavailable || !ok {
			t.Fatalf("exit %d, %s", r.code, r.stderr)
		}
		key, _, _ = strings.Cut(key, " ")
		s.api.down = 2 // now the calls get through, one of them repeated
		for range 2 {
			if r = s.run(t.Context(), asking("--idempotency-key", key)...); r.code != command.OK {
				t.Errorf("exit %d, %s", r.code, r.stderr)
			}
		}
		if n := len(s.api.elevations); n != 1 {
			t.Errorf("%d elevations, want one request", n)
		}
	})
}

func TestKeysAreRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), asking()...)
		s.run(t.Context(), asking()...)
		if n := len(s.api.keys); n != 2 || s.api.keys[""] != "" {
			t.Errorf("keys %v, want two", s.api.keys)
		}
	})
}
