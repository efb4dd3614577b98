package onmoto

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Issuer signs people in with a key that only this process has.
type Issuer struct {
	// URL is the text of iss in its tokens.
	URL string
	key *rsa.PrivateKey
}

// NewIssuer returns an issuer of this URL with a new key.
func NewIssuer(url string) (*Issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return &Issuer{URL: url, key: key}, err
}

// ServeIssuer returns an issuer at an address of this machine, until close is called.
func ServeIssuer() (i *Issuer, closing func(), err error) {
	if i, err = NewIssuer(""); err != nil {
		return nil, nil, err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, ok := i.Documents()[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(document)
	}))
	i.URL = server.URL
	return i, server.Close, nil
}

// Documents returns what API Gateway and the functions fetch of an issuer, by path: the discovery document and the public
// keys.
func (i *Issuer) Documents() map[string][]byte {
	about, _ := json.Marshal(map[string]any{ // texts only: cannot fail
		"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/none", "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
	keys, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	return map[string][]byte{"/.well-known/openid-configuration": about, "/keys": keys}
}

// Token returns a person's token for an hour, with MFA.
func (i *Issuer) Token(name, groups string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(map[string]any{
		"iss": i.URL, "sub": name, "aud": "curfew", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "preferred_username": name, "groups": strings.Fields(groups),
		"amr": []string{"mfa"}, // required by the example's catalog on weekends
	}).Serialize()
}

// Event returns a person's call as an HTTP API sends it, which flattens the list of groups: "engineers leads".
func (i *Issuer) Event(name, groups, method, path, body string) (string, error) {
	token, err := i.Token(name, groups)
	if err != nil {
		return "", err
	}
	path, query, _ := strings.Cut(path, "?")
	b, err := json.Marshal(map[string]any{
		"version": "2.0", "rawPath": path, "rawQueryString": query, "body": body,
		"headers": map[string]string{"authorization": "Bearer " + token, "content-type": "application/json"},
		"requestContext": map[string]any{
			"stage": "$default", "http": map[string]string{"method": method},
			"authorizer": map[string]any{"jwt": map[string]any{"claims": map[string]string{"iss": i.URL, "sub": name, "groups": fmt.Sprintf("[%s]", groups)}}},
		},
	})
	return string(b), err
}
