package signin

import (
	"crypto/rand"
	"time"

	"curfew/shared/catalog"
)

const (
	codeFor    = 60 * time.Second
	accessFor  = 5 * time.Minute
	refreshFor = 12 * time.Hour
	askFor     = 10 * time.Minute // how long a page or a device waits for a person
)

// login is one sign-in, and what all its tokens share.
type login struct {
	person catalog.Person
	client string
	issuer string
	scopes []string
	nonce  string // empty in the device flow
	at     time.Time
	ended  bool // revoked, or a code or refresh token came twice
}

// code is an authorization code.
type code struct {
	login               *login
	redirect, challenge string
	used                bool
	until               time.Time
}

// refresh is a refresh token: each is used once.
type refresh struct {
	login *login
	used  bool
}

// issued are the tokens of one answer.
type issued struct {
	login           *login
	access, refresh string
}

// issue makes tokens of a login.
func (p *Provider) issue(l *login, now time.Time) (issued, error) {
	t := issued{login: l, access: "local-" + rand.Text()}
	if err := p.access.put(t.access, l, now, now.Add(accessFor)); err != nil {
		return t, err
	}
	if has(l.scopes, "offline_access") {
		t.refresh = "refresh-" + rand.Text()
		if err := p.refresh.put(t.refresh, &refresh{login: l}, now, l.at.Add(refreshFor)); err != nil {
			return t, err
		}
	}
	return t, nil
}
