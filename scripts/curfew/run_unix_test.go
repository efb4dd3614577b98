//go:build unix

package main

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// TestMain makes the test binary the program itself, for tests of signals and exit codes.
func TestMain(m *testing.M) {
	if os.Getenv("CURFEW_TEST_IS_PROGRAM") != "" {
		main()
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // else programs ignore it too when the tests run under nohup
	flag.Parse()
	// These tests wait for processes and compute nothing: run more of them at once than there are processors.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// soon is the limit of a wait, long enough for slow machines.
const soon = time.Minute

// house is a whole Curfew behind a server, in real time.
type house struct {
	*accesstest.World
	t   *testing.T
	url string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	t.Parallel()
	w := accesstest.NewWorld(t, accesstest.WorldSettings{})
	set := &w.Service.Settings
	// Time for a busy machine to get from granting to attached. Most of these tests wait for the proof of the end.
	set.AttachWithin = 6 * time.Second
	set.SettleAfter, set.ReadyAfter = time.Second, time.Second
	server := httptest.NewServer(httpapi.New(w.Service, authenticate, slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	return &house{w, t, server.URL}
}

// heartbeat gives the entitlement deploy one.
func (h *house) heartbeat(d time.Duration) {
	h.Catalog.Change("deploy", func(e *access.Entitlement) { e.Heartbeat = d })
}

func caller(name string) identity.Caller {
	groups := map[string][]string{"ana": {"engineers"}, "ben": {"leads"}, "dee": {"security"}}
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups[name]}
}

func authenticate(r *http.Request) (identity.Caller, error) {
	name, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer token-of-")
	if !ok {
		return identity.Caller{}, fault.Errorf(fault.Denied, "no token")
	}
	return caller(name), nil
}

// program is a curfew that was started.
type program struct {
	*exec.Cmd
	t              *testing.T
	stdout, stderr *output
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs curfew as ana in a new session, without a terminal.
func (h *house) start(stdin string, args ...string) *program {
	h.t.Helper()
	p := h.prepare(args...)
	p.Stdin, p.Stdout, p.Stderr = strings.NewReader(stdin), p.stdout, p.stderr
	if err := p.Start(); err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) prepare(args ...string) *program {
	h.t.Helper()
	self, err := os.Executable()
	if err != nil {
		h.t.Fatal(err)
	}
	p := &program{exec.Command(self, args...), h.t, &output{}, &output{}}
	p.Env = append(os.Environ(), "CURFEW_TEST_IS_PROGRAM=1", "CURFEW_ENDPOINT="+h.url, "CURFEW_TOKEN=token-of-ana")
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	p.WaitDelay = 20 * time.Second // what a killed one started may still hold its streams
	h.t.Cleanup(func() {
		if p.Process != nil {
			_ = p.Process.Kill()
		}
	})
	return p
}

// ends waits for the program and checks its exit code.
func (p *program) ends(code int) {
	p.t.Helper()
	timer := time.AfterFunc(soon, func() { _ = p.Process.Kill() })
	defer timer.Stop()
	_ = p.Wait() // an exit code is an error here
	if got := p.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("exit code = %d, want %d\n%s%s", got, code, p.stdout, p.stderr)
	}
	if strings.Contains(p.stdout.String()+p.stderr.String(), "token-of-") {
		p.t.Errorf("a token was printed:\n%s%s", p.stdout, p.stderr)
	}
}

// says waits until an output contains a text.
func (p *program) says(o *output, text string) {
	p.t.Helper()
	eventually(p.t, func() bool { return strings.Contains(o.String(), text) }, func() string {
		return "no " + text + " in\n" + p.stdout.String() + p.stderr.String()
	})
}

func eventually(t *testing.T, done func() bool, otherwise func() string) {
	t.Helper()
	for end := time.Now().Add(soon); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(otherwise())
		}
	}
}

// only is the one elevation there is.
func (h *house) only() access.Elevation {
	h.t.Helper()
	all := h.all()
	if len(all) != 1 {
		h.t.Fatalf("%d elevations, want one", len(all))
	}
	return all[0]
}

func (h *house) all() []access.Elevation {
	h.t.Helper()
	all, _, err := access.Lives(h.Store.All(record.AccessTable))
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// becomes waits until the elevation is in a state with a cause.
func (h *house) becomes(state access.State, cause access.Cause) {
	h.t.Helper()
	eventually(h.t, func() bool { e := h.only(); return e.State == state && e.Cause == cause }, func() string {
		e := h.only()
		return "it is " + string(e.State) + " (" + string(e.Cause) + "), want " + string(state) + " (" + string(cause) + ")"
	})
}

func (h *house) decides(approve bool) {
	h.t.Helper()
	e := h.only()
	v, err := h.Service.Show(h.t.Context(), caller("ben"), e.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Service.Decide(h.t.Context(), caller("ben"), e.ID, v.Digest, approve, "a test"); err != nil {
		h.t.Fatal(err)
	}
}

// asks are the words of a run.
func asks(entitlement string, more ...string) []string {
	return append([]string{"run", "--entitlement", entitlement, "--principal", accesstest.Engineer,
		"--task", "change/CHG-1", "--reason", "a test", "--for", "5m"}, more...)
}

func shell(script string) []string { return []string{"--", "sh", "-c", script} }

func TestRunKeepsStreamsAndExitCode(t *testing.T) {
	h := newHouse(t)
	p := h.start("hello\n", asks("deploy", shell(`read x; echo "got $x, ${CURFEW_TOKEN-no token}, ${CURFEW_ENDPOINT:+an endpoint}, $CURFEW_ELEVATION until $CURFEW_DEADLINE"; echo wrong >&2; exit 7`)...)...)
	p.ends(7)
	e := h.all()[0]
	if got, want := p.stdout.String(), "got hello, no token, an endpoint, "+e.ID+" until "+e.Deadline.UTC().Format(time.RFC3339)+"\n"; got != want {
		t.Errorf("stdout = %q, want %q", got, want)
	}
	for _, want := range []string{"active; usable from ", "\nwrong\n", ": the command ended with 7 after ", "(released)"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("no %q in\n%s", want, p.stderr)
		}
	}
	h.becomes(access.Ended, access.Released)
}

func TestTokenIsPassedOnlyIfAsked(t *testing.T) {
	h := newHouse(t)
	p := h.start("", asks("deploy", append([]string{"--pass-token"}, shell(`test "$CURFEW_TOKEN" = token-of-ana`)...)...)...)
	p.ends(0)
}

const obedient = `trap 'echo got; exit 3' TERM INT HUP USR1; echo ready; while :; do sleep 0.05; done`

func TestSignalsReachTheCommand(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1} {
		t.Run(s.String(), func(t *testing.T) {
			h := newHouse(t)
			p := h.start("", asks("deploy", shell(obedient)...)...)
			p.says(p.stdout, "ready")
			if err := p.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			p.ends(3)
			if got, want := p.stdout.String(), "ready\ngot\n"; got != want {
				t.Errorf("stdout = %q, want %q", got, want)
			}
			h.becomes(access.Ended, access.Released)
		})
	}
}

func TestDeathBySignalIsTold(t *testing.T) {
	h := newHouse(t)
	h.start("", asks("deploy", shell(`kill -KILL $$`)...)...).ends(128 + 9)
	h.becomes(access.Ended, access.Released)
}

func TestKilledRunLosesAccessByHeartbeat(t *testing.T) {
	h := newHouse(t)
	h.heartbeat(10 * time.Second)
	p := h.start("", asks("deploy", shell(obedient)...)...)
	p.says(p.stdout, "ready")
	if e := h.only(); e.State != access.Active {
		t.Fatalf("it is %s", e.State)
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	h.becomes(access.Ended, access.HeartbeatLost)
	if runtime.GOOS == "linux" { // elsewhere nothing tells it
		p.says(p.stdout, "got")
	}
}

func TestApprovalIsWaitedFor(t *testing.T) {
	h := newHouse(t)
	p := h.start("", asks("admin", shell("echo deployed")...)...)
	p.says(p.stderr, "requested, waits for 1 of group:leads\n")
	h.decides(true)
	p.ends(0)
	if got, want := p.stdout.String(), "deployed\n"; got != want {
		t.Errorf("stdout = %q, want %q", got, want)
	}
	h.becomes(access.Ended, access.Released)
}

func TestDeniedRunsNothing(t *testing.T) {
	t.Run("by an approver", func(t *testing.T) {
		h := newHouse(t)
		p := h.start("", asks("admin", shell("echo deployed")...)...)
		p.says(p.stderr, "requested")
		h.decides(false)
		p.ends(125)
		if p.stdout.String() != "" || !strings.Contains(p.stderr.String(), "is over before the command ran: it is denied: a test") {
			t.Errorf("%s%s", p.stdout, p.stderr)
		}
	})
	t.Run("by policy", func(t *testing.T) {
		h := newHouse(t)
		h.Catalog.Refuse(func(access.Question) bool { return true })
		p := h.start("", asks("deploy", shell("echo deployed")...)...)
		p.ends(125)
		if p.stdout.String() != "" {
			t.Errorf("%s", p.stdout)
		}
	})
}

func TestEndedByAnOperatorEndsTheCommand(t *testing.T) {
	h := newHouse(t)
	h.heartbeat(15 * time.Second) // the heartbeat shows the end
	p := h.start("", asks("deploy", shell(obedient)...)...)
	p.says(p.stdout, "ready")
	if _, err := h.Service.End(t.Context(), caller("dee"), h.only().ID); err != nil {
		t.Fatal(err)
	}
	p.ends(3)
	if !strings.Contains(p.stderr.String(), "access is over: it is ") || strings.Count(p.stderr.String(), "(revoked)") != 2 {
		t.Errorf("%s", p.stderr)
	}
	h.becomes(access.Ended, access.Revoked)
}

func TestInterruptedWaitIsTakenBack(t *testing.T) {
	h := newHouse(t)
	p := h.start("", asks("admin", shell("echo deployed")...)...)
	p.says(p.stderr, "requested")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ends(128 + 15)
	if p.stdout.String() != "" {
		t.Errorf("%s", p.stdout)
	}
	h.becomes(access.WithdrawnState, "")
}

func TestTimeoutOfTheWaitIsTakenBack(t *testing.T) {
	h := newHouse(t)
	h.start("", asks("admin", append([]string{"--timeout", "100ms"}, shell("true")...)...)...).ends(125)
	h.becomes(access.WithdrawnState, "")
}

func TestWhatCannotRunIsNotAskedFor(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		words []string
		code  int
	}{
		"not found in PATH":  {[]string{"--", "no-such-command-of-ours"}, 127},
		"not found at all":   {[]string{"--", filepath.Join(dir, "none")}, 127},
		"not executable":     {[]string{"--", plain}, 126},
		"a directory":        {[]string{"--", dir}, 126},
		"no command":         {nil, 125},
		"without hyphens":    {[]string{"true"}, 125},
		"an unknown flag":    {[]string{"--no-such-flag", "--", "true"}, 125},
		"a wrong --output":   {[]string{"-o", "yaml", "--", "true"}, 125},
		"a wrong --task":     {[]string{"--task", "change", "--", "true"}, 125},
		"no reason":          {[]string{"--reason", "", "--", "true"}, 125},
		"a ticket, and run":  {[]string{"--ticket", "t", "--", "true"}, 125},
		"a command, not run": {[]string{"--no-wait", "--", "true"}, 125},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.start("", asks("deploy", c.words...)...).ends(c.code)
			if n := len(h.all()); n != 0 {
				t.Errorf("%d elevations were asked for", n)
			}
		})
	}
}

