package main

import (
	"crypto/rand"
	"net/http"
	"strings"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/inprocess"
)

// tokens stand for signing in: one bearer token for each identity of the catalog, made anew at every start.
type tokens struct {
	all     []identity
	callers map[string]access.Caller
}

type identity struct {
	name, token string
	caller      access.Caller
}

func newTokens(cat *catalog.Catalog, iam *inprocess.IAM) *tokens {
	t := &tokens{callers: map[string]access.Caller{}}
	for _, p := range cat.People() {
		t.add(p.Name, p.Caller())
	}
	for _, arn := range iam.Principals() {
		for _, m := range cat.Machines() {
			if access.MatchARN(m.Principal, arn) {
				t.add(m.Name, access.Caller{
					ID: access.MachineID(iam.UniqueID(arn)), Kind: access.Machine, ARN: arn, Name: m.Name + "-1", Groups: cat.Groups(arn),
				})
			}
		}
	}
	return t
}

func (t *tokens) add(name string, c access.Caller) {
	i := identity{name: name, token: "local-" + rand.Text(), caller: c}
	t.all = append(t.all, i)
	t.callers[i.token] = c
}

// of is the token of an identity; empty if there is none.
func (t *tokens) of(name string) string {
	for _, i := range t.all {
		if i.name == name {
			return i.token
		}
	}
	return ""
}

// authenticate is the door's authorizer. The tokens are long and random, and live as long as this process: looking one
// up in a map tells nobody anything about another.
func (t *tokens) authenticate(r *http.Request) (access.Caller, error) {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return access.Caller{}, access.Errorf(access.Denied, "want one token, not %d", len(all))
	}
	token, ok := strings.CutPrefix(all[0], "Bearer ")
	c, known := t.callers[token]
	if !ok || !known {
		return access.Caller{}, access.Errorf(access.Denied, "no token of this rehearsal")
	}
	return c, nil
}
