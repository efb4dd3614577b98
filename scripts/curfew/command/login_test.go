package command_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
	"curfew/scripts/curfew/login"
	"curfew/scripts/local/signin"
	"curfew/shared/catalog"
	"curfew/shared/identity"
)

// installed is an installation with the rehearsal's issuer, over sockets: a browser leads back to one.
type installed struct {
	t      *testing.T
	issuer *httptest.Server
	api    *httptest.Server // with the issuer's address in its config.json
	people *signin.Provider
	config map[string]any // of config.json; nil: not found
	within time.Duration  // of a sign-in for approvals

	mu      sync.Mutex
	secrets []string // all codes and tokens that were made
	asked   []string // addresses that the command line asked, and that the browser opened
	bearers []string // tokens that the API got
}

// provider is shared: its key takes long to make, and its issuer is that of each request.
var provider = sync.OnceValues(func() (*signin.Provider, error) {
	return signin.New([]catalog.Person{
		{Name: "ana", Issuer: "https://id.example.com", Subject: "0001", Session: "ana", Groups: []string{"engineers"}, MFA: true},
		{Name: "ben", Issuer: "https://id.example.com", Subject: "0002", Session: "ben", Groups: []string{"leads"}, MFA: true},
	})
})

func newInstalled(t *testing.T) *installed {
	t.Helper()
	setAWS(t, nil)
	in := &installed{t: t}
	var err error
	if in.people, err = provider(); err != nil {
		t.Fatal(err)
	}
	in.issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, signin.Path) {
			in.people.Handler().ServeHTTP(w, r)
			return
		}
		in.serve(w, r) // as a rehearsal, which is its own issuer
	}))
	in.api = httptest.NewServer(http.HandlerFunc(in.serve))
	t.Cleanup(in.issuer.Close)
	t.Cleanup(in.api.Close)
	in.config = map[string]any{"issuer": in.issuer.URL + "/signin", "cli_client": signin.CLIClient, "console_client": signin.ConsoleClient, "audience": "curfew", "scopes": []string{"openid", "groups"}}
	return in
}

func (in *installed) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/console/config.json" && in.config != nil {
		_ = json.NewEncoder(w).Encode(in.config)
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	in.mu.Lock()
	in.bearers = append(in.bearers, token)
	in.mu.Unlock()
	c, err := in.people.Caller(token)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"type":"urn:curfew:problem:unauthenticated","title":"unauthenticated","detail":"unknown token"}`)
	case r.URL.Path == "/v1/me":
		_ = json.NewEncoder(w).Encode(client.Me{ID: c.ID, Kind: string(identity.Person), Name: c.Name, Groups: c.Groups, MFA: c.MFA, MFAAt: c.MFAAt})
	case strings.HasSuffix(r.URL.Path, "/decisions") && !time.Now().Before(c.MFAAt.Add(in.within)):
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"type":"urn:curfew:problem:denied","title":"denied","detail":"to approve it you need a sign-in with MFA within the last 1m0s: sign in again with MFA, then approve again","reasons":["curfew.step-up"]}`)
	case strings.HasSuffix(r.URL.Path, "/decisions"):
		_ = json.NewEncoder(w).Encode(client.Elevation{ID: first, State: "approved", Entitlement: "admin-30m", Requester: client.Caller{Name: "ana"}})
	case r.URL.Path == "/v1/elevations", r.URL.Path == "/v1/reviews":
		fmt.Fprint(w, `{"elevations":[],"reviews":[]}`)
	default:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"type":"urn:curfew:problem:denied","title":"denied","detail":"for operators"}`)
	}
}

// secretly finds what must not be shown of an answer of the issuer.
var secretly = regexp.MustCompile(`"(?:access_token|refresh_token|id_token|device_code)":"([^"]+)"`)

// RoundTrip notes where the command line sends, and which secrets it gets.
func (in *installed) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(a.Body)
	a.Body.Close()
	a.Body = io.NopCloser(bytes.NewReader(b))
	in.mu.Lock()
	defer in.mu.Unlock()
	in.asked = append(in.asked, r.URL.String())
	for _, m := range secretly.FindAllSubmatch(b, -1) {
		in.secrets = append(in.secrets, string(m[1]))
	}
	return a, err
}

