package console

import (
	"encoding/json"
	"net/url"
	"strings"

	"curfew/shared/fault"
)

type Settings struct {
	Issuer   string   // https, or http on this machine. Empty: no sign-in
	Audience string   // aud of tokens, or client_id without aud
	Client   string   // the page's client id; empty: no sign-in
	CLI      string   // the command line's; may be empty
	Scopes   []string // default: openid
	Origins  []string // of endpoints elsewhere
	HTTPS    bool     // HSTS
	Inbox    bool     // the server has /local/inbox
}

// config is config.json, which has no secret.
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

// isSafe allows http inside one machine.
func isSafe(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}
