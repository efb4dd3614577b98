package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/task"
)

// desk is the command line of an operator before a whole Curfew, in virtual time.
type desk struct {
	*accesstest.Story
	t     *testing.T
	who   string
	stdin string
	// promoted is a person of the stories who is an operator here too.
	promoted string
	// ask and progress stand for terminals.
	ask, progress bool
	// weather returns the fate of the n-th call before it arrives; nil, 0: it passes.
	weather func(n int) (status int, err error)
	calls   atomic.Int64
}

func atDesk(t *testing.T, story func(*desk)) {
	t.Helper()
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 30 * time.Minute}, func(s *accesstest.Story) { story(&desk{Story: s, t: t, who: "dee"}) })
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	n := int(d.calls.Add(1))
	if d.weather != nil {
		status, err := d.weather(n)
		if err != nil {
			return nil, err
		}
		if status != 0 { // as API Gateway says it
			w.WriteHeader(status)
			_, _ = w.WriteString(`{"message":"Too Many Requests"}`)
			return w.Result(), nil
		}
	}
	httpapi.New(d.Service, d.authenticate, slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	return w.Result(), nil
}

func (d *desk) authenticate(r *http.Request) (identity.Caller, error) {
	name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer token-of-")
	c := d.As(name).Caller
	if name == d.promoted {
		c.Groups = append(c.Groups, "security")
	}
	return c, nil
}

