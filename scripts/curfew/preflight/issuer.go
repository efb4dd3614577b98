package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"curfew/scripts/curfew/doctor"
	"curfew/shared/strictjson"
)

// checkIssuer reads what API Gateway reads when the authorizer is made: a provider that AWS cannot reach fails the deployment. This
// machine may reach one that AWS cannot.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
func (r *round) checkIssuer(ctx context.Context) {
	const check = "issuer"
	if r.Issuer == "" {
		r.add(check, doctor.OK, "jwtIssuer is not set: people cannot call", "")
		return
	}
	do := "check jwtIssuer: it is the text of iss in the tokens, reachable from the Internet"
	var about struct {
		Issuer  string `json:"issuer"`
		KeysURI string `json:"jwks_uri"`
	}
	if err := r.fetch(ctx, strings.TrimSuffix(r.Issuer, "/")+"/.well-known/openid-configuration", &about); err != nil {
		r.add(check, doctor.Wrong, err.Error(), do)
		return
	}
	if about.Issuer != r.Issuer {
		r.addf(check, doctor.Wrong, do, "it calls itself %q, and jwtIssuer is %q: no token would be accepted", about.Issuer, r.Issuer)
		return
	}
	var keys struct {
		Keys []struct{ Kty string } `json:"keys"`
	}
	if err := r.fetch(ctx, about.KeysURI, &keys); err != nil {
		r.add(check, doctor.Wrong, err.Error(), do)
		return
	}
	rsa := 0
	for _, k := range keys.Keys {
		if k.Kty == "RSA" {
			rsa++
		}
	}
	if rsa == 0 {
		r.add(check, doctor.Wrong, "it has no RSA key, the only kind that API Gateway accepts", "have the provider sign with RS256")
		return
	}
	r.addf(check, doctor.OK, "", "reachable from here, with %d RSA keys", rsa)
}

// fetch reads a JSON document over https.
func (r *round) fetch(ctx context.Context, url string, into any) error {
	if !strings.HasPrefix(url, "https://") {
		return fmt.Errorf("%q is no https URL", url)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: r.Transport, Timeout: 10 * time.Second}
	a, err := client.Do(q)
	if err != nil {
		return fmt.Errorf("%s cannot be reached: %w", url, err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, a.Status)
	}
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err == nil {
		err = strictjson.CheckDepth(string(text))
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s is no JSON document: %w", url, err)
	}
	return nil
}
