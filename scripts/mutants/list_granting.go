package main

// granting are the mutants of how access begins.
func granting() []mutant {
	const grant = "shared/access/grant.go"
	return []mutant{{
		name:  "granting: the write-ahead",
		takes: "the intent is stored before IAM is touched",
		file:  grant,
		old: `	l, err = s.storeGranting(ctx, l, execution)
	return l, docs, err`,
		new: `	ahead := l
	if ahead.elevation, err = l.elevation.Grant(l.terms, execution, s.Settings.AttachWithin, s.Now()); err != nil {
		return l, nil, err
	}
	if err := s.attach(ctx, ahead, docs); err != nil {
		return l, nil, err
	}
	l, err = s.storeGranting(ctx, l, execution)
	return l, docs, err`,
	}, {
		name:  "granting: the read-back",
		takes: "what was attached is read back before it is called active",
		file:  grant,
		old:   `return s.readBack(ctx, g)`,
		new:   `return nil`,
	}, {
		name:  "granting: the read-back compares",
		takes: "what is read back is what was attached, document by document",
		file:  grant,
		old:   `if !sameDocument(found[i], g.Documents[i]) {`,
		new:   `if found[i] == "" {`,
	}, {
		name:  "granting: attach_by, before the call",
		takes: "nothing is sent after attach_by",
		file:  grant,
		old:   `if !s.Now().Before(e.AttachBy) {`,
		new:   `if false {`,
	}, {
		name:  "granting: attach_by, in the call",
		takes: "no repetition of a call is sent after attach_by",
		file:  grant,
		old:   `Form: t.Form, AttachBy: e.AttachBy}`,
		new:   `Form: t.Form}`,
	}, {
		name:  "granting: the latest end",
		takes: "the deadline is never after the latest end",
		file:  grant,
		old:   `next.Deadline = earliest(now.Add(time.Duration(t.Duration)*time.Second), t.LatestEnd)`,
		new:   `next.Deadline = now.Add(time.Duration(t.Duration) * time.Second)`,
	}, {
		name:  "granting: the deadline is computed once",
		takes: "a Grant that is tried again waits for the same deadline",
		file:  grant,
		old:   `left := max(1, secondsUntil(l.elevation.Deadline, now))`,
		new:   `left := max(1, l.terms.Duration+secondsUntil(now, now))`,
	}, {
		name:  "granting: the heartbeat is the lesser",
		takes: "a holder who falls silent is noticed before the deadline",
		file:  grant,
		old:   `beat = max(1, min(left, l.terms.Heartbeat+1))`,
		new:   `beat = max(1, left)`,
	}, {
		name:  "granting: another execution's",
		takes: "another execution gets NotYours",
		file:  grant,
		old:   `case l.elevation.Execution != "" && l.elevation.Execution != in.Execution:`,
		new:   `case false:`,
	}, {
		name:  "granting: who lost the swap",
		takes: "an execution that lost to another one does not go on with its grant",
		file:  grant,
		old:   `case l.elevation.Execution == execution && (l.elevation.State == Granting || l.elevation.State == Active):`,
		new:   `case l.elevation.State == Granting || l.elevation.State == Active:`,
	}, {
		name:  "granting: attached, and then lost the swap",
		takes: "a Grant that was ended while it attached invokes Revoke itself",
		file:  grant,
		old:   `if err := s.Workflow.Revoke(ctx, l.elevation.order("grant", s.Now())); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "granting: resuming from the future",
		takes: "a record that says it was granted later than now is not resumed",
		file:  grant,
		old:   `case e.GrantedAt.After(s.Now().Add(clockSkew)),`,
		new:   `case false,`,
	}, {
		name:  "granting: resuming by its own attach_by",
		takes: "a record with another attach_by than Grant computes is not resumed",
		file:  grant,
		old:   `!e.AttachBy.Equal(e.GrantedAt.Add(s.Settings.AttachWithin)),`,
		new:   `e.AttachBy.IsZero(),`,
	}, {
		name:  "granting: resuming by its own deadline",
		takes: "a record with another deadline than Grant computes is not resumed",
		file:  grant,
		old:   `!e.Deadline.Equal(earliest(e.GrantedAt.Add(time.Duration(t.Duration)*time.Second), t.LatestEnd)):`,
		new:   `e.Deadline.IsZero() || t.ID == "":`,
	}, {
		name:  "granting: resuming asks again",
		takes: "a record that says granting is believed no more than one that says approved",
		file:  grant,
		old: `	docs, err := s.stillRight(ctx, l)
	if err != nil {
		return nil, s.failGrant(ctx, l, err)
	}`,
		new: `	docs, err := t.Policies, ctx.Err()
	if err != nil {
		return nil, s.failGrant(ctx, l, err)
	}`,
	}, {
		name:  "granting: policy is asked again",
		takes: "newest policy decides at granting too",
		file:  grant,
		old:   `if err := s.decide(ctx, newest, t, t.Requester, ActRequest); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "granting: approvals are counted again",
		takes: "a record that says approved is believed only with its decisions",
		file:  grant,
		old:   `if err := s.stillApproved(ctx, t, newest); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "granting: a denial is seen",
		takes: "what anybody denied is not granted",
		file:  grant,
		old:   `if slices.ContainsFunc(all, func(d Decision) bool { return !d.Approve }) {`,
		new:   `if false {`,
	}, {
		name:  "granting: approvers are asked about again",
		takes: "an approval of somebody whom policy does not let approve any more does not count",
		file:  grant,
		old:   `if err := s.decide(ctx, newest, t, d.By, ActApprove); KindOf(err) == Denied {`,
		new:   `if err := ctx.Err(); KindOf(err) == Denied {`,
	}, {
		name:  "granting: the newest rule counts",
		takes: "a catalog that asks for more approvals than before is listened to",
		file:  grant,
		old:   `rules := []Approval{t.Approval, newest.approval()}`,
		new:   `rules := []Approval{t.Approval, t.Approval}`,
	}, {
		name:  "granting: the principal's id",
		takes: "a principal that was made anew under the same name gets nothing",
		file:  grant,
		old:   `if sight.Principal != t.Principal {`,
		new:   `if sight.Principal.ARN != t.Principal.ARN {`,
	}, {
		name:  "granting: tag and boundary",
		takes: "a principal whose tag or boundary was taken away gets nothing",
		file:  grant,
		old:   `if err := s.accepted(sight); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "granting: the pins",
		takes: "a role whose trust policy does not pin the name any more gets nothing",
		file:  grant,
		old:   `if !t.Session.Weak && !pinned(t.Session.Bind, sight.Trust) {`,
		new:   `if false {`,
	}, {
		name:  "granting: the room",
		takes: "a grant that does not fit any more is refused before it is sent",
		file:  grant,
		old:   `case t.Form == Inline && iampolicy.Size([]byte(t.Policies[0])) > sight.Room.Inline,`,
		new:   `case false,`,
	}, {
		name:  "granting: the digest",
		takes: "terms that are not those that were asked for are refused",
		file:  grant,
		old:   `return e.Digest == t.Digest() && e.Principal == t.Principal`,
		new:   `return e.Principal == t.Principal`,
	}, {
		name:  "granting: the policy is compiled anew",
		takes: "what is attached comes from the catalog, and not from a table",
		file:  grant,
		old:   `return s.renderAnew(ctx, t)`,
		new:   `return t.Policies, nil`,
	}, {
		name:  "granting: terms are those of their entitlement",
		takes: "a table cannot say that nobody needs to approve",
		file:  grant,
		old:   `if why := t.differ(ent); why != "" {`,
		new:   `if why := t.differ(ent); why == t.ID {`,
	}, {
		name:  "granting: the very bytes",
		takes: "what the catalog gives is what was approved",
		file:  grant,
		old:   `if !slices.Equal(docs, t.Policies) {`,
		new:   `if len(docs) != len(t.Policies) {`,
	}, {
		name:  "granting: nothing but the instants",
		takes: "filling in the instants changed nothing else",
		file:  grant,
		old:   `if !sameButInstants(string(filled), d, e) {`,
		new:   `if len(filled) == 0 {`,
		explained: "it is the proof that iampolicy.Fill did what it promises, made each time anew; Fill has tests and a fuzz target " +
			"of its own for that promise",
	}, {
		name:  "granting: the task is still known",
		takes: "a task that ended before its grant was stored ends the grant",
		file:  grant,
		old:   `if err := s.taskStillKnown(ctx, l); err != nil {`,
		new:   `if err := ctx.Err(); err != nil {`,
	}, {
		name:  "granting: the mark at the task",
		takes: "whoever ends the task finds what serves it",
		file:  grant,
		old:   `Change{If: Always, Row: serves}),`,
		new:   `Change{If: Always, Do: Delete, Row: serves}),`,
	}, {
		name:  "granting: the end of a task",
		takes: "the end of a task ends what served it",
		file:  "shared/access/task.go",
		old:   `return s.endServing(ctx, t, by.Source, "")`,
		new:   `return nil`,
	}, {
		name:  "granting: names that an ASL can match",
		takes: "an error keeps its name whatever wraps it",
		file:  "shared/access/errors.go",
		old:   `func ErrorName(err error) string { return string(KindOf(err)) }`,
		new:   `func ErrorName(err error) string { return fmt.Sprintf("%T", err) }`,
	}, {
		name:  "granting: two grants on one principal",
		takes: "each grant has a name of its own",
		file:  "shared/access/elevation.go",
		old:   `func GrantName(name, id string) string { return name + "-" + id }`,
		new: `func GrantName(name, id string) string {
	if len(id) < 26 {
		return name + "-" + id
	}
	return name + "-" + id[:6] + "00000000000000000000"
}`,
	}, {
		name:  "granting: until it is active",
		takes: "a heartbeat counts from a grant that is there",
		file:  grant,
		old:   `next.ReadyAt, next.LastBeat = after(now).Add(readyAfter), after(now)`,
		new:   `next.ReadyAt = after(now).Add(readyAfter)`,
	}}
}
