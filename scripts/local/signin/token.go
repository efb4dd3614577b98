package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)

// oauthError is an answer of https://www.rfc-editor.org/rfc/rfc6749#section-5.2
type oauthError struct {
	Code string `json:"error"`
	Text string `json:"error_description,omitempty"`
}

func invalidGrant(text string) *oauthError { return &oauthError{"invalid_grant", text} }

// token exchanges what a client has for tokens.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	form, bad := clientForm(r)
	var t issued
	now := time.Now()
	if bad == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch form.Get("grant_type") {
		case grantCode:
			t, bad = p.byCode(form, issuer(r), now)
		case grantRefresh:
			t, bad = p.byRefresh(form, issuer(r), now)
		case grantDevice:
			t, bad = p.byDevice(form, issuer(r), now)
		default:
			bad = &oauthError{"unsupported_grant_type", ""}
		}
	}
	if bad != nil {
		writeJSON(w, http.StatusBadRequest, bad)
		return
	}
	id, err := p.idToken(t, now)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, oauthError{"server_error", "the ID token cannot be signed"})
		return
	}
	answer := map[string]any{
		"access_token": t.access, "token_type": "Bearer", "expires_in": int(accessFor.Seconds()), "id_token": id, "scope": strings.Join(t.login.scopes, " "),
	}
	if t.refresh != "" {
		answer["refresh_token"] = t.refresh
	}
	writeJSON(w, http.StatusOK, answer)
}

// clientForm reads the request of a public client, which names itself and proves nothing.
func clientForm(r *http.Request) (url.Values, *oauthError) {
	if err := r.ParseForm(); err != nil || repeated(r.PostForm) {
		return nil, &oauthError{"invalid_request", "the form cannot be read, or has a parameter twice"}
	}
	client := r.PostForm.Get("client_id")
	if client != CLIClient && client != ConsoleClient {
		return nil, &oauthError{"invalid_client", "unknown client_id"}
	}
	return r.PostForm, nil
}

// byCode takes a code once, even if the rest of the request is wrong. A code that comes again ends the tokens that were made of it.
func (p *Provider) byCode(form url.Values, issuer string, now time.Time) (issued, *oauthError) {
	c, ok := p.codes.get(form.Get("code"), now)
	if !ok {
		return issued{}, invalidGrant("unknown code")
	}
	if c.used {
		c.login.ended = true
		return issued{}, invalidGrant("the code was used")
	}
	c.used = true
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case !now.Before(c.until):
		return issued{}, invalidGrant("the code is too old")
	case c.login.client != form.Get("client_id") || c.login.issuer != issuer:
		return issued{}, invalidGrant("the code is for another client")
	case c.redirect != form.Get("redirect_uri"):
		return issued{}, invalidGrant("redirect_uri is not that of the authorization")
	case subtle.ConstantTimeCompare([]byte(proof), []byte(c.challenge)) != 1:
		return issued{}, invalidGrant("code_verifier is not that of the authorization")
	}
	return p.tokens(c.login, now)
}

// byRefresh rotates. A token that comes again was stolen, before or after its use: the login ends.
// https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
func (p *Provider) byRefresh(form url.Values, issuer string, now time.Time) (issued, *oauthError) {
	f, ok := p.refresh.get(form.Get("refresh_token"), now)
	switch {
	case !ok || f.login.ended:
		return issued{}, invalidGrant("unknown refresh token, or it has ended")
	case f.login.client != form.Get("client_id") || f.login.issuer != issuer:
		return issued{}, invalidGrant("the refresh token is for another client")
	case f.used:
		f.login.ended = true
		return issued{}, invalidGrant("the refresh token was used: the login has ended")
	}
	f.used = true
	return p.tokens(f.login, now)
}

func (p *Provider) tokens(l *login, now time.Time) (issued, *oauthError) {
	t, err := p.issue(l, now)
	if err != nil {
		return t, &oauthError{"temporarily_unavailable", err.Error()}
	}
	return t, nil
}

// revocation ends the login of a token. An unknown token is success: https://www.rfc-editor.org/rfc/rfc7009#section-2.2
func (p *Provider) revocation(w http.ResponseWriter, r *http.Request) {
	form, bad := clientForm(r)
	if bad != nil {
		writeJSON(w, http.StatusBadRequest, bad)
		return
	}
	now, token := time.Now(), form.Get("token")
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.access.get(token, now)
	if f, there := p.refresh.get(token, now); there {
		l, ok = f.login, true
	}
	if ok && l.client == form.Get("client_id") {
		l.ended = true
	}
	w.WriteHeader(http.StatusOK)
}
