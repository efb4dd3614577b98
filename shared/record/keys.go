package record

// Partition describes partitions with one prefix. IAM sees only the partition key (dynamodb:LeadingKeys), so what only one
// function may write has its own.
type Partition struct {
	Prefix  string // as in dynamodb:LeadingKeys
	Holds   string
	Writers []string // deployed or planned functions; empty: all functions that write
}

// Partitions is complete. Package permissions compares the deployed policies.
func Partitions() []Partition {
	return []Partition{
		{"elevation#*", "terms, the elevation, the tasks that joined it, task tokens, the start of its job", nil},
		{"request#*", "that terms were asked for: their digest, by whom, the execution's input", []string{"api", "trigger"}},
		{"granted#*", "that an elevation was granted, and when: once; which catalog Grant uses", []string{"grant"}},
		{"budget#*", "minutes of an entitlement that were given, by hour and day", []string{"grant"}},
		{"decision#*", "what people decided", []string{"decide"}},
		{"delegation#*", "who decides in the stead of whom, and until when", []string{"decide"}},
		{"canary#*", "whose turn it is, and that a canary was asked for", []string{"reconcile"}},
		{"contained#*", "which principals were contained within the hour, and quarantines", []string{"contain"}},
		{"sweep#*", "how far IAM was surveyed, and silence was judged", []string{"reconcile"}},
		{"baseline#*", "what marked principals may do by themselves, by instant, and which of them a survey saw", []string{"reconcile"}},
		{"suspended", "what is suspended", []string{"api"}},
		{"account#*", "the registry of governed accounts, and the heads of chains of evidence about them", []string{"api"}},
		{"seen", "the directory of callers; decide adds to it too", []string{"api"}},
		{"pending#*", "what keeps the same request from being made twice, and the slots of open requests", nil},
		{"idempotency#*", "requests by their idempotency key", nil},
		{"expiry#*", "the order to end by TTL", nil},
		{"task#*", "what serves a task", nil},
		{"known#*", "the state of a task, and which run of it each trigger served", []string{"trigger"}},
		{"share#*", "the elevation that tasks of one trigger share", nil},
		{"review#*", "reviews, opened with the elevation or at its end; decide takes signed ones off the lists", []string{"api", "decide", "revoke"}},
		{"signature#*", "signatures of reviews and catalogs, and answers to items of campaigns", []string{"decide"}},
		{"catalog", "which catalogs were seen and in force", []string{"reconcile"}},
		{"finding#*", "findings", nil},
		{"caller#*", "the heads of callers' chains of evidence, and how many refusals were counted", nil},
		{"suspension#*", "the heads of chains of evidence about suspensions", nil},

		// Planned, so that no function of today may write them.
		{"campaign#*", "items of campaigns: which privilege stands", []string{"review"}},
		{"link#*", "which account of a chat service a person has", []string{"decide"}},
		{"closing#*", "acknowledged and closed findings", []string{"api"}},
		{"usage#*", "what an elevation's sessions did, and the heads of chains of evidence about it", []string{"correlate", "backfill"}},
		{"session#*", "sessions by CloudTrail", []string{"correlate", "backfill"}},
		{"history#*", "what principals did before, by day, and who changed them", []string{"correlate", "backfill"}},
		{"log#*", "the head of the log, and one row an entry", []string{"archive"}},
	}
}
