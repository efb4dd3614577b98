package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/login"
)

// loginState is what may be shown of a login.
type loginState struct {
	Endpoint string    `json:"endpoint"`
	Issuer   string    `json:"issuer"`
	Name     string    `json:"name"`
	Subject  string    `json:"sub"`
	SignedIn time.Time `json:"signed_in"`
	Until    time.Time `json:"until,omitzero"` // of the access token; zero: the issuer does not say
	Renewed  bool      `json:"renewed"`        // on use
	File     string    `json:"file,omitempty"` // that keeps the tokens; empty: the keyring, or it is not known
}

func stateOfLogin(t login.Tokens, file string) loginState {
	return loginState{t.Endpoint, t.Issuer, t.Name, t.Subject, t.SignedIn, t.Expiry, t.Refresh != "", file}
}

// loginState is that of this call; nil: it is not by a login.
func (a *app) loginState() *loginState {
	a.settling.Lock()
	defer a.settling.Unlock()
	if a.login.Access == "" {
		return nil
	}
	s := stateOfLogin(a.login, "")
	return &s
}

// loginLine says who is logged in, and until when, in part of a line.
func (a *app) loginLine(s loginState) string {
	text := s.Name + ", signed in " + distance(s.SignedIn.Sub(a.Now()))
	switch {
	case s.Until.IsZero():
	case s.Renewed:
		text += ", until " + a.near(s.Until) + ", renewed on use"
	default:
		text += ", until " + a.near(s.Until)
	}
	return text
}

// loginText is for the list of contexts.
func (a *app) loginText(ctx context.Context, c namedContext) string {
	t, err := a.tokenStore().Load(ctx, c.loginFor())
	switch {
	case errors.Is(err, login.ErrNone):
		return "not logged in"
	case err != nil:
		return "login that cannot be read: " + err.Error()
	case t.Refresh == "" && !t.Usable(a.Now()):
		return "login of " + t.Name + ", which has ended"
	}
	return "login of " + a.loginLine(stateOfLogin(t, ""))
}

func (c namedContext) loginFor() login.For {
	return login.For{Endpoint: c.Endpoint, Issuer: c.Issuer, ClientID: c.ClientID}
}

func (c namedContext) loginClient() login.Client {
	return login.Client{Issuer: c.Issuer, ID: c.ClientID, Scopes: c.Scopes, Audience: c.Audience}
}

func (a *app) tokenStore() login.Store {
	s := login.Store{Keyring: a.Keyring}
	if a.ConfigHome != "" {
		s.Dir = filepath.Join(a.ConfigHome, "curfew", "tokens")
	}
	return s
}

// loginToken returns the access token of the context's login, renewed if need be. The caller holds the lock.
func (a *app) loginToken(ctx context.Context) (string, error) {
	if !a.login.Usable(a.Now()) {
		var err error
		if a.login, err = a.tokenStore().Load(ctx, a.context.loginFor()); err == nil && !a.login.Usable(a.Now()) {
			err = a.renewLogin(ctx)
		}
		if err != nil {
			a.login = login.Tokens{}
			return "", a.failLoginUse(err)
		}
	}
	a.credentialsFrom = "the login of " + a.login.Name
	return a.login.Access, checkToken(a.login.Access, a.credentialsFrom)
}

// renewLogin renews alone: another command may have done it meanwhile.
func (a *app) renewLogin(ctx context.Context) error {
	store := a.tokenStore()
	unlock, err := store.Lock(ctx, a.context.loginFor())
	if err != nil {
		return err
	}
	defer unlock()
	if a.login, err = store.Load(ctx, a.context.loginFor()); err != nil || a.login.Usable(a.Now()) {
		return err
	}
	if a.login.Refresh == "" {
		return login.ErrEnded
	}
	issuer, err := login.Discover(ctx, a.context.loginClient(), a.Transport, a.Now)
	if err != nil {
		return err
	}
	// From here on an interruption would lose the login: the old refresh token is used, and the new one not kept.
	ctx = context.WithoutCancel(ctx)
	if a.login, err = issuer.Renew(ctx, a.login); err != nil {
		return err
	}
	_, err = store.Save(ctx, a.login)
	return err
}

// failLoginUse says what to do about a login that cannot be used.
func (a *app) failLoginUse(err error) error {
	again := fmt.Sprintf("run %q", "curfew login "+a.inContext)
	switch {
	case errors.Is(err, login.ErrNone):
		return &failure{Unauthenticated, "not logged in: " + again}
	case errors.Is(err, login.ErrEnded):
		return &failure{Unauthenticated, "not logged in: the login has ended: " + again}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	}
	if _, ok := errors.AsType[*login.UnreachableError](err); ok {
		return err
	}
	return &failure{Unauthenticated, fmt.Sprintf("the login cannot be used: %v; %s", err, again)}
}

func hasReason(p *client.Problem, reason string) bool { return slices.Contains(p.Reasons, reason) }