func (d *desk) run(ctx context.Context, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := command.Run(ctx, args, command.Env{
		Stdin: strings.NewReader(d.stdin), Stdout: &stdout, Stderr: &stderr, AskTerminal: d.ask, ProgressTerminal: d.progress,
		Getenv:   func(name string) string { return map[string]string{"CURFEW_TOKEN": "token-of-" + d.who}[name] },
		ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }, Now: time.Now, Transport: d,
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// want fails the test unless a run ended so.
func (d *desk) want(r result, code int, stderr string) {
	d.t.Helper()
	if r.code != code || !strings.Contains(r.stderr, stderr) {
		d.t.Errorf("exit %d, want %d with %q:\n%s\n%s", r.code, code, stderr, r.stdout, r.stderr)
	}
}

// wantUnderWay fails the test unless so many elevations are not over.
func (d *desk) wantUnderWay(want int) {
	d.t.Helper()
	es, _, err := access.Lives(d.Store.All(record.AccessTable))
	if err != nil {
		d.t.Fatal(err)
	}
	got := 0
	for _, e := range es {
		if !e.State.Terminal() {
			got++
		}
	}
	if got != want {
		d.t.Errorf("%d are under way, want %d", got, want)
	}
}

// asks submits a request of somebody that succeeds.
func (d *desk) asks(c identity.Caller, r access.Request) {
	d.t.Helper()
	r.Reason = "a drill"
	if _, _, err := d.Service.Submit(d.Context(), c, r); err != nil {
		d.t.Fatalf("%s asks for %s: %v", c.Name, r.Entitlement, err)
	}
}

// many are 66 elevations on three principals: 54 wait, 12 have access. Six people have two.
func many(d *desk) {
	engineer := func(n int) identity.Caller {
		name := fmt.Sprintf("engineer-%d", n)
		return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: []string{"engineers"}}
	}
	agent := func(n int) identity.Caller {
		c := d.As("agent").Caller
		c.Name = fmt.Sprintf("run-%d", n)
		return c
	}
	later := time.Now().Add(2 * time.Hour)
	for n := range 18 {
		change, run := task.Task{Kind: "change", ID: fmt.Sprintf("CHG-%d", n)}, task.Task{Kind: "workflow", ID: fmt.Sprintf("wf-%d", n)}
		d.asks(engineer(n), access.Request{Entitlement: "admin", Principal: accesstest.Engineer, Task: change, Duration: time.Hour})
		d.asks(engineer(20+n), access.Request{Entitlement: "deploy", Principal: accesstest.Engineer, Task: change, Duration: time.Hour, StartAt: later})
		d.asks(agent(20+n), access.Request{Entitlement: "agent", Principal: accesstest.Agent, Task: run, Duration: time.Hour, StartAt: later})
	}
	for n := range 3 {
		change, run := task.Task{Kind: "change", ID: "CHG-7"}, task.Task{Kind: "workflow", ID: "wf-7"}
		d.asks(engineer(n), access.Request{Entitlement: "deploy", Principal: accesstest.Engineer, Task: change, Duration: 12 * time.Hour})
		d.asks(engineer(3+n), access.Request{Entitlement: "long", Principal: accesstest.Engineer, Task: change, Duration: 12 * time.Hour})
		d.asks(agent(n), access.Request{Entitlement: "agent", Principal: accesstest.Agent, Task: run, Duration: 12 * time.Hour})
		d.asks(engineer(40+n), access.Request{Entitlement: "incident", Principal: accesstest.Responder, Task: task.Task{Kind: "incident", ID: "INC-7"}, Duration: 12 * time.Hour})
	}
	d.Advance(time.Minute)
}

// third throttles, or loses, a third of all calls.
func third(n int) (int, error) {
	if n%3 != 0 {
		return 0, nil
	}
	switch n % 9 {
	case 0:
		return http.StatusTooManyRequests, nil
	case 3:
		return http.StatusServiceUnavailable, nil
	}
	return 0, errors.New("connection reset by peer")
}

func TestEndingEverythingWhileThrottled(t *testing.T) {
	atDesk(t, func(d *desk) {
		many(d)
		d.weather = third
		r := d.run(d.Context(), "end-all", "--everything", "--suspend", "--reason", "a drill", "--yes", "-o", "json")
		d.want(r, command.OK, "everything: 54 waiting, 12 with access, 0 being removed already")
		for _, line := range []string{
			"everything is suspended", accesstest.Engineer + "   36 waiting  6 with access", accesstest.Responder,
			"\nended 66 of 66, ", "\nended 66 of 66, 0 being removed, 0 failed\n",
		} {
			if !strings.Contains(r.stderr, line) {
				t.Errorf("%q is missing in\n%s", line, r.stderr)
			}
		}
		if strings.ContainsAny(r.stderr, "\r\x1b") {
			t.Errorf("a line is rewritten where there is no terminal: %q", r.stderr)
		}
		var total struct{ Ended, Removing int }
		if err := json.Unmarshal([]byte(r.stdout), &total); err != nil || total.Ended != 66 || total.Removing != 0 {
			t.Errorf("%v: %s", err, r.stdout)
		}
		d.wantUnderWay(0)
		_, err := d.As("ana").Tries("deploy", time.Hour)
		d.WantKind(err, fault.Denied)
	})
}

func TestEndingOneScopeLeavesTheRest(t *testing.T) {
	for name, c := range map[string]struct {
		flags       []string
		ended, left int
	}{
		"a principal, in another case": {[]string{"--principal", "arn:aws:iam::111122223333:role/Engineer-Deploy"}, 42, 24},
		"a requester":                  {[]string{"--requester", identity.PersonID("https://id.example.com", "engineer-1")}, 2, 64},
		"an entitlement":               {[]string{"--entitlement", "agent"}, 21, 45},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(d *desk) {
				many(d)
				r := d.run(d.Context(), append(c.flags, "end-all", "--yes")...)
				d.want(r, command.OK, fmt.Sprintf("ended %d of %d, 0 being removed", c.ended, c.ended))
				if want := fmt.Sprintf(": %d ended, nothing of it is left\n", c.ended); !strings.HasSuffix(r.stdout, want) {
					t.Errorf("told %q, want %q", r.stdout, want)
				}
				d.wantUnderWay(c.left)
			})
		})
	}
}

func TestEndAllAsksForTheNumber(t *testing.T) {
	for answer, c := range map[string]struct {
		code, left int
		stderr     string
	}{
		"2\n":   {command.OK, 0, "type 2 to end them: "},
		"yes\n": {command.OtherEnd, 2, "nothing was ended: the answer was not 2; the suspension stays until curfew lift"},
		"20\n":  {command.OtherEnd, 2, "nothing was ended"},
		"\n":    {command.OtherEnd, 2, "nothing was ended"},
		"":      {command.OtherEnd, 2, "nothing was ended"},
	} {
		t.Run(fmt.Sprintf("%q", answer), func(t *testing.T) {
			atDesk(t, func(d *desk) {
				d.As("ana").Asks("deploy", time.Hour)
				d.As("cem").Asks("admin", time.Hour)
				d.ask, d.stdin = true, answer
				r := d.run(d.Context(), "end-all", "--principal", accesstest.Engineer, "--suspend", "--reason", "a drill")
				d.want(r, c.code, c.stderr)
				d.wantUnderWay(c.left)
			})
		})
	}
}

