package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The README's tutorial works: every command of it runs in a shell against a rehearsal and exits with 0.
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
	h, server := serve(t)
	r := &reader{t: t, dir: t.TempDir(), base: server.URL}
	var screen bytes.Buffer
	h.welcome(&screen, server.URL)
	r.screen = screen.String()
	commands := tutorial(t)
	if len(commands) < 18 || commands[0] != "go run ./scripts/local" {
		t.Fatalf("the tutorial has %d commands, want 18 or more; the first starts the rehearsal: %q", len(commands), commands)
	}
	for _, command := range commands[1:] {
		r.follow(command)
	}
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
		"BEN": regexp.MustCompile(`(?m)^ben .* CURFEW_TOKEN=(\S+)`), "CURFEW_TOKEN": regexp.MustCompile(`(?m)^ana .* CURFEW_TOKEN=(\S+)`),
		"ID": regexp.MustCompile(`\b([0-7][0-9a-z]{25})\b`), "DIGEST": regexp.MustCompile(`digest\s+([0-9a-f]{64})`),
	}
)

func (r *reader) follow(line string) {
	r.t.Helper()
	command, comment, _ := strings.Cut(line, "  # ")
	command = strings.NewReplacer("dist/curfew", r.dir+"/curfew", "$PWD/dist", r.dir, "http://127.0.0.1:8080", r.base).Replace(strings.TrimSpace(command))
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

// run runs one command from the repository's root.
func (r *reader) run(command string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", strings.Join(append(r.setup, command), "\n"))
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CURFEW_ENDPOINT="+r.base, "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v:\n%s", command, err, out)
	}
	return string(out)
}
