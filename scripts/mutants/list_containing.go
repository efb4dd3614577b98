package main

// containing are the mutants of what is done when IAM refuses a removal, and of the red button.
func containing() []mutant {
	const contain, suspend = "shared/access/contain.go", "shared/access/suspend.go"
	return []mutant{{
		name:  "containing: it is ordered",
		takes: "a grant that cannot be removed before its deadline is contained",
		file:  contain,
		old:   `if !refused || !e.containable(now) || o.Principal`,
		new:   `if !refused || !e.containable(now) || e.ContainedAt.IsZero() || o.Principal`,
	}, {
		name:  "containing: only what should be over",
		takes: "what is active is not contained",
		file:  contain,
		old:   `return (e.State == Revoking || e.State == Stuck) && now.Before(e.Deadline)`,
		new:   `return now.Before(e.Deadline)`,
	}, {
		name:  "containing: five principals an hour",
		takes: "containment that runs wild stops and pages",
		file:  contain,
		old:   `if len(next.Principals) >= containedPerHour {`,
		new:   `if len(next.Principals) >= 100*containedPerHour {`,
	}, {
		name:  "containing: the catalog allows a Deny",
		takes: "a Deny is written only where the entitlement says contain",
		file:  contain,
		old:   `if l.terms.Contain {`,
		new:   `if l.terms.ID != "" {`,
	}, {
		name:  "containing: the intent is stored first",
		takes: "whoever removes the grant knows that there may be a containment",
		file:  contain,
		old:   `next.ContainedAt = s.now()`,
		new:   `next.ContainedAt = time.Time{}`,
	}, {
		name:  "containing: nobody else is denied",
		takes: "no Deny is written that another elevation of the same session would meet",
		file:  contain,
		old:   `if id, err := s.sharesSession(ctx, l); err != nil || id != "" {`,
		new:   `if id, err := s.sharesSession(ctx, l); err != nil {`,
	}, {
		name:  "containing: what is closed is made of the terms",
		takes: "the fence is closed at this instant",
		file:  contain,
		old:   `closed, err := iampolicy.Close(filled[0], s.now())`,
		new:   `closed, err := iampolicy.Close(filled[0], l.elevation.Deadline)`,
	}, {
		name:  "suspending: a scope that holds",
		takes: "what is suspended is denied, whoever asks",
		file:  suspend,
		old:   `if sus, err := decode[Suspension](row); err != nil || sus.InEffect(s.Now()) {`,
		new:   `if sus, err := decode[Suspension](row); err != nil || sus.By == "" {`,
	}, {
		name:  "suspending: everything",
		takes: "everything can be suspended at once",
		file:  suspend,
		old:   `Scope{Entitlement: t.Entitlement}, Scope{Everything: true})`,
		new:   `Scope{Entitlement: t.Entitlement})`,
	}, {
		name:  "suspending: nobody lifts his own",
		takes: "who is suspended does not take it back himself",
		file:  suspend,
		old:   `return s.free(ctx, c, "another operator lifts it")`,
		new:   `return ctx.Err()`,
	}, {
		name:  "suspending: operators",
		takes: "only operators suspend",
		file:  suspend,
		old: `	if !c.In(s.Settings.Operators) {
		return deny("curfew.operator", "only operators suspend")`,
		new: `	if c.ID == "" {
		return deny("curfew.operator", "only operators suspend")`,
	}, {
		name:  "survey: it goes on where it stopped",
		takes: "a survey that is too long for one pass comes to its end",
		file:  "shared/access/survey.go",
		old: `	case at.Next != "":
		return at, true, nil`,
		new: `	case at.Next != "":
		return fresh, true, nil`,
	}, {
		name:  "survey: what it did not see is not missing",
		takes: "a grant is missed only if IAM was asked for it",
		file:  "shared/access/sweepactive.go",
		old:   `found, err := s.Cloud.Read(ctx, l.terms.Principal, name)`,
		new:   `found, err := []string(nil), ctx.Err()`,
	}, {
		name:  "containing: a forged record",
		takes: "nothing is written for terms that are not those of their entitlement",
		file:  contain,
		old: `	_, err := s.renderAnew(ctx, t)
	return err`,
		new: `	return ctx.Err()`,
	}, {
		name:  "containing: time of its own",
		takes: "a containment may be written long after its grant was to be attached",
		file:  contain,
		old:   `next.AttachBy, next.GoneAt = after(s.Now().Add(s.Settings.AttachWithin)), time.Time{}`,
		new:   `next.GoneAt = time.Time{}`,
	}, {
		name:  "containing: it goes with the grant",
		takes: "a containment is taken away when its grant is gone",
		file:  contain,
		old:   `_, err := s.Cloud.Remove(ctx, p, ContainmentName(s.Settings.Name, o.ID))`,
		new:   `err := ctx.Err()`,
	}, {
		name:  "containing: what is shut is not written again",
		takes: "a fence that is closed is left as it is",
		file:  contain,
		old:   `return err != nil || s.Now().Before(until)`,
		new:   `return err != nil || !until.IsZero()`,
	}, {
		name:  "suspending: people lift",
		takes: "a machine that is an operator suspends, and lifts nothing",
		file:  suspend,
		old:   `if c.Kind != Person || !c.In(s.Settings.Operators) {`,
		new:   `if !c.In(s.Settings.Operators) {`,
	}, {
		name:  "suspending: who is suspended suspends nobody",
		takes: "an operator who is suspended does not keep all others out",
		file:  suspend,
		old:   `return s.free(ctx, c, "you suspend nothing and confirm nothing")`,
		new:   `return ctx.Err()`,
	}, {
		name:  "suspending: an operator once is one",
		takes: "an operator without their groups at this hour counts as one",
		file:  "shared/access/resolve.go",
		old:   `case t.operator, t.caller.In(s.Settings.Operators):`,
		new:   `case t.caller.In(s.Settings.Operators):`,
	}, {
		name:  "suspending: a machine's are few",
		takes: "one machine does not fill up what is suspended",
		file:  suspend,
		old:   `case c.Kind != Person && own >= mostByMachine:`,
		new:   `case c.Kind != Person && own >= mostInEffect:`,
	}, {
		name:  "suspending: a machine's of a person lapses",
		takes: "a machine suspends no person for longer than an hour",
		file:  "shared/access/suspension.go",
		old: `	case c.Kind != Person:
		return "a machine suspended a person"`,
		new: `	case c.ID == "":
		return "a machine suspended a person"`,
	}, {
		name:  "suspending: a principal",
		takes: "nothing is granted to a principal that is suspended",
		file:  suspend,
		old:   `Scope{Principal: t.Principal.ARN},`,
		new:   ``,
	}}
}
