package main

// ending are the mutants of how access ends.
func ending() []mutant {
	const revoke = "shared/access/revoke.go"
	return []mutant{{
		name:  "ending: delete before look",
		takes: "a stale look does not keep Revoke from deleting",
		file:  revoke,
		old:   `	calls, removed := s.Cloud.Remove(ctx, r.Principal, r.Grant)`,
		new: `	if seen, err := s.Cloud.Read(ctx, r.Principal, r.Grant); err == nil && len(seen) == 0 {
		r.Seen, r.ReadAt = seenGone, s.now()
		return r, nil
	}
	calls, removed := s.Cloud.Remove(ctx, r.Principal, r.Grant)`,
	}, {
		name:  "ending: look after delete",
		takes: "a removal that answers is not believed until IAM was read without the grant",
		file:  revoke,
		old: `	found, err := s.Cloud.Read(ctx, r.Principal, r.Grant)
	r.ReadAt = s.now()`,
		new: `	found, err := []string(nil), removed
	r.ReadAt = s.now()`,
	}, {
		name:  "ending: not there is no proof of a removal that failed",
		takes: "a look that sees nothing does not excuse a removal that did not go through",
		file:  revoke,
		old:   `if removed != nil { // not there, and yet`,
		new:   `if false { // not there, and yet`,
	}, {
		name:  "ending: the record's principal too",
		takes: "the grant is gone from the principal of the order and from that of the record",
		file:  revoke,
		old:   `if failed == nil && recorded == nil && o.Principal != l.terms.Principal.ARN {`,
		new:   `if false {`,
	}, {
		name:  "ending: proof only after attach_by",
		takes: "while Grant may still attach, not there is no proof",
		file:  revoke,
		old:   `if !proof.IsZero() {`,
		new:   `if proof = r.ReadAt; proof.IsZero() {`,
	}, {
		name:  "ending: proof only after it settled",
		takes: "what was sent at attach_by may take effect a little later",
		file:  revoke,
		old:   `proof = proof.Add(s.Settings.SettleAfter)`,
		new:   `proof = proof.Add(s.Settings.SettleAfter * 0)`,
	}, {
		name:  "ending: without a record",
		takes: "what cannot be recorded is ended all the same",
		file:  revoke,
		old:   `	r, failed := s.takeAway(ctx, o)`,
		new: `	if recorded != nil && KindOf(recorded) != NotFound {
		return r, recorded
	}
	r, failed := s.takeAway(ctx, o)`,
	}, {
		name:  "ending: what was never granted",
		takes: "an end lapses what is approved, so that no Grant begins after the look",
		file:  revoke,
		old: `case Requested, Approved:
			return lapsed(l, "ended before it was granted", o.By, now)`,
		new: `case Requested, Approved:
			return amendment{none: true}, nil`,
	}, {
		name:  "ending: an order without a record",
		takes: "a Grant that is about to store its record is waited for",
		file:  revoke,
		old:   `if s.Now().Before(o.OrderedAt.Add(unrecordedAfter)) {`,
		new:   `if false {`,
	}, {
		name:  "ending: late evidence",
		takes: "the receipt of a removal that could not be stored is kept",
		file:  revoke,
		old: `	if r.removedAnything() {
		entry := evidence.Entry{At: r.ReadAt, Kind: removedEntry`,
		new: `	if false {
		entry := evidence.Entry{At: r.ReadAt, Kind: removedEntry`,
	}, {
		name:  "ending: late evidence is marked late",
		takes: "evidence that was appended afterwards says so",
		file:  "shared/access/stuck.go",
		old:   `late.Entry.Late = true`,
		new:   `late.Entry.Late = false`,
	}, {
		name:  "ending: the cause by the clock",
		takes: "a heartbeat that is lost at the deadline is the deadline",
		file:  revoke,
		old:   `case !now.Add(clockSkew).Before(l.elevation.Deadline):`,
		new:   `case !now.Add(clockSkew).Before(l.elevation.Deadline) && !l.elevation.heartbeatLost(l.terms, now):`,
	}, {
		name:  "ending: the cause is the heartbeat",
		takes: "a holder who fell silent is told from a failure",
		file:  revoke,
		old: `case l.elevation.heartbeatLost(l.terms, now):
		return HeartbeatLost,`,
		new: `case false:
		return HeartbeatLost,`,
	}, {
		name:  "ending: gone is counted anew",
		takes: "an overstay counts until the look since which nothing was seen",
		file:  revoke,
		old:   `if r.removedAnything() { // it was there until now`,
		new:   `if false { // it was there until now`,
	}, {
		name:  "ending: a principal that is gone",
		takes: "access is gone when the principal is",
		file:  revoke,
		old: `case KindOf(err) == NotFound:
		r.Seen = seenPrincipalGone`,
		new: `case false:
		r.Seen = seenPrincipalGone`,
	}, {
		name:  "ending: what ended stays ended",
		takes: "a look at what is over changes nothing of it",
		file:  revoke,
		old:   `case l.elevation.State.Terminal():`,
		new:   `case false:`,
	}, {
		name:  "ending: who may end it",
		takes: "only holder, owner and operator end an elevation",
		file:  "shared/access/end.go",
		old:   `case s.mayEnd(l.terms, c):`,
		new:   `case c.ID != "":`,
	}, {
		name:  "ending: whose session holds it",
		takes: "another session of the same role is not the holder",
		file:  "shared/access/terms.go",
		old:   `return t.Session.Bind != BindUserID || c.Name == t.Session.Value`,
		new:   `return true`,
	}, {
		name:  "ending: Revoke is invoked directly",
		takes: "an end does not wait for the state machine",
		file:  "shared/access/end.go",
		old:   `invoked := s.Workflow.Revoke(ctx, l.elevation.order(by, s.Now()))`,
		new:   `invoked := wrap(ctx.Err(), "ending %s by %s", id, by)`,
	}, {
		name:  "ending: the task is answered",
		takes: "the state machine hears of the end at once",
		file:  "shared/access/end.go",
		old:   `answered := s.answer(ctx, l)`,
		new:   `answered := ctx.Err()`,
	}, {
		name:  "ending: no step waits for another",
		takes: "an order that cannot be stored is given all the same",
		file:  "shared/access/end.go",
		old:   `return s.carryOut(ctx, l, by, stored)`,
		new:   `return l.elevation, stored`,
	}, {
		name:  "ending: the end comes before the token of Hold",
		takes: "an end that came before the token was stored is found by whoever stores it",
		file:  "shared/access/ask.go",
		old:   `	// Only its own: that another task cannot be answered is no failure of this one.`,
		new: `	if t.For == "hold" {
		return nil
	}`,
	}, {
		name:  "ending: a Hold after the deadline",
		takes: "a try of Hold that comes after the deadline is answered at once",
		file:  "shared/access/ask.go",
		old:   `e.State != Granting && e.State != Active || !now.Before(e.Deadline)`,
		new:   `e.State != Granting && e.State != Active || now.IsZero()`,
	}, {
		name:  "ending: every try's token",
		takes: "the tokens of all tries are answered, and not only of one",
		file:  "shared/access/ask.go",
		old:   `for _, t := range l.tokens {`,
		new:   `for _, t := range l.tokens[:min(1, len(l.tokens))] {`,
	}, {
		name:  "ending: stuck",
		takes: "an end that is overdue is stuck, and pages",
		file:  "shared/access/stuck.go",
		old:   `case e.State == Revoking && !now.Before(e.lateFrom().Add(overdueAfter)):`,
		new:   `case false:`,
	}, {
		name:  "ending: stuck pages again",
		takes: "what is stuck pages until somebody has taken it on",
		file:  "shared/access/stuck.go",
		old:   `case e.State == Stuck && e.AcknowledgedBy == "" && !now.Before(e.PagedAt.Add(pageAgain)):`,
		new:   `case false:`,
	}, {
		name:  "ending: acknowledged",
		takes: "what somebody has taken on pages no more",
		file:  "shared/access/stuck.go",
		old:   `e.AcknowledgedBy == "" && !now.Before(e.PagedAt.Add(pageAgain)):`,
		new:   `!now.Before(e.PagedAt.Add(pageAgain)):`,
	}, {
		name:  "ending: the holder's heartbeat",
		takes: "only the holder is heard",
		file:  "shared/access/hold.go",
		old:   `if !l.terms.holder(c) {`,
		new:   `if c.ID == "" {`,
	}, {
		name:  "ending: a heartbeat too late",
		takes: "who was silent for too long does not come back",
		file:  "shared/access/hold.go",
		old:   `case e.heartbeatLost(t, now):`,
		new:   `case false:`,
	}, {
		name:  "ending: one way out of granting",
		takes: "after granting only Revoke says that it is over",
		file:  "shared/access/elevation.go",
		old:   `Active:   {Revoking},`,
		new:   `Active:   {Revoking, Ended, WithdrawnState},`,
	}}
}
