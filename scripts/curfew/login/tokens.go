package login

import "time"

// For is what tokens are for.
type For struct {
	Endpoint string `json:"endpoint"` // the only address that they are sent to
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
}

// Tokens are those of one login. They print as their person.
type Tokens struct {
	For
	Access  string    `json:"access_token"`
	Refresh string    `json:"refresh_token,omitempty"` // empty: a new login follows the end of Access
	Expiry  time.Time `json:"expiry,omitzero"`         // of Access; zero: the issuer does not say

	Subject  string    `json:"sub"`
	Name     string    `json:"name"`
	SignedIn time.Time `json:"signed_in"` // auth_time, or when the login came back
}

// early is how long before its end an access token is renewed: a call takes time.
const early = 30 * time.Second

// Usable reports whether the access token can be sent.
func (t Tokens) Usable(now time.Time) bool {
	return t.Access != "" && (t.Expiry.IsZero() || now.Add(early).Before(t.Expiry))
}

// String hides the tokens from formatted output.
func (t Tokens) String() string { return "tokens of " + t.Name }

// GoString hides the tokens from formatted output.
func (t Tokens) GoString() string { return t.String() }
