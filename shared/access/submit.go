package access

import (
	"context"
	"errors"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Submit asks for an elevation. Who may not is told at once; who may gets an elevation that waits for approvers, or is
// approved by policy alone. The execution that carries it on is started afterwards: if that fails the sweep starts it.
//
// Invalid: not understood, nothing is stored. Denied: refused, with the rules in [fault.Reasons]; an elevation in denied and
// evidence in the caller's chain are left. Conflict: the same is pending already, or the idempotency key was used for
// something else.
func (s *Service) Submit(ctx context.Context, c identity.Caller, r Request) (t Terms, e Elevation, err error) {
	s = noting(s, c)
	t, e, err = Submission{s}.submit(ctx, c, r, func(Terms) ([]record.Change, error) { return nil, nil })
	noteCaller(ctx, s, err)
	if fault.KindOf(err) != fault.Denied { // a denial has left its evidence with the elevation
		err = refusals{s}.refused(ctx, c, "submit", "", err)
	}
	return t, e, err
}

// Submission makes a request: its terms, its rows, and its refusal.
type Submission struct{ *Service }

// submit is Submit with what else is stored in the transaction that makes the elevation.
func (s Submission) submit(ctx context.Context, c identity.Caller, r Request, beside func(Terms) ([]record.Change, error)) (t Terms, e Elevation, err error) {
	id := s.NewID()
	defer func() { s.Logged(ctx, "submit", e.ID, c.ID, &err) }()
	if err := r.check(s.Instant()); err != nil {
		return Terms{}, Elevation{}, err
	}
	done, key, err := s.repeated(ctx, c, r)
	if err != nil || done.Elevation.ID != "" {
		return done.Terms, done.Elevation, err
	}
	t, err = s.makeTerms(ctx, id, c, r)
	if fault.KindOf(err) == fault.Denied {
		return t, s.refuseRequest(ctx, c, t, err), err
	}
	if err != nil {
		return Terms{}, Elevation{}, err
	}
	if e, err = s.Keep(ctx, c, t, r, key, beside); err != nil {
		return Terms{}, Elevation{}, err
	}
	// A start that fails is no failure of the request: it is stored, and the sweep starts what has no execution.
	if err := s.Workflow.Start(ctx, e.ID, t.input()); err != nil {
		s.Log.WarnContext(ctx, "execution not started, left to the sweep", "elevation", e.ID, "error", err)
	}
	return t, e, nil
}

// makeTerms puts together what will be decided on. A Denied comes with the terms as far as they were made.
func (s Submission) makeTerms(ctx context.Context, id string, c identity.Caller, r Request) (Terms, error) {
	now := s.Instant()
	t := Terms{
		ID: id, Principal: Principal{ARN: r.Principal, Account: accountOf(r.Principal)}, Entitlement: r.Entitlement, Parameters: r.Parameters, Requester: c, Reason: r.Reason,
		RequestedAt: now, Duration: int64(r.Duration / time.Second), Task: task.Task{Kind: r.Task.Kind, ID: r.Task.ID},
	}
	ent, err := s.Decider.Entitlement(ctx, "", r.Entitlement)
	if fault.KindOf(err) == fault.NotFound || (err == nil && !c.In(ent.Requesters)) {
		// The same words for what there is not and what is not his: asking must not tell him what there is.
		return t, deny("curfew.entitlement", "%s is not an entitlement that you may ask for", r.Entitlement)
	}
	if err != nil {
		return t, fault.Wrap(err, "reading entitlement %s", r.Entitlement)
	}
	t.fromEntitlement(ent, r, now)
	if err := t.permitted(ent, c, r); err != nil {
		return t, err
	}
	if t.Task.Known, err = s.Tasks().KnownTo(ctx, t.Task, c, accountOf(r.Principal)); err != nil {
		return t, err
	}
	if rule, _ := ent.serves(t.Task.Kind); rule.Known && !t.Task.Known {
		return t, deny("curfew.task", "task %s %s is not known: its start was not seen, or its end was", t.Task.Kind, t.Task.ID)
	}
	if err := s.fit(ctx, &t, ent, r.Principal); err != nil {
		return t, err
	}
	return t, Policy{s.Service}.decide(ctx, ent, t, c, ActRequest)
}

// fromEntitlement takes over what the entitlement says. Grant counts on these and not on a newer catalog.
func (t *Terms) fromEntitlement(ent Entitlement, r Request, now time.Time) {
	t.Catalog, t.Owners, t.BreakGlass = ent.Catalog, ent.Owners, ent.BreakGlass
	if ent.BreakGlass {
		t.Reviewers = ent.Reviewers
	}
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
}

// permitted are the rules of an entitlement that need no look at the world.
func (t *Terms) permitted(ent Entitlement, c identity.Caller, r Request) error {
	if !ent.MayHold(r.Principal) {
		return deny("curfew.principal", "%s is not for %s", ent.Name, r.Principal)
	}
	if r.Duration > ent.Max {
		return deny("curfew.duration", "%s is for at most %s", ent.Name, ent.Max)
	}
	if ent.BreakGlass && t.StartAt.After(t.RequestedAt) {
		return deny("curfew.start", "%s is break-glass: it starts now or not at all", ent.Name)
	}
	if _, ok := ent.serves(r.Task.Kind); !ok {
		return deny("curfew.task", "%s does not serve %s tasks", ent.Name, r.Task.Kind)
	}
	if ent.MFA && c.Kind == identity.Person && !c.MFA {
		return deny("curfew.mfa", "%s needs a sign-in with MFA", ent.Name)
	}
	for name, value := range r.Parameters {
		kind, ok := ent.Parameters[name]
		if !ok {
			return fault.Errorf(fault.Invalid, "parameter %q: %s has no such parameter", fault.Printable(name), ent.Name)
		}
		if err := kind.Check(value); err != nil {
			return fault.Errorf(fault.Invalid, "parameter %s: %w", name, err)
		}
	}
	for name := range ent.Parameters {
		if _, ok := r.Parameters[name]; !ok {
			return fault.Errorf(fault.Invalid, "parameter %s is missing: %s needs it", name, ent.Name)
		}
	}
	return nil
}

// bind settles whose session the grant is for. A person's is always his own.
func (t *Terms) bind(ent Entitlement, c identity.Caller) error {
	own := c.Kind == identity.Person || c.UniqueID() == t.Principal.ID
	switch {
	case t.Principal.User(): // a user has no sessions: its id alone is the fence
		t.Session.Bind, t.Session.Value = BindNone, ""
		return nil
	case ent.Session == BindVPCEndpoint:
		t.Session.Value = ent.VPCEndpoint
		return nil
	case ent.Session == BindNone:
		t.Session.Value = ""
		return nil
	case own && t.Session.Value != "" && t.Session.Value != c.Name:
		return deny("curfew.session", "you may ask for a session of your own name, %q, only", c.Name)
	case own:
		t.Session.Value = c.Name
	}
	if !sessionName().MatchString(t.Session.Value) {
		return fault.Errorf(fault.Invalid, "session %q: %s is bound to one, say which", fault.Printable(t.Session.Value), ent.Name)
	}
	return nil
}

// Policy asks what the newest policy, suspensions and the principal's marks allow.
type Policy struct{ *Service }

// decide asks who is suspended, and the newest policy. An error is a denial.
func (s Policy) decide(ctx context.Context, ent Entitlement, t Terms, c identity.Caller, act PolicyAction) error {
	suspended, err := s.Suspensions().Suspended(ctx, c, t.Principal.ARN, t.Requester.ID, t.Entitlement)
	if err != nil {
		return err
	}
	if suspended != "" {
		return deny("curfew.suspended", "%s is suspended", suspended)
	}
	return s.AskPolicy(ctx, ent, t, c, act)
}

func (s Policy) AskPolicy(ctx context.Context, ent Entitlement, t Terms, c identity.Caller, act PolicyAction) error {
	actions := []PolicyAction{act}
	if act == ActRequest && ent.BreakGlass {
		actions = append(actions, ActBreakGlass)
	}
	for _, a := range actions {
		v, err := s.Decider.Decide(ctx, Question{Action: a, Caller: c, Entitlement: ent, Terms: t, At: s.Instant()})
		if err != nil {
			return &fault.Error{Kind: fault.Denied, Text: "policy could not be asked: denied", By: []string{ReasonError}, Err: err}
		}
		if !v.Allow {
			return &fault.Error{Kind: fault.Denied, Text: "policy does not allow " + string(a) + " of " + t.Entitlement, By: v.By}
		}
	}
	return nil
}

// ReasonError is the reason of a denial by a policy that could not be asked.
const ReasonError = "curfew.error"

func deny(by, format string, args ...any) error { return fault.Deny(by, format, args...) }

// Keep writes the request: terms, elevation, what keeps it unique and repeatable, and its evidence, in one transaction.
func (s Submission) Keep(ctx context.Context, c identity.Caller, t Terms, r Request, key record.Change, beside func(Terms) ([]record.Change, error)) (Elevation, error) {
	e := t.elevation()
	e.State = Requested
	a := asked{Digest: t.Digest(), Requester: t.Requester.ID, Input: t.input()}
	entry := evidence.Entry{At: t.RequestedAt, Kind: "elevation.requested", Actor: c.ID, Detail: summary{a.Digest, t.Entitlement, t.Task, t.Reason, nil}}
	if t.Approval.Need == 0 {
		e.State = Approved
		entry.Kind = "elevation.approved" // asked for and approved by policy in one
	}
	more, err := beside(t)
	if err != nil {
		return e, err
	}
	var done *Elevation
	tried := false
	free := func(ctx context.Context) (slot string, err error) {
		first := !tried
		if tried {
			stored, err := s.rival(ctx, c, t, e, r)
			if !errors.Is(err, errSlotTaken) {
				done = &stored
				return "", err
			}
		}
		if tried = true; first && s.Settings.OpenRequests > 0 {
			return s.guessSlot(t), nil
		}
		if slot, err = s.freeSlot(ctx, t); err != nil {
			err = refusals{s.Service}.refused(ctx, c, "submit", "", err)
		}
		return slot, err
	}
	stored := e
	err = record.Update(ctx, s.Store, "the open requests of "+c.ID, free, func(slot string) ([]record.Change, error) {
		if done != nil {
			return nil, nil
		}
		e.Slot = slot
		extra, err := requestRows(c, t, a, e, r, key)
		if err != nil {
			return nil, err
		}
		var changes []record.Change
		changes, stored, err = e.swap(Amendment{Next: e, entry: entry, extra: append(extra, more...)})
		return changes, err
	})
	if done != nil {
		return *done, err
	}
	return stored, err
}

// input is what the execution starts with.
func (t Terms) input() string {
	in := Input{
		ID: t.ID, Route: "ask", Account: t.Principal.Account, Principal: t.Principal.ARN, PrincipalID: t.Principal.ID,
		StartAt: t.StartAt, DecideSeconds: max(1, secondsUntil(t.DecideBy, t.RequestedAt)),
	}
	if t.Approval.Need == 0 {
		in.Route = "start"
	}
	if n := t.CanaryNet(); n != "" && n != NetWorkflow {
		in.Account = "" // Revoke's state reads it: without it the execution dies there, as if it had failed by itself
	}
	return in.String()
}

// elevation is the aggregate's changing part as it begins, in no state yet.
func (t Terms) elevation() Elevation {
	return Elevation{
		ID: t.ID, ChangedAt: t.RequestedAt, Tasks: []string{t.Task.String()},
	}.Of(t)
}

// summary is what evidence says of a request; the terms themselves are stored beside it, under their digest.
type summary struct {
	Digest      string    `json:"digest"`
	Entitlement string    `json:"entitlement"`
	Task        task.Task `json:"task"`
	Reason      string    `json:"reason"`
	By          []string  `json:"by,omitempty"`
}

// refuseRequest leaves an elevation in denied, in one transaction with the evidence in the caller's chain. The refusal
// stands whether or not that can be stored; what was not stored is an empty elevation.
func (s Submission) refuseRequest(ctx context.Context, c identity.Caller, t Terms, why error) Elevation {
	e := t.elevation()
	e.State, e.Why, e.Version = DeniedState, why.Error(), 1
	changes, e, err := withEvidence(e, evidence.Entry{At: t.RequestedAt, Kind: "elevation.denied", Actor: c.ID,
		Detail: summary{t.Digest(), t.Entitlement, t.Task, t.Reason, fault.Reasons(why)}})
	if err == nil {
		changes, err = record.AddRow(changes, err, func() (record.Row, error) { return record.Encode(TermsKey(t.ID), 1, t) })
		changes, err = record.AddRow(changes, err, func() (record.Row, error) { return elevationRow(e) })
	}
	if err == nil {
		r := refusal{Verb: "submit", Elevation: t.ID, Subject: t.Entitlement, Kind: fault.Denied, Why: why.Error(), By: fault.Reasons(why)}
		var stored bool
		if stored, err = (refusals{s.Service}).recordRefusal(ctx, c, r, changes); stored {
			return e
		}
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "refusal without evidence", "verb", "submit", "actor", c.ID, "error", err)
	}
	return Elevation{}
}