// TestEndAllRefuses: what it refuses itself is not sent, and what the API refuses changes nothing.
func TestEndAllRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		who, line string
		ask       bool
		code      int
		stderr    string
		calls     int64
	}{
		"no terminal":           {"dee", "--everything", false, command.Usage, "--yes", 0},
		"no scope":              {"dee", "--yes", false, command.Usage, "at least one of the flags", 0},
		"an empty scope":        {"dee", "--yes --principal=", false, command.Usage, "is empty", 0},
		"everything, but no":    {"dee", "--yes --everything=false", false, command.Usage, "is empty", 0},
		"two scopes":            {"dee", "--yes --everything --entitlement deploy", false, command.Usage, "others can be", 0},
		"suspend and no reason": {"dee", "--yes --everything --suspend", false, command.Usage, "reason", 0},
		"an argument":           {"dee", "--yes --everything now", false, command.Usage, "now", 0},
		"not an operator":       {"ana", "--yes --everything", false, command.Denied, "curfew.operator", 1},
		"nor with a suspension": {"ben", "--yes --everything --suspend --reason r", true, command.Denied, "curfew.operator", 1},
		"not an ARN":            {"dee", "--yes --principal role/engineer-deploy", false, command.Usage, "ARN", 1},
		"a mistyped name":       {"dee", "--yes --requester ana-", false, command.Usage, "nothing matches ana-; did you mean ana (person:", 1},
		"a mistyped principal":  {"dee", "--yes --principal engineer-deplo --suspend --reason r", false, command.Usage, "did you mean " + accesstest.Engineer + "?", 1},
		"a mistyped one":        {"dee", "--yes --entitlement deplo", false, command.Usage, "nothing matches deplo; did you mean deploy?", 1},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(d *desk) {
				d.As("ana").Asks("deploy", time.Hour)
				d.who, d.ask = c.who, c.ask
				d.want(d.run(d.Context(), append([]string{"end-all"}, strings.Fields(c.line)...)...), c.code, c.stderr)
				if got := d.calls.Load(); got != c.calls {
					t.Errorf("%d calls were made, want %d", got, c.calls)
				}
				d.wantUnderWay(1)
			})
		})
	}
}

func TestEndAllOfNothing(t *testing.T) {
	atDesk(t, func(d *desk) {
		d.ask = true
		r := d.run(d.Context(), "end-all", "--entitlement", "deploy")
		d.want(r, command.OK, "0 waiting, 0 with access")
		if want := "entitlement deploy: 0 ended, nothing of it is open\n"; r.stdout != want {
			t.Errorf("told %q, want %q", r.stdout, want)
		}
	})
}

// stubborn has IAM refuse to remove anything.
func stubborn(d *desk) {
	d.IAM.Set(inprocess.IAMSettings{Now: time.Now, Fault: func(action string) string {
		if action == "iam:DeleteRolePolicy" {
			return "ServiceFailure"
		}
		return ""
	}})
}

func TestEndAllNamesWhatIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		more   []string
		code   int
		stderr string
	}{
		"when nothing changes any more": {nil, command.OtherEnd, "nothing has changed for 10m0s: 1 is left of everything"},
		"when its time is over":         {[]string{"--timeout", "1m"}, command.Unavailable, "not done after 1m0s: 1 is left of everything"},
		"not if it is not to wait":      {[]string{"--no-wait"}, command.OK, "1 being removed"},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(d *desk) {
				id := d.As("ana").Asks("deploy", 12*time.Hour)
				d.Advance(time.Minute)
				stubborn(d)
				r := d.run(d.Context(), append([]string{"end-all", "--everything", "--yes"}, c.more...)...)
				d.want(r, c.code, c.stderr)
				if named := strings.Contains(r.stdout, "\n"+id+"  "); named != (c.code != command.OK) {
					t.Errorf("it is named: %t\n%s", named, r.stdout)
				}
				d.IAM.Set(inprocess.IAMSettings{Now: time.Now})
				d.Advance(20 * time.Minute)
				d.wantUnderWay(0)
			})
		})
	}
}

