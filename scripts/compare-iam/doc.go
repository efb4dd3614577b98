// Command compare-iam compares iampolicy's evaluator with the npm package @cloud-copilot/iam-simulate, on random
// cases from a seed.
//
//	go run ./scripts/compare-iam -n 100000 -seed 1
//
// It needs node, and npm once, to install the package into the cache: a thousand cases take a second. The package runs in its own
// process and reads JSON lines.
package main
