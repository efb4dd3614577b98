// Package httpapi serves the operations of package api over HTTP.
//
// It has no rules. It builds an operation's input from a call, writes the answer, and alone maps errors to statuses. A test
// compares it with openapi.json, which it serves. Only the [Authenticator] says who calls.
//
// A call that is not understood gets a 4xx, stores nothing and leaves one log line, with its text cut and escaped. The domain
// stores a refusal before it is answered. Faults go to the log only.
package httpapi
