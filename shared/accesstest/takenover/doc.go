// Package takenover gives an attacker the roles of one function after the other, as the synthesised stacks have them. What
// their policies allow is done to Curfew in memory, and the rest of Curfew goes on honestly. The test prints the worst outcome of each function.
package takenover
