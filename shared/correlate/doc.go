// Package correlate stores what CloudTrail's records show: usage and sessions. It uses no AWS SDK.
//
// A record comes by the bus within minutes, or never; in a file later, but certainly. Each route counts on its own.
// [ReadUsage] takes an hour from the bus until all its files were applied.
//
//	service.go, deliver.go, backfill.go   the two routes
//	applied.go, settled.go, digests.go    which files were applied, and whether CloudTrail signed them
//	rights.go                             grants and own policies of the principals in a batch
//	count.go, tally.go                    exactly-once counts
//	session.go                            who opened a session
//	watch.go, history.go, addresses.go    detections: what they are asked, what they remember
//	answer.go                             what Curfew does about a hit
//	foreign.go                            changes of marked principals by others
//	region.go                             use of Regions that are not governed
//	heartbeat.go, silence.go              a route that brings nothing; calls that did not come
//	own.go, explain.go                    what is Curfew's own, and which of its calls a record explains
//	usage.go                              what is read back
//	mark.go, recorder.go, daily.go        settled days as evidence
package correlate
