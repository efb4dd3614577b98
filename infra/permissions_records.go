package main

import "slices"

// allowReadAccess has no Scan: a reader needs the key.
func (s homeRoles) allowReadAccess(actions ...string) []statement {
	return []statement{{sid: "ReadRecords", actions: actions, resources: []string{s.tableARN("access")}}}
}

// allowListAccess is for one index, or all of them (*).
func (s homeRoles) allowListAccess(index string) []statement {
	return []statement{{
		sid: "ListRecords", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("access") + "/index/" + index},
	}}
}

func storeWrites() []string {
	return []string{"dynamodb:DeleteItem", "dynamodb:PutItem"}
}

// deleters: revoke removes expiry records of what ended, trigger removes tasks that left a shared elevation.
func deleters() []string { return []string{"revoke", "trigger"} }

type soleWriter struct {
	partition string
	functions []string
}

// soleWriters bound the other functions: a writer of these partitions could request for others, decide, sign or hide a review, lift a
// suspension, contain without limit, hide a catalog, or stop the sweep's IAM reads. See shared/record/keys.go. decide also writes the
// directory of callers (seen), key by key.
func soleWriters() []soleWriter {
	correlators := []string{"correlate", "backfill"}
	return []soleWriter{
		{"request#*", []string{"api", "trigger"}}, {"decision#*", []string{"decide"}}, {"delegation#*", []string{"decide"}}, {"granted#*", []string{"grant"}}, {"budget#*", []string{"grant"}}, {"known#*", []string{"trigger"}}, {"suspended", []string{"api"}}, {"seen", []string{"api"}},
		{"review#*", []string{"api", "decide", "revoke"}}, {"contained#*", []string{"contain"}}, {"canary#*", []string{"reconcile"}}, {"catalog", []string{"reconcile"}}, {"sweep#*", []string{"reconcile"}},
		{"signature#*", []string{"decide"}}, {"link#*", []string{"decide"}}, {"closing#*", []string{"api"}}, {"account#*", []string{"api"}},
		{"baseline#*", []string{"reconcile"}}, {"campaign#*", []string{"review"}}, {"usage#*", correlators}, {"session#*", correlators}, {"history#*", correlators}, {"log#*", []string{"archive"}},
	}
}

// allowWriteAccess: IAM separates no finer than partitions. A function that deletes cannot delete from its own.
func (s homeRoles) allowWriteAccess(function string) []statement {
	write := statement{
		sid: "WriteRecords", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: conditions{"Null": {"dynamodb:LeadingKeys": {"false"}}},
	}
	if !slices.Contains(deleters(), function) {
		return []statement{write, s.denyOtherPartitions(function)}
	}
	write.actions = storeWrites()
	all := []statement{write, s.denyOtherPartitions(function)}
	var own []string
	for _, p := range soleWriters() {
		if slices.Contains(p.functions, function) {
			own = append(own, p.partition)
		}
	}
	if own == nil {
		return all
	}
	return append(all, statement{
		sid: "NeverRemove", effect: deny, actions: []string{"dynamodb:DeleteItem"}, resources: []string{s.tableARN("access")}, when: anyIn(own...),
	})
}

func (s homeRoles) denyOtherPartitions(function string) statement {
	var others []string
	for _, p := range soleWriters() {
		if !slices.Contains(p.functions, function) {
			others = append(others, p.partition)
		}
	}
	return statement{
		sid: "NeverOthers", effect: deny, actions: append(storeWrites(), "dynamodb:UpdateItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"),
		resources: []string{s.tableARN("access")}, when: anyIn(others...),
	}
}

// anyIn uses ForAnyValue: a Deny must match even one such key. No Allow matches a request without keys.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func anyIn(partitions ...string) conditions {
	return conditions{"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": partitions}}
}

// partitionCondition: ForAllValues is true without keys, so Null requires them.
func partitionCondition(partitions ...string) conditions {
	return conditions{
		"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions},
		"Null":                    {"dynamodb:LeadingKeys": {"false"}},
	}
}

// allowDecide alone may write decision#…, delegation#… and signature#…; no statement allows deleting one.
func (s homeRoles) allowDecide() []statement {
	return []statement{
		{
			sid: "PutDecisions", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
			when: partitionCondition("decision#*", "delegation#*", "signature#*", "review#*", "elevation#*", "caller#*", "seen"),
		},
	}
}

// allowRecordContainments cannot delete, and cannot touch an expiry, suspension or review.
func (s homeRoles) allowRecordContainments() []statement {
	return []statement{{
		sid: "NoteContainments", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: partitionCondition("elevation#*", "contained#*", "finding#*"),
	}, s.denyOtherPartitions("contain")}
}

// allowRecordUsage cannot delete, and cannot touch an elevation.
func (s homeRoles) allowRecordUsage(function string) []statement {
	return []statement{{
		sid: "NoteUsage", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: partitionCondition("usage#*", "session#*", "history#*", "finding#*"),
	}, s.denyOtherPartitions(function)}
}

// reviewer is review.
type reviewer Settings

// allowReview cannot delete, and cannot touch an elevation or an answer.
func (s reviewer) allowReview() []statement {
	return []statement{{
		sid: "NoteReviews", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: partitionCondition("campaign#*", "finding#*"),
	}, homeRoles(s).denyOtherPartitions("review")}
}

// allowAppendEvidence cannot delete. A condition in each call prevents an overwrite; a MODIFY in the table's stream is
// a finding.
func (s homeRoles) allowAppendEvidence() []statement {
	return []statement{{sid: "AppendEvidence", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("audit")}}}
}

func (s homeRoles) allowReadEvidence() []statement {
	return []statement{{sid: "ReadEvidence", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("audit")}}}
}

func (s homeRoles) allowReadStream(tables ...string) []statement {
	var streams []string
	for _, t := range tables {
		streams = append(streams, s.tableARN(t)+"/stream/*")
	}
	return []statement{{
		sid: "ReadStream", actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		resources: streams,
	}, {
		// Takes no resource.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
		sid: "FindStream", actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"},
	}}
}
