package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/login"
	"curfew/shared/strictjson"
)

// target is what a login is for.
type target struct {
	name     string
	settings namedContext // without an issuer: the installation must say it
}

// defaultName is the context of a login that names none.
const defaultName = "default"

// loginName is the context that is meant: the argument, --context, or the one in use.
func (a *app) loginName(contexts contextFile, args []string) string {
	return or(or(strings.Join(args, ""), a.contextName), or(contexts.Current, defaultName))
}

// loginTarget finds the context, or makes one.
func (a *app) loginTarget(contexts contextFile, args []string, f loginFlags) (target, error) {
	t := target{name: a.loginName(contexts, args)}
	saved, exists := contexts.Contexts[t.name]
	t.settings = saved
	switch {
	case a.ConfigHome == "":
		return t, usage("there is no place for contexts: set XDG_CONFIG_HOME or HOME")
	case len(args) > 0 && a.contextName != "" && args[0] != a.contextName:
		return t, usage("want one of NAME and --context")
	case (f.issuer == "") != (f.clientID == ""):
		return t, usage("want both of --issuer and --client-id, or neither")
	case f.issuer == "" && saved.Issuer == "" && (len(f.scopes) > 0 || f.audience != ""):
		return t, usage("--scopes and --audience: want --issuer and --client-id too")
	case saved.TokenEnv != "" || len(saved.TokenCommand) > 0:
		return t, usage("context %q has a %s, so there is nothing to log in to: choose another NAME", t.name, a.credentialsText(context.Background(), saved))
	case exists && a.endpoint != "" && a.endpoint != saved.Endpoint:
		return t, usage("context %q is %s: choose another NAME for %s", t.name, saved.Endpoint, a.endpoint)
	case !exists:
		t.settings.Endpoint = or(or(a.endpoint, a.Getenv("CURFEW_ENDPOINT")), defaultEndpoint)
	}
	if _, err := client.ParseEndpoint(t.settings.Endpoint); err != nil {
		return t, usage("--endpoint: %v", err)
	}
	if f.issuer != "" {
		if f.issuer != saved.Issuer || f.clientID != saved.ClientID {
			if err := a.checkNoTokens(t.name, saved); err != nil {
				return t, err
			}
		}
		t.settings.Issuer, t.settings.ClientID, t.settings.Scopes, t.settings.Audience = f.issuer, f.clientID, nil, ""
	}
	if len(f.scopes) > 0 {
		t.settings.Scopes = f.scopes
	}
	t.settings.Audience = or(f.audience, t.settings.Audience)
	return t, nil
}

// checkNoTokens refuses to replace a login: no logout would find its tokens any more.
func (a *app) checkNoTokens(name string, saved namedContext) error {
	if saved.Issuer == "" {
		return nil
	}
	if _, err := a.tokenStore().Load(context.Background(), saved.loginFor()); errors.Is(err, login.ErrNone) {
		return nil
	}
	return usage("context %q is logged in, and its tokens would be left behind: run %q first", name, "curfew logout "+name)
}

// installation is what console/config.json says of an installation's logins. Anybody may have written it.
type installation struct {
	Issuer   string   `json:"issuer"`
	Audience string   `json:"audience"`
	ClientID string   `json:"cli_client"`
	Scopes   []string `json:"scopes"`
}

