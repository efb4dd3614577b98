package command

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/sdk"
)

// defaultEndpoint is where scripts/local listens.
const defaultEndpoint = "http://127.0.0.1:8080"

// gatewayHost finds the Region in the host of an API Gateway without a custom domain.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
var gatewayHost = regexp.MustCompile(`^[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// connect makes the client. It sends nothing to the API; AWS credentials are fetched when a call is signed.
func (a *app) connect(ctx context.Context) (*client.Client, error) {
	a.settling.Lock()
	defer a.settling.Unlock()
	if err := a.resolveEndpoint(); err != nil {
		return nil, err
	}
	config := client.Config{Endpoint: a.endpoint, HTTPClient: &http.Client{Transport: a.Transport}}
	base, err := client.ParseEndpoint(a.endpoint)
	if err != nil {
		return nil, usage("%v; --endpoint, CURFEW_ENDPOINT or a context sets it", err)
	}
	if config.Token, err = a.token(ctx); err != nil {
		return nil, err
	}
	if config.Token == "" {
		if config.Signer, err = a.signer(ctx, base.Hostname()); err != nil {
			return nil, err
		}
	}
	return client.New(config)
}

// resolveEndpoint finds the API's address and the context, once. A flag overrides the environment, and the environment
// overrides the context in use. --context is a flag. Credentials of a context go to its own address only.
func (a *app) resolveEndpoint() error {
	if a.isResolved {
		return nil
	}
	contexts, err := a.readContexts()
	if err != nil {
		return err
	}
	name := or(a.contextName, contexts.Current)
	if name != "" {
		found, ok := contexts.Contexts[name]
		if !ok {
			return usage("there is no context %q; curfew context list shows all", name)
		}
		a.context, a.inContext = found, name
	}
	environment := a.Getenv("CURFEW_ENDPOINT")
	if a.contextName != "" { // each context has an address
		environment = ""
	}
	for _, e := range []string{environment, a.context.Endpoint, defaultEndpoint} {
		a.endpoint = or(a.endpoint, e)
	}
	if a.endpoint != a.context.Endpoint {
		a.context, a.inContext = namedContext{}, ""
	}
	a.isResolved = true
	return nil
}

// token returns a person's bearer token; empty: use AWS credentials.
func (a *app) token(ctx context.Context) (string, error) {
	// --context, if it has credentials, overrides the environment.
	if a.contextName == "" || !a.context.hasCredentials() {
		if token := strings.TrimSpace(a.Getenv("CURFEW_TOKEN")); token != "" {
			a.credentialsFrom = "the token in CURFEW_TOKEN"
			return token, checkToken(token, "CURFEW_TOKEN")
		}
	}
	return a.contextToken(ctx)
}

func checkToken(token, from string) error {
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return &failure{Unauthenticated, from + " is no token: it has characters that no token has; set it again"}
	}
	return nil
}

// signer returns a signer with the AWS credentials.
func (a *app) signer(ctx context.Context, host string) (client.Signer, error) {
	config, err := a.awsConfig(ctx)
	if err != nil {
		return nil, err
	}
	region := config.Region
	if m := gatewayHost.FindStringSubmatch(host); m != nil {
		region = m[1]
	}
	if region == "" { // report missing credentials first
		if _, err := config.Retrieve(ctx); err != nil {
			return nil, err
		}
		return nil, &failure{Unauthenticated, "the Region to sign for is not known: set AWS_REGION to that of the API"}
	}
	a.credentialsFrom = "the AWS credentials of " + config.From()
	return sdk.Signer{Config: config, Region: region, Now: a.Now}, nil
}

// awsConfig is the configuration of AWS. Credentials that expire are kept, because the SDK renews them. Others are read
// again for each call: a command may outlast those in the files.
func (a *app) awsConfig(ctx context.Context) (sdk.Config, error) {
	if a.aws != nil {
		if keys, err := a.aws.Retrieve(ctx); err == nil && keys.CanExpire {
			return *a.aws, nil
		}
	}
	s := sdk.Settings{Transport: a.Transport, Region: a.context.Region, Profile: a.context.Profile}
	if a.contextName == "" { // the environment overrides the context in use
		s.Region = when(a.Getenv("AWS_REGION")+a.Getenv("AWS_DEFAULT_REGION") == "", s.Region)
		s.Profile = when(a.Getenv("AWS_PROFILE")+a.Getenv("AWS_ACCESS_KEY_ID")+a.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == "", s.Profile)
	}
	if a.AskTerminal {
		s.AskMFA = a.askMFA
	}
	config, err := sdk.Load(ctx, s)
	if err != nil {
		return config, err
	}
	a.aws = &config
	return config, nil
}

// bounded makes one call, retries included, within --timeout.
func bounded[T any](ctx context.Context, a *app, call func(context.Context, *client.Client) (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	c, err := a.connect(ctx)
	if err != nil {
		return none, err
	}
	return call(ctx, c)
}
