// Package signin is the identity provider of a rehearsal: OpenID Connect for the people of the catalog, at /signin/. It asks for
// no password, so it must never be deployed: a person who reaches it may sign in as any of them.
//
// It keeps no session and sets no cookie: each authorization shows the people and is a new sign-in, which satisfies max_age
// and prompt=login. Its clients are public: PKCE with S256 is required, and a client has no secret.
//
// # Which token is sent
//
// A client sends the access token, not the ID token, and does not read it. A deployed API takes a JWT whose aud is its
// setting jwtAudience, or whose client_id is if aud is absent (shared/onaws/apigateway). An ID token has the client's id as aud
// (https://openid.net/specs/openid-connect-core-1_0.html#IDToken), so an API with one audience could not take those of two
// clients, the page and the command line. An access token is for the API: RFC 9068 gives it aud, and the claims auth_time and
// amr from which the API takes MFA and its age. Here the access token is opaque, as RFC 6749 allows, and the rehearsal looks
// up what the claims would say.
package signin
