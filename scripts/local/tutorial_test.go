package main

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The README's tutorial works: every command of it runs in a shell against a rehearsal and exits with 0. What it does on the page is
// clicked by the stories of scripts/oracles/console.
//
// "# prints TEXT" after a command is checked: the command runs again until it does. "NAME=…" is what a reader copies.
func TestTutorialOfTheReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and starts programs: not with -short")
	}
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the tutorial needs %s: install it", tool)
		}
	}
	dir := t.TempDir()
	h, server := serveWith(t, options{log: filepath.Join(dir, "log")})
	r := &reader{t: t, dir: dir, base: server.URL}
	var screen bytes.Buffer
	h.welcome(&screen, server.URL)
	r.screen = screen.String()
	commands := tutorial(t)
	if len(commands) < 17 || commands[0] != "go run ./scripts/local -log dist/log" {
		t.Fatalf("the tutorial has %d commands, want 17 or more; the first starts the rehearsal: %q", len(commands), commands)
	}
	for _, command := range commands[1:] {
		r.follow(command)
	}
	r.run("curfew logout")
}

// tutorial returns the commands of the README's section, in order.
func tutorial(t *testing.T) (commands []string) {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "\n## Tutorial")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, -1) {
		joined := strings.ReplaceAll(block[1], "\\\n", " ")
		commands = append(commands, strings.Split(strings.TrimSpace(joined), "\n")...)
	}
	return commands
}

// reader does what a reader of the tutorial does.
type reader struct {
	t         *testing.T
	dir, base string
	screen    string   // what was printed so far
	setup     []string // assignments and functions: they last for the commands that follow
}

var (
	copied  = regexp.MustCompile(`^((?:export )?([A-Z_]+)=)\S*…`)
	lasting = regexp.MustCompile(`^(export |[A-Z_]+=\S*\s*$|\w+\(\))`)
	// Where a reader finds what they copy.
	found = map[string]*regexp.Regexp{
		"ID": regexp.MustCompile(`"elevation":"([0-7][0-9a-z]{25})"`),
	}
)

func (r *reader) follow(line string) {
	r.t.Helper()
	command, comment, _ := strings.Cut(line, "  # ")
	command = strings.NewReplacer("$PWD/dist", r.dir, "dist/", r.dir+"/", "http://127.0.0.1:8080", r.base).Replace(strings.TrimSpace(command))
	if m := copied.FindStringSubmatch(command); m != nil {
		at := found[m[2]]
		if at == nil || !at.MatchString(r.screen) {
			r.t.Fatalf("%s: nothing to copy was printed:\n%s", line, r.screen)
		}
		command = m[1] + at.FindStringSubmatch(r.screen)[1]
	}
	if lasting.MatchString(command) {
		r.setup = append(r.setup, command)
		return
	}
	want, _ := strings.CutPrefix(strings.TrimSpace(comment), "prints ")
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		out := r.run(command)
		if strings.Contains(out, want) {
			r.screen += out
			return
		}
		select {
		case <-ctx.Done():
			r.t.Fatalf("%s prints:\n%s\nwant %q", command, out, want)
		case <-tick.C:
		}
	}
}

// run runs one command from the repository's root. Over SSH a login prints a code in place of opening a browser: as the reader, dee
// types it on the sign-in page.
func (r *reader) run(command string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", strings.Join(append(r.setup, command), "\n"))
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false", "XDG_CONFIG_HOME="+r.dir+"/config",
		"SSH_CONNECTION=a test", "DBUS_SESSION_BUS_ADDRESS=", "CURFEW_TOKEN=", "CURFEW_ENDPOINT=", "CURFEW_CONTEXT=")
	out := &screen{typed: r.typeCode}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("%s: %v:\n%s", command, err, out.text.String())
	}
	return out.text.String()
}

// screen is what a command printed. typed gets the code that a login prints, once.
type screen struct {
	text  bytes.Buffer
	typed func(code string)
}

var userCode = regexp.MustCompile(`type the code ([A-Z]{4}-[A-Z]{4}):`)

func (s *screen) Write(b []byte) (int, error) {
	n, err := s.text.Write(b)
	if code := userCode.FindSubmatch(s.text.Bytes()); code != nil && s.typed != nil {
		s.typed(string(code[1]))
		s.typed = nil
	}
	return n, err
}

func (r *reader) typeCode(code string) {
	q, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+"/signin/device", strings.NewReader(url.Values{"user_code": {code}, "person": {"dee"}}.Encode()))
	if err != nil {
		r.t.Error(err)
		return
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Origin", r.base)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Error(err)
		return
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		r.t.Errorf("the sign-in page answers %s", a.Status)
	}
}
