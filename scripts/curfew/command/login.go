package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/login"
)

// loginWithin is how long a login waits for the browser.
const loginWithin = 5 * time.Minute

// loginFlags says where and how to log in.
type loginFlags struct {
	issuer, clientID, audience string
	scopes                     []string
	device, fresh              bool
}

func (a *app) loginCommand() *cobra.Command {
	var f loginFlags
	c := &cobra.Command{
		Use: "login [NAME]", Short: "Log in to an installation, in a browser", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeContext,
		Long: `Log in to an installation: the context NAME, or the one in use.

The browser signs you in at the installation's issuer. The first time, the
installation says which issuer that is, and you confirm it: your token goes to
--endpoint, and to no other address. --issuer with --client-id confirms it
without a question.

Tokens are kept in the system's keyring; without one, in a file below
curfew/tokens in the folder of settings, which only you may read. Programs of
yours can read both. They are renewed on use.

Without a screen, as over SSH, and with --device you type a code in a browser of
any machine. Continue there only if your own terminal shows that code.`,
		Example: `  curfew login
  curfew login prod --endpoint https://curfew.example.com
  curfew login prod --device
  curfew login prod --endpoint https://curfew.example.com \
      --issuer https://id.example.com --client-id curfew-cli`,
	}
	flags := c.Flags()
	flags.StringVar(&f.issuer, "issuer", "", "issuer of the tokens, as in iss (default: what the installation says)")
	flags.StringVar(&f.clientID, "client-id", "", "client of the command line at the issuer")
	flags.StringSliceVar(&f.scopes, "scopes", nil, "scopes to ask for (default: what the installation says)")
	flags.StringVar(&f.audience, "audience", "", "audience to ask for, if the issuer wants one")
	flags.BoolVar(&f.device, "device", false, "type a code in a browser of any machine")
	flags.BoolVar(&f.fresh, "fresh", false, "sign in again, even if the browser remembers you: for approvals that need it")
	return a.command(c, func(ctx context.Context, args []string) error {
		limit := loginWithin
		if c.Flags().Changed("timeout") {
			limit = a.waitLimit(c)
		}
		return a.logIn(ctx, args, f, limit)
	})
}

func (a *app) logIn(ctx context.Context, args []string, f loginFlags, limit time.Duration) error {
	contexts, err := a.readContexts()
	if err != nil {
		return err
	}
	t, err := a.loginTarget(contexts, args, f)
	if err != nil {
		return err
	}
	if t.settings.Issuer == "" {
		if t.settings, err = a.askInstallation(ctx, contexts, t); err != nil {
			return err
		}
	}
	tokens, file, err := a.signIn(ctx, t.settings, f, limit, "")
	if err != nil {
		return err
	}
	contexts.Contexts[t.name], contexts.Current = t.settings, or(contexts.Current, t.name)
	if err := a.writeContexts(contexts); err != nil {
		return err
	}
	a.sayFile(file)
	state := stateOfLogin(tokens, file)
	return a.print(loggedIn{t.name, state}, func(w io.Writer) error {
		fmt.Fprintf(w, "Logged in to %s (%s) as %s.\n", t.name, printable(t.settings.Endpoint), printable(a.loginLine(state)))
		if contexts.Current != t.name {
			fmt.Fprintf(w, "%s is the context in use: curfew context use %s chooses this one.\n", contexts.Current, t.name)
		}
		return nil
	})
}

// loggedIn is the output of a login. It has no token.
type loggedIn struct {
	Context string `json:"context"`
	loginState
}

// sayFile says where tokens are that no keyring took.
func (a *app) sayFile(file string) {
	if file != "" {
		fmt.Fprintf(a.Stderr, "no keyring: the tokens are kept in %s, readable by you alone\n", printable(file))
	}
}

// signIn signs in and keeps the tokens. subject: only this person; empty: anybody.
func (a *app) signIn(ctx context.Context, c namedContext, f loginFlags, limit time.Duration, subject string) (login.Tokens, string, error) {
	none := login.Tokens{}
	issuer, err := login.Discover(ctx, c.loginClient(), a.Transport, a.Now)
	if err != nil {
		return none, "", failLogin(err)
	}
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ask := login.Asking{Endpoint: c.Endpoint, Fresh: f.fresh, Visit: func(address, code string) { a.sayVisit(c.Issuer, address, code, limit) }}
	do := issuer.WithBrowser
	if f.device || !a.HasScreen && issuer.HasDeviceFlow() {
		do = issuer.WithDevice
	}
	tokens, err := do(wait, ask)
	switch {
	case ctx.Err() != nil:
		return none, "", &failure{Interrupted, "interrupted: nothing was changed"}
	case wait.Err() != nil:
		return none, "", &failure{Unavailable, fmt.Sprintf("there was no sign-in within %s: run curfew login again", span(limit))}
	case err != nil:
		return none, "", failLogin(err)
	case subject != "" && tokens.Subject != subject:
		return none, "", &failure{Denied, fmt.Sprintf("signed in as %s, another person than before: nothing was done; curfew login changes the person", tokens.Name)}
	}
	file, err := a.tokenStore().Save(ctx, tokens)
	if err != nil {
		return none, "", &failure{Unexpected, fmt.Sprintf("signed in, but the tokens cannot be kept: %v", err)}
	}
	return tokens, file, nil
}

