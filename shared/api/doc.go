// Package api is what callers may do with Curfew, without the way in which a call arrives: the operations in one table, and the
// shapes of what they take and answer. Package httpapi serves the table over HTTP, the command line reads the same shapes, and
// any other way in (a server for agents, a console) calls the same operations by name with JSON.
//
// An operation is a function of a service, a caller and an input. [Operation.Call] is the same with the input as JSON, read
// strictly: what is unclear is an error with every mistake. Who calls is never part of an input.
//
// openapi.json in package httpapi describes every shape; a test holds the Go types against it, member by member.
//
// From the bottom:
//
//   - caller.go, elevation.go, detail.go, entitlement.go, scope.go, request.go: the shapes. says.go: what an approver is told.
//     verify.go: what a reader checks of a detail, without relying on who sent it.
//   - problem.go: what a failed call says to its caller.
//   - input.go: strict JSON in. cursor.go: the pages of what is long.
//   - list.go, act.go, endall.go: the operations. operation.go: what the table says of one. table.go: the table.
package api
