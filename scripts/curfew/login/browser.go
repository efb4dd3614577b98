package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Asking is one login.
type Asking struct {
	Endpoint string // the API that the tokens are for
	Fresh    bool   // sign in again, even if the browser has a session
	// Visit is called once, with the address that the person opens, and the code to type there in the device flow.
	Visit func(address, userCode string)
}

// WithBrowser signs in with a browser on this machine, which leads back to a free port of it.
// https://www.rfc-editor.org/rfc/rfc8252#section-7.3
func (i *Issuer) WithBrowser(ctx context.Context, ask Asking) (Tokens, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Tokens{}, fmt.Errorf("no port of this machine is free for the browser: %w", err)
	}
	oauth := i.oauth
	oauth.RedirectURL = "http://" + l.Addr().String() + "/callback"
	verifier, nonce := oauth2.GenerateVerifier(), rand.Text()
	back := &callback{host: l.Addr().String(), state: rand.Text(), issuer: i.client.Issuer, saysIssuer: i.saysIssuer, got: make(chan answer, 1)}
	server := &http.Server{Handler: back, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }() // it ends with Shutdown
	defer func() {
		// The page is on its way to the browser.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}()
	ask.Visit(oauth.AuthCodeURL(back.state, append(i.options(ask), oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))...), "")
	var got answer
	select {
	case got = <-back.got:
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	}
	if got.err != nil {
		return Tokens{}, got.err
	}
	token, err := oauth.Exchange(i.context(ctx), got.code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Tokens{}, i.refusal("signing in", err)
	}
	return i.receive(ctx, ask.Endpoint, nonce, token)
}

func (i *Issuer) options(ask Asking) (all []oauth2.AuthCodeOption) {
	if i.client.Audience != "" {
		all = append(all, oauth2.SetAuthURLParam("audience", i.client.Audience))
	}
	if ask.Fresh { // some issuers know only one of them
		all = append(all, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"))
	}
	return all
}

// answer is what the browser brought back.
type answer struct {
	code string
	err  error
}

// callback takes the one request that has the state. Any page can make a browser send others: they change nothing.
type callback struct {
	host, state, issuer string
	saysIssuer          bool
	got                 chan answer
	once                sync.Once
}

func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	switch {
	case r.Host != c.host: // a name that resolves to this machine
		c.page(w, http.StatusMisdirectedRequest, "Unknown host.")
	case r.URL.Path != "/callback" || r.Method != http.MethodGet:
		c.page(w, http.StatusNotFound, "There is nothing here.")
	case err != nil || len(q["state"]) != 1 || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1:
		c.page(w, http.StatusBadRequest, "This is not the answer to the login that your terminal began.")
	default:
		said := false
		c.once.Do(func() {
			said = true
			a := c.read(q)
			if a.err != nil {
				c.page(w, http.StatusBadRequest, "You are not logged in: your terminal says why. You may close this page.")
			} else {
				c.page(w, http.StatusOK, "Return to your terminal. You may close this page.")
			}
			c.got <- a
		})
		if !said {
			c.page(w, http.StatusBadRequest, "This login was answered before.")
		}
	}
}

// read takes the answer of the issuer that was asked only: an attacker may lead the browser to another.
func (c *callback) read(q url.Values) answer {
	iss := q["iss"]
	switch {
	case len(iss) > 1 || len(iss) == 1 && iss[0] != c.issuer || len(iss) == 0 && c.saysIssuer:
		return answer{err: errors.New("signing in: the answer in the browser is not of issuer " + c.issuer)}
	case q.Has("error"):
		text := q.Get("error")
		if more := q.Get("error_description"); more != "" {
			text += ": " + more
		}
		return answer{err: fmt.Errorf("signing in: issuer %s refused: %.300s", c.issuer, text)}
	case len(q["code"]) != 1 || q.Get("code") == "":
		return answer{err: errors.New("signing in: the answer in the browser has no code")}
	}
	return answer{code: q.Get("code")}
}

func (c *callback) page(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html>\n<html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>curfew login</title><h1>curfew login</h1><p role=\"status\">%s</p></html>\n", html.EscapeString(text))
}