// browse does what a person does in a browser: choose who they are, and follow the redirect.
func (in *installed) browse(address, person string) bool {
	in.mu.Lock()
	in.asked = append(in.asked, address)
	in.mu.Unlock()
	b := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := b.Get(address)
	if err != nil {
		in.t.Error(err)
		return false
	}
	page, _ := io.ReadAll(a.Body)
	a.Body.Close()
	to := a.Header.Get("Location")
	if m := regexp.MustCompile(`name="request" value="(\w+)"`).FindSubmatch(page); m != nil {
		to = in.choose(b, "authorize", url.Values{"request": {string(m[1])}, "person": {person}})
	}
	if a, err = b.Get(to); err != nil {
		in.t.Error(err)
		return false
	}
	defer a.Body.Close()
	if csp := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		in.t.Errorf("the page that ends a login has the policy %q", csp)
	}
	return true
}

func (in *installed) choose(b *http.Client, page string, form url.Values) string {
	r, err := http.NewRequest(http.MethodPost, in.issuer.URL+"/signin/"+page, strings.NewReader(form.Encode()))
	if err != nil {
		in.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", in.issuer.URL)
	a, err := b.Do(r)
	if err != nil {
		in.t.Fatal(err)
	}
	a.Body.Close()
	to, _ := url.Parse(a.Header.Get("Location"))
	if code := to.Query().Get("code"); code != "" {
		in.mu.Lock()
		in.secrets = append(in.secrets, code)
		in.mu.Unlock()
	}
	return a.Header.Get("Location")
}

// person is at one machine.
type person struct {
	in      *installed
	home    string
	name    string
	stdin   string
	screen  bool
	later   time.Duration // that this machine's clock is ahead
	keyring *memory
	env     map[string]string
	out     *strings.Builder // all that was printed
	mu      *sync.Mutex
}

func newPerson(in *installed, name string) *person {
	return &person{in: in, home: filepath.Join(in.t.TempDir(), "config"), name: name, screen: true, out: &strings.Builder{}, mu: &sync.Mutex{}}
}

func (p *person) run(line string) result {
	var stdout, stderr bytes.Buffer
	e := command.Env{
		Stdin: strings.NewReader(p.stdin), Stdout: &stdout, Stderr: &stderr, AskTerminal: p.stdin != "", HasScreen: p.screen,
		Getenv: func(name string) string { return p.env[name] }, ReadFile: os.ReadFile, ConfigHome: p.home,
		Now: func() time.Time { return time.Now().Add(p.later) }, Transport: p.in,
		OpenBrowser: func(address string) bool { return p.in.browse(address, p.name) },
	}
	if p.keyring != nil {
		e.Keyring = p.keyring
	}
	if !p.screen {
		e.OpenBrowser = nil
		e.Stderr = &typing{p: p, to: &stderr}
	}
	var args []string
	for _, w := range word.FindAllString(line, -1) {
		args = append(args, strings.Trim(w, `"`))
	}
	code := command.Run(p.in.t.Context(), args, e)
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%s$ curfew %s\n%s", p.name, line, stdout.String())
	if stderr.Len() > 0 {
		fmt.Fprintf(p.out, "[stderr] %s\n", strings.ReplaceAll(strings.TrimSuffix(stderr.String(), "\n"), "\n", "\n[stderr] "))
	}
	fmt.Fprintf(p.out, "[exit %d]\n\n", code)
	return result{code, stdout.String(), stderr.String()}
}

// typing types the code of the device flow as soon as it is printed.
type typing struct {
	p  *person
	to *bytes.Buffer
}

func (w *typing) Write(b []byte) (int, error) {
	if m := regexp.MustCompile(`type the code (\S+):`).FindSubmatch(b); m != nil {
		w.p.in.choose(http.DefaultClient, "device", url.Values{"user_code": {string(m[1])}, "person": {w.p.name}})
	}
	return w.to.Write(b)
}

// memory is a keyring.
type memory struct {
	mu   sync.Mutex
	kept map[string]string
	fail error
}

func (m *memory) Set(service, user, secret string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.kept[service+"/"+user] = secret
	}
	return m.fail
}

func (m *memory) Get(service, user string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[service+"/"+user]
	if !ok {
		return "", login.ErrNotInKeyring
	}
	return s, m.fail
}

