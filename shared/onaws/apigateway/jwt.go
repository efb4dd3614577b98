package apigateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
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
	// Claims are those of the catalog in force.
	Claims func(context.Context) (catalog.Claims, error)
	Client *http.Client // for discovery and keys; nil: with a short timeout
	Now    func() time.Time
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
	return t.person(ctx, payload)
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

func (t *Tokens) person(ctx context.Context, payload []byte) (identity.Caller, error) {
	read, err := t.settings.Claims(ctx)
	if err != nil {
		return identity.Caller{}, err
	}
	all, err := membersOf(payload)
	if err != nil {
		return identity.Caller{}, tokenError("the token's claims: %w", err)
	}
	registered, err := t.registered(all)
	if err != nil {
		return identity.Caller{}, err
	}
	name, err := all.name(read.Session)
	groups, bad := all.groups(read.Groups)
	methods, badMethods := all.list("amr")
	if err := cmp.Or(err, bad, badMethods); err != nil {
		return identity.Caller{}, tokenError("%w", err)
	}
	c := identity.Caller{
		ID: identity.PersonID(registered.Issuer, registered.Subject), Kind: identity.Person, Name: name, Groups: groups,
		MFA: slices.Contains(methods, "mfa") || all.strongContext(),
	}
	latest := t.settings.Now()
	if made := registered.IssuedAt.Time(); !made.IsZero() && made.Before(latest) {
		latest = made
	}
	if c.MFA {
		c.MFAAt = all.signedInAt(latest.Add(tokenSkew))
	}
	return c, nil
}

// tokenError is an error whose text the caller reads: their token is of the issuer. It quotes no value. A new token has the same claims.
func tokenError(format string, args ...any) error { return fault.Deny("curfew.token", format, args...) }

// outOfTime is an error of a token that a new one mends.
func outOfTime(text string) error { return fault.Deny("curfew.token-time", "%s", text) }

func (t *Tokens) registered(all claims) (jwt.Claims, error) {
	var c jwt.Claims
	for _, name := range []string{"iss", "sub", "aud", "exp", "nbf", "iat"} {
		v, there := all[name]
		if !there {
			continue
		}
		raw, err := json.Marshal(claims{name: v})
		if err == nil {
			err = json.Unmarshal(raw, &c)
		}
		if err != nil {
			return c, tokenError("claim %s has the wrong type", name)
		}
	}
	if _, there := all["aud"]; !there {
		client, err := all.text("client_id")
		if err != nil {
			return c, tokenError("claim aud is missing, and %w", err)
		}
		c.Audience = jwt.Audience{client}
	}
	switch {
	case c.Expiry == nil:
		return c, tokenError("claim exp is missing")
	case c.Subject == "":
		return c, tokenError("claim sub is missing")
	}
	err := c.ValidateWithLeeway(jwt.Expected{
		Issuer: t.settings.Issuer, AnyAudience: jwt.Audience{t.settings.Audience}, Time: t.settings.Now(),
	}, tokenSkew)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return c, outOfTime("claim exp: the token has ended: sign in again")
	case errors.Is(err, jwt.ErrNotValidYet):
		return c, outOfTime("claim nbf: the token is not valid yet")
	case errors.Is(err, jwt.ErrIssuedInTheFuture):
		return c, outOfTime("claim iat: the token is of the future")
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return c, tokenError("claim iss is not the issuer of this installation")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return c, tokenError("claim aud, or client_id without it, is not the audience of this installation")
	case err != nil:
		return c, tokenError("%w", err)
	}
	return c, nil
}
