// Package api has the operations of Curfew in one table, and the types of their inputs and answers. Package httpapi serves
// the table over HTTP; the command line uses the types; other servers call operations by name with JSON.
//
// [Operation.Call] reads its input strictly. The caller is never part of it. openapi.json in package httpapi describes every
// type; tests compare them.
//
//   - caller.go, elevation.go, detail.go, entitlement.go, scope.go, request.go: types; says.go: hints for approvers;
//     verify.go: what a reader checks without trusting the API.
//   - problem.go: failures. input.go: strict JSON. cursor.go: pages.
//   - act.go, list.go, trial.go, endall.go: operations. finding.go: findings. audit.go, could.go: evidence. operation.go, table.go: the table.
package api
