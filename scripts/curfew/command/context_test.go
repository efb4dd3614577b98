package command_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
)

// called keeps where a call went, and with what.
type called struct{ to, authorization string }

func (c *called) RoundTrip(r *http.Request) (*http.Response, error) {
	c.to, c.authorization = r.URL.Host, r.Header.Get("Authorization")
	return refusing{status: 200, body: "{}"}.RoundTrip(r)
}

// settings is a person's folder of settings, and the command line that reads it.
type settings struct {
	t    *testing.T
	home string
	sent called
}

func (s *settings) run(env map[string]string, args ...string) result {
	setAWS(s.t, env)
	var stdout, stderr strings.Builder
	s.sent = called{}
	code := command.Run(s.t.Context(), args, command.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Transport: &s.sent,
		Getenv: func(name string) string { return env[name] }, ReadFile: os.ReadFile, ConfigHome: s.home,
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func newSettings(t *testing.T) *settings {
	s := &settings{t: t, home: filepath.Join(t.TempDir(), "config")}
	for _, line := range []string{
		"context set prod --endpoint https://prod.example.com --token-command echo --token-command token-of-prod",
		"context set test --endpoint https://test.example.com --token-env TEST_TOKEN",
		"context set bare --endpoint https://bare.example.com",
		"context set ci --endpoint https://ci.example.com --profile ci --region eu-west-1",
	} {
		if r := s.run(nil, strings.Fields(line)...); r.code != command.OK {
			t.Fatalf("%s: %s", line, r.stderr)
		}
	}
	return s
}

func TestContexts(t *testing.T) {
	s := newSettings(t)
	files := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(files, []byte("[ci]\naws_access_key_id = AKIACI\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, line, env, to, with string }{
		{"the first one is in use", "me", "", "prod.example.com", "Bearer token-of-prod"},
		{"the environment stands above it", "me", "CURFEW_TOKEN=token-of-ana", "prod.example.com", "Bearer token-of-ana"},
		{"a flag stands above the environment", "me --context test", "CURFEW_TOKEN=token-of-ana CURFEW_ENDPOINT=https://x.example.com TEST_TOKEN=token-of-test", "test.example.com", "Bearer token-of-test"},
		{"a context that does not say who calls", "me --context bare", "CURFEW_TOKEN=token-of-ana", "bare.example.com", "Bearer token-of-ana"},
		{"a profile", "me --context ci", "CURFEW_TOKEN=token-of-ana AWS_SHARED_CREDENTIALS_FILE=" + files, "ci.example.com", "AWS4-HMAC-SHA256 Credential=AKIACI/"},
		{"another address gets no token of the context", "me --endpoint https://evil.example.com", "", "", ""},
		{"nor by the environment", "me", "CURFEW_ENDPOINT=https://evil.example.com", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{}
			for _, pair := range strings.Fields(c.env) {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = value
			}
			r := s.run(env, strings.Fields(c.line)...)
			if s.sent.to != c.to || !strings.HasPrefix(s.sent.authorization, c.with) || (r.code == command.OK) != (c.to != "") {
				t.Errorf("exit %d, sent to %q with %q: %s", r.code, s.sent.to, s.sent.authorization, r.stderr)
			}
		})
	}
}

func TestContextFile(t *testing.T) {
	s := newSettings(t)
	path := filepath.Join(s.home, "curfew", "config.yaml")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if r := s.run(nil, "context", "use", "test"); r.code != command.OK {
		t.Error(r.stderr)
	}
	if r := s.run(nil, "context", "list"); !strings.Contains(r.stdout, "*  test  https://test.example.com  token in TEST_TOKEN\n") {
		t.Error(r.stdout)
	}
	for line, want := range map[string]string{
		"context use tset":                            "there is no context \"tset\"",
		"me --context tset":                           "there is no context \"tset\"",
		"context set x --endpoint http://example.com": "use https",
		"context set x --endpoint https://a.example --token-env A --token-command true": "one of",
		"me --context test": "TEST_TOKEN, which is not set",
	} {
		if r := s.run(nil, strings.Fields(line)...); r.code == command.OK || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit %d, %s", line, r.code, r.stderr)
		}
	}
	if err := os.Chmod(path, 0o622); err != nil {
		t.Fatal(err)
	}
	if r := s.run(nil, "me"); r.code != command.Usage || !strings.Contains(r.stderr, "others may write it") || s.sent.to != "" {
		t.Errorf("a file that others may write: exit %d, %s", r.code, r.stderr)
	}
}

func TestFilesInUTF16AreRecognised(t *testing.T) {
	s := newSettings(t)
	for name, args := range map[string]string{"world": "onboard arn:aws:iam::111122223333:role/x --world FILE", "ticket": "resume FILE -- true"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte("\xff\xfe{\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := s.run(nil, strings.Fields(strings.ReplaceAll(args, "FILE", file))...); r.code == command.OK || !strings.Contains(r.stderr, file+" is UTF-16: save it as UTF-8") {
			t.Errorf("%s: %d, %s", args, r.code, r.stderr)
		}
	}
}
