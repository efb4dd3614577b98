// Package login signs a person in at an OpenID provider, and keeps their tokens.
//
// The access token is sent to the API and is not read here: see package signin of the rehearsal. The ID token says who signed in,
// and is verified: signature, issuer, audience, nonce. Tokens are bound to one endpoint, issuer and client: [Store] gives them
// for no other.
//
// They are in the system's keyring, or in a file that only its owner may read. A program of the same user can read both: a job
// that curfew run started as this user can too, although it does not get CURFEW_TOKEN. A job that is not trusted needs another user.
package login
