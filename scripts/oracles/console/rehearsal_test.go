package console

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// root is the repository's folder.
const root = "../../.."

// rehearsal is a running scripts/local, which serves the console.
type rehearsal struct {
	base   string            // such as http://127.0.0.1:40123
	tokens map[string]string // by name
	close  func()
}

var rehearsed = sync.OnceValues(startRehearsal)

func theRehearsal(t *testing.T) *rehearsal {
	t.Helper()
	r, err := rehearsed()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// startRehearsal builds and starts it, and reads its address and tokens from its output.
func startRehearsal() (*rehearsal, error) {
	dir, err := os.MkdirTemp("", "curfew-console-")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "local")
	build := exec.Command("go", "build", "-o", binary, "./scripts/local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &rehearsal{tokens: map[string]string{}, close: func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}}
	if err := r.read(out); err != nil {
		r.close()
		return nil, err
	}
	atTheEnd(func() bool { r.close(); return false })
	return r, nil
}

var (
	listening = regexp.MustCompile(`Listening on (http://127\.0\.0\.1:[0-9]+)`)
	hasToken  = regexp.MustCompile(`^(\S+) .*CURFEW_TOKEN=(\S+)`)
)

// read reads until the last line of the welcome, and drops what follows.
func (r *rehearsal) read(out io.Reader) error {
	welcome := bufio.NewScanner(out)
	for welcome.Scan() {
		line := welcome.Text()
		if m := listening.FindStringSubmatch(line); m != nil {
			r.base = m[1]
		}
		if m := hasToken.FindStringSubmatch(line); m != nil {
			r.tokens[m[1]] = m[2]
		}
		if strings.HasSuffix(line, "Press Ctrl-C to end.") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			if r.base == "" || len(r.tokens) == 0 {
				return errors.New("the rehearsal printed no address, or no tokens")
			}
			return nil
		}
	}
	return errors.Join(errors.New("the rehearsal ended before its welcome"), welcome.Err())
}

// call sends a call of the API as an identity. It returns the status; into may be nil.
func (r *rehearsal) call(t *testing.T, as, method, path string, body, into any) int {
	t.Helper()
	var sent bytes.Buffer
	if raw, ok := body.([]byte); ok {
		sent.Write(raw)
	} else if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, r.base+path, &sent)
	if err != nil {
		t.Fatal(err)
	}
	if as != "" {
		req.Header.Set("Authorization", "Bearer "+r.tokens[as])
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s: %s: %.300s", method, path, resp.Status, answer)
		}
	}
	return resp.StatusCode
}

// happens sends an example event to the bus.
func (r *rehearsal) happens(t *testing.T, example string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "events", "examples", example))
	if err != nil {
		t.Fatal(err)
	}
	if status := r.call(t, "", http.MethodPost, "/local/events", raw, nil); status != http.StatusOK {
		t.Fatalf("the event %s: %d", example, status)
	}
}

// awaitUse waits until a session may make a call: IAM enforces a grant late.
func (r *rehearsal) awaitUse(t *testing.T, principal, session, action, resource string) {
	t.Helper()
	await(t, "the grant is usable", func() bool { return r.may(t, principal, session, action, resource) })
}

// may reports whether IAM allows a call with a principal's credentials now.
func (r *rehearsal) may(t *testing.T, principal, session, action, resource string) bool {
	t.Helper()
	var got struct{ Outcome string }
	r.call(t, "", http.MethodPost, "/local/calls", map[string]string{"principal": principal, "session": session, "action": action, "resource": resource}, &got)
	return got.Outcome == "allowed"
}

// tries fails unless [rehearsal.may] answers want.
func (r *rehearsal) tries(t *testing.T, principal, session, action, resource string, want bool) {
	t.Helper()
	if got := r.may(t, principal, session, action, resource); got != want {
		t.Fatalf("%s as %s of %s: allowed %v, want %v", action, session, principal, got, want)
	}
}

// await calls until ok returns true: at most 40 s.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("not within 40 s: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