func TestEndAllBrokenOff(t *testing.T) {
	for name, c := range map[string]struct {
		weather func(*desk, context.CancelFunc) func(int) (int, error)
		code    int
		stderr  string
		stdout  string
	}{
		"by Ctrl-C": {func(_ *desk, cancel context.CancelFunc) func(int) (int, error) {
			return func(n int) (int, error) {
				if n == 15 {
					cancel()
				}
				return 0, nil
			}
		}, command.Interrupted, "left of everything; what was ordered goes on", "left are\nID "},
		"by an API that is gone": {func(*desk, context.CancelFunc) func(int) (int, error) {
			return func(n int) (int, error) {
				if n > 15 {
					return 0, errors.New("connection refused")
				}
				return 0, nil
			}
		}, command.Unavailable, "the list of what is left is not complete", ", what is left is not known\n"},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(d *desk) {
				many(d)
				ctx, cancel := context.WithCancel(d.Context())
				defer cancel()
				d.weather = c.weather(d, cancel)
				began := time.Now()
				r := d.run(ctx, "end-all", "--everything", "--yes")
				d.want(r, c.code, c.stderr)
				if !strings.Contains(r.stdout, c.stdout) || strings.Contains(r.stdout, "66 ended") {
					t.Errorf("told %s", r.stdout)
				}
				if took := time.Since(began); took > 7*time.Minute {
					t.Errorf("it took %s", took)
				}
				d.weather = nil
				d.want(d.run(d.Context(), "end-all", "--everything", "--yes"), command.OK, "0 failed")
				d.wantUnderWay(0)
			})
		})
	}
}

func TestEndAllOnATerminal(t *testing.T) {
	atDesk(t, func(d *desk) {
		many(d)
		d.progress, d.weather = true, third
		r := d.run(d.Context(), "end-all", "--everything", "--yes")
		d.want(r, command.OK, "\r\x1b[Kended 66 of 66, ")
		lines := strings.Split(r.stderr, "\r\x1b[K")
		if lines[len(lines)-1] != "" || !strings.Contains(r.stderr, "; tries again: ") {
			t.Errorf("the line is not cleared, or does not say that it was throttled: %q", r.stderr)
		}
		for _, line := range lines {
			if text, _, _ := strings.Cut(line, "\n"); len(text) > 79 && strings.HasPrefix(text, "ended") {
				t.Errorf("a line wraps: %q", text)
			}
		}
	})
}

