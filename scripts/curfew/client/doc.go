// Package client calls Curfew's API over HTTP: thin, and nothing of the domain's rules. The shapes are those of package api; the API
// itself is described by the OpenAPI document that it serves.
//
// A call fails with a [*Problem] if the API answered and refused, and with a [*NoAnswerError] if it did not answer. Only
// calls that may be sent twice are tried again: those that read, a request, which carries an idempotency key, and what was
// throttled.
package client
