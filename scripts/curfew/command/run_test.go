package command_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/command"
	"curfew/shared/evidence"
)

// refusing answers every call with one status and body.
type refusing struct {
	status int
	body   string
	header http.Header
}

func (f refusing) RoundTrip(*http.Request) (*http.Response, error) {
	h := f.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", "application/problem+json")
	return &http.Response{StatusCode: f.status, Header: h, Body: io.NopCloser(strings.NewReader(f.body))}, nil
}

// setAWS replaces the environment of AWS, which the SDK reads from the process.
func setAWS(t *testing.T, env map[string]string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // the test restores it
			os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, or(env[name], value))
	}
	for name, value := range env {
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func runOn(t *testing.T, transport http.RoundTripper, env map[string]string, args ...string) result {
	t.Helper()
	setAWS(t, env)
	var stdout, stderr strings.Builder
	code := command.Run(t.Context(), args, command.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Transport: transport,
		Getenv: func(name string) string { return env[name] }, ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

var asAna = map[string]string{"CURFEW_TOKEN": "token-of-ana"}

func TestExitCodes(t *testing.T) {
	for kind, c := range map[string]struct{ status, code int }{
		"invalid":                {400, command.Usage},
		"too-large":              {413, command.Usage},
		"unauthenticated":        {401, command.Unauthenticated},
		"denied":                 {403, command.Denied},
		"not-found":              {404, command.NotFound},
		"conflict":               {409, command.Conflict},
		"quota":                  {409, command.Conflict},
		"idempotency-key-reused": {422, command.Conflict},
		"method-not-allowed":     {405, command.Unexpected},
		"media-type":             {415, command.Unexpected},
		"internal":               {500, command.Unexpected},
		"throttled":              {429, command.Unavailable},
		"unavailable":            {503, command.Unavailable},
		"a kind yet unknown":     {418, command.Unexpected},
	} {
		for _, with := range []string{"urn:curfew:problem:" + kind, "about:blank"} {
			if with == "about:blank" && c.status != 401 && c.status != 403 && c.status != 404 && c.status != 409 && c.status != 500 && c.status != 503 {
				continue // a proxy does not answer so
			}
			t.Run(kind+" "+with, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := runOn(t, refusing{status: c.status, body: fmt.Sprintf(`{"type":%q,"detail":"what\u001b[31m and why"}`, with)}, asAna, "end", first)
					if r.code != c.code || r.stdout != "" || !strings.HasPrefix(r.stderr, `curfew: what\u{1b}[31m and why; `) || strings.Count(r.stderr, "\n") != 1 {
						t.Errorf("exit %d, want %d: %q", r.code, c.code, r.stderr)
					}
				})
			})
		}
	}
}

