// Package suspension blocks grants for a principal, a caller, an entitlement or everything, until a person lifts it.
//
//   - scope.go, suspension.go: values and rules
//   - suspend.go, lift.go, change.go: changes; told.go: pages
//   - held.go: what is suspended now
//   - resolve.go, principals.go, callers.go, recent.go, unmatched.go: from names to ids; operators.go: operators
//   - domain.go: dependencies
package suspension