func TestSuspendAndLift(t *testing.T) {
	atDesk(t, func(d *desk) {
		d.weather = third
		scope := []string{"--requester", "ana"}
		d.As("ana").Asks("admin", time.Hour)
		ask := func(want fault.Kind) {
			_, err := d.As("ana").Tries("deploy", time.Hour)
			d.WantKind(err, want)
		}
		with := func(line string) result { return d.run(d.Context(), append(strings.Fields(line), scope...)...) }
		r := with("suspend --reason lost")
		if want := "requester ana (" + d.As("ana").ID + ") is suspended since "; r.code != command.OK || !strings.HasPrefix(r.stdout, want) {
			t.Errorf("exit %d, told %q, want %q %s", r.code, r.stdout, want, r.stderr)
		}
		ask(fault.Denied)
		if r = d.run(d.Context(), "suspensions"); r.code != command.OK || !strings.Contains(r.stdout, "  dee  lost    stays until it is lifted") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		if r = d.run(d.Context(), "suspensions", "-o", "json"); r.code != command.OK || !json.Valid([]byte(r.stdout)) {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		if r = with("lift --reason found"); r.code != command.OK || !strings.Contains(r.stdout, ": suspension lifted at ") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		ask("")
		d.weather, d.who = nil, "ben"
		for _, line := range []string{"suspend --reason r", "lift --reason r"} {
			d.want(with(line), command.Denied, "curfew.operator")
		}
		d.want(d.run(d.Context(), "suspensions"), command.Denied, "curfew.operator")
		d.want(with("suspend"), command.Usage, "reason")
	})
}

func TestSuspensionThatLapses(t *testing.T) {
	atDesk(t, func(d *desk) {
		r := d.run(d.Context(), "suspend", "--everything", "--reason", "a drill")
		if r.code != command.OK || !strings.HasSuffix(r.stdout, ": a drill; lapses in 60 min unless a second operator confirms (it is of everything)\n") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		d.Advance(18 * time.Minute)
		if r = d.run(d.Context(), "suspensions"); !strings.Contains(r.stdout, "lapses in 42 min unless a second operator confirms") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		d.promoted = "eva"
		d.who = "eva"
		if r = d.run(d.Context(), "suspend", "--everything", "--reason", "so it is"); r.code != command.OK || !strings.Contains(r.stdout, "; confirmed by "+d.As("eva").ID+" at ") {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		d.want(d.run(d.Context(), "lift", "--everything", "--reason", "over"), command.OK, "")
	})
}

func TestSuspendAsksBeforeYouSuspendYourself(t *testing.T) {
	for name, c := range map[string]struct {
		stdin, more string
		ask         bool
		code        int
		stderr      string
	}{
		"no terminal":       {"", "", false, command.Usage, "you are the only operator known"},
		"no":                {"no\n", "", true, command.OtherEnd, "nothing was suspended"},
		"yes":               {"yes\n", "", true, command.OK, "type yes to continue: "},
		"--yes":             {"", "--yes", false, command.OK, ""},
		"end-all, no":       {"y\n", "end-all", true, command.OtherEnd, "nothing was suspended"},
		"end-all and --yes": {"", "end-all --yes", false, command.OK, "is suspended for 60 min, and after that only if a second operator confirms it (curfew suspend): dee (person:https://id.example.com|00u1dee) counts as an operator"},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, func(d *desk) {
				d.stdin, d.ask = c.stdin, c.ask
				line := "suspend --requester dee --reason lost " + c.more
				if more, ok := strings.CutPrefix(c.more, "end-all"); ok {
					line = "end-all --suspend --requester dee --reason lost" + more
				}
				d.want(d.run(d.Context(), strings.Fields(line)...), c.code, c.stderr)
				all, err := d.Service.Suspensions().List(d.Context(), d.As("dee").Caller)
				d.WantKind(err, "")
				if want := c.code == command.OK; (len(all) == 1) != want {
					t.Errorf("suspended are %+v, want themselves: %t", all, want)
				}
			})
		})
	}
}

// TestEndAllGoesOnWithoutItsSuspension: the refusal is the first and the last line, and the exit code.
func TestEndAllGoesOnWithoutItsSuspension(t *testing.T) {
	atDesk(t, func(d *desk) {
		d.who, d.promoted = "cem", "cem"
		d.want(d.run(d.Context(), "end-all", "--entitlement", "deploy", "--yes"), command.OK, "")
		d.who, d.promoted = "dee", ""
		d.want(d.run(d.Context(), "suspend", "--requester", "cem", "--reason", "r"), command.OK, "")
		d.want(d.run(d.Context(), "lift", "--requester", "cem", "--reason", "r"), command.OK, "")
		d.As("cem").Asks("deploy", time.Hour)
		d.wantUnderWay(1)
		r := d.run(d.Context(), "end-all", "--requester", "cem", "--suspend", "--reason", "r", "--yes", "-o", "json")
		d.want(r, command.Denied, "not suspended: the last suspension of requester ")
		d.want(r, command.Denied, "ended 1 of 1, 0 being removed")
		if !strings.Contains(r.stdout, `"not_suspended": "the last suspension of`) || strings.Contains(r.stderr, "is suspended until") {
			t.Errorf("told %s %s", r.stdout, r.stderr)
		}
		d.wantUnderWay(0)
	})
}

func TestSuspendOfWhatMatchesNothing(t *testing.T) {
	atDesk(t, func(d *desk) {
		d.As("ana").Asks("deploy", time.Hour)
		zoe := d.As("zoe").ID
		for line, want := range map[string]string{
			"--requester ana-":         "nothing matches ana-; did you mean ana (" + d.As("ana").ID + ")?",
			"--entitlement deploys":    "nothing matches deploys; did you mean deploy?",
			"--principal engineer-dep": "nothing matches engineer-dep; did you mean " + accesstest.Engineer + "?",
			"--requester zoe":          "suspended by their exact id",
			"--requester " + zoe:       "curfew suspend --unseen",
		} {
			d.want(d.run(d.Context(), append([]string{"suspend", "--reason", "r"}, strings.Fields(line)...)...), command.Usage, want)
		}
		d.want(d.run(d.Context(), "suspend", "--reason", "r", "--requester", zoe, "--unseen"), command.OK, "")
	})
}