func TestProblemSaysWhatToDo(t *testing.T) {
	for members, want := range map[string]string{
		`"type":"urn:curfew:problem:conflict","elevation":"` + second + `"`:                        "no; curfew show " + second + " tells where it stands",
		`"type":"urn:curfew:problem:throttled","retry_after":60`:                                   "no; try again in 60 s",
		`"type":"urn:curfew:problem:invalid","mistakes":[{"field":"reason","problem":"required"}]`: "no; change the request",
		`"type":"urn:curfew:problem:invalid","mistakes":[{"field":"duration_seconds","problem":"required"},{"field":"parameters.account","problem":"required"},{"problem":"too long"}]`: "3 mistakes: --for: required; --param account: required; too long; change the request",
	} {
		r := runOn(t, refusing{status: 400, body: `{"detail":"no",` + members + `}`}, asAna, "end", first)
		if got := strings.TrimSpace(r.stderr); got != "curfew: "+want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestGatewayThatDoesNotKnowTheCaller(t *testing.T) {
	h := http.Header{"X-Amzn-Errortype": {"ExpiredTokenException"}}
	r := runOn(t, refusing{status: 403, body: `{"message":"expired"}`, header: h}, asAna, "me")
	if r.code != command.Unauthenticated {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

func TestTimeoutIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.api.down = 1 << 20
		began := time.Now()
		r := s.run(t.Context(), "me", "--timeout", "300ms")
		if took := time.Since(began); r.code != command.Unavailable || took != 300*time.Millisecond {
			t.Errorf("exit %d after %s, %s", r.code, took, r.stderr)
		}
	})
}

// hostileRecord is a record with this text, as JSON, in every string.
func hostileRecord(t *testing.T, evil string) []byte {
	t.Helper()
	r, _, err := evidence.Append(evil, evidence.Head{}, evidence.Entry{Kind: evil, Actor: evil, Detail: map[string]any{"reason": evil, "by": []string{evil}}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHostileServer puts terminal escapes into every text of an answer.
func TestHostileServer(t *testing.T) {
	const evil = "\u001b]0;owned\u0007\u009b2J\r\n\u202e\u2028\u00ad\U000e0041"
	b, _ := json.Marshal(evil)
	text := string(b)
	elevation := fmt.Sprintf(`{"id":%[1]s,"state":%[1]s,"cause":%[1]s,"why":%[1]s,"entitlement":%[1]s,"principal":%[1]s,"principal_id":%[1]s,
		"requester":{"id":%[1]s,"kind":"person","name":%[1]s},"task":{"kind":%[1]s,"id":%[1]s},"reason":%[1]s,"session":{"bind":%[1]s,"value":%[1]s},
		"approval":{"need":1,"of":[%[1]s]},"digest":%[1]s,"elevation":%[1]s,"signed_by":%[1]s,"note":%[1]s,
		"terms":{"catalog":%[1]s,"owners":[%[1]s],"parameters":{%[1]s:%[1]s},"form":%[1]s,"policies":[{%[1]s:%[1]s}],"says":[%[1]s]},
		"decisions":[{"decision":%[1]s,"by":{"id":%[1]s,"name":%[1]s},"reason":%[1]s}],
		"timeline":[%[1]s,%[2]s],
		"receipt":{"grant":%[1]s,"by":%[1]s,"cause":%[1]s,"seen":%[1]s,"calls":[{"action":%[1]s,"outcome":%[1]s}]},
		"review":{"reviewers":[%[1]s],"signed_by":%[1]s,"note":%[1]s},"evidence":{"state":%[1]s,"why":%[1]s,"head":{"seq":1,"hash":%[1]s}}}`, text, hostileRecord(t, evil))
	me := fmt.Sprintf(`{"id":%[1]s,"kind":%[1]s,"name":%[1]s,"groups":[%[1]s]}`, text)
	entitlement := fmt.Sprintf(`{"name":%[1]s,"about":%[1]s,"principals":[%[1]s],"tasks":[{"kind":%[1]s}],"parameters":{%[1]s:%[1]s},"approval":{"of":[%[1]s]}}`, text)
	suspension := fmt.Sprintf(`{"requester":%[1]s,"holds":true,"reason":%[1]s,"by":%[1]s,"lifted_by":%[1]s,"lifted_at":"2026-10-05T09:00:00Z"}`, text)
	for _, c := range []struct{ body, line string }{
		{me, "me"},
		{`{"entitlements":[` + entitlement + `]}`, "entitlements"},
		{`{"elevations":[` + elevation + `]}`, "list"},
		{elevation, "show " + first},
		{elevation, "end " + first},
		{elevation, "deny " + first + " --reason r"},
		{elevation, "review " + first + " --note n"},
		{elevation, "reviews " + first},
		{`{"reviews":[` + elevation + `]}`, "reviews"},
		{suspension, "suspend --requester r --reason r"},
		{suspension, "lift --requester r --reason r"},
		{`{"suspensions":[` + suspension + `]}`, "suspensions"},
	} {
		for _, form := range []string{"table", "json"} {
			t.Run(c.line+" as "+form, func(t *testing.T) {
				r := runOn(t, refusing{status: 200, body: c.body, header: nil}, asAna, append(strings.Fields(c.line), "-o", form)...)
				want := command.OK
				if strings.HasPrefix(c.line, "show") {
					want = command.EvidenceFails
				}
				if r.code != want {
					t.Fatalf("exit %d, %s", r.code, r.stderr)
				}
				if i := strings.IndexFunc(r.stdout, func(c rune) bool { return c != '\n' && (c < ' ' || c >= 0x7f && strings.ContainsRune(evil, c)) }); i >= 0 {
					t.Errorf("%q is printed as it is", r.stdout[i:min(len(r.stdout), i+10)])
				}
				if want := map[string]string{"table": `\u{1b}]0;owned\u{7}\u{9b}2J\u{d}\u{a}\u{202e}`, "json": `\u009b2J\r\n\u202e\u2028\u00ad\udb40\udc41`}[form]; !strings.Contains(r.stdout, want) {
					t.Errorf("%q is not in\n%s", want, r.stdout)
				}
				if form == "json" && !json.Valid([]byte(r.stdout)) {
					t.Errorf("not JSON: %s", r.stdout)
				}
			})
		}
	}
}

func TestTokenStaysIn(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{"refused": refusing{status: 401, body: "{}", header: nil}, "accepted": newFakeAPI(t)} {
		for _, args := range [][]string{{"me"}, {"list", "-o", "json"}, {"help"}, {"version"}, {"show", first}} {
			r := runOn(t, transport, asAna, args...)
			if strings.Contains(r.stdout+r.stderr, "token-of") {
				t.Errorf("%s, %v: %s%s", name, args, r.stdout, r.stderr)
			}
		}
	}
	api := newFakeAPI(t)
	runOn(t, api, asAna, "list")
	if len(api.seen) != 1 || strings.Contains(api.seen[0], "token-of") {
		t.Errorf("calls %v", api.seen)
	}
	r := runOn(t, api, map[string]string{"CURFEW_TOKEN": "token-of ana\nX: y"}, "me")
	if r.code != command.Unauthenticated || strings.Contains(r.stderr, "token-of") || len(api.seen) != 1 {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

func TestNothingGoesOverPlainHTTP(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"a token":         {"CURFEW_TOKEN": "token-of-ana"},
		"AWS credentials": {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_REGION": "eu-west-1"},
	} {
		env["CURFEW_ENDPOINT"] = "http://curfew.example.com"
		api := newFakeAPI(t)
		if r := runOn(t, api, env, "me"); r.code != command.Usage || !strings.Contains(r.stderr, "use https") || len(api.seen) != 0 {
			t.Errorf("%s: exit %d, %d calls, %s", name, r.code, len(api.seen), r.stderr)
		}
	}
}

// signed keeps the headers of a call.
type signed struct{ authorization, token string }

func (s *signed) RoundTrip(r *http.Request) (*http.Response, error) {
	s.authorization, s.token = r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token")
	return refusing{status: 200, body: "{}", header: nil}.RoundTrip(r)
}

func TestMachineSigns(t *testing.T) {
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "sEcReT", "AWS_SESSION_TOKEN": "tOkEn", "AWS_REGION": "us-east-1"}
	for endpoint, scope := range map[string]string{
		"https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod": "/eu-west-1/execute-api/",
		"https://curfew.example.com":                              "/us-east-1/execute-api/",
	} {
		s := &signed{}
		r := runOn(t, s, env, "me", "--endpoint", endpoint)
		if r.code != command.OK || !strings.HasPrefix(s.authorization, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") ||
			!strings.Contains(s.authorization, scope) || s.token != "tOkEn" {
			t.Errorf("%s: exit %d, %s, signed %q", endpoint, r.code, r.stderr, s.authorization)
		}
	}
	delete(env, "AWS_REGION")
	t.Setenv("AWS_REGION", "")
	if r := runOn(t, &signed{}, env, "me"); r.code != command.Unauthenticated || !strings.Contains(r.stderr, "AWS_REGION") {
		t.Errorf("without a region: exit %d, %s", r.code, r.stderr)
	}
	if r := runOn(t, &signed{}, nil, "me"); r.code != command.Unauthenticated || !strings.Contains(r.stderr, `no credentials found: run "curfew login", or set CURFEW_TOKEN or AWS credentials`) {
		t.Errorf("without anything: exit %d, %s", r.code, r.stderr)
	}
}

func TestListPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		for range 5 {
			s.run(t.Context(), asking()...)
		}
		for _, c := range []struct {
			args []string
			rows int
			more bool
		}{
			{[]string{"list"}, 5, false},
			{[]string{"list", "--limit", "2"}, 2, true},
			{[]string{"list", "--limit", "2", "--all"}, 5, false},
		} {
			r := s.run(t.Context(), c.args...)
			if rows := strings.Count(r.stdout, "\n") - 1; rows != c.rows || strings.Contains(r.stderr, "--all") != c.more {
				t.Errorf("%v: %d rows, %q", c.args, rows, r.stderr)
			}
		}
	})
}

func TestOverASocket(t *testing.T) {
	server := httptest.NewServer(newFakeAPI(t))
	defer server.Close()
	env := map[string]string{"CURFEW_TOKEN": "token-of-ana", "CURFEW_ENDPOINT": server.URL}
	if r := runOn(t, nil, env, "me", "-o", "json"); r.code != command.OK || !strings.Contains(r.stdout, `"name": "ana"`) {
		t.Errorf("exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
	server.Close()
	if r := runOn(t, nil, env, "end", first); r.code != command.Unavailable || !strings.Contains(r.stderr, server.URL) {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if r := runOn(t, nil, nil, "completion", shell); r.code != command.OK || !strings.Contains(r.stdout, "__complete") {
			t.Errorf("%s: exit %d, %d bytes", shell, r.code, len(r.stdout))
		}
	}
	if r := runOn(t, nil, nil, "completion", "tcsh"); r.code != command.Usage {
		t.Errorf("tcsh: exit %d, %s", r.code, r.stderr)
	}
	for line, want := range map[string]string{
		"request ":               "admin-30m\tAdmin for a broken deployment",
		"request admin --task b": "backup/",
		"list --state re":        "requested",
		"me --output j":          "json",
		"com":                    "completion",
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		if r := runOn(t, newFakeAPI(t), asAna, args...); !strings.Contains(r.stdout, want) {
			t.Errorf("%q offers %q, want %q", line, r.stdout, want)
		}
	}
}

func TestVersion(t *testing.T) {
	if r := runOn(t, nil, nil, "version"); r.code != command.OK || !strings.HasPrefix(r.stdout, "curfew ") || !strings.Contains(r.stdout, "go1.") {
		t.Errorf("exit %d, %s", r.code, r.stdout)
	}
}

const example = "../../../shared/catalog/example"

func TestCatalog(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing of it is concurrent: not with -short")
	}
	changed := t.TempDir()
	if err := os.CopyFS(changed, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(changed, "entitlements", "admin-30m.yaml"), "max: 30m", "max: 20m")
	broken := t.TempDir()
	if err := os.CopyFS(broken, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(broken, "entitlements", "admin-30m.yaml"), "max: 30m", "maximum: 30m")
	edit(t, filepath.Join(changed, "tests.yaml"), "expect: deny", "expect: allow")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"lint", example}, command.OK, "correct, "},
		{[]string{"lint", broken}, command.Unexpected, "entitlements/admin-30m.yaml:"},
		{[]string{"lint", "no-such-folder"}, command.Unexpected, "no-such-folder"},
		{[]string{"test", example}, command.OK, "ok "},
		{[]string{"test", changed}, command.Unexpected, "failed; fix the catalog"},
		{[]string{"hash", example}, command.OK, ""},
		{[]string{"diff", example, changed}, command.OK, "entitlement admin-30m: narrowed: max: 20m, was 30m\n"},
		{[]string{"diff", example, example}, command.OK, ""},
		{[]string{"diff", "--exit-code", example, changed}, command.Unexpected, "narrowed: max"},
		{[]string{"diff", "--exit-code", example, example}, command.OK, ""},
		{[]string{"diff", example}, command.Usage, "accepts 2 arg(s)"},
	} {
		r := runOn(t, nil, nil, append([]string{"catalog"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.stdout+r.stderr, c.says) {
			t.Errorf("catalog %v: exit %d, want %d\n%s%s", c.args, r.code, c.code, r.stdout, r.stderr)
		}
		if r := runOn(t, nil, nil, append([]string{"catalog", "-o", "json"}, c.args...)...); r.stdout != "" && !json.Valid([]byte(r.stdout)) {
			t.Errorf("catalog %v: not JSON: %s", c.args, r.stdout)
		}
	}
	if r := runOn(t, nil, nil, "catalog", "hash", example); len(strings.TrimSpace(r.stdout)) != 64 {
		t.Errorf("hash %q", r.stdout)
	}
}

func edit(t *testing.T, path, from, to string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), from) {
		t.Fatalf("%s has no %q", path, from)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
