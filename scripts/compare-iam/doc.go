// Command compare-iam compares iampolicy's evaluator with that of the npm package
// @cloud-copilot/iam-simulate, on random cases made from a seed.
//
// The package is installed into a temporary folder each time and runs in a node
// process of its own, fed with JSON lines. Nothing of it is part of this module,
// and no test needs it. The command needs node, npm and the network.
//
//	go run ./scripts/compare-iam -n 20000 -seed 1
//
// It prints how many cases agree, and the first disagreements whole. A
// disagreement is settled from AWS's documentation, not by either program. Those
// settled against the package stand in known.go; they are counted by themselves.
// Any other makes the command exit with status 1.
package main
