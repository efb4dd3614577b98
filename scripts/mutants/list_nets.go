package main

// nets are the mutants of the doors to Revoke that others than the state machine use.
func nets() []mutant {
	return []mutant{{
		name:  "net: the TTL record",
		takes: "granting stores the record whose removal ends it",
		file:  "shared/access/grant.go",
		old:   `{If: Always, Row: expiry}, `,
		new:   `{If: Always, Do: Delete, Row: expiry}, `,
	}, {
		name:  "net: the TTL record's instant",
		takes: "the TTL record goes at the deadline",
		file:  "shared/access/rows.go",
		old:   `r.Expires = e.Deadline`,
		new:   `r.Expires = e.Deadline.AddDate(0, 1, 0)`,
	}, {
		name:  "net: Expire",
		takes: "a TTL record that was removed ends the elevation",
		file:  "shared/access/nets.go",
		old:   `return s.Workflow.Revoke(ctx, o)`,
		new:   `return nil`,
	}, {
		name:  "net: Expire without a record",
		takes: "a TTL record is acted on when the elevation cannot be read",
		file:  "shared/access/nets.go",
		old:   `case err == nil && l.elevation.State.Terminal():`,
		new: `case err != nil:
		return err
	case l.elevation.State.Terminal():`,
	}, {
		name:  "net: Expire too early",
		takes: "a removal that comes too early by this clock comes again",
		file:  "shared/access/nets.go",
		old:   `return Errorf(Transient, "the deadline of %s is %s", `,
		new:   `return wrap(nil, "the deadline of %s is %s", `,
	}, {
		name:  "net: Expire moves no deadline",
		takes: "a removal that comes too early ends nothing",
		file:  "shared/access/nets.go",
		old:   `case err == nil && s.Now().Before(l.elevation.Deadline):`,
		new:   `case false:`,
	}, {
		name:  "net: the execution's end",
		takes: "an execution that was aborted is noticed",
		file:  "shared/access/nets.go",
		old:   `if status == "SUCCEEDED" || status == "RUNNING" {`,
		new:   `if status != "FAILED" {`,
	}, {
		name:  "net: the execution's end gives the order",
		takes: "an execution that died has its elevation ended",
		file:  "shared/access/nets.go",
		old:   `return s.Workflow.Revoke(ctx, Order{`,
		new:   `return wrap(ctx.Err(), "ending %v", Order{`,
	}, {
		name:  "net: the fence",
		takes: "a grant allows nothing after its deadline, whatever happens to Curfew",
		file:  "shared/iampolicy/fence.go",
		old:   `{Operator: "DateLessThan", Key: keyCurrentTime, Values: []string{f.NotAfter}},`,
		new:   ``,
	}, {
		name:  "net: the fence's end",
		takes: "the fence ends at the deadline and not a year later",
		file:  "shared/iampolicy/fill.go",
		old: `setWindow(d, notBefore.Format(time.RFC3339), notAfter.Format(time.RFC3339))
	return d.Bytes(), nil
}

// Fenced`,
		new: `setWindow(d, notBefore.Format(time.RFC3339), notAfter.AddDate(1, 0, 0).Format(time.RFC3339))
	return d.Bytes(), nil
}

// Fenced`,
	}, {
		name:  "net: the sweep's records",
		takes: "the sweep looks at what is due by the records",
		file:  "shared/access/reconcile.go",
		old:   `rest, due := s.sweepDue(ctx, &sw)`,
		new:   `rest, due := []Key(nil), ctx.Err()`,
	}, {
		name:  "net: the sweep's policies",
		takes: "the sweep looks at what is there by IAM",
		file:  "shared/access/reconcile.go",
		old:   `surveyed := s.sweepIAM(ctx, &sw)`,
		new:   `surveyed := ctx.Err()`,
	}, {
		name:  "net: the sweep's active",
		takes: "the sweep looks at what is active",
		file:  "shared/access/reconcile.go",
		old:   `lives, active := s.sweepActive(ctx, &sw)`,
		new:   `lives, active := []life(nil), ctx.Err()`,
	}, {
		name:  "net: the sweep gives the order",
		takes: "what is due and not at rest is ended by the sweep",
		file:  "shared/access/reconcile.go",
		old:   `return l, s.Workflow.Revoke(ctx, e.order("sweep", e.orderedAt(now)))`,
		new:   `return l, ctx.Err()`,
	}}
}

