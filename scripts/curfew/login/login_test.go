package login

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// hostile is an issuer that answers as a case says.
type hostile struct {
	*httptest.Server
	about, claims, answer map[string]any // what differs; nil: removed
	signer                *rsa.PrivateKey
	nonce                 string // of the authorization
	status                int    // of the token endpoint; 0: 200
	redirects             bool   // discovery leads elsewhere
	huge                  bool
	revoked               url.Values
}

// keys are the issuer's, and another's.
var keys = sync.OnceValues(func() (*rsa.PrivateKey, *rsa.PrivateKey) {
	var all [2]*rsa.PrivateKey
	for i := range all {
		var err error
		if all[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return all[0], all[1]
})

func newHostile(t *testing.T) *hostile {
	t.Helper()
	own, _ := keys()
	h := &hostile{signer: own}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func changed(usual, by map[string]any) map[string]any {
	maps.Copy(usual, by)
	maps.DeleteFunc(usual, func(_ string, v any) bool { return v == nil })
	return usual
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	own, _ := keys()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		if h.redirects {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		if h.huge {
			_, _ = io.WriteString(w, `{"issuer":"`+h.URL+`","pad":"`+strings.Repeat("x", 2<<20)+`"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(changed(map[string]any{
			"issuer": h.URL, "jwks_uri": h.URL + "/keys", "authorization_endpoint": h.URL + "/authorize", "token_endpoint": h.URL + "/token",
			"revocation_endpoint": h.URL + "/revoke", "device_authorization_endpoint": h.URL + "/device", "authorization_response_iss_parameter_supported": true,
		}, h.about))
	case "/keys":
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: own.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	case "/token":
		h.token(w)
	case "/revoke":
		_ = r.ParseForm()
		h.revoked = r.PostForm
		w.WriteHeader(h.status)
	case "/device":
		_ = json.NewEncoder(w).Encode(changed(map[string]any{"device_code": "secret", "user_code": "CODE", "verification_uri": h.URL, "expires_in": 60, "interval": 1}, h.answer))
	}
}

func (h *hostile) token(w http.ResponseWriter) {
	if h.status != 0 {
		w.WriteHeader(h.status)
		_ = json.NewEncoder(w).Encode(changed(map[string]any{"error": "invalid_grant", "access_token": "SECRET"}, h.answer))
		return
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: h.signer}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		panic(err)
	}
	now := time.Now()
	id, err := jwt.Signed(s).Claims(changed(map[string]any{
		"iss": h.URL, "sub": "0001", "aud": "cli", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "nonce": h.nonce, "auth_time": now.Unix() - 60, "preferred_username": "ana",
	}, h.claims)).Serialize()
	if err != nil {
		panic(err)
	}
	_ = json.NewEncoder(w).Encode(changed(map[string]any{"access_token": "SECRET", "refresh_token": "SECRET2", "token_type": "Bearer", "expires_in": 300, "id_token": id}, h.answer))
}

func (h *hostile) discover(t *testing.T) (*Issuer, error) {
	t.Helper()
	return Discover(t.Context(), Client{Issuer: h.URL, ID: "cli"}, nil, time.Now)
}

// signIn signs in with a browser that brings back what back makes of the state.
func (h *hostile) signIn(t *testing.T, back func(url.Values)) (Tokens, error) {
	t.Helper()
	i, err := h.discover(t)
	if err != nil {
		return Tokens{}, err
	}
	return i.WithBrowser(t.Context(), Asking{Endpoint: "https://api.example.com", Visit: func(address, _ string) {
		u, _ := url.Parse(address)
		q := u.Query()
		h.nonce = q.Get("nonce")
		v := url.Values{"state": {q.Get("state")}, "code": {"a-code"}, "iss": {h.URL}}
		if back != nil {
			back(v)
		}
		get(t, q.Get("redirect_uri")+"?"+v.Encode(), "")
	}})
}

func get(t *testing.T, at, host string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	a.Body.Close()
	return a.StatusCode
}

func TestALoginIsVerified(t *testing.T) {
	_, other := keys()
	for name, c := range map[string]struct {
		about, claims, answer map[string]any
		other                 bool // another key signs
		status                int
		back                  func(url.Values)
		want                  string // of the error; empty: success
	}{
		"as it should be":            {},
		"without RFC 9207":           {about: map[string]any{"authorization_response_iss_parameter_supported": nil}, back: func(v url.Values) { v.Del("iss") }},
		"another nonce":              {claims: map[string]any{"nonce": "x"}, want: "nonce"},
		"no nonce":                   {claims: map[string]any{"nonce": nil}, want: "nonce"},
		"another audience":           {claims: map[string]any{"aud": "x"}, want: "not valid"},
		"another issuer's ID token":  {claims: map[string]any{"iss": "https://evil.example"}, want: "not valid"},
		"an ID token that is over":   {claims: map[string]any{"exp": 1}, want: "not valid"},
		"another access token":       {claims: map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, want: "another access token"},
		"another key":                {other: true, want: "not valid"},
		"no ID token":                {answer: map[string]any{"id_token": nil}, want: "no ID token"},
		"an ID token that is none":   {answer: map[string]any{"id_token": "SECRET.SECRET2.SECRET3"}, want: "not valid"},
		"a token of another type":    {answer: map[string]any{"token_type": "MAC"}, want: "no bearer token"},
		"a refusal":                  {status: 400, want: "invalid_grant"},
		"a refusal of many lines":    {status: 400, answer: map[string]any{"error_description": strings.Repeat("x", 5000)}, want: "invalid_grant"},
		"out of order":               {status: 503, want: "does not answer"},
		"the answer of another":      {back: func(v url.Values) { v.Set("iss", "https://evil.example") }, want: "not of issuer"},
		"the answer of two":          {back: func(v url.Values) { v.Add("iss", v.Get("iss")) }, want: "not of issuer"},
		"an answer without issuer":   {back: func(v url.Values) { v.Del("iss") }, want: "not of issuer"},
		"an answer that refuses":     {back: func(v url.Values) { v.Set("error", "access_denied") }, want: "access_denied"},
		"an answer with two codes":   {back: func(v url.Values) { v.Add("code", "another") }, want: "no code"},
		"a token endpoint elsewhere": {about: map[string]any{"token_endpoint": "http://evil.example/token"}, want: "not an https URL"},
		"a revocation endpoint too":  {about: map[string]any{"revocation_endpoint": "http://evil.example/r"}, want: "not an https URL"},
		"a script as a page":         {about: map[string]any{"authorization_endpoint": "javascript:alert(1)"}, want: "not an https URL"},
		"another issuer's document":  {about: map[string]any{"issuer": "https://evil.example"}, want: "discovery document"},
		"the sign-in of another":     {about: map[string]any{"authorization_endpoint": "https://id.example.com/authorize"}, want: "would get its codes at another host"},
		"no token endpoint":          {about: map[string]any{"token_endpoint": nil}, want: "no token endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t)
			h.about, h.claims, h.answer, h.status = c.about, c.claims, c.answer, c.status
			if c.other {
				h.signer = other
			}
			got, err := h.signIn(t, c.back)
			if c.want == "" {
				if err != nil || got.Name != "ana" || got.Access != "SECRET" || got.Refresh != "SECRET2" || got.Endpoint != "https://api.example.com" || !got.Usable(time.Now()) {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 600 {
				t.Fatalf("%v; want %q", err, c.want)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, got, got); strings.Contains(text, "SECRET") {
				t.Errorf("a token is in %s", text)
			}
		})
	}
}

// Issuers have their endpoints at one host that is not theirs, or their tokens at another.
func TestEndpointsElsewhere(t *testing.T) {
	h := newHostile(t)
	for _, about := range []map[string]any{
		{"token_endpoint": "https://tokens.example.com/token"},
		{"authorization_endpoint": "https://ID.example.com/authorize", "token_endpoint": "https://id.example.com/token"},
	} {
		h.about = about
		if _, err := h.discover(t); err != nil {
			t.Errorf("%v: %v", about, err)
		}
	}
}

func TestDiscoveryIsBounded(t *testing.T) {
	h := newHostile(t)
	h.redirects = true
	if _, err := h.discover(t); err == nil || !strings.Contains(err.Error(), "discovery document") {
		t.Errorf("a redirect was followed: %v", err)
	}
	h.redirects, h.huge = false, true
	if _, err := h.discover(t); err == nil {
		t.Error("an answer of 2 MiB was read")
	}
	h.Close()
	_, err := h.discover(t)
	if _, ok := errors.AsType[*UnreachableError](err); !ok {
		t.Errorf("no answer: %v", err)
	}
}

// Any page can send requests to a port of this machine: they do not end a login.
func TestForgedCallbacks(t *testing.T) {
	h := newHostile(t)
	i, err := h.discover(t)
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.WithBrowser(t.Context(), Asking{Visit: func(address, _ string) {
		u, _ := url.Parse(address)
		q := u.Query()
		h.nonce = q.Get("nonce")
		to, state := q.Get("redirect_uri"), url.QueryEscape(q.Get("state"))
		if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 || len(h.nonce) < 20 {
			t.Errorf("the address is %s", address)
		}
		for at, want := range map[string]int{"?state=x&code=stolen": 400, "?code=stolen": 400, "?state=" + state + "&state=x&code=stolen": 400, "/x?state=" + state: 404} {
			if code := get(t, to+at, ""); code != want {
				t.Errorf("%s: %d", at, code)
			}
		}
		right := to + "?state=" + state + "&code=a-code&iss=" + url.QueryEscape(h.URL)
		if code := get(t, right, "evil.example"); code != http.StatusMisdirectedRequest {
			t.Errorf("a name that resolves here: %d", code)
		}
		if code := get(t, right, ""); code != http.StatusOK {
			t.Errorf("the right one: %d", code)
		}
		if code := get(t, right, ""); code != http.StatusBadRequest {
			t.Errorf("the right one again: %d", code)
		}
	}})
	if err != nil || got.Access != "SECRET" {
		t.Errorf("%v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := i.WithBrowser(ctx, Asking{Visit: func(string, string) { cancel() }}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestRenewing(t *testing.T) {
	h := newHostile(t)
	old, err := h.signIn(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	i, err := h.discover(t)
	if err != nil {
		t.Fatal(err)
	}
	h.answer, h.claims = map[string]any{"id_token": nil, "refresh_token": nil}, nil
	got, err := i.Renew(t.Context(), old)
	if err != nil || got.Refresh != old.Refresh || got.Name != "ana" || !got.SignedIn.Equal(old.SignedIn) {
		t.Errorf("without an ID token: %v, %v", got, err)
	}
	h.answer, h.claims = nil, map[string]any{"sub": "0002"}
	if _, err := i.Renew(t.Context(), old); err == nil || !strings.Contains(err.Error(), "another person") {
		t.Errorf("another person: %v", err)
	}
	h.status = http.StatusBadRequest
	if _, err := i.Renew(t.Context(), old); !errors.Is(err, ErrEnded) {
		t.Errorf("refused: %v", err)
	}
	if _, err := i.Renew(t.Context(), Tokens{}); !errors.Is(err, ErrEnded) {
		t.Errorf("without a refresh token: %v", err)
	}
	h.status = http.StatusOK
	if ok, err := i.Revoke(t.Context(), old); !ok || err != nil || h.revoked.Get("token") != old.Refresh || h.revoked.Get("client_id") != "cli" {
		t.Errorf("revoking: %t, %v, %v", ok, err, h.revoked)
	}
	h.about = map[string]any{"revocation_endpoint": nil}
	if i, err = h.discover(t); err != nil {
		t.Fatal(err)
	}
	if ok, err := i.Revoke(t.Context(), old); ok || err != nil {
		t.Errorf("an issuer that cannot revoke: %t, %v", ok, err)
	}
}

func TestDevicePagesAreSafe(t *testing.T) {
	for name, answer := range map[string]map[string]any{
		"plain http": {"verification_uri": "http://evil.example/"}, "a script": {"verification_uri": "javascript:alert(1)"}, "no code": {"user_code": ""},
	} {
		h := newHostile(t)
		h.answer = answer
		i, err := h.discover(t)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.WithDevice(t.Context(), Asking{Visit: func(string, string) { t.Errorf("%s: it was shown", name) }}); err == nil {
			t.Errorf("%s: it is accepted", name)
		}
	}
}
