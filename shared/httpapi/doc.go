// Package httpapi is the door: an [http.Handler] over the domain.
//
// It knows no rule. It turns a call into one verb of [access.Service] and the answer into JSON, and it is the only place
// where the kind of an error becomes a status. openapi.json says what it does, is served by it, and is held against it by
// a test.
//
// Who calls is what the [Authenticator] says, and nothing else: no body, header or query of a call names its caller.
//
// What is not understood never reaches the domain: it is answered with a 4xx, stores nothing, and leaves one line in the
// log; what that repeats of what was sent is cut and escaped. What is understood and refused was stored by the domain before it is answered.
// A fault is told to the log and not to the caller.
//
//   - routes.go: the paths, and which function serves which.  - verbs.go: one method a route.
//   - ends.go: ending all of something, suspending it.        - decode.go: strict JSON in.
//   - view.go, says.go: what is shown.                        - problem.go: every failure.
//   - cursor.go: the pages of what is long.                   - door.go: what is around every call.
package httpapi
