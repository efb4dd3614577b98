// Command compare-cron compares the catalog's check of cron expressions with the npm package aws-cron-expression-validator, on
// random expressions from a seed, right and nearly right. Only the check is ours: EventBridge Scheduler finds the instants.
//
//	go run ./scripts/compare-cron -n 100000 -seed 1
//
// It needs node, and npm once, to install the package into the cache. It takes some seconds.
package main
