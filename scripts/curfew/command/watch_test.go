package command_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"curfew/scripts/curfew/command"
)

// watched runs a watch until it is over, or interrupted after a while, beside what happens meanwhile.
func watched(t *testing.T, s *shell, meanwhile func(), args ...string) result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan result)
	go func() { done <- s.run(ctx, append(args, "--watch")...) }()
	meanwhile()
	cancel()
	return <-done
}

func TestWatchPrintsALineForEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), asking()...)
		r := watched(t, s, func() {
			time.Sleep(12 * time.Second)
			decides(t, s, "approve", first)(nil)
			time.Sleep(3 * time.Minute)
		}, "list")
		var states []string
		for line := range strings.Lines(r.stdout) {
			_, state, _ := strings.Cut(line, "admin-30m of ana: ")
			states = append(states, strings.Trim(strings.Fields(state)[0], ","))
		}
		if got := slices.Compact(states); r.code != command.Interrupted || r.stderr != "" || strings.Join(got, " ") != "requested approved active" {
			t.Errorf("exit %d, %q\n%s%s", r.code, got, r.stdout, r.stderr)
		}
		if len(states) > 4 {
			t.Errorf("%d lines for three changes:\n%s", len(states), r.stdout)
		}
	})
}

func TestWatchRedrawsOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.width = 80
		s.run(t.Context(), asking()...)
		r := watched(t, s, func() { time.Sleep(11 * time.Second) }, "status")
		if n := strings.Count(r.stdout, "\x1b[H\x1b[2J"); n != 3 || !strings.Contains(r.stdout, "asked for, not granted yet: 1") {
			t.Errorf("redrawn %d times:\n%s", n, r.stdout)
		}
	})
}

func TestWatchOfAnElevationEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), asking()...)
		r := watched(t, s, func() {
			ana := &shell{api: s.api, env: s.env}
			ana.run(t.Context(), "withdraw", first)
			time.Sleep(time.Minute)
		}, "show", first)
		if r.code != command.OK || !strings.HasSuffix(r.stdout, "withdrawn\n") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestEndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), "request", "incident-logs", "--principal", role, "--task", "incident/INC-7", "--reason", "r", "--for", "20m", "--wait")
		s.api.elevations[0].State = "stuck"
		if code, err := s.run(t.Context(), "show", first).code, "evidence"; code != command.EvidenceFails {
			t.Errorf("%s: exit %d", err, code)
		}
		s.api.elevations[0].State = "active"
		r := s.run(t.Context(), "end", first, "--wait")
		if r.code != command.OK || !strings.HasPrefix(r.stdout, first+": ended (released) at ") || !strings.Contains(r.stderr, "access is being removed; not yet confirmed") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestEndWaitOfWhatIsStuckSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), "request", "incident-logs", "--principal", role, "--task", "incident/INC-7", "--reason", "r", "--for", "20m", "--wait")
		done := make(chan result)
		go func() { done <- s.run(t.Context(), "end", first, "--wait") }()
		time.Sleep(time.Second)
		s.api.mu.Lock()
		s.api.record(s.api.elevations[0], "stuck", "revoke", nil)
		s.api.mu.Unlock()
		if r := <-done; r.code != command.OtherEnd || !strings.Contains(r.stderr, "is stuck") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestTablesFitTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), asking()...)
		for _, c := range []struct {
			width int
			args  string
			cut   bool
		}{{80, "list", true}, {120, "list", true}, {300, "list", false}, {0, "list", false}, {80, "list -o wide", false}, {80, "entitlements", true}} {
			s.width = c.width
			r := s.run(t.Context(), strings.Fields(c.args)...)
			for line := range strings.Lines(r.stdout) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); c.cut && n > c.width {
					t.Errorf("%s in %d columns: %d in\n%s", c.args, c.width, n, line)
				}
			}
			if cut := strings.Contains(r.stdout, "…"); cut != c.cut || c.args != "entitlements" && !strings.Contains(r.stdout, first) {
				t.Errorf("%s in %d columns: cut %t\n%s", c.args, c.width, cut, r.stdout)
			}
		}
	})
}

func TestCompletionOfIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.run(t.Context(), asking()...)
		for _, c := range []struct{ line, want string }{
			{"approve", first + "\trequested admin-30m of ana\n"}, {"show", first}, {"end", first}, {"request", "admin-30m\t"},
			{"help", "request\t"}, {"run --entitlement", "incident-logs"},
		} {
			args := append([]string{"__complete"}, strings.Fields(c.line)...)
			if r := s.run(t.Context(), append(args, "")...); !strings.Contains(r.stdout, c.want) {
				t.Errorf("%s: %s%s", c.line, r.stdout, r.stderr)
			}
		}
		s.api.down = 1 << 20
		began := time.Now()
		s.run(t.Context(), "__complete", "show", "")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a shell waited %s", took)
		}
	})
}

func TestVersionFlag(t *testing.T) {
	if r := runOn(t, newFakeAPI(t), nil, "--version"); r.code != command.OK || !strings.HasPrefix(r.stdout, "curfew ") {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}
