// Command compare-iam compares iampolicy's evaluator with the npm package @cloud-copilot/iam-simulate, on random
// cases from a seed.
//
//	go run ./scripts/compare-iam -n 20000 -seed 1
//
// It installs the package into a temporary folder and runs it in a node process, fed with JSON lines. It needs node,
// npm and the network. This module and its tests do not use the package.
//
// It prints how many cases agree, and the first disagreements in full. AWS's documents decide a disagreement, not
// either program. Known errors of the package are in known.go and are counted separately. Any other disagreement
// exits with status 1.
package main
