package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Client is what an installation's settings say of its logins.
type Client struct {
	Issuer, ID string
	Scopes     []string
	Audience   string // sent as audience to issuers that ask for it; empty: not sent
}

// Issuer is a provider whose discovery document was read.
type Issuer struct {
	client     Client
	provider   *oidc.Provider
	oauth      oauth2.Config
	http       *http.Client
	revocation string
	saysIssuer bool // in the redirect: https://www.rfc-editor.org/rfc/rfc9207
	now        func() time.Time
}

// ErrEnded is a login that the issuer does not renew any more.
var ErrEnded = errors.New("the login has ended")

// UnreachableError is an issuer that gave no answer, or says that it is out of order. A later try may succeed.
type UnreachableError struct {
	Issuer string
	Err    error
}

// Error names the issuer.
func (e *UnreachableError) Error() string {
	return "issuer " + e.Issuer + " does not answer: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

const (
	answerWithin = 20 * time.Second
	mostAnswer   = 1 << 20 // bytes of one answer
)

// bounded cuts the answers of an issuer: it may be any server.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		a.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(a.Body, mostAnswer), a.Body}
	}
	return a, err
}

// SafeURL takes an address to which codes and tokens may go: https, or http inside this machine.
func SafeURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("not an https URL")
	case u.Scheme == "https" || u.Scheme == "http" && Loopback(text):
		return nil
	}
	return errors.New("not an https URL, or http to 127.0.0.1")
}

// Loopback reports whether an address is inside this machine.
func Loopback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}

// HostOf returns the host and port of an address, in lower case.
func HostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Discover reads the issuer's discovery document. transport may be nil.
func Discover(ctx context.Context, c Client, transport http.RoundTripper, now func() time.Time) (*Issuer, error) {
	if err := SafeURL(c.Issuer); err != nil {
		return nil, fmt.Errorf("issuer %s: %w", c.Issuer, err)
	}
	if transport == nil {
		transport = http.DefaultTransport
	}
	i := &Issuer{client: c, now: now, http: &http.Client{
		Transport: bounded{transport}, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // codes and tokens go to the address that was checked
	}}
	var err error
	if i.provider, err = oidc.NewProvider(i.context(ctx), c.Issuer); err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			return nil, &UnreachableError{c.Issuer, e.Err}
		}
		return nil, fmt.Errorf("issuer %s: its discovery document cannot be read: %w", c.Issuer, cut(err))
	}
	var about struct {
		Revocation string   `json:"revocation_endpoint"`
		SaysIssuer bool     `json:"authorization_response_iss_parameter_supported"`
		Scopes     []string `json:"scopes_supported"`
		Keys       string   `json:"jwks_uri"`
	}
	if err := i.provider.Claims(&about); err != nil {
		return nil, fmt.Errorf("issuer %s: its discovery document cannot be read: %w", c.Issuer, cut(err))
	}
	at := i.provider.Endpoint()
	at.AuthStyle = oauth2.AuthStyleInParams // the client has no secret
	for _, each := range []string{at.AuthURL, at.TokenURL, at.DeviceAuthURL, about.Revocation, about.Keys} {
		if each == "" {
			continue
		}
		if err := SafeURL(each); err != nil || Loopback(each) && !Loopback(c.Issuer) {
			return nil, fmt.Errorf("issuer %s names an endpoint that is not an https URL", c.Issuer)
		}
	}
	if at.AuthURL == "" || at.TokenURL == "" {
		return nil, fmt.Errorf("issuer %s has no authorization endpoint, or no token endpoint", c.Issuer)
	}
	// A code goes to the host that made it, or to one that its host names: an issuer could ask for a code of another issuer's sign-in.
	// https://www.rfc-editor.org/rfc/rfc9700#section-4.4
	if signIn := HostOf(at.AuthURL); signIn != HostOf(at.TokenURL) && signIn != HostOf(c.Issuer) {
		return nil, fmt.Errorf("issuer %s names a sign-in at %s, and would get its codes at another host, %s: refused", c.Issuer, signIn, HostOf(at.TokenURL))
	}
	scopes := append([]string{}, c.Scopes...)
	if !slices.Contains(scopes, oidc.ScopeOpenID) {
		scopes = append([]string{oidc.ScopeOpenID}, scopes...)
	}
	if slices.Contains(about.Scopes, oidc.ScopeOfflineAccess) && !slices.Contains(scopes, oidc.ScopeOfflineAccess) {
		scopes = append(scopes, oidc.ScopeOfflineAccess) // for a refresh token
	}
	i.revocation, i.saysIssuer = about.Revocation, about.SaysIssuer
	i.oauth = oauth2.Config{ClientID: c.ID, Endpoint: at, Scopes: scopes}
	return i, nil
}

