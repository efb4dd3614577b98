package command

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"curfew/scripts/curfew/awsauth"
	"curfew/scripts/curfew/client"
)

// defaultEndpoint is where scripts/local listens.
const defaultEndpoint = "http://127.0.0.1:8080"

// gatewayHost tells the region of an API Gateway without a domain of its own: no other can have signed for it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
var gatewayHost = regexp.MustCompile(`^[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// connect makes the client of this run. Nothing is sent.
func (a *app) connect() (*client.Client, error) {
	for _, e := range []string{a.Getenv("CURFEW_ENDPOINT"), defaultEndpoint} {
		if a.endpoint == "" {
			a.endpoint = e
		}
	}
	config := client.Config{Endpoint: a.endpoint, HTTPClient: &http.Client{Transport: a.Transport}}
	base, err := client.ParseEndpoint(a.endpoint)
	if err != nil {
		return nil, usage("%v; --endpoint or CURFEW_ENDPOINT sets it", err)
	}
	if config.Token = strings.TrimSpace(a.Getenv("CURFEW_TOKEN")); config.Token != "" {
		a.how = "the token in CURFEW_TOKEN"
		if strings.ContainsFunc(config.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, &failure{Unauthenticated, "CURFEW_TOKEN is not a token: it has characters that none has; set it anew"}
		}
		return client.New(config)
	}
	if config.Signer, err = a.signer(base.Hostname()); err != nil {
		return nil, err
	}
	return client.New(config)
}

// signer signs with the AWS credentials there are.
func (a *app) signer(host string) (client.Signer, error) {
	found, err := awsauth.Source{Getenv: a.Getenv, ReadFile: a.ReadFile, Home: a.Home}.Find()
	if errors.Is(err, awsauth.ErrNone) {
		return nil, &failure{Unauthenticated, "there is nothing to say who calls: set CURFEW_TOKEN (a person; scripts/local prints one for each identity), or AWS credentials (a machine)"}
	}
	if err != nil {
		return nil, &failure{Unauthenticated, err.Error()}
	}
	if m := gatewayHost.FindStringSubmatch(host); m != nil {
		found.Region = m[1]
	}
	if found.Region == "" {
		return nil, &failure{Unauthenticated, "the region to sign for is not known: set AWS_REGION to that of the API"}
	}
	a.how = "the AWS credentials of " + found.From
	return awsauth.Signer{Credentials: found.Credentials, Region: found.Region, Service: "execute-api", Now: a.Now}, nil
}

// bounded makes one call, repeats included, within --timeout.
func bounded[T any](ctx context.Context, a *app, call func(context.Context, *client.Client) (T, error)) (T, error) {
	var none T
	c, err := a.connect()
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	return call(ctx, c)
}