func (a *app) sayVisit(issuer, address, code string, limit time.Duration) {
	switch {
	case code != "":
		if at := login.HostOf(address); at != login.HostOf(issuer) {
			// A code of another sign-in would log its attacker in: https://www.rfc-editor.org/rfc/rfc8628#section-5.4
			fmt.Fprintf(a.Stderr, "Issuer %s sends you to another host, %s: go on only if you know that its people sign in there.\n", printable(issuer), printable(at))
		}
		fmt.Fprintf(a.Stderr, "Open this address in a browser of any machine, and type the code %s:\n", printable(code))
	case a.OpenBrowser != nil && a.OpenBrowser(address):
		fmt.Fprintf(a.Stderr, "Your browser opens the sign-in of %s. If it does not, open this address:\n", printable(issuer))
	default:
		fmt.Fprintln(a.Stderr, "Open this address in a browser of this machine:")
	}
	fmt.Fprintf(a.Stderr, "\n  %s\n\nWaiting for %s at most; Ctrl-C ends it.\n", printable(address), span(limit))
}

// failLogin is the failure of a login. No text of it has a token.
func failLogin(err error) error {
	if _, ok := errors.AsType[*login.UnreachableError](err); ok {
		return err
	}
	return &failure{Unauthenticated, "not logged in: " + err.Error()}
}

func (a *app) logoutCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "logout [NAME]", Short: "Log out: revoke the tokens, and delete them", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeContext,
		Example: "  curfew logout\n  curfew logout prod",
	}, func(ctx context.Context, args []string) error {
		contexts, err := a.readContexts()
		if err != nil {
			return err
		}
		name := a.loginName(contexts, args)
		c, ok := contexts.Contexts[name]
		if !ok {
			return &failure{NotFound, fmt.Sprintf("there is no context %q; curfew context list shows all", name)}
		}
		return a.logOut(ctx, name, c)
	})
}

// logOut deletes the tokens here even if the issuer cannot be asked to revoke them.
func (a *app) logOut(ctx context.Context, name string, c namedContext) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	store := a.tokenStore()
	tokens, err := store.Load(ctx, c.loginFor())
	if c.Issuer == "" || errors.Is(err, login.ErrNone) {
		if err := store.Delete(ctx, c.loginFor()); err != nil {
			return err
		}
		if err := store.Unread(ctx, c.loginFor()); c.Issuer != "" && err != nil {
			return &failure{Unavailable, fmt.Sprintf("the keyring does not say whether it has tokens of %s: %v; run %q where it is unlocked", name, err, "curfew logout "+name)}
		}
		_, err := fmt.Fprintf(a.Stdout, "You were not logged in to %s.\n", name)
		return err
	}
	var revoked bool
	if err == nil {
		var issuer *login.Issuer
		if issuer, err = login.Discover(ctx, c.loginClient(), a.Transport, a.Now); err == nil {
			revoked, err = issuer.Revoke(ctx, tokens)
		}
	}
	if failed := store.Delete(context.WithoutCancel(ctx), c.loginFor()); failed != nil {
		return &failure{Unexpected, fmt.Sprintf("the tokens of %s cannot be deleted: %v", name, failed)}
	}
	if err != nil {
		return &failure{Unavailable, fmt.Sprintf("the tokens of %s are deleted here, but not revoked: %v; if they may be known to others, ask those who run the issuer", name, err)}
	}
	if !revoked {
		_, err = fmt.Fprintf(a.Stdout, "Logged out of %s: the tokens are deleted. The issuer cannot revoke tokens: the last one ends at %s.\n", name, a.near(tokens.Expiry))
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Logged out of %s: the tokens are revoked and deleted.\n", name)
	return err
}

// reasonStepUp refuses an approval whose approver signed in too long ago.
const reasonStepUp = "curfew.step-up"

// stepUp offers a new sign-in for an approval that was refused for want of one. True: it succeeded.
func (a *app) stepUp(ctx context.Context, refused error) (bool, error) {
	p, ok := errors.AsType[*client.Problem](refused)
	used := a.loginState()
	if !ok || !a.AskTerminal || used == nil || !hasReason(p, reasonStepUp) {
		return false, nil
	}
	fmt.Fprintf(a.Stderr, "%s\nsign in again now? (yes/no) ", printable(p.Error()))
	answer, err := a.ask(ctx)
	if err != nil {
		return false, err
	}
	if answer != "yes" {
		return false, &failure{OtherEnd, "not approved: the answer was not yes, in full; nothing was decided"}
	}
	tokens, file, err := a.signIn(ctx, a.context, loginFlags{fresh: true}, loginWithin, used.Subject)
	if err != nil {
		return false, err
	}
	a.sayFile(file)
	a.settling.Lock()
	defer a.settling.Unlock()
	a.login = tokens
	return true, nil
}