// HasDeviceFlow reports whether a login without a browser on this machine is possible.
func (i *Issuer) HasDeviceFlow() bool { return i.oauth.Endpoint.DeviceAuthURL != "" }

func (i *Issuer) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, i.http)
}

// receive makes tokens of an answer. It verifies the ID token; nonce is empty in the device flow and in a refresh.
func (i *Issuer) receive(ctx context.Context, endpoint, nonce string, got *oauth2.Token) (Tokens, error) {
	t := Tokens{For: For{endpoint, i.client.Issuer, i.client.ID}, Access: got.AccessToken, Refresh: got.RefreshToken, Expiry: got.Expiry.UTC().Truncate(time.Second)}
	if got.Expiry.IsZero() {
		t.Expiry = time.Time{}
	}
	if !strings.EqualFold(got.Type(), "Bearer") {
		return t, errors.New("the issuer's token is no bearer token")
	}
	raw, _ := got.Extra("id_token").(string)
	if raw == "" {
		return t, errNoID
	}
	id, err := i.provider.VerifierContext(i.context(ctx), &oidc.Config{ClientID: i.client.ID, Now: i.now}).Verify(ctx, raw)
	if err != nil {
		return t, fmt.Errorf("the issuer's ID token is not valid: %w", cut(err))
	}
	if nonce != "" && id.Nonce != nonce {
		return t, errors.New("the issuer's ID token is of another login: its nonce is wrong")
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(t.Access) != nil {
		return t, errors.New("the issuer's ID token is of another access token")
	}
	var who struct {
		Username string `json:"preferred_username"`
		Email    string `json:"email"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := id.Claims(&who); err != nil {
		return t, errors.New("the claims of the issuer's ID token cannot be read")
	}
	t.Subject, t.Name, t.SignedIn = id.Subject, id.Subject, i.now().UTC().Truncate(time.Second)
	for _, name := range []string{who.Email, who.Username} {
		if name != "" {
			t.Name = name
		}
	}
	if who.AuthTime > 0 {
		t.SignedIn = time.Unix(who.AuthTime, 0).UTC()
	}
	return t, nil
}

var errNoID = errors.New("the issuer gave no ID token")

// Renew returns new tokens of the same person. ErrEnded: the issuer refuses; log in again.
func (i *Issuer) Renew(ctx context.Context, old Tokens) (Tokens, error) {
	if old.Refresh == "" {
		return old, ErrEnded
	}
	got, err := i.oauth.TokenSource(i.context(ctx), &oauth2.Token{RefreshToken: old.Refresh}).Token()
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.ErrorCode == "invalid_grant" {
		return old, ErrEnded
	}
	if err != nil {
		return old, i.refusal("renewing the login", err)
	}
	t, err := i.receive(ctx, old.Endpoint, "", got)
	switch {
	case errors.Is(err, errNoID): // optional: https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse
		t.Subject, t.Name = old.Subject, old.Name
	case err != nil:
		return old, err
	case t.Subject != old.Subject:
		return old, errors.New("the issuer renewed the login of another person")
	}
	t.SignedIn = old.SignedIn
	return t, nil // the library keeps the old refresh token if there is no new one
}

// Revoke ends a login at the issuer: https://www.rfc-editor.org/rfc/rfc7009. False: the issuer cannot do it.
func (i *Issuer) Revoke(ctx context.Context, t Tokens) (bool, error) {
	if i.revocation == "" {
		return false, nil
	}
	token, hint := t.Refresh, "refresh_token"
	if token == "" {
		token, hint = t.Access, "access_token"
	}
	form := url.Values{"token": {token}, "token_type_hint": {hint}, "client_id": {i.client.ID}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := i.http.Do(r)
	if err != nil {
		return false, i.refusal("revoking the login", err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return false, fmt.Errorf("revoking the login: the issuer answered %s", a.Status)
	}
	return true, nil
}

// refusal says what the issuer answered, by its code: the body may hold more than a person should see.
func (i *Issuer) refusal(doing string, err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		text := e.ErrorCode
		if e.ErrorDescription != "" {
			text += ": " + e.ErrorDescription
		}
		if e.Response != nil && e.Response.StatusCode >= http.StatusInternalServerError {
			return &UnreachableError{i.client.Issuer, errors.New(e.Response.Status)}
		}
		if text == "" && e.Response != nil {
			text = e.Response.Status
		}
		return fmt.Errorf("%s: issuer %s refused: %.300s", doing, i.client.Issuer, text)
	}
	if e, ok := errors.AsType[*url.Error](err); ok { // its text repeats the address
		return &UnreachableError{i.client.Issuer, e.Err}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%s: the answer of issuer %s cannot be read", doing, i.client.Issuer)
}

// cut bounds the text of an error that a server may have written.
func cut(err error) error {
	return fmt.Errorf("%.300s", strings.Join(strings.Fields(err.Error()), " "))
}