func TestWhatDoesNotStartGivesItsAccessBack(t *testing.T) {
	h := newHouse(t)
	odd := filepath.Join(t.TempDir(), "odd")
	if err := os.WriteFile(odd, []byte("neither a program nor a script"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.start("", asks("deploy", "--", odd)...).ends(126)
	h.becomes(access.Ended, access.Released)
}

func TestTicketIsResumed(t *testing.T) {
	h := newHouse(t)
	ticket := filepath.Join(t.TempDir(), "ticket.json")
	p := h.start("", asks("admin", "--no-wait", "--ticket", ticket)...)
	p.ends(0)
	if got, want := p.stdout.String(), ticket+"\n"; got != want {
		t.Errorf("stdout = %q, want %q", got, want)
	}
	b, err := os.ReadFile(ticket)
	if info, _ := os.Stat(ticket); err != nil || info.Mode() != 0o600 || strings.Contains(string(b), "token") {
		t.Errorf("%v, %v: %s", err, info.Mode(), b)
	}
	h.start("", append([]string{"resume", "--no-wait", ticket}, shell("exit 4")...)...).ends(75)
	h.decides(true)
	h.start("", append([]string{"resume", ticket}, shell("exit 4")...)...).ends(4)
	h.becomes(access.Ended, access.Released)
	p = h.start("", append([]string{"resume", ticket}, shell("echo again")...)...)
	p.ends(125)
	if p.stdout.String() != "" {
		t.Errorf("%s", p.stdout)
	}
}

func TestResumeLeavesOpenWhatIsStillWaitedFor(t *testing.T) {
	h := newHouse(t)
	p := h.start("", asks("admin", "--no-wait")...)
	p.ends(0)
	id := strings.TrimSpace(p.stdout.String())
	h.start("", append([]string{"resume", "--timeout", "100ms", id}, shell("true")...)...).ends(75)
	if e := h.only(); e.State != access.Requested || e.ID != id {
		t.Errorf("%s is %s, want %s", e.ID, e.State, id)
	}
}

func TestTicketOfElsewhereIsRefused(t *testing.T) {
	h := newHouse(t)
	ticket := filepath.Join(t.TempDir(), "ticket.json")
	h.start("", asks("admin", "--no-wait", "--ticket", ticket)...).ends(0)
	p := h.start("", append([]string{"resume", "--endpoint", strings.Replace(h.url, "127.0.0.1", "localhost", 1), ticket}, shell("true")...)...)
	p.ends(125)
	if !strings.Contains(p.stderr.String(), "is of "+h.url) {
		t.Errorf("%s", p.stderr)
	}
}

func TestSameKeyIsOneRequest(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for range 2 {
		p := h.start("", "run", "--entitlement", "admin", "--principal", accesstest.Engineer, "--reason", "a test",
			"--task", "change/CHG-1", "--idempotency-key", "pipeline-7", "--no-wait")
		p.ends(0)
		ids = append(ids, p.stdout.String())
	}
	if e := h.only(); ids[0] != ids[1] || ids[0] != e.ID+"\n" {
		t.Errorf("ids %q, want %s twice", ids, e.ID)
	}
}

func TestNoCallerNoAccess(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	self, _ := os.Executable()
	c := exec.CommandContext(ctx, self, asks("deploy", shell("echo deployed")...)...)
	c.Env = []string{"CURFEW_TEST_IS_PROGRAM=1", "CURFEW_ENDPOINT=" + h.url, "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	out, _ := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != 125 || !strings.Contains(string(out), "set CURFEW_TOKEN") || len(h.all()) != 0 {
		t.Errorf("exit %d: %s", code, out)
	}
}
