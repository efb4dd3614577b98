package main

import "slices"

// readsAccess: there is no Scan, so that nobody reads what he has no key for.
func (s homeRoles) readsAccess(actions ...string) []statement {
	return []statement{{sid: "ReadRecords", actions: actions, resources: []string{s.tableARN("access")}}}
}

// listsAccess is for one index, or all of them (*).
func (s homeRoles) listsAccess(index string) []statement {
	return []statement{{
		sid: "ListRecords", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("access") + "/index/" + index},
	}}
}

func storeWrites() []string {
	return []string{"dynamodb:DeleteItem", "dynamodb:PutItem"}
}

// soleWriter is a partition of the access table, and the functions that alone may write it.
type soleWriter struct {
	partition string
	functions []string
}

// soleWriters are the partitions by which the other functions are bounded: whoever could write them would ask in the name of
// others, decide, lift what is suspended, contain without bound, or keep the sweep from reading IAM. They are those of the table in
// shared/record/keys.go. The directory of callers (seen) has a second writer, decide, which names what it writes one by one.
func soleWriters() []soleWriter {
	return []soleWriter{
		{"request#*", []string{"api", "trigger"}}, {"decision#*", []string{"decide"}}, {"granted#*", []string{"grant"}}, {"suspended", []string{"api"}}, {"seen", []string{"api"}},
		{"contained#*", []string{"contain"}}, {"canary#*", []string{"reconcile"}}, {"sweep#*", []string{"reconcile"}},
		{"signature#*", []string{"decide"}}, {"link#*", []string{"decide"}}, {"closing#*", []string{"api"}}, {"account#*", []string{"api"}},
		{"baseline#*", []string{"reconcile"}}, {"usage#*", nil}, {"session#*", nil}, {"history#*", nil}, {"log#*", nil},
	}
}

// writesAccess is everything but what others alone write: partitions are the finest that IAM can tell apart. A function's own
// are put over and never removed: a suspension that is lifted stays, and says so.
func (s homeRoles) writesAccess(function string) []statement {
	all := []statement{{
		sid: "WriteRecords", actions: storeWrites(), resources: []string{s.tableARN("access")},
		when: conditions{"Null": {"dynamodb:LeadingKeys": {"false"}}},
	}, s.neverOthers(function)}
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

// neverOthers keeps a function off the partitions that another alone writes.
func (s homeRoles) neverOthers(function string) statement {
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

// anyIn are requests that name a key in one of these partitions. It says ForAnyValue, because a Deny must hit a request that
// names even one; a request that names none, for which it would be false, is not allowed in the first place.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func anyIn(partitions ...string) conditions {
	return conditions{"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": partitions}}
}

// onlyIn are requests that name keys, and none outside of these partitions. ForAllValues is true of a request without
// keys, so Null demands them.
func onlyIn(partitions ...string) conditions {
	return conditions{
		"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions},
		"Null":                    {"dynamodb:LeadingKeys": {"false"}},
	}
}

// decides holds the only statement that lets anybody write decision#…; none lets anybody remove one. What else a decision
// moves lies in the partitions named here.
func (s homeRoles) decides() []statement {
	return []statement{
		{
			sid: "PutDecisions", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
			when: onlyIn("decision#*", "elevation#*", "caller#*", "seen"),
		},
		{
			sid: "FreePending", actions: []string{"dynamodb:DeleteItem"}, resources: []string{s.tableARN("access")},
			when: onlyIn("pending#*"),
		},
	}
}

// notesContainments is what contain stores: what became of an elevation, how many it contained in this hour, and what it
// found. It can remove none of that, and nobody's expiry, suspension or review.
func (s homeRoles) notesContainments() []statement {
	return []statement{{
		sid: "NoteContainments", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("access")},
		when: onlyIn("elevation#*", "contained#*", "finding#*"),
	}, s.neverOthers("contain")}
}

// appendsEvidence can add and cannot take away. That nothing is put over what is there is the condition in each call of
// ours, and a MODIFY in the table's stream is a finding.
func (s homeRoles) appendsEvidence() []statement {
	return []statement{{sid: "AppendEvidence", actions: []string{"dynamodb:PutItem"}, resources: []string{s.tableARN("audit")}}}
}

func (s homeRoles) readsEvidence() []statement {
	return []statement{{sid: "ReadEvidence", actions: []string{"dynamodb:Query"}, resources: []string{s.tableARN("audit")}}}
}

func (s homeRoles) readsStream() []statement {
	return []statement{{
		sid: "ReadStream", actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		resources: []string{s.tableARN("access") + "/stream/*"},
	}, {
		// It takes no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
		sid: "FindStream", actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"},
	}}
}