// sweeping are the mutants of what the sweep does and does not do.
func sweeping() []mutant {
	const reconcile, active, waiting = "shared/access/reconcile.go", "shared/access/sweepactive.go", "shared/access/sweepwaiting.go"
	return []mutant{{
		name:  "sweep: what was never started",
		takes: "the sweep starts what has no execution",
		file:  waiting,
		old:   `switch err := s.Workflow.Start(ctx, id, e.Input); {`,
		new:   `switch err := ctx.Err(); {`,
	}, {
		name:  "sweep: what runs is not started again",
		takes: "an execution that was seen running is not started again while it waits",
		file:  waiting,
		old:   `seen := len(l.tokens) > 0 || !l.elevation.RunsAt.IsZero()`,
		new:   `seen := false`,
	}, {
		name:  "sweep: what is decided is answered",
		takes: "the sweep answers a task whose answer was lost",
		file:  waiting,
		old:   `return errors.Join(s.answer(ctx, l), s.lookAgain(ctx, l, l.nextLook(now), l.elevation.RunsAt))`,
		new:   `return s.lookAgain(ctx, l, l.nextLook(now), l.elevation.RunsAt)`,
	}, {
		name:  "sweep: what nobody can start lapses",
		takes: "a request whose execution is closed does not wait for ever",
		file:  waiting,
		old:   `case KindOf(err) == Over:`,
		new:   `case false:`,
	}, {
		name:  "sweep: requests have their own place among what is due",
		takes: "no number of requests stands before records with access",
		file:  "shared/access/rows.go",
		old:   `			partition = dueWaiting`,
		new:   `			partition = dueOpen`,
	}, {
		name:  "sweep: a part has its share",
		takes: "requests do not keep the sweep from its other parts",
		file:  reconcile,
		old:   `return func() bool { return s.Now().Before(sw.began.Add(by)) }`,
		new:   `return func() bool { return !sw.began.IsZero() }`,
	}, {
		name:  "asking: so many at a time",
		takes: "a caller has a bounded number of requests open",
		file:  "shared/access/openrequests.go",
		old:   `len(rows) >= s.Settings.OpenRequests || len(free) == 0`,
		new:   `len(free) == 0 && len(rows) < 0`,
	}, {
		name:  "sweep: a Grant at work is left alone",
		takes: "the sweep does not end what is just being attached",
		file:  reconcile,
		old:   `if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {`,
		new:   `if false {`,
	}, {
		name:  "sweep: granting that never finished",
		takes: "the sweep ends what is granting after its attach_by",
		file:  reconcile,
		old:   `if now.Before(e.AttachBy.Add(s.Settings.SettleAfter)) {`,
		new:   `if now.Before(e.Deadline) {`,
	}, {
		name:  "sweep: at most ten orphans",
		takes: "a sweep that finds too much stops and pages",
		file:  reconcile,
		old:   `sw.orphansIn[in] >= orphansPerPass {`,
		new:   `sw.orphansIn[in] >= 100*orphansPerPass {`,
	}, {
		name:  "sweep: IAM once more",
		takes: "the sweep looks again before it says or does anything",
		file:  reconcile,
		old: `	f, there, err := s.again(ctx, f)
	if err != nil || !there {
		return err
	}
	return s.endOdd(ctx, l, f, sw)`,
		new: `	return s.endOdd(ctx, l, f, sw)`,
	}, {
		name:  "sweep: strays",
		takes: "a grant on another principal than its elevation's is taken away",
		file:  reconcile,
		old:   `	explained := err == nil && !stray && l.elevation.State.Open()`,
		new:   `	explained := err == nil && l.elevation.State.Open()`,
	}, {
		name:  "sweep: what ended and is there",
		takes: "a grant whose elevation is over is taken away",
		file:  reconcile,
		old:   `	explained := err == nil && !stray && l.elevation.State.Open()`,
		new:   `	explained := err == nil && !stray`,
	}, {
		name:  "sweep: only what Grant names",
		takes: "the sweep touches no policy whose name is not one of ours",
		file:  reconcile,
		old: `	if !ok || !ValidID(id) {
		return nil // not a name that Grant gives`,
		new: `	if !ok {
		return nil // not a name that Grant gives`,
	}, {
		name:  "sweep: an edited grant",
		takes: "a grant that was edited by hand ends",
		file:  reconcile,
		old:   ` || !iampolicy.SameButInstants([]byte(d), []byte(l.terms.Policies[i])):`,
		new:   ` || l.terms.Policies[i] == "":`,
	}, {
		name:  "sweep: a moved fence",
		takes: "a grant whose fence was moved ends",
		file:  reconcile,
		old:   `case !until.Equal(l.elevation.Deadline) || `,
		new:   `case until.IsZero() || `,
	}, {
		name:  "sweep: a record that cannot be read",
		takes: "what is over by its own fence is ended without its record",
		file:  reconcile,
		old:   `return errors.Join(err, s.blind(ctx, f, id, sw, err))`,
		new:   `return err`,
	}, {
		name:  "sweep: the second no",
		takes: "newer policy ends nothing on its first denial",
		file:  active,
		old:   `if first.IsZero() {`,
		new:   `if first.After(s.now()) {`,
	}, {
		name:  "sweep: a clean no",
		takes: "policy that cannot be asked ends nothing",
		file:  active,
		old:   `case KindOf(err) == NotFound, KindOf(err) == Denied && !slices.Contains(Reasons(err), reasonError):`,
		new:   `case KindOf(err) == NotFound, KindOf(err) == Denied && !slices.Contains(Reasons(err), ""):`,
	}, {
		name:  "sweep: a yes takes back a no",
		takes: "two denials count only one after the other",
		file:  active,
		old: `	case err == nil:
		return false, nil, s.markDenied(ctx, l, time.Time{})`,
		new: `	case err == nil:
		return false, nil, nil`,
	}, {
		name:  "sweep: not all at once",
		takes: "a policy that denies too many at once ends none of them",
		file:  active,
		old:   `if mistakable(said.denied) > atOnce && len(said.denied)*100 > said.asked*atOncePercent {`,
		new:   `if false {`,
	}, {
		name:  "sweep: who fell silent",
		takes: "a holder who fell silent is noticed without the state machine",
		file:  active,
		old:   `if l.elevation.heartbeatLost(l.terms, s.Now()) {`,
		new:   `if false {`,
	}, {
		name:  "sweep: the suspended",
		takes: "what is open ends when its requester or principal is suspended",
		file:  active,
		old:   `if sus.Scope.holds(l.elevation) {`,
		new:   `if sus.By == "" {`,
	}, {
		name:  "sweep: a principal made anew",
		takes: "a principal that is gone ends its elevation though an earlier look still shows it",
		file:  active,
		old: `	case KindOf(err) == NotFound:
		return s.sweepEnds(ctx, l, Drift,`,
		new: `	case false:
		return s.sweepEnds(ctx, l, Drift,`,
	}, {
		name:  "sweep: a principal that is gone",
		takes: "an elevation ends when its principal is gone",
		file:  active,
		old:   `if KindOf(err) == NotFound || err == nil && sight.Principal != l.terms.Principal {`,
		new:   `if err == nil && sight.Principal != l.terms.Principal {`,
	}, {
		name:  "sweep: a grant that is missing",
		takes: "somebody hears of a grant that was removed by hand",
		file:  active,
		old:   `case len(found) == 0:`,
		new:   `case false:`,
	}, {
		name:  "sweep: a part that is missing",
		takes: "a grant of which one policy was removed by hand ends",
		file:  reconcile,
		old:   `if len(f.Documents) != len(l.terms.Policies) {`,
		new:   `if len(f.Documents) > len(l.terms.Policies) {`,
	}, {
		name:  "sweep: a mark that was taken away",
		takes: "what is active ends when its principal loses its tag or boundary",
		file:  active,
		old:   `if why := s.accepted(sight); why != nil {`,
		new:   `if why := s.accepted(sight); false {`,
	}, {
		name:  "sweep: a containment of nothing",
		takes: "a containment is there only while its grant is being taken away",
		file:  reconcile,
		old:   `if err == nil && !stray && l.containment(f) {`,
		new:   `if err == nil && !stray {`,
	}, {
		name:  "sweep: orphans that cannot be removed",
		takes: "what cannot be taken away does not count against the bound of a pass again",
		file:  reconcile,
		old: `	if !before {
		sw.Orphans = append(sw.Orphans, subject)
		sw.orphansIn[in]++
	}`,
		new: `	sw.Orphans = append(sw.Orphans, subject)
	sw.orphansIn[in]++`,
	}}
}
