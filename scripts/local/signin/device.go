package signin

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is a sign-in that a command began and a person confirms in a browser: https://www.rfc-editor.org/rfc/rfc8628
type device struct {
	userCode, issuer, client string
	scopes                   []string
	polled                   time.Time
	every                    time.Duration
	login                    *login // once confirmed
	denied                   bool
}

const (
	pollEvery = 2 * time.Second
	pollMore  = 5 * time.Second // added after a poll that came too early
	// userLetters have no vowels, so that codes are no words, and none that looks like a digit. 20^8 codes.
	userLetters = "BCDFGHJKLMNPQRSTVWXZ"
)

// guesses bounds how many wrong user codes are taken, over all of a minute.
type guesses struct {
	since time.Time
	wrong int
}

const mostWrong = 10

// deviceAuthorization gives a device its two codes.
func (p *Provider) deviceAuthorization(w http.ResponseWriter, r *http.Request) {
	form, bad := clientForm(r)
	scopes := strings.Fields(form.Get("scope"))
	switch {
	case bad != nil:
	case form.Get("client_id") != CLIClient:
		bad = &oauthError{"unauthorized_client", "the device flow is for the command line"}
	case !has(scopes, "openid"):
		bad = &oauthError{"invalid_scope", "scope: openid is missing"}
	}
	if bad != nil {
		writeJSON(w, http.StatusBadRequest, bad)
		return
	}
	now, secret := time.Now(), rand.Text()
	d := &device{userCode: newUserCode(), issuer: issuer(r), client: form.Get("client_id"), scopes: scopes, every: pollEvery}
	p.mu.Lock()
	err := p.devices.put(secret, d, now, now.Add(askFor))
	p.mu.Unlock()
	if err != nil {
		writeJSON(w, http.StatusServiceUnavailable, oauthError{"temporarily_unavailable", err.Error()})
		return
	}
	at := issuer(r) + "/device"
	writeJSON(w, http.StatusOK, map[string]any{
		"device_code": secret, "user_code": d.userCode, "verification_uri": at, "verification_uri_complete": at + "?user_code=" + d.userCode,
		"expires_in": int(askFor.Seconds()), "interval": int(pollEvery.Seconds()),
	})
}

// newUserCode returns eight letters in two groups.
func newUserCode() string {
	var b strings.Builder
	for b.Len() < 9 {
		if b.Len() == 4 {
			b.WriteByte('-')
		}
		var one [1]byte
		rand.Read(one[:])                                                // never fails
		if n := int(one[0]); n < 256/len(userLetters)*len(userLetters) { // each letter as often
			b.WriteByte(userLetters[n%len(userLetters)])
		}
	}
	return b.String()
}

// waiting finds the device of a user code. Case and hyphens do not count. The caller holds the lock.
func (p *Provider) waiting(typed, issuer string, now time.Time) *device {
	if now.Sub(p.guesses.since) > time.Minute {
		p.guesses = guesses{since: now}
	}
	if p.guesses.wrong >= mostWrong {
		return nil
	}
	bare := strings.NewReplacer("-", "", " ", "")
	typed = bare.Replace(strings.ToUpper(typed))
	for _, k := range p.devices {
		d := k.value
		if bare.Replace(d.userCode) == typed && now.Before(k.until) && d.issuer == issuer && d.login == nil && !d.denied {
			return d
		}
	}
	p.guesses.wrong++
	return nil
}

// devicePage asks for the code that a terminal shows, and then who confirms it.
func (p *Provider) devicePage(w http.ResponseWriter, r *http.Request) {
	typed := r.URL.Query().Get("user_code")
	if typed == "" {
		p.show(w, page{Title: "Sign in a terminal"}, "")
		return
	}
	p.mu.Lock()
	d := p.waiting(typed, issuer(r), time.Now())
	p.mu.Unlock()
	if d == nil {
		p.show(w, page{Title: "Sign in a terminal", Wrong: "No terminal waits with this code, or too many wrong codes were tried in this minute."}, "")
		return
	}
	p.show(w, page{Title: "Sign in a terminal", Client: d.client, Action: "device", UserCode: d.userCode, People: p.people}, "")
}

// deviceChosen confirms or refuses a device.
func (p *Provider) deviceChosen(w http.ResponseWriter, r *http.Request) {
	form, ok := ownForm(w, r)
	if !ok {
		return
	}
	person, known := p.person(form.Get("person"))
	now := time.Now()
	p.mu.Lock()
	d := p.waiting(form.Get("user_code"), issuer(r), now)
	switch {
	case d == nil:
	case known:
		d.login = &login{person: person, client: d.client, issuer: d.issuer, scopes: d.scopes, at: now}
	default:
		d.denied = true
	}
	p.mu.Unlock()
	switch {
	case d == nil:
		refuse(w, "No terminal waits with this code.")
	case known:
		p.show(w, page{Title: "Signed in", Done: "You are signed in as " + person.Name + ". Return to the terminal; you may close this page."}, "")
	default:
		p.show(w, page{Title: "Not signed in", Done: "The terminal gets no token. You may close this page."}, "")
	}
}

// byDevice answers the polls of a device.
func (p *Provider) byDevice(form url.Values, issuer string, now time.Time) (issued, *oauthError) {
	name, client := form.Get("device_code"), form.Get("client_id")
	d, ok := p.devices.get(name, now)
	switch {
	case !ok:
		return issued{}, &oauthError{"expired_token", "unknown device code, or it is too old"}
	case d.client != client || d.issuer != issuer:
		return issued{}, invalidGrant("the device code is for another client")
	case d.denied:
		return issued{}, &oauthError{"access_denied", "it was refused on the page"}
	case now.Sub(d.polled) < d.every:
		d.polled, d.every = now, d.every+pollMore
		return issued{}, &oauthError{"slow_down", ""}
	case d.login == nil:
		d.polled = now
		return issued{}, &oauthError{"authorization_pending", ""}
	}
	delete(p.devices, name) // once
	return p.tokens(d.login, now)
}
