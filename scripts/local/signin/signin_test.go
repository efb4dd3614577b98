package signin_test

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"curfew/scripts/local/signin"
	"curfew/shared/catalog"
)

const (
	origin = "http://127.0.0.1:8080"
	local  = "http://127.0.0.1:45678/callback"
)

// world is a provider, the clients that we did not write, and a browser. Requests run in this process, so that time is that of
// the test's bubble.
type world struct {
	t        *testing.T
	provider *signin.Provider
	http     *http.Client
	ctx      context.Context // with the client
	oidc     *oidc.Provider
	oauth    oauth2.Config
}

type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// inBubble runs a test with its own clock.
func inBubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t}
		var err error
		w.provider, err = signin.New([]catalog.Person{
			{Name: "ana", Issuer: "https://id.example.com", Subject: "0001", Session: "ana", Groups: []string{"engineers"}, MFA: true},
			{Name: `<b>"eve`, Issuer: "https://id.example.com", Subject: "0002", Session: "eve"},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.http = &http.Client{Transport: inProcess{w.provider.Handler()}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		w.ctx = oidc.ClientContext(t.Context(), w.http)
		if w.oidc, err = oidc.NewProvider(w.ctx, origin+"/signin"); err != nil {
			t.Fatal(err)
		}
		endpoint := w.oidc.Endpoint()
		endpoint.AuthStyle = oauth2.AuthStyleInParams // the clients have no secret: there is no other style to try
		w.oauth = oauth2.Config{ClientID: signin.CLIClient, Endpoint: endpoint, RedirectURL: local, Scopes: []string{"openid", "offline_access"}}
		test(t, w)
	})
}

// send returns status, headers and body.
func (w *world) send(method, to, from string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if from != "" {
		r.Header.Set("Origin", from)
	}
	a, err := w.http.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return a, string(b)
}

var hidden = regexp.MustCompile(`name="request" value="([^"]+)"`)

// authorize opens the page and chooses a person; it returns what the redirect says.
func (w *world) authorize(address, person string) url.Values {
	w.t.Helper()
	a, body := w.send(http.MethodGet, address, "", nil)
	if a.StatusCode == http.StatusOK {
		m := hidden.FindStringSubmatch(body)
		if m == nil {
			w.t.Fatalf("no form in %s", body)
		}
		a, body = w.send(http.MethodPost, origin+"/signin/authorize", origin, url.Values{"request": {m[1]}, "person": {person}})
	}
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), local+"?") {
		w.t.Fatalf("%d to %q: %s", a.StatusCode, a.Header.Get("Location"), body)
	}
	return to.Query()
}

func (w *world) url(verifier string, more ...oauth2.AuthCodeOption) string {
	return w.oauth.AuthCodeURL("a-state", append([]oauth2.AuthCodeOption{oidc.Nonce("a-nonce"), oauth2.S256ChallengeOption(verifier)}, more...)...)
}

// signIn is a whole sign-in as ana.
func (w *world) signIn(more ...oauth2.AuthCodeOption) *oauth2.Token {
	w.t.Helper()
	verifier := oauth2.GenerateVerifier()
	got := w.authorize(w.url(verifier, more...), "ana")
	token, err := w.oauth.Exchange(w.ctx, got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

type idClaims struct {
	AuthTime int64    `json:"auth_time"`
	AMR      []string `json:"amr"`
	Name     string   `json:"preferred_username"`
	Groups   []string `json:"groups"`
}

// id verifies the ID token of an answer.
func (w *world) id(token *oauth2.Token) (*oidc.IDToken, idClaims) {
	w.t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := w.oidc.Verifier(&oidc.Config{ClientID: signin.CLIClient, Now: time.Now}).Verify(w.ctx, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	var c idClaims
	if err := id.Claims(&c); err != nil {
		w.t.Fatal(err)
	}
	return id, c
}

func TestSignIn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		verifier, began := oauth2.GenerateVerifier(), time.Now()
		got := w.authorize(w.url(verifier), "ana")
		if got.Get("state") != "a-state" || got.Get("iss") != origin+"/signin" || got.Get("code") == "" {
			t.Errorf("the redirect says %v", got)
		}
		time.Sleep(10 * time.Second)
		token, err := w.oauth.Exchange(w.ctx, got.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		id, claims := w.id(token)
		if id.Nonce != "a-nonce" || id.Subject != "ana" || claims.AuthTime != began.Unix() || !slices.Equal(claims.AMR, []string{"mfa"}) || claims.Name != "ana" || !slices.Equal(claims.Groups, []string{"engineers"}) {
			t.Errorf("ID token %+v, %+v", id, claims)
		}
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			t.Error(err)
		}
		c, err := w.provider.Caller(token.AccessToken)
		if err != nil || c.Name != "ana" || !c.MFA || !c.MFAAt.Equal(began) || c.ID != "person:https://id.example.com|0001" {
			t.Errorf("caller %+v, %v", c, err)
		}
		time.Sleep(5 * time.Minute)
		if _, err := w.provider.Caller(token.AccessToken); err == nil || !strings.Contains(err.Error(), "has ended") {
			t.Errorf("a token of more than five minutes: %v", err)
		}
		if _, err := w.provider.Caller("local-x"); err == nil {
			t.Error("an unknown token is accepted")
		}
	})
}

