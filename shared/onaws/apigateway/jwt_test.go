package apigateway

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// issuer is an identity provider with one key.
type issuer struct {
	url     string
	key     *rsa.PrivateKey
	fetched atomic.Int64 // requests for the keys
	down    atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if i.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.fetched.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// claims are ana's, with a second factor and some changed; nil removes one.
func (i *issuer) claims(changed map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.url, "sub": "0001", "aud": "curfew", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
		"preferred_username": "ana", "groups": []string{"engineers", "org:team/a"}, "amr": []string{"pwd", "mfa"},
	}
	maps.Copy(c, changed)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func (i *issuer) token(t *testing.T, alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// signed is a token as the issuer makes it.
func (i *issuer) signed(t *testing.T, changed map[string]any) string {
	t.Helper()
	return i.token(t, jose.RS256, i.key, i.claims(changed))
}

func (i *issuer) tokens(clock func() time.Time) *Tokens {
	return NewTokens(TokenSettings{
		Issuer: i.url, Audience: "curfew", Now: clock,
		Claims: func(context.Context) (catalog.Claims, error) {
			return catalog.Claims{Session: "preferred_username", Groups: "groups"}, nil
		},
	})
}

// now is the instant of these tests.
var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func noon() time.Time { return now }

func TestATokenSaysWhoCalls(t *testing.T) {
	i := newIssuer(t)
	for name, c := range map[string]struct {
		changed map[string]any
		groups  int
		mfa     bool
	}{
		"with everything":              {nil, 2, true},
		"without a second factor":      {map[string]any{"amr": []string{"pwd"}}, 2, false},
		"by its context":               {map[string]any{"amr": nil, "acr": "phr"}, 2, true},
		"in one group, as a text":      {map[string]any{"groups": "engineers"}, 1, true},
		"in no group":                  {map[string]any{"groups": nil}, 0, true},
		"for several audiences":        {map[string]any{"aud": []string{"other", "curfew"}}, 2, true},
		"for a client, no audience":    {map[string]any{"aud": nil, "client_id": "curfew"}, 2, true},
		"ended within the skew":        {map[string]any{"exp": now.Add(-50 * time.Second).Unix()}, 2, true},
		"made within the skew":         {map[string]any{"iat": now.Add(50 * time.Second).Unix(), "nbf": now.Add(50 * time.Second).Unix()}, 2, true},
		"with a claim in another case": {map[string]any{"Groups": []string{"operators"}, "Sub": "0002"}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := i.tokens(noon).Verify(t.Context(), i.signed(t, c.changed))
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != identity.PersonID(i.url, "0001") || got.Kind != identity.Person || got.Name != "ana" || got.MFA != c.mfa || len(got.Groups) != c.groups {
				t.Errorf("caller = %+v, want ana in %d groups, MFA %v", got, c.groups, c.mfa)
			}
		})
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	i := newIssuer(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	unsigned := "eyJhbGciOiJub25lIn0." + strings.Split(i.signed(t, nil), ".")[1] + "."
	for name, token := range map[string]string{
		"none":                           "",
		"not a token":                    "a.b.c",
		"without a signature":            unsigned,
		"signed by another key":          i.token(t, jose.RS256, other, i.claims(nil)),
		"signed with the public key":     i.token(t, jose.HS256, public, i.claims(nil)),
		"signed with another algorithm":  i.token(t, jose.PS256, i.key, i.claims(nil)),
		"claims changed":                 strings.Replace(i.signed(t, nil), ".", ".e30", 1),
		"of another issuer":              i.signed(t, map[string]any{"iss": "https://id.example.com"}),
		"of the issuer with a slash":     i.signed(t, map[string]any{"iss": i.url + "/"}),
		"for another audience":           i.signed(t, map[string]any{"aud": "other"}),
		"for no audience":                i.signed(t, map[string]any{"aud": nil}),
		"for an empty audience":          i.signed(t, map[string]any{"aud": []string{}, "client_id": "curfew"}),
		"without an end":                 i.signed(t, map[string]any{"exp": nil}),
		"ended":                          i.signed(t, map[string]any{"exp": now.Add(-61 * time.Second).Unix()}),
		"not begun":                      i.signed(t, map[string]any{"nbf": now.Add(62 * time.Second).Unix()}),
		"of the future":                  i.signed(t, map[string]any{"iat": now.Add(62 * time.Second).Unix()}),
		"without a subject":              i.signed(t, map[string]any{"sub": nil}),
		"without a name":                 i.signed(t, map[string]any{"preferred_username": nil}),
		"with a name that AWS refuses":   i.signed(t, map[string]any{"preferred_username": "ana b"}),
		"groups that are one text":       i.signed(t, map[string]any{"groups": "engineers leads"}),
		"groups of several, by a comma":  i.signed(t, map[string]any{"groups": []string{"engineers,leads"}}),
		"groups of several, by a space":  i.signed(t, map[string]any{"groups": []string{"engineers leads"}}),
		"groups that look like a list":   i.signed(t, map[string]any{"groups": []string{"[engineers leads]"}}),
		"groups that are not all texts":  i.signed(t, map[string]any{"groups": []any{"engineers", 7}}),
		"methods that are not a list":    i.signed(t, map[string]any{"amr": "mfa"}),
		"longer than any header":         i.signed(t, map[string]any{"more": strings.Repeat("a", 11<<10)}),
		"a subject that is not text":     i.signed(t, map[string]any{"sub": 1}),
		"the issuer in another's casing": i.signed(t, map[string]any{"iss": nil, "Iss": i.url}),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := i.tokens(noon).Verify(t.Context(), token)
			if fault.KindOf(err) != fault.Denied || got.ID != "" {
				t.Errorf("Verify = %+v, %v, want Denied", got, err)
			}
		})
	}
}

// of reads other claims than [issuer.tokens].
func (i *issuer) of(c catalog.Claims) *Tokens {
	t := i.tokens(noon)
	t.settings.Claims = func(context.Context) (catalog.Claims, error) { return c, nil }
	return t
}

func TestClaimsWithinClaimsAreReadByPathAndNamesWithADotAsTheyAre(t *testing.T) {
	i := newIssuer(t)
	token := i.signed(t, map[string]any{
		"realm_access": map[string]any{"roles": []string{"engineers"}}, "realm_access.roles": []string{"operators"},
		"https://id.example.com/groups": "leads", "profile": map[string]any{"name": "ana.b"},
	})
	for _, c := range []struct{ session, groups, name, group string }{
		{"preferred_username", "realm_access roles", "ana", "engineers"},
		{"preferred_username", "realm_access.roles", "ana", "operators"},
		{"preferred_username", "https://id.example.com/groups", "ana", "leads"},
		{"profile name", "realm_access roles", "ana.b", "engineers"},
		{"preferred_username", "realm_access other", "ana", ""},
		{"preferred_username", "absent roles", "ana", ""},
	} {
		got, err := i.of(catalog.Claims{Session: c.session, Groups: c.groups}).Verify(t.Context(), token)
		if err != nil || got.Name != c.name || strings.Join(got.Groups, ",") != c.group {
			t.Errorf("%s: %+v, %v; want %s in %s", c.groups, got, err, c.name, c.group)
		}
	}
}

func TestARefusedTokenSaysWhichClaimAndNotItsValue(t *testing.T) {
	i := newIssuer(t)
	names := map[string]any{"groups": "src1"}
	for want, changed := range map[string]map[string]any{
		"claim preferred_username is missing":     {"preferred_username": nil},
		"claim preferred_username is not":         {"preferred_username": "SECRET b"},
		"claim groups is not a list":              {"groups": map[string]any{"SECRET": 1}},
		"several groups in one string":            {"groups": "engineers SECRET"},
		"claim amr is not":                        {"amr": "SECRET"},
		"claim aud, or client_id":                 {"aud": "SECRET"},
		"claim aud is missing, and claim cli":     {"aud": nil},
		"claim iss is not the issuer":             {"iss": "https://SECRET.example.com"},
		"claim exp: the token has ended":          {"exp": now.Add(-time.Hour).Unix()},
		"claim nbf: the token is not valid":       {"nbf": now.Add(time.Hour).Unix()},
		"claim iat: the token is of the futu":     {"iat": now.Add(time.Hour).Unix()},
		"claim sub is missing":                    {"sub": nil},
		"claim sub has the wrong type":            {"sub": []string{"SECRET"}},
		"claim _claim_names: the issuer left":     {"groups": nil, "_claim_names": names, "_claim_sources": map[string]any{"src1": "SECRET"}},
		"_claim_names: the issuer left out the g": {"_claim_names": names},
		"claim _claim_sources: the issuer":        {"groups": nil, "_claim_sources": map[string]any{"src1": "SECRET"}},
		"claim hasgroups: the issuer left out":    {"groups": nil, "hasgroups": true},
	} {
		_, err := i.tokens(noon).Verify(t.Context(), i.signed(t, changed))
		by := "curfew.token"
		if changed["exp"] != nil || changed["nbf"] != nil || changed["iat"] != nil { // a new token mends it
			by = "curfew.token-time"
		}
		if fault.KindOf(err) != fault.Denied || !slices.Equal(fault.Reasons(err), []string{by}) ||
			!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v, by %v; want %s", err, fault.Reasons(err), want)
		}
	}
	nested := i.of(catalog.Claims{Session: "preferred_username", Groups: "realm_access roles"})
	for _, access := range []any{[]string{"SECRET"}, "SECRET"} {
		if _, err := nested.Verify(t.Context(), i.signed(t, map[string]any{"realm_access": access})); err == nil || !strings.Contains(err.Error(), "claim realm_access is not an object") || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error = %v", err)
		}
	}
}

