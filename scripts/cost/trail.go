package main

import (
	"fmt"
	"io"
	"strings"
)

// What is assumed of CloudTrail's events and files. correlate's requests are its bound; it stores ids with counts.
const (
	routed       = 1_000_000
	batch        = 10    // messages of an invocation
	sqsPerEvent  = 1.2   // one request sends; one receives, and one deletes, a batch
	rowsOfBatch  = 20    // write units: rows of usage and sessions, in transactions
	readsOfBatch = 4     // read units
	storedBytes  = 100   // of an event
	passes       = 8640  // every 5 minutes, 30 days
	days         = 2     // of files, in each pass
	listsOfDay   = 18    // the folders of Regions, then one of each of 17
	digestLooks  = 1440  // every 30 minutes, with as many lists
	digests      = 12240 // one an hour of each of 17 Regions
	logFiles     = 3 * 288 * 30
	passSeconds  = 5
	recorded     = 1000 // days of subjects
	writesOfDay  = 14   // write units, in transactions: two marks; the record of at most 2 KB, its head and its day; its row in the log
	readsOfDay   = 10   // read units: the rows of usage, sessions, heads
	bytesOfDay   = 2500 // with the rows about it
)

// trailBills are those of the routes and of backfill.
func trailBills() (titles []string, bills [][]line) {
	const batches, assumed = routed / batch, "assumed"
	return []string{"of a million routed events", "of a month's backfill, one account", "of a thousand days of use as evidence"}, [][]line{{
		{"EventBridge, events sent to home", routed, eventPrice, "of at most 64 KB; assumed: by one rule each"},
		{"SQS, requests", routed * sqsPerEvent, queuePrice, "one sends; assumed: batches of ten are received and deleted"},
		{"Lambda, requests", batches, invokePrice, "assumed: batches of ten"},
		{"Lambda, GB-seconds", batches * memoryMiB / 1024 * millis / 1000, computePrice, fmt.Sprintf("assumed: %d ms each", millis)},
		{"DynamoDB, write units", batches * rowsOfBatch, writePrice, fmt.Sprintf("assumed: %d of a batch", rowsOfBatch)},
		{"DynamoDB, read units", batches * readsOfBatch, readPrice, fmt.Sprintf("assumed: %d of a batch", readsOfBatch)},
		{"DynamoDB, GB stored for a month", gigabytes(routed * storedBytes), storagePrice, fmt.Sprintf("assumed: %d bytes of an event; with recovery", storedBytes)},
		{"CloudWatch Logs, GB of the services' lines", gigabytes(batches * (platformBytes + 3*eventOverhead)), logPrice, fmt.Sprintf("assumed: %d bytes of an invocation", platformBytes)},
	}, {
		{"S3, lists", (passes + digestLooks) * days * listsOfDay, listPrice, fmt.Sprintf("%d passes over log files and %d over digests, of %d days; assumed: files of 17 Regions", passes, digestLooks, days)},
		{"S3, files read", logFiles + digests, getPrice, "each once; assumed: a log file in 5 minutes from 3 Regions, and a digest an hour from 17"},
		{"Lambda, requests", passes, invokePrice, assumed},
		{"Lambda, GB-seconds", passes * memoryMiB / 1024 * passSeconds, computePrice, fmt.Sprintf("assumed: %d s each", passSeconds)},
	}, {
		{"DynamoDB, write units", recorded * writesOfDay, writePrice, fmt.Sprintf("assumed: %d of an elevation, or of a principal's own policies", writesOfDay)},
		{"DynamoDB, read units", recorded * readsOfDay, readPrice, fmt.Sprintf("assumed: %d", readsOfDay)},
		{"DynamoDB, GB stored for a month", gigabytes(recorded * bytesOfDay), storagePrice, fmt.Sprintf("assumed: %d bytes; with recovery", bytesOfDay)},
	}}
}

// printTrail prints the bills of CloudTrail's events.
func printTrail(out io.Writer) error {
	titles, bills := trailBills()
	var text strings.Builder
	for i, lines := range bills {
		printLines(&text, titles[i], lines)
		fmt.Fprintf(&text, "| **sum** | | | **%s** | |\n\n", dollars(bill{lines: lines}.sum()))
	}
	_, err := io.WriteString(out, text.String())
	return err
}
