// Package suspension keeps what is suspended: a principal, a caller, an entitlement or everything, for which nothing is granted until
// a person lifts it.
//
//   - scope.go: what is meant; suspension.go: how long one is in effect, and who confirms it.
//   - suspend.go, lift.go: the verbs; change.go: how a row is changed, with its evidence; told.go: what people are told.
//   - held.go: whether something is suspended now.
//   - resolve.go, principals.go, callers.go, recent.go, unmatched.go: what a scope means, by names and by the directory of callers;
//     operators.go: who counts as an operator.
//
// What it needs of the rest of the domain stands in domain.go.
package suspension
