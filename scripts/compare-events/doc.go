// Command compare-events compares our matcher of EventBridge patterns with moto's, on random patterns and events from a seed.
//
//	go run ./scripts/compare-events -n 100000 -seed 1
//
// It needs python3, with moto 5.2.1 or pip to install it into the cache. Ten thousand cases take a second or two. moto does not
// look into objects in lists: such an event is asked about once for each choice of elements.
package main
