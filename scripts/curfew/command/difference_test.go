package command_test

import (
	"strings"
	"testing"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
	"curfew/shared/api"
)

// asked is a shell with a request that adds something to its principal.
func asked(t *testing.T) (*shell, *client.Detail) {
	s := newShell(t)
	s.env["CURFEW_TOKEN"] = "token-of-ana"
	if r := s.run(t.Context(), "request", "admin-30m", "--principal", role, "--task", "change/CHG-1", "--reason", "it is broken", "--for", "30m"); r.code != 0 {
		t.Fatalf("request: %+v", r)
	}
	d := s.api.elevations[0]
	s.api.difference = strings.Repeat("ab", 32)
	d.Difference = &client.Difference{
		Actions: 14, Line: "adds 14 actions, risk 7: code", Lines: []string{"lambda: 14 write on *", "the boundary refuses 1 action of it: iam:CreateRole\u202e"},
		Risky: []api.Risky{{Kind: "code", Count: 1, Text: "code: lambda:UpdateFunctionCode"}}, Risk: 7, Reasons: []string{"code: it makes code run"}, Hash: s.api.difference,
	}
	s.env["CURFEW_TOKEN"] = "token-of-ben"
	return s, d
}

func TestApproveShowsTheDifferenceAndSendsItsHash(t *testing.T) {
	s, d := asked(t)
	s.stdin, s.ask = "yes\n", true
	r := s.run(t.Context(), "approve", d.ID)
	for _, want := range []string{"difference: adds 14 actions, risk 7: code\n", "  lambda: 14 write on *\n", `iam:CreateRole\u{202e}`, "  ! code: lambda:UpdateFunctionCode\n", "7 of 10: code: it makes code run"} {
		if before, _, _ := strings.Cut(r.stderr, "approve these terms?"); !strings.Contains(before, want) {
			t.Errorf("before the question it does not show %q:\n%s", want, r.stderr)
		}
	}
	if r.code != 0 || len(d.Decisions) != 1 || d.Decisions[0].Difference != d.Difference.Hash {
		t.Errorf("approve = %d %s, decisions %+v", r.code, r.stderr, d.Decisions)
	}
}

func TestDifferenceThatChangedIsNotApproved(t *testing.T) {
	s, d := asked(t)
	s.api.difference = strings.Repeat("cd", 32)
	s.stdin, s.ask = "yes\n", true
	if r := s.run(t.Context(), "approve", d.ID); r.code != command.Conflict || !strings.Contains(r.stderr, "look again") || len(d.Decisions) > 0 {
		t.Errorf("approve = %d %s, decisions %+v", r.code, r.stderr, d.Decisions)
	}
	s.ask = false
	for _, c := range []struct {
		seen string
		code int
	}{{"short", command.Usage}, {d.Difference.Hash, command.Conflict}, {s.api.difference, 0}} {
		if r := s.run(t.Context(), "approve", d.ID, "--digest", d.Digest, "--seen", c.seen); r.code != c.code {
			t.Errorf("--seen %s = %d %s, want %d", c.seen, r.code, r.stderr, c.code)
		}
	}
}

func TestShowHasTheDifference(t *testing.T) {
	s, d := asked(t)
	if r := s.run(t.Context(), "show", d.ID); r.code != 0 || !strings.Contains(r.stdout, "difference: adds 14 actions") || !strings.Contains(r.stdout, d.Difference.Hash) {
		t.Errorf("show = %d %s", r.code, r.stdout)
	}
	d.Difference = nil
	if r := s.run(t.Context(), "show", d.ID); r.code != 0 || strings.Contains(r.stdout, "difference") {
		t.Errorf("show without one = %d %s", r.code, r.stdout)
	}
}