// "hasgroups" beside null was a person without groups, which policies that forbid by group let pass.
func TestATokenWhoseGroupsAreNullIsRefused(t *testing.T) {
	i := newIssuer(t)
	null := json.RawMessage("null")
	for want, changed := range map[string]map[string]any{
		"claim hasgroups: the issuer left out":    {"groups": null, "hasgroups": true},
		"claim _claim_names: the issuer left":     {"groups": null, "_claim_names": map[string]any{"other": "src1"}},
		"claim groups is null":                    {"groups": null},
		"claim groups has a group with character": {"groups": []any{"a", null}},
	} {
		if _, err := i.tokens(noon).Verify(t.Context(), i.signed(t, changed)); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	nested := i.of(catalog.Claims{Session: "preferred_username", Groups: "realm_access roles"})
	for _, changed := range []map[string]any{{"realm_access": null}, {"realm_access": map[string]any{"roles": null}}} {
		if _, err := nested.Verify(t.Context(), i.signed(t, changed)); fault.KindOf(err) != fault.Denied {
			t.Errorf("%v: %v", changed, err)
		}
	}
}

func TestATokenWithAnotherClaimElsewhereIsAccepted(t *testing.T) {
	i := newIssuer(t)
	got, err := i.tokens(noon).Verify(t.Context(), i.signed(t, map[string]any{"_claim_names": map[string]any{"address": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{}}}))
	if err != nil || len(got.Groups) != 2 {
		t.Errorf("caller = %+v, %v", got, err)
	}
}

// RFC 7519, section 4, allows refusing duplicate claims or using the last. A parser that uses the first sees another
// person.
func TestATokenThatHasAClaimTwiceIsRefused(t *testing.T) {
	i := newIssuer(t)
	claims, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]fault.Kind{
		``:                                 "",
		`,"sub":"0002"`:                    fault.Denied,
		`,"su\u0062":"0002"`:               fault.Denied,
		`,"groups":["operators"]`:          fault.Denied,
		`,"more":{"a":1,"a":2}`:            "",
		`,"name":"cut within a \ud83d..."`: "",
	} {
		signed, err := s.Sign([]byte(strings.TrimSuffix(string(claims), "}") + more + "}"))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := i.tokens(noon).Verify(t.Context(), token); fault.KindOf(err) != want {
			t.Errorf("with %s: Verify = %+v, %v, want kind %v", more, got, err, want)
		}
	}
}

