package main

// storing are the mutants of how records are kept, and of the ports on AWS.
func storing() []mutant {
	const service = "shared/access/service.go"
	return []mutant{{
		name:  "store: compare and swap",
		takes: "an elevation is swapped only if it is as it was read",
		file:  service,
		old:   `swap := Change{If: Unchanged, Version: prev.Version, Row: row}`,
		new:   `swap := Change{If: Always, Version: prev.Version, Row: row}`,
	}, {
		name:  "store: evidence in the same transaction",
		takes: "a change of state and its evidence are stored together or not at all",
		file:  service,
		old: `	changes = append(changes, swap)
	if err := s.Store.Write(ctx, append(changes, a.extra...)...); err != nil {`,
		new: `	if len(changes) > 0 {
		if err := s.Store.Write(ctx, changes...); err != nil {
			return prev, wrap(err, "storing evidence of elevation %s", next.ID)
		}
	}
	if err := s.Store.Write(ctx, append([]Change{swap}, a.extra...)...); err != nil {`,
	}, {
		name:  "store: evidence of every change",
		takes: "a change of state leaves evidence",
		file:  service,
		old:   `if entry.Kind == "" {`,
		new:   `if entry.Kind == "" || entry.Kind == "elevation.active" {`,
	}, {
		name:  "store: a rival is listened to",
		takes: "a verb that lost a race asks every rule again",
		file:  service,
		old: `		if l, err = s.load(ctx, id); err != nil {
			return l, err
		}
		if l.elevation.Version == was {`,
		new: `		mine := l
		if l, err = s.load(ctx, id); err != nil {
			return l, err
		}
		mine.elevation.Version, mine.elevation.Evidence = l.elevation.Version, l.elevation.Evidence
		l = mine
		if l.elevation.Version == was {`,
	}, {
		name:  "store: a restored table",
		takes: "an elevation whose evidence is longer than it knows can still be ended",
		file:  service,
		old:   `if l.elevation.Version == was { // no rival`,
		new:   `if l.elevation.Version < was { // no rival`,
	}, {
		name:  "store: terms are written once",
		takes: "terms are never overwritten",
		file:  "shared/access/submit.go",
		old:   `return append(changes, Change{If: Absent, Row: r}), err`,
		new:   `return append(changes, Change{If: Always, Row: r}), err`,
	}, {
		name:  "memory: conditions",
		takes: "the store in memory compares versions",
		file:  "shared/inprocess/store.go",
		old:   `case c.If == access.Unchanged && old.Version != c.Version:`,
		new:   `case false:`,
	}, {
		name:  "memory: the principal's id before attach",
		takes: "the cloud in memory attaches nothing to a principal made anew",
		file:  "shared/inprocess/cloud.go",
		old:   `if p.id != g.Principal.ID {`,
		new:   `if p.id == "" {`,
	}, {
		name:  "aws: the principal's id before attach",
		takes: "nothing is attached to a principal made anew",
		file:  "shared/onaws/cloudattach.go",
		old:   `if found.id != g.Principal.ID {`,
		new:   `if found.id == "" {`,
	}, {
		name:  "aws: attach_by in every call",
		takes: "no call and no repetition is sent to IAM after attach_by",
		file:  "shared/onaws/cloudcall.go",
		old:   `if !by.IsZero() && !now.Before(by) {`,
		new:   `if !by.IsZero() && try == 1 && !now.Before(by) {`,
	}, {
		name:  "aws: a call is cut off at attach_by",
		takes: "a call that hangs is given up at attach_by",
		file:  "shared/onaws/cloudcall.go",
		old:   `most = min(most, by.Sub(now))`,
		new:   `most = min(most, by.Sub(now)+time.Hour)`,
	}, {
		name:  "aws: a full quota is not tried again",
		takes: "LimitExceeded is a quota and never a rate",
		file:  "shared/onaws/cloudcall.go",
		old:   `case "Throttling", `,
		new:   `case "LimitExceeded", "Throttling", `,
	}, {
		name:  "aws: conditional writes",
		takes: "DynamoDB compares versions",
		file:  "shared/onaws/storewrite.go",
		old:   `return aws.String("#v = :version"), map[string]string{"#v": versionAttribute},`,
		new:   `return aws.String("#v >= :version"), map[string]string{"#v": versionAttribute},`,
	}, {
		name:  "aws: evidence is only added",
		takes: "a row of the audit table is put on the condition that there is none",
		file:  "shared/onaws/storewrite.go",
		old:   `case c.If == access.Absent, c.Row.Key.Table == access.AuditTable:`,
		new:   `case c.If == access.Absent:`,
	}, {
		name:  "aws: consistent reads",
		takes: "a decision rests on what is there now",
		file:  "shared/onaws/store.go",
		old:   `TableName: aws.String(s.table(table)), ConsistentRead: aws.Bool(true),`,
		new:   `TableName: aws.String(s.table(table)),`,
	}, {
		name:  "aws: protected principals",
		takes: "what only AWS may change is refused",
		file:  "shared/onaws/cloudcall.go",
		old:   `strings.HasPrefix(p.name, "AWSReservedSSO_")`,
		new:   `false`,
	}, {
		name:  "aws: names of this installation",
		takes: "a policy of an installation with a longer name is not ours",
		file:  "shared/onaws/cloud.go",
		old:   `return ok && elevationID.MatchString(id)`,
		new:   `return ok && id != ""`,
	}, {
		name:  "aws: Denies go last",
		takes: "the parts of a managed grant come off in the reverse order",
		file:  "shared/onaws/cloudremove.go",
		old:   `for n := maxParts; n >= 1; n-- {`,
		new:   `for n := 1; n <= maxParts; n++ {`,
	}, {
		name:  "evidence: records are linked",
		takes: "a record names the hash of the one before it",
		file:  "shared/evidence/verify.go",
		old:   `case r.Prev != head.hash():`,
		new:   `case false:`,
	}, {
		name:  "evidence: records are hashed",
		takes: "a record's hash is of its content",
		file:  "shared/evidence/verify.go",
		old:   `case r.Hash == "" || r.Hash != r.sum():`,
		new:   `case r.Hash == "":`,
	}, {
		name:  "evidence: a tail that is cut off",
		takes: "a chain goes as far as its elevation knows",
		file:  "shared/evidence/verify.go",
		old:   `if head.Seq < want.Seq {`,
		new:   `if head.Seq == 0 && want.Seq > 0 {`,
	}, {
		name:  "evidence: a state without its record",
		takes: "the records of an elevation lead to its state",
		file:  "shared/access/proof.go",
		old:   `case state == want:`,
		new:   `case true:`,
	}, {
		name:  "evidence: one form",
		takes: "a detail is in the form that is hashed",
		file:  "shared/evidence/verify.go",
		old:   `case !canonical(r.Detail):`,
		new:   `case false:`,
	}, {
		name:  "evidence: no member for another reader",
		takes: "a record has no member that differs from one of its own in case only",
		file:  "shared/evidence/decode.go",
		old:   `return strings.EqualFold(m, name) })`,
		new:   `return m == name })`,
	}}
}