func (m *memory) Delete(service, user string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		delete(m.kept, service+"/"+user)
	}
	return m.fail
}

// told is the transcript without what differs between runs.
func (p *person) told() string {
	s := strings.NewReplacer(p.in.api.URL, "https://curfew.example.com", p.in.issuer.URL, "https://id.example.com", p.home, "~/.config").Replace(p.out.String())
	for _, m := range []struct{ find, put string }{
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \([^)]*\)`, "INSTANT (in N min)"}, {`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "INSTANT"}, {`tokens/[0-9a-f]{32}`, "tokens/ID"},
		{`signed in (now|\d+ (s|min) ago)`, "signed in N min ago"}, {`authorize\?\S+`, "authorize?…"}, {`code [A-Z]{4}-[A-Z]{4}`, "code XXXX-XXXX"},
	} {
		s = regexp.MustCompile(m.find).ReplaceAllString(s, m.put)
	}
	return s
}

// noSecrets fails if a code or token was printed, or is in an address or a settings file that is not for it.
func (in *installed) noSecrets(people ...*person) {
	in.t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.secrets) < 4 {
		in.t.Fatalf("%d secrets were made", len(in.secrets))
	}
	seen := slices.Clone(in.asked)
	for _, p := range people {
		seen = append(seen, p.out.String())
		config, err := os.ReadFile(filepath.Join(p.home, "curfew", "config.yaml"))
		if err != nil {
			in.t.Error(err)
		}
		seen = append(seen, string(config))
	}
	for _, s := range in.secrets {
		for _, where := range seen {
			if strings.Contains(where, s) {
				in.t.Errorf("a secret is in %q", where)
			}
		}
	}
}

// approves decides on given terms, which the API of these tests does not look at.
const approves = "approve " + first + " --digest b565407e166af416ee63b2011beccf4eb6e2a3430ebf72324c4024017dbd146d"

func TestLogin(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	ana.run("me --context prod")
	ana.stdin = "no\n"
	ana.run("login prod --endpoint " + in.api.URL)
	ana.stdin = "yes\n"
	ana.run("login prod --endpoint " + in.api.URL)
	ana.stdin = ""
	ana.run("me")
	ana.run("status")
	ana.run("context list")
	ana.later = 280 * time.Second // the access token is over in 20 s
	ana.run("me")
	ana.later = 0
	ana.run("login prod -o json")
	ana.run(approves)
	in.within = time.Hour
	ana.run(approves)
	in.within = 0
	ana.stdin = "no\n"
	ana.run(approves)
	ana.run("logout")
	ana.run("logout")
	ana.run("me")
	ana.run("context list")
	ana.screen, ana.stdin = false, ""
	ana.run("login")
	ana.run("me")
	golden(t, "login", ana.told())
	in.noSecrets(ana)
}

// The page of the issuer makes a new sign-in each time, so that the second decision is soon enough.
func TestApproveSignsInAgain(t *testing.T) {
	in := newInstalled(t)
	ben := newPerson(in, "ben")
	ben.run("login --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	ben.stdin = "yes\n"
	in.mu.Lock()
	made := len(in.bearers)
	in.mu.Unlock()
	in.within = -time.Hour // no sign-in is soon enough: it is repeated once
	if r := ben.run(approves); r.code != command.Denied || !strings.Contains(r.stderr, "curfew login --fresh") || len(in.bearers) != made+2 || in.bearers[made] == in.bearers[made+1] {
		t.Errorf("exit %d after %d calls: %s", r.code, len(in.bearers)-made, r.stderr)
	}
	ben.name = "ana" // another person at the same machine
	if r := ben.run(approves); r.code != command.Denied || !strings.Contains(r.stderr, "another person") || len(in.bearers) != made+3 {
		t.Errorf("exit %d after %d calls: %s", r.code, len(in.bearers)-made, r.stderr)
	}
	fresh := slices.ContainsFunc(in.asked, func(u string) bool {
		return strings.Contains(u, "max_age=0") && strings.Contains(u, "prompt=login")
	})
	if !fresh {
		t.Errorf("no address asks for a new sign-in: %q", in.asked)
	}
	in.noSecrets(ben)
}

func TestAKeyringKeepsTheTokens(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	ana.keyring = &memory{kept: map[string]string{}}
	ana.run("login --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	files, _ := filepath.Glob(filepath.Join(ana.home, "curfew", "tokens", "*.json"))
	if r := ana.run("me"); r.code != command.OK || len(files) != 0 || len(ana.keyring.kept) != 1 || strings.Contains(ana.out.String(), "no keyring") {
		t.Errorf("exit %d, files %v, %d in the keyring: %s", r.code, files, len(ana.keyring.kept), r.stderr)
	}
	if r := ana.run("logout"); r.code != command.OK || len(ana.keyring.kept) != 0 {
		t.Errorf("exit %d, %d in the keyring: %s", r.code, len(ana.keyring.kept), r.stderr)
	}
	in.noSecrets(ana)
}

// A refresh token is good once: without the lock, the issuer would end the login.
func TestCommandsThatRenewAtOnce(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	ana.run("login --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	ana.later = 280 * time.Second
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if r := ana.run("me"); r.code != command.OK {
				t.Errorf("exit %d: %s", r.code, r.stderr)
			}
		})
	}
	all.Wait()
	in.noSecrets(ana)
}