// A refresh is no sign-in; max_age and prompt=login are.
func TestOnlyASignInMovesItsTime(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		first := w.signIn()
		_, at := w.id(first)
		time.Sleep(time.Hour)
		again, err := w.oauth.TokenSource(w.ctx, &oauth2.Token{RefreshToken: first.RefreshToken}).Token()
		if err != nil {
			t.Fatal(err)
		}
		if _, c := w.id(again); c.AuthTime != at.AuthTime {
			t.Errorf("refreshed: auth_time moved by %d s", c.AuthTime-at.AuthTime)
		}
		for _, more := range []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login")} {
			if _, c := w.id(w.signIn(more)); c.AuthTime != time.Now().Unix() {
				t.Errorf("signed in again: auth_time is %d s old", time.Now().Unix()-c.AuthTime)
			}
		}
	})
}

func refused(t *testing.T, name string, err error, want string) {
	t.Helper()
	e, ok := err.(*oauth2.RetrieveError)
	if !ok || e.ErrorCode != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

func TestForgedExchanges(t *testing.T) {
	cases := map[string]struct {
		wait   time.Duration
		change func(o *oauth2.Config)
		forged []oauth2.AuthCodeOption
		want   string
	}{
		"another verifier": {forged: []oauth2.AuthCodeOption{oauth2.VerifierOption(strings.Repeat("x", 43))}, want: "invalid_grant"},
		"no verifier":      {forged: []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("code_verifier", "")}, want: "invalid_grant"},
		"too late":         {wait: 61 * time.Second, want: "invalid_grant"},
		"another redirect": {change: func(o *oauth2.Config) { o.RedirectURL = "http://127.0.0.1:1/callback" }, want: "invalid_grant"},
		"another client":   {change: func(o *oauth2.Config) { o.ClientID = signin.ConsoleClient }, want: "invalid_grant"},
		"unknown client":   {change: func(o *oauth2.Config) { o.ClientID = "x" }, want: "invalid_client"},
		"another issuer": {change: func(o *oauth2.Config) {
			o.Endpoint.TokenURL = strings.Replace(o.Endpoint.TokenURL, "127.0.0.1", "localhost", 1)
		}, want: "invalid_grant"},
	}
	inBubble(t, func(t *testing.T, w *world) {
		for name, c := range cases {
			verifier := oauth2.GenerateVerifier()
			code := w.authorize(w.url(verifier), "ana").Get("code")
			time.Sleep(c.wait)
			forged := w.oauth
			if c.change != nil {
				c.change(&forged)
			}
			_, err := forged.Exchange(w.ctx, code, append([]oauth2.AuthCodeOption{oauth2.VerifierOption(verifier)}, c.forged...)...)
			refused(t, name, err, c.want)
		}
	})
}

func TestReplays(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		verifier := oauth2.GenerateVerifier()
		code := w.authorize(w.url(verifier), "ana").Get("code")
		token, err := w.oauth.Exchange(w.ctx, code, oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.oauth.Exchange(w.ctx, code, oauth2.VerifierOption(verifier))
		refused(t, "a code again", err, "invalid_grant")
		if _, err := w.provider.Caller(token.AccessToken); err == nil {
			t.Error("the tokens of a code that came twice still count")
		}

		first := w.signIn()
		second, err := w.oauth.TokenSource(w.ctx, &oauth2.Token{RefreshToken: first.RefreshToken}).Token()
		if err != nil || second.RefreshToken == first.RefreshToken {
			t.Fatalf("refresh: %v, or the same token", err)
		}
		_, err = w.oauth.TokenSource(w.ctx, &oauth2.Token{RefreshToken: first.RefreshToken}).Token()
		refused(t, "a refresh token again", err, "invalid_grant")
		_, err = w.oauth.TokenSource(w.ctx, &oauth2.Token{RefreshToken: second.RefreshToken}).Token()
		refused(t, "the one after it", err, "invalid_grant")
		if _, err := w.provider.Caller(second.AccessToken); err == nil {
			t.Error("the access token of a stolen login still counts")
		}
	})
}

