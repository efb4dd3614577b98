package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const keyID = "1"

// discovery is the document of https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	me := issuer(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": me, "jwks_uri": me + "/jwks",
		"authorization_endpoint": me + "/authorize", "token_endpoint": me + "/token",
		"device_authorization_endpoint": me + "/device_authorization", "revocation_endpoint": me + "/revocation",
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
		"grant_types_supported":   []string{grantCode, grantRefresh, grantDevice},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "groups", "offline_access"},
		"token_endpoint_auth_methods_supported": []string{"none"}, "revocation_endpoint_auth_methods_supported": []string{"none"},
		"code_challenge_methods_supported": []string{"S256"}, "prompt_values_supported": []string{"none", "login", "select_account", "consent"},
		"claims_supported": []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "at_hash", "name", "preferred_username", "groups"},
		"authorization_response_iss_parameter_supported": true, "request_parameter_supported": false, "request_uri_parameter_supported": false,
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: keyID, Algorithm: "RS256", Use: "sig"}}})
}

// idToken is https://openid.net/specs/openid-connect-core-1_0.html#IDToken. Its subject is the name in the catalog, which is
// unique there: two issuers may have the same subject.
func (p *Provider) idToken(t issued, now time.Time) (string, error) {
	l := t.login
	sum := sha256.Sum256([]byte(t.access))
	claims := map[string]any{
		"iss": l.issuer, "sub": l.person.Name, "aud": l.client, "iat": now.Unix(), "exp": now.Add(accessFor).Unix(), "auth_time": l.at.Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]),
		"name":    l.person.Name, "preferred_username": l.person.Session, "groups": slices.Concat([]string{}, l.person.Groups), // a list, never null
	}
	if l.nonce != "" {
		claims["nonce"] = l.nonce
	}
	if l.person.MFA {
		claims["amr"] = []string{"mfa"} // https://www.rfc-editor.org/rfc/rfc8176#section-2
	}
	return jwt.Signed(p.signer).Claims(claims).Serialize()
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means that the client is gone
}
