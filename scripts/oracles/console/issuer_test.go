package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	audience = "curfew"
	client   = "curfew-console"
)

// issuer is an OpenID provider that signs everyone in at once. It does what its flaw says; without one it keeps to RFC 6749 and RFC
// 7636. Its tokens are not signed: a page leaves that to the API.
type issuer struct {
	url func() string

	mu    sync.Mutex // guards the fields below
	flaw  flaw
	codes map[string]asked // not used yet
	back  string           // the last address that it led to
	fails []string         // refusals of the token endpoint
}

type asked struct{ nonce, challenge string }

// flaw is what an attacker who answers in the place of the issuer, or before it, could do.
type flaw struct {
	state, nonce       string // in place of the page's own
	iss                string // in the answer, in place of the issuer's
	tokenIss, tokenAud string // in the ID token
	code               string // in the answer: another's code
	expired            bool
	hold               bool // it does not lead back: the test does
}

func (i *issuer) behave(f flaw) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.flaw = f
}

// led is the last address that the issuer led to, and what its token endpoint refused.
func (i *issuer) led() (back string, refused []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.back, slices.Clone(i.fails)
}

func (i *issuer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /issuer/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{
			"issuer": i.url(), "authorization_endpoint": i.url() + "/authorize", "token_endpoint": i.url() + "/token",
			"authorization_response_iss_parameter_supported": true, "code_challenge_methods_supported": []string{"S256"},
		})
	})
	mux.HandleFunc("GET /issuer/authorize", i.authorize)
	mux.HandleFunc("POST /issuer/token", i.token)
	return mux
}

func (i *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	q := r.URL.Query()
	code := rand.Text()
	i.codes[code] = asked{or(i.flaw.nonce, q.Get("nonce")), q.Get("code_challenge")}
	back := url.Values{"code": {or(i.flaw.code, code)}, "state": {or(i.flaw.state, q.Get("state"))}, "iss": {or(i.flaw.iss, i.url())}}
	i.back = q.Get("redirect_uri") + "?" + back.Encode()
	if i.flaw.hold {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>issuer</title><link rel=icon href=data:,><p>held")
		return
	}
	http.Redirect(w, r, i.back, http.StatusFound)
}

// token takes a code once, and only with the verifier of its challenge.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	code := r.PostFormValue("code")
	was, known := i.codes[code]
	delete(i.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || was.challenge == "" || base64.RawURLEncoding.EncodeToString(sum[:]) != was.challenge {
		i.fails = append(i.fails, r.PostForm.Encode())
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "the code is unknown, or the verifier is not its own"})
		return
	}
	now, life := time.Now(), time.Hour
	if i.flaw.expired {
		now = now.Add(-2 * life)
	}
	claims := map[string]any{
		"iss": or(i.flaw.tokenIss, i.url()), "aud": or(i.flaw.tokenAud, client), "sub": "0004", "nonce": was.nonce,
		"iat": now.Unix(), "exp": now.Add(life).Unix(), "auth_time": now.Unix(),
	}
	id := unsigned(claims)
	claims["aud"] = audience
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": int(life.Seconds()), "id_token": id, "access_token": unsigned(claims)})
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// unsigned is a JWT with a signature without meaning.
func unsigned(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // strings and numbers
	}
	return strings.Join([]string{base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)), base64.RawURLEncoding.EncodeToString(payload), "c2ln"}, ".")
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means that the client is gone
}
