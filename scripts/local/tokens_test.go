package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/scripts/local/signin"
	"curfew/shared/api"
	"curfew/shared/catalog"
	"curfew/shared/inprocess"
)

// STS names a role's session without the role's path: see the door's machine.
func TestARoleWithAPathIsNamedAsAtTheDoorOfADeployment(t *testing.T) {
	iam, err := inprocess.LoadWorld(strings.NewReader(strings.Replace(string(inprocess.ExampleWorld()),
		"arn:aws:iam::111122223333:role/backup-runner", "arn:aws:iam::111122223333:role/service-role/backup-runner", 1)), "world")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	const called = "arn:aws:iam::111122223333:role/backup-runner"
	if !slices.ContainsFunc(newTokens(cat, iam).all, func(s signedIn) bool { return s.caller.ARN == called && len(s.caller.Groups) > 0 }) {
		t.Errorf("no token is for %s", called)
	}
}

// The whole way over HTTP: a token from the sign-in page calls the API as its person, with the time of the sign-in.
func TestTheAPITakesTokensOfTheSignInPage(t *testing.T) {
	h, server := serve(t)
	c := server.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	send := func(method, to string, form url.Values, header ...string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a, string(b)
	}
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // with its challenge: RFC 7636, appendix B
	back := server.URL + "/"
	_, page := send(http.MethodGet, server.URL+"/signin/authorize?"+url.Values{
		"response_type": {"code"}, "client_id": {signin.ConsoleClient}, "redirect_uri": {back}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode(), nil)
	request := regexp.MustCompile(`name="request" value="(\w+)"`).FindStringSubmatch(page)
	if request == nil {
		t.Fatal(page)
	}
	a, _ := send(http.MethodPost, server.URL+"/signin/authorize", url.Values{"request": {request[1]}, "person": {"ben"}}, "Origin", server.URL)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), back+"?") {
		t.Fatalf("%d to %s", a.StatusCode, to)
	}
	_, answer := send(http.MethodPost, server.URL+"/signin/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "client_id": {signin.ConsoleClient}, "redirect_uri": {back}, "code_verifier": {verifier},
	})
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(answer), &tokens); err != nil || tokens.Access == "" {
		t.Fatal(answer)
	}
	_, text := send(http.MethodGet, server.URL+"/v1/me", nil, "Authorization", "Bearer "+tokens.Access)
	var me api.Me
	if err := json.Unmarshal([]byte(text), &me); err != nil || me.Name != "ben" || !me.MFA || me.MFAAt.IsZero() {
		t.Errorf("%s, %v", text, err)
	}
	if who, err := h.tokens.signin.Caller(tokens.Access); err != nil || !who.MFAAt.Equal(me.MFAAt) {
		t.Errorf("signed in at %s, the API says %s", who.MFAAt, me.MFAAt)
	}
}
