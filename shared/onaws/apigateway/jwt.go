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
	// tokenSkew is how far our clock and the issuer's may be apart.
	tokenSkew = 60 * time.Second
	// keysFor is how long the issuer's keys are used before they are fetched anew: a key that the issuer took back is
	// refused after that at the latest. A key that is not known is asked for at once.
	keysFor = time.Hour
	// maxToken bounds a token in bytes: API Gateway passes on no more than 10,240 bytes of headers in all.
	maxToken = 10 << 10
	// issuerWithin bounds one call to the issuer. A caller waits for it only when the keys are not there yet.
	issuerWithin = 5 * time.Second
)

// TokenSettings say which tokens are taken.
type TokenSettings struct {
	Issuer   string // exactly as in the tokens' iss; its discovery document tells where the keys are
	Audience string // exactly as in aud; in client_id for an issuer whose access tokens have no aud
	Claims   catalog.Claims
	Client   *http.Client // for the discovery document and the keys; nil: one that waits a few seconds at most
	Now      func() time.Time
}

// Tokens verifies people's tokens, and says who they are. API Gateway has verified the same token before; its copy of the
// claims is not used, because it makes text of lists: a group "a] b" and two groups would look alike.
type Tokens struct {
	settings TokenSettings

	mu      sync.Mutex // guards what follows
	keys    oidc.KeySet
	fetched time.Time
}

// NewTokens makes a verifier. It calls nobody until the first token comes.
func NewTokens(s TokenSettings) *Tokens {
	if s.Client == nil {
		s.Client = &http.Client{Timeout: issuerWithin}
	}
	return &Tokens{settings: s}
}

// Verify is the person of a token. Denied: it is not one of ours, or does not say what is needed. Transient: the issuer's
// keys could not be had.
func (t *Tokens) Verify(ctx context.Context, raw string) (identity.Caller, error) {
	if len(raw) > maxToken {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token has more than %d bytes", maxToken)
	}
	// RS256 and nothing else: API Gateway takes RSA only, and a token must not choose how it is verified.
	if _, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256}); err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token is no JWT signed with RS256")
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

// keySet gives the issuer's keys, which are found by its discovery document.
func (t *Tokens) keySet(ctx context.Context) (oidc.KeySet, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys != nil && t.settings.Now().Before(t.fetched.Add(keysFor)) {
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
		return nil, fault.Errorf(fault.Transient, "the issuer %s does not say where its keys are", t.settings.Issuer)
	}
	t.keys, t.fetched = oidc.NewRemoteKeySet(ctx, found.Keys), t.settings.Now()
	return t.keys, nil
}

// person reads the claims of a token whose signature is good.
func (t *Tokens) person(payload []byte) (identity.Caller, error) {
	members, err := strictjson.Members(payload, strictjson.Rules{LoneSurrogates: true})
	if err != nil { // two readers of one token must never see two people in it
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token's claims: %w", err)
	}
	all := claims(members)
	registered, err := t.registered(all)
	if err != nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token: %w", err)
	}
	name, err := all.text(t.settings.Claims.Session)
	if err == nil && !tokenName().MatchString(name) {
		err = fmt.Errorf("claim %s is no name that AWS takes for a session", t.settings.Claims.Session)
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

// registered checks the claims that every token has: who made it, for whom, about whom, and for how long.
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
		return c, errors.New("a registered claim is not of its type")
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
		return c, errors.New("it has no end")
	case c.Subject == "":
		return c, errors.New("it names no subject")
	}
	return c, c.ValidateWithLeeway(jwt.Expected{
		Issuer: t.settings.Issuer, AnyAudience: jwt.Audience{t.settings.Audience}, Time: t.settings.Now(),
	}, tokenSkew)
}

// claims are a token's, by their exact names. Decoding into a struct would take a claim under a name in another case too.
type claims map[string]json.RawMessage

// text is a claim that must be there and be text.
func (c claims) text(name string) (string, error) {
	var v string
	if err := json.Unmarshal(c[name], &v); err != nil || v == "" {
		return "", fmt.Errorf("claim %s is missing or is no text", name)
	}
	return v, nil
}

// list is a claim that is a list of texts; empty if it is absent.
func (c claims) list(name string) ([]string, error) {
	raw, there := c[name]
	if !there {
		return nil, nil
	}
	var v []string
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("claim %s is not a list of texts", name)
	}
	return v, nil
}

// tokens is a list of exact names. One with a comma, space or bracket may be several that somebody has joined on the way,
// or may look like several to whoever reads a log: the whole token is refused, because leaving one out could undo a
// policy that forbids by group.
func (c claims) tokens(name string) ([]string, error) {
	v, err := c.list(name)
	if err != nil {
		return nil, err
	}
	for _, each := range v {
		if !groupToken().MatchString(each) {
			return nil, fmt.Errorf("claim %s has a group that is not one word of letters, digits and _ . : / -", name)
		}
	}
	return v, nil
}

// strongContext reports whether acr names a context that is not reached without a second factor.
// https://openid.net/specs/openid-connect-eap-acr-values-1_0-final.html
func (c claims) strongContext() bool {
	acr, err := c.text("acr")
	return err == nil && slices.Contains([]string{
		"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
	}, acr)
}

var (
	// tokenName is what AWS takes as a session name or source identity.
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	tokenName  = lazily(`^[\w+=,.@-]{2,64}$`)
	groupToken = lazily(`^[A-Za-z0-9_.:/-]{1,128}$`)
)

// lazily compiles a pattern when it is first needed: a start is not to wait for what its first invocation may not use.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
