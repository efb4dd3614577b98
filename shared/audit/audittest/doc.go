// Package audittest makes the log of a year for tests of package audit, and says as plain values what the log says, so that
// a test knows the answers without reading rows.
//
//	facts.go     the values
//	generate.go  a log, day by day      queue.go  the order of its entries
//	world.go     accounts, callers, entitlements
//	life.go      elevations     usage.go  calls     rare.go  everything else
package audittest
