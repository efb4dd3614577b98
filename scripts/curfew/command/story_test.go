package command_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/command"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// result is what one command line did.
type result struct {
	code           int
	stdout, stderr string
}

// shell runs command lines against one API, as one person at a time.
type shell struct {
	api   *fakeAPI
	env   map[string]string
	stdin string
	// ask and progress stand for terminals.
	ask, progress bool
	width         int // of standard output; 0: no terminal
}

func newShell(t *testing.T) *shell {
	return &shell{api: newFakeAPI(t), env: map[string]string{"CURFEW_TOKEN": "token-of-ana"}}
}

func (s *shell) run(ctx context.Context, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := command.Run(ctx, args, command.Env{
		Stdin: strings.NewReader(s.stdin), Stdout: &stdout, Stderr: &stderr, AskTerminal: s.ask, ProgressTerminal: s.progress,
		Getenv:   func(name string) string { return s.env[name] },
		ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
		Now:      time.Now, Transport: s.api, Width: func() int { return s.width },
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// word is a word of a command line, or a quoted text.
var word = regexp.MustCompile(`"[^"]*"|\S+`)

// tell runs a story, one line each: "ana: curfew me", "ben (answers yes): curfew approve …", "10m later".
func (s *shell) tell(t *testing.T, story string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(story)) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutSuffix(line, " later"); ok {
			d, err := time.ParseDuration(after)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
			fmt.Fprintf(&b, "-- %s\n\n", line)
			continue
		}
		who, text, _ := strings.Cut(line, ": curfew ")
		who, answer, _ := strings.Cut(strings.TrimSuffix(who, ")"), " (answers ")
		s.env["CURFEW_TOKEN"], s.stdin, s.ask = "token-of-"+who, answer+"\n", answer != ""
		var args []string
		for _, w := range word.FindAllString(text, -1) {
			args = append(args, strings.Trim(w, `"`))
		}
		r := s.run(t.Context(), args...)
		fmt.Fprintf(&b, "%s$ curfew %s\n%s", who, text, r.stdout)
		if r.stderr != "" {
			fmt.Fprintf(&b, "[stderr] %s\n", strings.ReplaceAll(strings.TrimSuffix(r.stderr, "\n"), "\n", "\n[stderr] "))
		}
		fmt.Fprintf(&b, "[exit %d]\n\n", r.code)
	}
	return b.String()
}

const (
	first   = "01k6y3m1x8q2v4t6w8y0a2c4e0"
	second  = "01k6y3m1x8q2v4t6w8y0a2c4e1"
	request = "curfew request admin-30m --principal " + role + ` --task change/CHG-1042 --reason "deployment of orders is stuck" --for 30m --param account=111122223333`
)

func TestStories(t *testing.T) {
	for name, story := range map[string]string{
		"from request to show": `
			ana: curfew me
			ana: curfew entitlements
			ana: curfew entitlements admin-30m
			ana: ` + request + `
			ben: curfew list --state requested
			ben (answers yes): curfew approve ` + first + ` --reason "seen in the calendar"
			5s later
			ana: curfew show ` + first + `
			ana: curfew heartbeat ` + first + `
			30m later
			ana: curfew show ` + first + ` --zone Europe/Berlin
			ana: curfew list`,
		"trying": `
			ana: ` + strings.Replace(request, "curfew request", "curfew try", 1) + `
			ana: curfew try admin-30m --principal ` + role + ` --task change/CHG-1042 --for 31m
			ana: curfew try admin-30m --principal ` + role + ` --task change/CHG-1042 --for 31m -o json
			ana: curfew list`,
		"status": `
			ana: curfew status
			ana: curfew list
			ana: curfew list --state active
			dee: curfew suspensions
			ana: ` + request + `
			ana: curfew request incident-logs --principal ` + role + ` --task incident/INC-7 --reason outage --for 20m --wait
			ana: curfew status
			ben: curfew status
			dee: curfew status
			ana: curfew end ` + second + ` --wait
			ben: curfew status
			ana: curfew show 01k6
			ana: curfew show ` + second[:25] + `
			ana: curfew show 01k7
			ana: curfew list -o wide`,
		"evidence": `
			ana: curfew evidence
			ana: curfew evidence --account 111122223333 --day 2000-01-01
			dee: curfew evidence --elevation 01k6y3m1x8q2v4t6w8y0a2c4e1 --all
			dee: curfew evidence --caller me --from 1999-12-31T00:00:00Z --to 2000-01-01T01:00:00+01:00 --all -o json
			dee: curfew evidence --approver me --kind elevation.stuck
			dee: curfew evidence --approver me --from yesterday
			dee: curfew evidence --approver me --limit 201
			dee: curfew could s3:GetObject arn:aws:s3:::b/k
			dee: curfew could s3:GetObject arn:aws:s3:::b/k --at noon
			dee: curfew could s3:GetObject arn:aws:s3:::b/k --at 1999-12-31T23:30:00Z
			dee: curfew could s3:GetObject arn:aws:s3:::b/k --at 1999-12-31T23:30:00Z -o wide
			dee: curfew could s3:GetObject arn:aws:s3:::b/k --at 1999-12-31T23:30:00Z --account 444455556666
		`,
		"campaigns": `
			ana: curfew campaigns
			ana: curfew campaigns 2026-10-AROAEXAMPLE0000000001
			ben: curfew campaigns --state overdue
			ben: curfew campaigns --mine --campaign 2026-10
			ben: curfew campaigns 2026-10-AROAEXAMPLE0000000001
			ben: curfew campaigns sign 2026-10-AROAEXAMPLE0000000001
			dee: curfew campaigns sign 2026-10-AROAEXAMPLE0000000001 --reason "looks fine"
			ben: curfew campaigns removed 2026-10-AROAEXAMPLE0000000001 --reason "detached: CHG-1042"
			ben: curfew campaigns sign 2026-10-AROAEXAMPLE0000000001 --reason "it stays"
			ben: curfew campaigns
			ben: curfew campaigns --state removed -o json
			ben: curfew campaigns 2026-10-AROAEXAMPLE0000000099
			ben: curfew campaigns --state shut
			ben: curfew campaigns --limit 999`,
		"delegations": `
			ben: curfew delegations
			ben: curfew delegate
			ben: curfew delegate dee --until soon --reason holiday
			ben: curfew delegate dee --until 2000-01-01T00:00:00Z --end 01k6y3m1x8q2v4t6w8y0a2c4e9
			ben: curfew delegate ben --until 2000-01-09T00:00:00Z --reason holiday
			ana: curfew delegate dee --until 2000-01-09T00:00:00Z --reason holiday
			ben: curfew delegate dee --until 2000-01-09T00:00:00Z --reason holiday
			ben: curfew delegations
			dee: curfew delegations -o wide
			ana: curfew delegations -o json
			ben: curfew delegate --end what
			ana: curfew delegate --end 01k6y3m1x8q2v4t6w8y0a2c4e9
			dee: curfew delegate --end 01k6y3m1x8q2v4t6w8y0a2c4e9 --reason "ben is back"
			ben: curfew delegations`,
		"findings": `
			ana: curfew findings
			dee: curfew findings --severity critical
			dee: curfew findings
			dee: curfew findings --since 1m -o wide
			dee: curfew findings missing-0123456789abcdef
			dee: curfew findings ack missing-0123456789abcdef
			dee: curfew findings close missing-0123456789abcdef
			dee: curfew findings close missing-0123456789abcdef --reason "the stack of the team removed it"
			dee: curfew findings missing-0123456789abcdef --zone Europe/Berlin
			dee: curfew findings
			dee: curfew findings --state closed -o json
			dee: curfew findings missing-0000000000000000
			dee: curfew findings --limit 999`,
		"waiting": `
			ana: curfew request incident-logs --principal ` + role + ` --task incident/INC-7 --reason outage --for 20m --wait
			ana: curfew end ` + first + `
			5s later
			ana: curfew reviews --mine
			ana: curfew request incident-logs --principal ` + role + ` --task incident/INC-8 --reason outage --for 20m
			ben: curfew reviews --mine
			ben: curfew reviews --overdue --limit 999
			ben: curfew reviews ` + first + `
			ben (answers no): curfew review ` + first + ` --note "logs of orders only"
			ben: curfew review ` + first + ` --note "logs of orders only"
			ben: curfew reviews
			ben: curfew reviews ` + second + `
			ana: ` + request + ` --wait --timeout 5s
			ana: curfew withdraw ` + second + `
			ana: ` + strings.ReplaceAll(request, "30m --param", "31m --param") + ` --wait`,
		"deciding": `
			ana: ` + request + `
			ben: curfew approve ` + first + `
			ben (answers no): curfew approve ` + first + `
			ben: curfew approve ` + first + ` --digest ` + strings.Repeat("0", 64) + `
			ben: curfew approve ` + first + ` --digest short
			ana: curfew approve ` + first + ` --digest b565407e166af416ee63b2011beccf4eb6e2a3430ebf72324c4024017dbd146d
			ben: curfew deny ` + first + ` --reason "not in this window"
			ben (answers yes): curfew approve ` + first + `
			ana: curfew acknowledge ` + first + `
			ana: curfew show ` + first + ` -o json`,
		"refusals": `
			stranger: curfew me
			manygroups: curfew me
			ana: curfew show ` + second + `
			ana: curfew show what
			ana: curfew entitlements no-such
			ana: curfew frobnicate
			ana: curfew reqest
			ana: curfew help nosuch
			ana: curfew help lst
			ana: curfew request
			ana: curfew list --limit 0
			ana: curfew list --limit abc
			ana: curfew request admin-30m --for 30
			ana: curfew show
			ana: curfew show 01k
			ana: curfew end 01k7 --wait
			ana: curfew list --state active,stuck --principal ` + role + `
			ana: curfew list --state active,
			ana: curfew list --state gone
			ana: curfew request admin-30m
			ana: curfew request admin-30m --principal p --task change --reason r --for 30m
			ana: curfew request admin-30m --principal p --task change/1 --reason r --for 1500ms
			ana: curfew request admin-30m --principal p --task change/1 --reason r --for 30m --start-at tomorrow
			ana: curfew request admin-30m --principal p --task change/1 --reason r --for 30m --param account
			ana: curfew me -o yaml
			ana: curfew me --zone Nowhere/City
			ana: curfew me --endpoint http://curfew.example.com
			ana: curfew me --endpoint https://ana:secret@curfew.example.com
			ana: curfew catalog frobnicate`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				golden(t, strings.ReplaceAll(name, " ", "-"), newShell(t).tell(t, story))
			})
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if strings.Contains(got, "token-of-") {
		t.Errorf("a token was printed:\n%s", got)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as in %s (-update rewrites it):\n%s", path, got)
	}
}
