package access

import (
	"maps"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// fromEntitlement copies the rules into the terms. Grant uses these, not a newer catalog.
func (t *Terms) fromEntitlement(ent Entitlement, r Request, now time.Time) {
	t.Catalog, t.Owners, t.BreakGlass, t.Overlap = ent.Catalog, ent.Owners, ent.BreakGlass, ent.Overlap
	t.Review, t.Reviewers = ent.Review, ent.Reviewers
	t.Heartbeat = int64(ent.Heartbeat / time.Second)
	t.Contain = ent.Contain
	if rule, ok := ent.serves(t.Task.Kind); ok {
		t.Settle = int64(rule.Settle / time.Second)
	}
	t.Session = Session{Bind: ent.Session, Value: r.Session, MFA: ent.MFA}
	t.StartAt = record.Instant(Latest(r.StartAt, now))
	t.DecideBy = t.StartAt
	t.Approval = ent.approval()
	if ent.Approval != nil {
		t.DecideBy = now.Add(ent.Approval.Within)
	}
	t.LatestEnd = record.Instant(r.LatestEnd)
	if r.LatestEnd.IsZero() {
		t.LatestEnd = Latest(t.StartAt, t.DecideBy).Add(r.Duration + startGrace)
	}
	t.LatestEnd = ent.endsBy(t.LatestEnd)
}

// fitsLog returns Quota for terms that the log could not keep: an entry has the row's body as a text in JSON.
func (t Terms) fitsLog() error {
	row, err := termsRow(t)
	if err != nil {
		return err
	}
	text, err := evidence.Canonical(string(row.Body))
	if most := evidence.MaxRecord - 200; err == nil && len(text) > most { // 200: the row's key and version
		err = fault.Errorf(fault.Quota, "the terms of %s have %d bytes in the log, and may have %d: ask an owner for an entitlement with a smaller policy", t.Entitlement, len(text), most)
	}
	return err
}

// permitted checks rules that need no call to AWS.
func (t *Terms) permitted(ent Entitlement, c identity.Caller, r Request) error {
	if !ent.MayHold(r.Principal) {
		return deny("curfew.principal", "%s is not for %s", ent.Name, r.Principal)
	}
	if err := ent.eligibleAt(ActRequest, t.StartAt); err != nil {
		return err
	}
	if r.Duration > ent.Max {
		return deny("curfew.duration", "%s is for at most %s", ent.Name, ent.Max)
	}
	if ent.BreakGlass && t.StartAt.After(t.RequestedAt) {
		return deny("curfew.start", "%s is break-glass and starts at once: leave out the start", ent.Name)
	}
	if _, ok := ent.serves(r.Task.Kind); !ok {
		return deny("curfew.task", "%s does not serve %s tasks", ent.Name, r.Task.Kind)
	}
	if ent.MFA && c.Kind == identity.Person && !c.MFA {
		return deny("curfew.mfa", "%s needs a sign-in with MFA", ent.Name)
	}
	var m fault.Mistakes
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		field := "parameters." + fault.Printable(name)
		if kind, ok := ent.Parameters[name]; !ok {
			m.Add(field, "%s has no such parameter", ent.Name)
		} else {
			m.AddError(field, kind.Check(r.Parameters[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ent.Parameters)) {
		if _, ok := r.Parameters[name]; !ok {
			m.Add("parameters."+name, "required: %s needs it", ent.Name)
		}
	}
	return m.Err()
}

// bind sets the session. A person's is their own.
func (t *Terms) bind(ent Entitlement, c identity.Caller) error {
	own := c.Kind == identity.Person || c.UniqueID() == t.Principal.ID
	switch {
	case t.Principal.User(): // no sessions: the fence on the id is enough
		t.Session.Bind, t.Session.Value = BindNone, ""
		return nil
	case ent.Session == BindVPCEndpoint:
		t.Session.Value = ent.VPCEndpoint
		return nil
	case ent.Session == BindNone:
		t.Session.Value = ""
		return nil
	case own && t.Session.Value != "" && t.Session.Value != c.Name:
		return deny("curfew.session", "you may ask only for a session with your own name: curfew me shows it")
	case own:
		t.Session.Value = c.Name
	}
	if !sessionName().MatchString(t.Session.Value) {
		return fault.Errorf(fault.Invalid, "session %q: %s is bound to a session, so give its name", fault.Printable(t.Session.Value), ent.Name)
	}
	return nil
}

// containmentRoom is the inline quota, in characters, kept for one containment.
const containmentRoom = 512

// form chooses inline if it fits with room for containment.
func (t *Terms) form(ent Entitlement, room Room) error {
	t.Form = Inline
	docs, err := ent.Render(*t)
	if err != nil {
		return err
	}
	size := iampolicy.Size([]byte(docs[0]))
	if size+containmentRoom <= room.Inline {
		t.Policies = docs
		return nil
	}
	t.Form = Managed
	if docs, err = ent.Render(*t); err != nil {
		return refuseSize(*t, size, room)
	}
	if len(docs) > room.Attached {
		return refuseSize(*t, size, room)
	}
	t.Policies = docs
	return nil
}

const noRoom = "curfew.room"

func refuseSize(t Terms, size int, room Room) error {
	return deny(noRoom, "%s has %d characters and does not fit on %s: %d inline are free (%d are kept for containment), and %d managed policies of %d parts of %d",
		t.Entitlement, size, t.Principal.ARN, room.Inline, containmentRoom, room.Attached, managedParts, managedSize)
}

// differ names the rule that forged terms break; empty: none.
func (t Terms) differ(ent Entitlement) string {
	want := Terms{Task: t.Task}
	want.fromEntitlement(ent, Request{Duration: time.Second}, t.RequestedAt)
	bind := want.Session.Bind
	if t.Principal.User() {
		bind = BindNone
	}
	rule, served := ent.serves(t.Task.Kind)
	switch {
	case t.Approval.Need != want.Approval.Need || t.Approval.MFAWithin != want.Approval.MFAWithin || t.Approval.Seen != want.Approval.Seen || !slices.Equal(t.Approval.Of, want.Approval.Of) || !sameSteps(t.Approval.Then, want.Approval.Then):
		return "approval"
	case !slices.Equal(t.Owners, want.Owners):
		return "owners"
	case t.BreakGlass != want.BreakGlass || t.Review != want.Review || !slices.Equal(t.Reviewers, want.Reviewers):
		return "review"
	case t.Heartbeat != want.Heartbeat || t.Settle != want.Settle:
		return "heartbeat"
	case t.Contain != want.Contain:
		return "containment"
	case t.Overlap != want.Overlap:
		return "overlap"
	case t.Session.Bind != bind || (t.Session.MFA != t.Session.MFASignIn) != want.Session.MFA || bind == BindVPCEndpoint && t.Session.Value != ent.VPCEndpoint:
		return "session"
	case t.Duration <= 0 || t.Duration > int64(ent.Max/time.Second):
		return "duration"
	case !ent.Until.IsZero() && t.LatestEnd.After(ent.Until):
		return "end of eligibility"
	case t.Approval.Need > 0 && !t.DecideBy.Equal(want.DecideBy):
		return "time to decide"
	case !served || rule.Known && !t.Task.Known:
		return "task"
	case !ent.MayHold(t.Principal.ARN) || !t.Requester.In(ent.Requesters):
		return "principals or requesters"
	case t.Session.Weak && !ent.Weak:
		return "binding"
	}
	return ""
}
