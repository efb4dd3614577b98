// Command compare-asl compares our interpreter of state machines with LocalStack's, which moto ships, on random machines
// from a seed: paths, Parameters, ResultSelector, ResultPath, Choice, Retry and Catch.
//
//	go run ./scripts/compare-asl -n 20000 -seed 1
//
// It needs python3, with moto 5.2.1 or pip to install it into the cache. A thousand cases take some seconds. Both skip the time
// that waits and retries take, so time-outs, heartbeats and tokens are not compared.
package main