// plain is the text of client ids, audiences and scopes: https://www.rfc-editor.org/rfc/rfc6749#appendix-A
var plain = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,256}$`)

func (i installation) check() error {
	if err := login.SafeURL(i.Issuer); err != nil || !plain.MatchString(i.Issuer) {
		return errors.New("its issuer is not an https URL")
	}
	if !plain.MatchString(i.ClientID) || i.Audience != "" && !plain.MatchString(i.Audience) || len(i.Scopes) > 20 {
		return errors.New("its client, audience or scopes are none")
	}
	for _, s := range i.Scopes {
		if !plain.MatchString(s) {
			return errors.New("its scopes are none")
		}
	}
	return nil
}

// askInstallation reads what the installation says, and lets the person confirm it: the token of their issuer goes to it.
func (a *app) askInstallation(ctx context.Context, contexts contextFile, t target) (namedContext, error) {
	next, own := t.settings, fmt.Sprintf("give --issuer and --client-id, or a token in CURFEW_TOKEN: those who run %s know them", t.settings.Endpoint)
	said, err := a.readInstallation(ctx, next.Endpoint)
	if err != nil {
		return next, &failure{Unavailable, fmt.Sprintf("%s does not say how its people log in: %v; %s", next.Endpoint, err, own)}
	}
	if said.Issuer == "" || said.ClientID == "" {
		return next, &failure{Unavailable, fmt.Sprintf("%s names no client for the command line: %s", next.Endpoint, own)}
	}
	if err := said.check(); err != nil {
		return next, &failure{Unexpected, fmt.Sprintf("what %s says about logins is refused: %v", next.Endpoint, err)}
	}
	next.Issuer, next.ClientID, next.Scopes, next.Audience = said.Issuer, said.ClientID, said.Scopes, said.Audience
	switch {
	case login.Loopback(next.Issuer) && !login.Loopback(next.Endpoint):
		return next, &failure{Denied, fmt.Sprintf("%s names an issuer of this machine, %s: refused", next.Endpoint, next.Issuer)}
	case login.Loopback(next.Issuer) && strings.HasPrefix(next.Issuer, strings.TrimSuffix(next.Endpoint, "/")+"/"):
		return next, nil // a rehearsal is its own issuer: no other API takes its tokens
	}
	for _, name := range slices.Sorted(maps.Keys(contexts.Contexts)) {
		c := contexts.Contexts[name]
		if c.Issuer == next.Issuer && c.Endpoint != next.Endpoint { // another client, audience or scope can give a token that the other API takes too
			return next, &failure{Denied, fmt.Sprintf("%s names the issuer of context %s, %s: a login could give it a token that %s takes. If you trust it with that, give --issuer, --client-id, --audience and --scopes",
				next.Endpoint, name, next.Issuer, c.Endpoint)}
		}
	}
	return next, a.confirmIssuer(ctx, next)
}

func (a *app) confirmIssuer(ctx context.Context, c namedContext) error {
	if !a.AskTerminal {
		return usage("login: %s says that its issuer is %s, with client %s, and there is no terminal to confirm it on: give --issuer and --client-id", c.Endpoint, c.Issuer, c.ClientID)
	}
	fmt.Fprintf(a.Stderr, "%s says that its people log in here:\n", printable(c.Endpoint))
	if err := facts(a.Stderr, "  ", "issuer", c.Issuer, "client", c.ClientID, "audience", c.Audience, "scopes", strings.Join(c.Scopes, ", ")); err != nil {
		return err
	}
	fmt.Fprintf(a.Stderr, "Your token will be sent to %s. Are these the installation and the issuer that you expect? (yes/no) ", printable(c.Endpoint))
	answer, err := a.ask(ctx)
	if err != nil {
		return &failure{Interrupted, "interrupted: nothing was changed"}
	}
	if answer != "yes" {
		return &failure{OtherEnd, "not logged in: the answer was not yes, in full"}
	}
	return nil
}

// readInstallation reads console/config.json, without credentials.
func (a *app) readInstallation(ctx context.Context, endpoint string) (said installation, err error) {
	base, err := client.ParseEndpoint(endpoint)
	if err != nil {
		return said, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	at := base.JoinPath("console", "config.json")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return said, err
	}
	h := http.Client{Transport: a.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := h.Do(r)
	if err != nil {
		return said, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return said, fmt.Errorf("%s answers %s", at, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil {
		err = strictjson.CheckDepth(string(text))
	}
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil {
		return said, fmt.Errorf("%s is no JSON document", at)
	}
	return said, nil
}
