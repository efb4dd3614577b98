package main

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"curfew/scripts/local/signin"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// tokens are one bearer token per identity of the catalog, new at every start, and those of people who signed in.
type tokens struct {
	signin  *signin.Provider // nil: only the printed tokens
	all     []signedIn
	callers map[string]identity.Caller
}

type signedIn struct {
	name, token string
	caller      identity.Caller
}

func newTokens(cat *catalog.Catalog, iam *inprocess.IAM) *tokens {
	t := &tokens{callers: map[string]identity.Caller{}}
	for _, p := range cat.People() {
		t.add(p.Name, p.Caller())
	}
	for _, arn := range iam.Principals() {
		called := identity.SessionARN(arn)
		for _, m := range cat.Machines() {
			if identity.MatchARN(m.Principal, called) {
				t.add(m.Name, identity.Caller{
					ID: identity.MachineID(iam.UniqueID(arn)), Kind: identity.Machine, ARN: called, Name: m.Name + "-1", Groups: cat.Groups(called),
				})
			}
		}
	}
	return t
}

func (t *tokens) add(name string, c identity.Caller) {
	i := signedIn{name: name, token: "local-" + rand.Text(), caller: c}
	t.all = append(t.all, i)
	t.callers[i.token] = c
}

// of returns the token of an identity; empty if unknown.
func (t *tokens) of(name string) string {
	for _, i := range t.all {
		if i.name == name {
			return i.token
		}
	}
	return ""
}

// authenticate is the API's authorizer. Tokens are long, random and per process, so the timing of a map lookup reveals
// nothing useful.
func (t *tokens) authenticate(r *http.Request) (identity.Caller, error) {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return identity.Caller{}, fault.Errorf(fault.Denied, "want one Authorization header, got %d", len(all))
	}
	token, ok := strings.CutPrefix(all[0], "Bearer ")
	c, known := t.callers[token]
	switch {
	case ok && !known && t.signin != nil:
		return t.signin.Caller(token)
	case !ok || !known:
		return identity.Caller{}, fault.Errorf(fault.Denied, "unknown token: use one that this rehearsal printed")
	}
	if c.MFA {
		c.MFAAt = record.Instant(time.Now()) // each call with a printed token is a new sign-in
	}
	return c, nil
}
