// Command compare-reach compares package reach with the evaluator of iampolicy, on random policies of every layer from a seed.
//
//	go run ./scripts/compare-reach -n 100000 -seed 1
//
// Each case has two principals, and calls. What the evaluator allows must be in the set, in the union, and in the difference if it
// refuses it to the other; a cell that says that it is exact must be. A call that is missing, or too much in an exact cell, is printed,
// and the status is 1. The table says how much the sets have that the evaluator refuses.
package main