// A token goes to the endpoint and the issuer that it is for, and nowhere else.
func TestTokensStayWithTheirInstallation(t *testing.T) {
	in := newInstalled(t)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("another address got %s with a token", r.URL)
		}
		_ = json.NewEncoder(w).Encode(in.config)
	}))
	defer evil.Close()
	ana := newPerson(in, "ana")
	ana.run("login prod --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	ana.stdin = "yes\n"
	for line, want := range map[string]string{
		"me --endpoint " + evil.URL:                                "no credentials found",
		"login prod --endpoint " + evil.URL:                        "choose another NAME",
		"login evil --endpoint " + evil.URL:                        "names the issuer of context prod",
		"login other --endpoint http://id.example.com":             "use https",
		"login other --issuer http://id.example.com --client-id c": "not an https URL",
		"login other --issuer https://id.example.com":              "want both of --issuer and --client-id",
		"login other --scopes openid":                              "want --issuer and --client-id",
		"context set prod --endpoint " + evil.URL:                  "its tokens would be left behind",
		"login prod --issuer https://x.example.com --client-id c":  "its tokens would be left behind",
		"logout other": `there is no context "other"`,
	} {
		if r := ana.run(line); r.code == command.OK || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit %d, %s; want %s", line, r.code, r.stderr, want)
		}
	}
	config := in.config // another client, audience and scope, of whose token prod's API could be one of the audiences
	in.config = map[string]any{"issuer": in.issuer.URL + "/signin", "cli_client": "another", "audience": "another", "scopes": []string{"openid", "api://curfew/access"}}
	if r := ana.run("login evil --endpoint " + evil.URL); r.code != command.Denied || !strings.Contains(r.stderr, "names the issuer of context prod") {
		t.Errorf("another client of the same issuer: exit %d, %s", r.code, r.stderr)
	}
	in.config = config
	for name, changed := range map[string]map[string]any{
		"an issuer without TLS":   {"issuer": "http://id.example.com"},
		"a user in its address":   {"issuer": "https://x@id.example.com"},
		"no client":               {"cli_client": ""},
		"a client of two lines":   {"cli_client": "a\nb"},
		"a scope with a space":    {"scopes": []string{"openid admin"}},
		"many scopes":             {"scopes": strings.Split(strings.Repeat("a,", 30), ",")},
		"an audience that is two": {"audience": "a b"},
		"no document":             nil,
	} {
		config := in.config
		if in.config = nil; changed != nil {
			in.config = maps.Clone(config)
			maps.Copy(in.config, changed)
		}
		if r := ana.run("login x --endpoint " + in.api.URL); r.code == command.OK || len(in.secrets) != 4 {
			t.Errorf("%s: exit %d, %s", name, r.code, r.stderr)
		}
		in.config = config
	}
	ana.stdin = ""
	bare := newPerson(in, "ana")
	if r := bare.run("login x --endpoint " + in.api.URL); r.code != command.Usage || !strings.Contains(r.stderr, "no terminal to confirm it on") {
		t.Errorf("without a terminal: exit %d, %s", r.code, r.stderr)
	}
	in.noSecrets(ana)
}

