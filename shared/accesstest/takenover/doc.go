// Package takenover gives an attacker the roles of one function after the other, as the synthesised stacks have them. What
// their policies allow is done to Curfew in memory, and the rest of Curfew goes on honestly. The test prints the worst outcome of each function.
//
//   - attacker_test.go: what roles allow.      - world_test.go: the honest world.   - outcome_test.go: what came of a move.
//   - rows_test.go, iam_test.go, calls_test.go: the moves.                           - takenover_test.go: the table, and that no power is left out.
package takenover