func TestRevocation(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		token := w.signIn()
		at := origin + "/signin/revocation"
		for _, form := range []url.Values{{"token": {token.RefreshToken}, "client_id": {signin.ConsoleClient}}, {"token": {"x"}, "client_id": {signin.CLIClient}}} {
			if a, _ := w.send(http.MethodPost, at, "", form); a.StatusCode != http.StatusOK {
				t.Errorf("%v: %d", form, a.StatusCode)
			}
		}
		if _, err := w.provider.Caller(token.AccessToken); err != nil {
			t.Errorf("revoked by another client: %v", err)
		}
		w.send(http.MethodPost, at, "", url.Values{"token": {token.RefreshToken}, "client_id": {signin.CLIClient}})
		if _, err := w.provider.Caller(token.AccessToken); err == nil {
			t.Error("a revoked login still counts")
		}
		_, err := w.oauth.TokenSource(w.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		refused(t, "revoked", err, "invalid_grant")
	})
}

func TestAuthorizationRequests(t *testing.T) {
	set := oauth2.SetAuthURLParam
	cases := map[string]struct {
		change oauth2.AuthCodeOption
		want   string // the error at the client; "page": refused without a redirect
	}{
		"plain PKCE":            {set("code_challenge_method", "plain"), "invalid_request"},
		"no PKCE method":        {set("code_challenge_method", ""), "invalid_request"},
		"no challenge":          {set("code_challenge", ""), "invalid_request"},
		"a token response":      {set("response_type", "token"), "unsupported_response_type"},
		"a fragment":            {set("response_mode", "fragment"), "invalid_request"},
		"no openid":             {set("scope", "groups"), "invalid_scope"},
		"no nonce":              {set("nonce", ""), "invalid_request"},
		"no state":              {set("state", ""), "invalid_request"},
		"a long state":          {set("state", strings.Repeat("x", 513)), "invalid_request"},
		"no session is kept":    {set("prompt", "none"), "login_required"},
		"a bad age":             {set("max_age", "-1"), "invalid_request"},
		"a request object":      {set("request", "x"), "request_not_supported"},
		"another client":        {set("client_id", signin.ConsoleClient), "page"},
		"unknown client":        {set("client_id", "x"), "page"},
		"another host":          {set("redirect_uri", "http://127.0.0.1.evil.example:1/callback"), "page"},
		"another path":          {set("redirect_uri", "http://127.0.0.1:1/callback/../x"), "page"},
		"a query":               {set("redirect_uri", local+"?x=y"), "page"},
		"a user":                {set("redirect_uri", "http://127.0.0.1:1@evil.example/callback"), "page"},
		"no such port":          {set("redirect_uri", "http://127.0.0.1:65536/callback"), "page"},
		"another scheme":        {set("redirect_uri", "javascript://127.0.0.1:1/callback"), "page"},
		"a redirect that is no": {set("redirect_uri", ""), "page"},
	}
	inBubble(t, func(t *testing.T, w *world) {
		for name, c := range cases {
			at := w.url(oauth2.GenerateVerifier(), c.change)
			if c.want == "page" {
				if a, _ := w.send(http.MethodGet, at, "", nil); a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" {
					t.Errorf("%s: %d to %q", name, a.StatusCode, a.Header.Get("Location"))
				}
			} else if got := w.authorize(at, "ana"); got.Get("error") != c.want || got.Has("code") || got.Get("iss") == "" {
				t.Errorf("%s: the client gets %v", name, got)
			}
		}
	})
	inBubble(t, func(t *testing.T, w *world) {
		for name, at := range map[string]string{"a parameter twice": w.url("v") + "&client_id=" + signin.CLIClient} {
			if a, _ := w.send(http.MethodGet, at, "", nil); a.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
		console := strings.NewReplacer(url.QueryEscape(local), url.QueryEscape(origin+"/"), signin.CLIClient, signin.ConsoleClient).Replace(w.url("v"))
		if a, _ := w.send(http.MethodGet, console, "", nil); a.StatusCode != http.StatusOK {
			t.Errorf("the console's own address: %d", a.StatusCode)
		}
	})
}