func TestTokenFilesOfOthersAreRefused(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	line := "login --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL
	ana.run(line)
	files, err := filepath.Glob(filepath.Join(ana.home, "curfew", "tokens", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Chmod(files[0], 0o640); err != nil {
		t.Fatal(err)
	}
	if r := ana.run("me"); r.code != command.Unauthenticated || !strings.Contains(r.stderr, "mode 0640") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	if r := ana.run(line); r.code != command.OK {
		t.Errorf("a login puts another file there: exit %d, %s", r.code, r.stderr)
	}
	if r := ana.run("me"); r.code != command.OK {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	in.noSecrets(ana)
}

// A rehearsal is its own issuer, so there is nothing to confirm; CURFEW_TOKEN stands above a login, but not above --context.
func TestARehearsalAsksNothing(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	if r := ana.run("login --endpoint " + in.issuer.URL); r.code != command.OK || strings.Contains(r.stderr, "yes/no") {
		t.Fatalf("exit %d, %s", r.code, r.stderr)
	}
	ana.env = map[string]string{"CURFEW_TOKEN": "token-of-the-environment"}
	for line, want := range map[string]bool{"me": true, "me --context default": false} {
		r := ana.run(line)
		if got := in.bearers[len(in.bearers)-1] == "token-of-the-environment"; got != want || (r.code == command.OK) == want {
			t.Errorf("%s: exit %d, with the token of the environment: %t", line, r.code, got)
		}
	}
	in.noSecrets(ana)
}

// Where the issuer cannot be asked, the tokens are deleted all the same.
func TestLogoutWithoutTheIssuer(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	ana.run("login prod --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	in.issuer.Close()
	if r := ana.run("logout"); r.code != command.Unavailable || !strings.Contains(r.stderr, "deleted here, but not revoked") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	if r := ana.run("me"); r.code != command.Unauthenticated || !strings.Contains(r.stderr, `not logged in: run "curfew login prod"`) {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	in.noSecrets(ana)
}

// A keyring that is locked, or of another desktop, still has the tokens.
func TestLogoutOfALockedKeyring(t *testing.T) {
	in := newInstalled(t)
	ana := newPerson(in, "ana")
	ana.keyring = &memory{kept: map[string]string{}}
	ana.run("login prod --issuer " + in.issuer.URL + "/signin --client-id curfew-cli --endpoint " + in.api.URL)
	ana.keyring.fail = errors.New("locked")
	if r := ana.run("logout prod"); r.code != command.Unavailable || !strings.Contains(r.stderr, "does not say whether it has tokens") {
		t.Errorf("exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
	ana.keyring.fail = nil
	for _, want := range []string{"the tokens are revoked and deleted", "You were not logged in"} {
		if r := ana.run("logout prod"); r.code != command.OK || !strings.Contains(r.stdout, want) {
			t.Errorf("exit %d, %s%s; want %s", r.code, r.stdout, r.stderr, want)
		}
	}
}

// An issuer can begin the device flow of another one, and pass its code on.
func TestADeviceCodeOfAnotherSignInIsSaid(t *testing.T) {
	for at, want := range map[string]bool{"": false, "https://login.example.org": true} {
		var own string
		relay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch r.URL.Path {
			case "/device":
				_ = json.NewEncoder(w).Encode(map[string]any{"device_code": "d", "user_code": "CODE", "verification_uri": cmp.Or(at, own) + "/activate", "interval": 1})
			case "/token":
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, `{"error":"access_denied"}`)
			default:
				_ = json.NewEncoder(w).Encode(map[string]any{"issuer": own, "authorization_endpoint": own + "/authorize", "token_endpoint": own + "/token", "device_authorization_endpoint": own + "/device", "jwks_uri": own + "/keys"})
			}
		}))
		defer relay.Close()
		own = relay.URL
		in := newInstalled(t)
		r := newPerson(in, "ana").run("login x --device --endpoint https://curfew.example.com --client-id c --issuer " + own)
		if said := strings.Contains(r.stderr, "sends you to another host, login.example.org"); said != want || r.code != command.Unauthenticated {
			t.Errorf("%q: exit %d, %s", at, r.code, r.stderr)
		}
	}
}
