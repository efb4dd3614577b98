package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/strictjson"
)

const (
	tokenSkew = 60 * time.Second
	// keysTTL: a key that the issuer removed is refused after this. An unknown key is fetched at once.
	keysTTL = time.Hour
	// maxToken: API Gateway passes at most 10,240 bytes of headers.
	maxToken = 10 << 10
	// issuerTimeout limits one call; a caller waits only while keys are missing.
	issuerTimeout = 5 * time.Second
)

type TokenSettings struct {
	Issuer   string // exactly as in iss; its discovery document names the keys
	Audience string // exactly as in aud, or in client_id of access tokens without aud
	Claims   catalog.Claims
	Client   *http.Client // for discovery and keys; nil: with a short timeout
	Now      func() time.Time
}

// Tokens verifies people's tokens. API Gateway's copy of the claims turns lists into text: a group "a] b" and two
// groups would look alike.
type Tokens struct {
	settings TokenSettings

	mu      sync.Mutex // guards keys and fetched
	keys    oidc.KeySet
	fetched time.Time
}

func NewTokens(s TokenSettings) *Tokens {
	if s.Client == nil {
		s.Client = &http.Client{Timeout: issuerTimeout}
	}
	return &Tokens{settings: s}
}

// Verify returns the person. Denied: invalid token. Transient: the issuer's keys are unavailable.
func (t *Tokens) Verify(ctx context.Context, raw string) (identity.Caller, error) {
	if len(raw) > maxToken {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token is too long: at most %d bytes are allowed", maxToken)
	}
	// Only RS256: API Gateway accepts only RSA, and a token must not choose its verification.
	if _, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256}); err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token is not a JWT signed with RS256")
	}
	keys, err := t.keySet(ctx)
	if err != nil {
		return identity.Caller{}, err
	}
	payload, err := keys.VerifySignature(ctx, raw)
	if err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token's signature: %w", err)
	}
	return t.person(payload)
}

func (t *Tokens) keySet(ctx context.Context) (oidc.KeySet, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys != nil && t.settings.Now().Before(t.fetched.Add(keysTTL)) {
		return t.keys, nil
	}
	ctx = oidc.ClientContext(ctx, t.settings.Client)
	issuer, err := oidc.NewProvider(ctx, t.settings.Issuer)
	if err != nil {
		return nil, fault.Errorf(fault.Transient, "asking the issuer %s: %w", t.settings.Issuer, err)
	}
	var found struct {
		Keys string `json:"jwks_uri"`
	}
	if err := issuer.Claims(&found); err != nil || found.Keys == "" {
		return nil, fault.Errorf(fault.Transient, "the discovery document of issuer %s has no jwks_uri", t.settings.Issuer)
	}
	t.keys, t.fetched = oidc.NewRemoteKeySet(ctx, found.Keys), t.settings.Now()
	return t.keys, nil
}

func (t *Tokens) person(payload []byte) (identity.Caller, error) {
	members, err := strictjson.Members(payload, strictjson.Rules{LoneSurrogates: true})
	if err != nil { // duplicate members: two parsers could see two people
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token's claims: %w", err)
	}
	all := claims(members)
	registered, err := t.registered(all)
	if err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token: %w", err)
	}
	name, err := all.text(t.settings.Claims.Session)
	if err == nil && !tokenName().MatchString(name) {
		err = fmt.Errorf("claim %s is not a valid AWS session name", t.settings.Claims.Session)
	}
	groups, bad := all.tokens(t.settings.Claims.Groups)
	methods, badMethods := all.list("amr")
	if err := errors.Join(err, bad, badMethods); err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token: %w", err)
	}
	return identity.Caller{
		ID: identity.PersonID(registered.Issuer, registered.Subject), Kind: identity.Person, Name: name, Groups: groups,
		MFA: slices.Contains(methods, "mfa") || all.strongContext(),
	}, nil
}

func (t *Tokens) registered(all claims) (jwt.Claims, error) {
	var c jwt.Claims
	exact := claims{}
	for _, name := range []string{"iss", "sub", "aud", "exp", "nbf", "iat"} {
		if v, there := all[name]; there {
			exact[name] = v
		}
	}
	raw, err := json.Marshal(exact)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, errors.New("a registered claim has the wrong type")
	}
	if _, there := all["aud"]; !there {
		client, err := all.text("client_id")
		if err != nil {
			return c, err
		}
		c.Audience = jwt.Audience{client}
	}
	switch {
	case c.Expiry == nil:
		return c, errors.New("claim exp is missing")
	case c.Subject == "":
		return c, errors.New("claim sub is missing")
	}
	return c, c.ValidateWithLeeway(jwt.Expected{
		Issuer: t.settings.Issuer, AnyAudience: jwt.Audience{t.settings.Audience}, Time: t.settings.Now(),
	}, tokenSkew)
}

// claims have exact names; a struct would also accept another case.
type claims map[string]json.RawMessage

func (c claims) text(name string) (string, error) {
	var v string
	if err := json.Unmarshal(c[name], &v); err != nil || v == "" {
		return "", fmt.Errorf("claim %s is missing or not a string", name)
	}
	return v, nil
}

// list returns nil if the claim is absent.
func (c claims) list(name string) ([]string, error) {
	raw, there := c[name]
	if !there {
		return nil, nil
	}
	var v []string
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("claim %s is not a list of strings", name)
	}
	return v, nil
}

// tokens returns a list of names. A name with a comma, space or bracket may be several joined ones, or look so in a
// log. Leaving it out could undo a policy that forbids by group: refuse the token.
func (c claims) tokens(name string) ([]string, error) {
	v, err := c.list(name)
	if err != nil {
		return nil, err
	}
	for _, each := range v {
		if !groupToken().MatchString(each) {
			return nil, fmt.Errorf("claim %s has a group with characters other than letters, digits and _ . : / -", name)
		}
	}
	return v, nil
}

// strongContext reports whether acr requires a second factor.
// https://openid.net/specs/openid-connect-eap-acr-values-1_0-final.html
func (c claims) strongContext() bool {
	acr, err := c.text("acr")
	return err == nil && slices.Contains([]string{
		"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
	}, acr)
}

var (
	// tokenName matches AWS's session names and source identities.
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	tokenName  = lazyRegexp(`^[\w+=,.@-]{2,64}$`)
	groupToken = lazyRegexp(`^[A-Za-z0-9_.:/-]{1,128}$`)
)

// lazyRegexp compiles a pattern at first use, to keep the cold start short.
func lazyRegexp(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