func TestThePage(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, body := w.send(http.MethodGet, w.url("v"), "", nil)
		csp := a.Header.Get("Content-Security-Policy")
		if csp != "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:45678; frame-ancestors 'none'; base-uri 'none'" || strings.Contains(body, "<script") || len(a.Cookies()) > 0 {
			t.Errorf("CSP %q, cookies %v", csp, a.Cookies())
		}
		if !strings.Contains(body, html.EscapeString(`<b>"eve`)) || strings.Contains(body, "<b>") {
			t.Errorf("a name is not escaped in %s", body)
		}
		form := url.Values{"request": {hidden.FindStringSubmatch(body)[1]}, "person": {"ana"}}
		for _, from := range []string{"", "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost:8080"} {
			if a, _ := w.send(http.MethodPost, origin+"/signin/authorize", from, form); a.StatusCode != http.StatusForbidden {
				t.Errorf("a form of %q: %d", from, a.StatusCode)
			}
		}
		if a, _ := w.send(http.MethodPost, origin+"/signin/authorize", origin, form); a.StatusCode != http.StatusSeeOther {
			t.Errorf("the page's own form: %d", a.StatusCode)
		}
		if a, _ := w.send(http.MethodPost, origin+"/signin/authorize", origin, form); a.StatusCode != http.StatusBadRequest {
			t.Errorf("the form again: %d", a.StatusCode)
		}
		if got := w.authorize(w.url("v"), ""); got.Get("error") != "access_denied" || got.Has("code") {
			t.Errorf("no person chosen: %v", got)
		}
		if a, _ := w.send(http.MethodGet, "http://evil.example:8080/signin/.well-known/openid-configuration", "", nil); a.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("a name that resolves here: %d", a.StatusCode)
		}
	})
}

func TestDeviceFlow(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		began, err := w.oauth.DeviceAuth(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		page := origin + "/signin/device"
		if began.VerificationURI != page || len(began.UserCode) != 9 {
			t.Errorf("%+v", began)
		}
		go func() {
			time.Sleep(20 * time.Second)
			_, body := w.send(http.MethodGet, began.VerificationURIComplete, "", nil)
			if !strings.Contains(body, began.UserCode) {
				t.Errorf("the page does not show the code: %s", body)
			}
			w.send(http.MethodPost, page, "https://evil.example", url.Values{"user_code": {began.UserCode}, "person": {"ana"}})
			w.send(http.MethodPost, page, origin, url.Values{"user_code": {strings.ToLower(strings.ReplaceAll(began.UserCode, "-", ""))}, "person": {"ana"}})
		}()
		start := time.Now()
		token, err := w.oauth.DeviceAccessToken(w.ctx, began)
		if err != nil {
			t.Fatal(err)
		}
		if _, c := w.id(token); c.Name != "ana" || c.AuthTime != start.Add(20*time.Second).Unix() {
			t.Errorf("%+v", c)
		}
		_, err = w.oauth.DeviceAccessToken(w.ctx, began)
		refused(t, "a device code again", err, "expired_token")
	})
}

func TestDevicesThatGetNoToken(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		page := origin + "/signin/device"
		denied, _ := w.oauth.DeviceAuth(w.ctx)
		w.send(http.MethodPost, page, origin, url.Values{"user_code": {denied.UserCode}, "person": {""}})
		_, err := w.oauth.DeviceAccessToken(w.ctx, denied)
		refused(t, "denied", err, "access_denied")

		late, _ := w.oauth.DeviceAuth(w.ctx)
		ctx, cancel := context.WithTimeout(w.ctx, 11*time.Minute)
		defer cancel()
		late.Expiry = time.Time{} // the client's own limit
		_, err = w.oauth.DeviceAccessToken(ctx, late)
		refused(t, "no person came", err, "expired_token")

		eager, _ := w.oauth.DeviceAuth(w.ctx)
		poll := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {eager.DeviceCode}, "client_id": {signin.CLIClient}}
		for i, want := range []string{"authorization_pending", "slow_down"} {
			_, body := w.send(http.MethodPost, origin+"/signin/token", "", poll)
			var got struct{ Error string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || got.Error != want {
				t.Errorf("poll %d: %s", i, body)
			}
		}
		for range 10 {
			w.send(http.MethodGet, page+"?user_code=XXXX-XXXX", "", nil)
		}
		if _, body := w.send(http.MethodGet, eager.VerificationURIComplete, "", nil); !strings.Contains(body, "too many wrong codes") {
			t.Errorf("after ten wrong codes: %s", body)
		}
		console := w.oauth
		console.ClientID = signin.ConsoleClient
		_, err = console.DeviceAuth(w.ctx)
		refused(t, "the page as a device", err, "unauthorized_client")
	})
}
