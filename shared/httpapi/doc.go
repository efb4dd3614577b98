// Package httpapi maps HTTP to the operations of package api: an [http.Handler].
//
// It knows no rule. It puts the input of an operation together from a call, and writes its answer; it is the only place where the
// kind of an error becomes a status. openapi.json says what it does, is served by it, and is held against it by a test.
//
// Who calls is what the [Authenticator] says, and nothing else: no body, header or query of a call names its caller.
//
// What is not understood never reaches the domain: it is answered with a 4xx, stores nothing, and leaves one line in the
// log; what that repeats of what was sent is cut and escaped. What is understood and refused was stored by the domain before it is answered.
// A fault is told to the log and not to the caller.
//
//   - routes.go: the paths, and which operation each calls.  - input.go: an operation's input, out of a call.
//   - problem.go: every failure.                             - door.go: what is around every call.
package httpapi