// TestShowOfAnEnd: who ended it, what was called, what was read, how late, on which terms; and the chain verifies here.
func TestShowOfAnEnd(t *testing.T) {
	atDesk(t, func(d *desk) {
		id := d.As("ana").Asks("deploy", time.Hour)
		d.Advance(time.Minute)
		d.IAM.Set(inprocess.IAMSettings{Now: time.Now, Fault: func(action string) string {
			if action == "iam:DeleteRolePolicy" {
				return "AccessDenied"
			}
			return ""
		}})
		d.want(d.run(d.Context(), "end-all", "--everything", "--yes", "--no-wait"), command.OK, "1 being removed")
		d.Advance(3 * time.Minute)
		d.IAM.Set(inprocess.IAMSettings{Now: time.Now})
		d.Advance(10 * time.Minute)
		r := d.run(d.Context(), "show", id)
		for _, line := range []string{"\n  contained    2000-01-01T00:01:0", "  contained   ", "  fence\n", "\nreceipt\n", "\n  ordered by   " + d.As("dee").ID, "\n  removed by   ", "iam:DeleteRolePolicy", "read in IAM", ": not there\n", "\n  overstay ", "\n  digest ",
			"all of everything was ended", "evidence: verified, ", "(by the API, and again locally)"} {
			if !strings.Contains(r.stdout, line) {
				t.Errorf("%q is missing in\n%s", line, r.stdout)
			}
		}
	})
}

// TestEndAllThroughAServer uses a socket and real time, behind a door that throttles.
func TestEndAllThroughAServer(t *testing.T) {
	t.Parallel()
	w := accesstest.NewWorld(t, accesstest.WorldSettings{Slack: time.Minute})
	set := &w.Service.Settings
	set.AttachWithin, set.SettleAfter, set.ReadyAfter = 6*time.Second, time.Second, time.Second // 6 s: machines are busy
	person := func(name, group string) identity.Caller {
		return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: []string{group}}
	}
	api := httpapi.New(w.Service, func(*http.Request) (identity.Caller, error) { return person("dee", "security"), nil }, slog.New(slog.DiscardHandler))
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) % 6 {
		case 0:
			http.Error(rw, `{"message":"Too Many Requests"}`, http.StatusTooManyRequests)
		case 3:
			http.Error(rw, `{"message":"Service Unavailable"}`, http.StatusServiceUnavailable)
		default:
			api.ServeHTTP(rw, r)
		}
	}))
	defer server.Close()
	for _, name := range []string{"ana", "cem", "eva"} {
		if _, _, err := w.Service.Submit(t.Context(), person(name, "engineers"), access.Request{Entitlement: "deploy", Principal: accesstest.Engineer,
			Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "a drill", Duration: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		page, err := w.Service.List(t.Context(), person("dee", "security"), access.Filter{States: []access.State{access.Active}})
		if err == nil && len(page.Lives) == 3 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%d are active: %v", len(page.Lives), err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := command.Run(t.Context(), []string{"end-all", "--principal", accesstest.Engineer, "--yes"}, command.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
		Getenv: func(name string) string {
			return map[string]string{"CURFEW_TOKEN": "t", "CURFEW_ENDPOINT": server.URL}[name]
		},
		ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
	})
	if code != command.OK || !strings.HasSuffix(stdout.String(), ": 3 ended, nothing of it is left\n") {
		t.Errorf("exit %d: %s%s", code, &stdout, &stderr)
	}
}

func TestPassing(t *testing.T) {
	for err, want := range map[error]bool{
		&client.Problem{Status: 429}: true, &client.Problem{Status: 500}: true, &client.Problem{Status: 504}: true,
		&client.NoAnswerError{Err: errors.New("reset")}: true, &client.Problem{Status: 403}: false, &client.Problem{Status: 400}: false,
		errors.New("of this program"): false,
	} {
		if got := client.Passing(err); got != want {
			t.Errorf("Passing(%v) = %t, want %t", err, got, want)
		}
	}
}
