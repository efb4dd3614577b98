// Package correlate stores what CloudTrail's records show: usage, sessions and findings. It uses no AWS SDK.
//
// A record comes by the bus within minutes, or not at all; and in a file, later, for certain. [Service.Deliver] takes
// the first, [Service.Backfill] the second. Both count a record once.
package correlate
