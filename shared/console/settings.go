package console

import (
	"encoding/json"
	"net/url"
	"strings"

	"curfew/shared/fault"
)

// Settings are what the page needs to sign people in.
type Settings struct {
	Issuer   string   // of the tokens; an https URL, or http on 127.0.0.1 or localhost. Empty: there is no sign-in
	Audience string   // that the API accepts, in aud, or in client_id of an access token without aud
	Client   string   // the page's client id at the issuer; empty: there is no sign-in
	CLI      string   // the command line's client id, for who installs it; may be empty
	Scopes   []string // that both ask for; empty: openid alone
	Origins  []string // of the issuer's endpoints, where they are not the issuer's origin
	HTTPS    bool     // the page is deployed: browsers must use https from now on
	Inbox    bool     // the server has GET /local/inbox, as a rehearsal does
}

// config is config.json. Anyone may read it: it has no secret.
func (s Settings) config() ([]byte, error) {
	scopes := s.Scopes
	if len(scopes) == 0 {
		scopes = []string{"openid"}
	}
	return json.Marshal(struct {
		Issuer   string   `json:"issuer"`
		Audience string   `json:"audience"`
		Client   string   `json:"console_client"`
		CLI      string   `json:"cli_client"`
		Scopes   []string `json:"scopes"`
		Inbox    bool     `json:"inbox,omitempty"`
	}{s.Issuer, s.Audience, s.Client, s.CLI, scopes, s.Inbox})
}

// origins returns the issuer's origins, which the page may call.
func (s Settings) origins() ([]string, error) {
	var all []string
	for _, text := range append([]string{s.Issuer}, s.Origins...) {
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(u.Host, "; ,'\"*") || !isSafe(u) {
			return nil, fault.Errorf(fault.Invalid, "%q is not an https URL of a sign-in", text)
		}
		all = append(all, u.Scheme+"://"+u.Host)
	}
	return all, nil
}

// isSafe allows http only inside one machine.
func isSafe(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}
