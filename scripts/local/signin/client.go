package signin

import (
	"net/url"
	"regexp"
	"strconv"
)

// The clients. Both are public: anybody may name them, so a code goes only to the address that is registered here.
const (
	CLIClient     = "curfew-cli"     // http://127.0.0.1:PORT/callback, and the device flow
	ConsoleClient = "curfew-console" // the rehearsal's origin and /
)

// loopback is the address of the command line, whose port is free to choose: https://www.rfc-editor.org/rfc/rfc8252#section-7.3
var loopback = regexp.MustCompile(`^http://127\.0\.0\.1:([1-9][0-9]{0,4})/callback$`)

// redirects reports whether codes of the client may go to the address.
func redirects(client, origin, to string) bool {
	switch client {
	case ConsoleClient:
		return to == origin+"/"
	case CLIClient:
		m := loopback.FindStringSubmatch(to)
		if m == nil {
			return false
		}
		port, err := strconv.ParseUint(m[1], 10, 16)
		return err == nil && port > 0
	}
	return false
}

// originOf is for a page's form-action: browsers check the redirect that answers a form too.
func originOf(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