func TestTokenWithNestedClaimsIsRefused(t *testing.T) {
	i := newIssuer(t)
	for depth, want := range map[int]fault.Kind{90: "", 2000: fault.Denied} {
		token := i.signed(t, map[string]any{"more": json.RawMessage(strings.Repeat("[", depth) + strings.Repeat("]", depth))})
		if got, err := i.tokens(noon).Verify(t.Context(), token); fault.KindOf(err) != want || err != nil && !strings.Contains(err.Error(), "nested deeper than 100") {
			t.Errorf("%d lists in each other: %+v, %v; want kind %q", depth, got, err, want)
		}
	}
}

func TestKeysAreKeptForAnHour(t *testing.T) {
	i := newIssuer(t)
	clock := now
	tokens := i.tokens(func() time.Time { return clock })
	verify := func() error {
		_, err := tokens.Verify(t.Context(), i.signed(t, map[string]any{"exp": now.Add(3 * time.Hour).Unix()}))
		return err
	}
	for range 3 {
		if err := verify(); err != nil {
			t.Fatal(err)
		}
	}
	if got := i.fetched.Load(); got != 1 {
		t.Errorf("keys fetched %d times, want once", got)
	}
	clock = now.Add(keysTTL)
	if err := verify(); err != nil || i.fetched.Load() != 2 {
		t.Errorf("an hour later: %v, keys fetched %d times, want twice", err, i.fetched.Load())
	}
	i.down.Store(true)
	if err := verify(); err != nil {
		t.Errorf("while the issuer is down: %v, want the keys that are known", err)
	}
	clock = clock.Add(keysTTL)
	if err := verify(); fault.KindOf(err) != fault.Transient {
		t.Errorf("error = %v, want Transient", err)
	}
}
