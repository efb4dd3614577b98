package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
)

// Submit requests an elevation, which then waits for approvers or is approved by policy.
//
// Invalid: malformed, nothing is stored. Denied: see [fault.Reasons]; evidence and a denied elevation are stored.
// Conflict: the same is pending, or the idempotency key was used.
func (s *Service) Submit(ctx context.Context, c identity.Caller, r Request) (t Terms, e Elevation, err error) {
	s = noting(s, c)
	t, e, err = Submission{s}.submit(ctx, c, r, func(Terms) ([]record.Change, error) { return nil, nil })
	noteCaller(ctx, s, err)
	if fault.KindOf(err) != fault.Denied { // a denial has its evidence
		err = refusals{s}.refused(ctx, c, "submit", "", err)
	}
	return t, e, err
}

func (s Submission) submit(ctx context.Context, c identity.Caller, r Request, beside func(Terms) ([]record.Change, error)) (t Terms, e Elevation, err error) {
	id := s.NewID()
	s = Submission{comparing(s.Service)}
	s.ahead = &record.Ahead{}
	defer func() { s.Logged(ctx, "submit", e.ID, c.ID, &err) }()
	if err := r.Check(s.Instant()); err != nil {
		return Terms{}, Elevation{}, err
	}
	done, key, err := s.repeated(ctx, c, r)
	if err != nil || done.Elevation.ID != "" {
		return done.Terms, done.Elevation, err
	}
	t, err = s.makeTerms(ctx, id, c, r)
	if r.waits && slices.Contains(fault.Reasons(err), noRoom) {
		return Terms{}, Elevation{}, fault.Errorf(fault.Transient, "%w", err)
	}
	if fault.KindOf(err) == fault.Denied {
		e = s.refuseRequest(ctx, c, t, err)
		return t, e, fault.About(e.ID, err)
	}
	if err != nil {
		return Terms{}, Elevation{}, err
	}
	if e, err = s.Keep(ctx, c, t, r, key, beside); err != nil {
		return Terms{}, Elevation{}, err
	}
	// The sweep starts requests without an execution.
	if err := s.Workflow.Start(ctx, e.ID, t.input()); err != nil {
		s.Log.WarnContext(ctx, "execution not started, left to the sweep", "elevation", e.ID, "error", err)
	}
	return t, e, nil
}

// makeTerms returns partial terms with Denied.
func (s Submission) makeTerms(ctx context.Context, id string, c identity.Caller, r Request) (Terms, error) {
	now := s.Instant()
	c.MFAAt = time.Time{} // of approvers only
	t := Terms{
		ID: id, Principal: Principal{ARN: r.Principal, Account: accountOf(r.Principal)}, Entitlement: r.Entitlement, Parameters: r.Parameters, Requester: c.Reduced(), Reason: r.Reason, Renews: r.Renews,
		RequestedAt: now, Duration: int64(r.Duration / time.Second), Task: task.Task{Kind: r.Task.Kind, ID: r.Task.ID},
	}
	ent, err := s.Decider.Entitlement(ctx, "", r.Entitlement)
	if fault.KindOf(err) == fault.NotFound || (err == nil && !c.In(ent.Requesters)) {
		// One text for missing and forbidden: it must not reveal which exist.
		return t, deny("curfew.entitlement", "%s is not an entitlement that you may ask for", r.Entitlement)
	}
	if err != nil {
		return t, fault.Wrap(err, "reading entitlement %s", r.Entitlement)
	}
	named, err := s.Decider.NamedGroups(ctx, ent.Catalog)
	if err != nil {
		return t, fault.Wrap(err, "reading the groups of the catalog")
	}
	t.Requester = c.Reduced(named)
	t.Reduced = len(t.Requester.Groups) < len(c.Groups)
	old, r, err := renewing(s).begin(ctx, c, r)
	if err != nil {
		return t, err
	}
	t.fromEntitlement(ent, r, now)
	if err := t.permitted(ent, c, r); err != nil {
		return t, err
	}
	if err := s.Settings.coverable(t); err != nil {
		return t, err
	}
	if ent.BreakGlass {
		if err := (Reviews(s)).checkOverdue(ctx, c); err != nil {
			return t, err
		}
	}
	if err := Accounts(s.Service).Admit(ctx, t.Principal.Account); err != nil {
		return t, err
	}
	if t.Task.Known, err = s.Tasks().IsKnownTo(ctx, t.Task, c, accountOf(r.Principal)); err != nil {
		return t, err
	}
	if rule, _ := ent.serves(t.Task.Kind); rule.Known && !t.Task.Known {
		return t, deny("curfew.task", "task %s %s is not known: Curfew has seen no start of it, or has already seen it end; the id must be whole, as in the event of its start", t.Task.Kind, t.Task.ID)
	}
	if err := s.fit(ctx, &t, ent, r.Principal); err != nil {
		return t, err
	}
	if err := renewing(s).check(old, t); err != nil {
		return t, err
	}
	if s.ahead != nil {
		s.ahead.Keys = placeKeys(t, s.guessSlot(t))
	}
	if err := Policy(s).decide(ctx, ent, t, c, ActRequest); err != nil {
		return t, err
	}
	return t, budgeting(s).askBudget(ctx, ent, t)
}

func (s Submission) fit(ctx context.Context, t *Terms, ent Entitlement, arn string) error {
	sight, err := s.Cloud.Look(ctx, arn)
	switch fault.KindOf(err) {
	case "":
	case fault.NotFound, fault.Denied:
		return &fault.Error{Kind: fault.Denied, Text: "principal " + arn + " does not exist, or is protected", By: []string{"curfew.principal"}, Err: err}
	default:
		return fault.Wrap(err, "looking at %s", arn)
	}
	t.Principal = sight.Principal
	if err := Policy(s).Accepted(sight); err != nil {
		return err
	}
	if err := t.bind(ent, t.Requester); err != nil {
		return err
	}
	if err := t.bindMFA(ent, sight.Trust); err != nil {
		return err
	}
	t.Session.Weak = !pinned(t.Session.Bind, sight.Trust)
	if t.Session.Weak && !ent.Weak {
		return deny("curfew.binding", "the trust policy of %s does not pin the session's %s, and %s does not say binding: weak",
			arn, t.Session.Bind, ent.Name)
	}
	return t.form(ent, sight.Room)
}

// Keep stores the request and its evidence in one transaction.
func (s Submission) Keep(ctx context.Context, c identity.Caller, t Terms, r Request, key record.Change, beside func(Terms) ([]record.Change, error)) (Elevation, error) {
	e := t.elevation()
	e.State = Requested
	e.Adds = Differences(s).adds(ctx, t)
	if err := t.fitsLog(); err != nil {
		return e, err
	}
	a := asked{Digest: t.Digest(), Requester: t.Requester.ID, Input: t.input()}
	entry := evidence.Entry{At: t.RequestedAt, Kind: "elevation.requested", Actor: c.ID, Detail: summary{a.Digest, t.Entitlement, t.Task, t.Reason, nil}}
	if t.Approval.Need == 0 {
		e.State = Approved
		entry.Kind = "elevation.approved"
	}
	more, err := beside(t)
	if err != nil {
		return e, err
	}
	var done *Elevation
	var tried *places
	free := func(ctx context.Context) (at places, err error) {
		if tried != nil {
			if stored, err := s.rival(ctx, c, t, r); err != nil || stored.ID != "" {
				done = &stored
				return at, err
			}
		}
		at, err = s.places(ctx, c, t)
		switch {
		case fault.KindOf(err) == fault.Denied:
			err = refusals(s).refused(ctx, c, "submit", "", err)
		case err == nil && tried != nil && tried.same(at): // not the reason
			err = fault.Errorf(fault.Transient, "a concurrent request just ended: try again")
		}
		tried = &at
		return at, err
	}
	stored := e
	err = record.Update(ctx, s.Store, "the open requests of "+c.ID, free, func(at places) ([]record.Change, error) {
		if done != nil {
			return nil, nil
		}
		extra, err := requestRows(c, t, a, at, r, key)
		if err != nil {
			return nil, err
		}
		var changes []record.Change
		changes, stored, err = e.swap(Amendment{Next: AskNext(t.delayNotice(e, at.withdrew), t, t.RequestedAt), entry: entry, extra: append(extra, more...)})
		return changes, err
	})
	if done != nil {
		return *done, err
	}
	return stored, err
}

func requestRows(c identity.Caller, t Terms, a asked, at places, r Request, key record.Change) ([]record.Change, error) {
	changes, err := record.AddRow(nil, nil, func() (record.Row, error) { return termsRow(t) })
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		return record.Encode(askedKey(t), 1, a)
	})
	for _, was := range []record.Stored[pending]{at.session, at.slot} {
		place := pending{Elevation: t.ID}
		if was.Row.Key == pendingKey(t) {
			place.Renews = t.Renews
		}
		put, failed := was.Put(place, t.LatestEnd.Add(time.Hour))
		changes, err = append(changes, put), errors.Join(err, failed)
	}
	if err == nil && r.IdempotencyKey != "" {
		key.Row, err = record.Encode(idempotencyKey(c.ID, r.IdempotencyKey), key.Version+1, repeat{t.ID, r.sum()})
		key.Row.Expires = t.RequestedAt.Add(idempotentIn)
		changes = append(changes, key)
	}
	if err == nil && t.BreakGlass {
		put, failed := at.breakGlass.Put(breakGlassList{append(at.breakGlass.Value.Elevations, t.ID)}, time.Time{})
		open, unopened := t.openReview(t.RequestedAt)
		changes, err = append(changes, put, open), errors.Join(failed, unopened)
	}
	return changes, err
}

func (t Terms) elevation() Elevation {
	return Elevation{
		ID: t.ID, ChangedAt: t.RequestedAt, NoReview: !t.BreakGlass && t.Review != ReviewAlways,
	}.Of(t)
}

type summary struct {
	Digest      string    `json:"digest"`
	Entitlement string    `json:"entitlement"`
	Task        task.Task `json:"task"`
	Reason      string    `json:"reason"`
	By          []string  `json:"by,omitempty"`
}

// refuseRequest returns an empty elevation if it cannot store; the refusal stands.
func (s Submission) refuseRequest(ctx context.Context, c identity.Caller, t Terms, why error) Elevation {
	if t.fitsLog() != nil {
		t.Policies = nil
	}
	e := t.elevation()
	e.State, e.Why, e.Version = DeniedState, why.Error(), 1
	changes, e, err := withEvidence(e, evidence.Entry{At: t.RequestedAt, Kind: "elevation.denied", Actor: c.ID,
		Detail: summary{t.Digest(), t.Entitlement, t.Task, t.Reason, fault.Reasons(why)}})
	if err == nil {
		changes, err = record.AddRow(changes, err, func() (record.Row, error) { return termsRow(t) })
		changes, err = record.AddRow(changes, err, func() (record.Row, error) { return elevationRow(e) })
	}
	if err == nil {
		r := refusal{Verb: "submit", Elevation: t.ID, Subject: t.Entitlement, Kind: fault.Denied, Why: why.Error(), By: fault.Reasons(why)}
		var stored bool
		if stored, err = refusals(s).recordRefusal(ctx, c, r, changes); stored {
			return e
		}
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "refusal without evidence", "verb", "submit", "actor", c.ID, "error", err)
	}
	return Elevation{}
}

// CanaryTerms returns a canary for one net.
func (s Submission) CanaryTerms(ctx context.Context, n Net) (Terms, error) {
	r := Request{
		Entitlement: CanaryEntitlement, Principal: s.Settings.Canary.Principal, Duration: CanaryFor,
		Reason: "to see that the " + string(n) + " ends what is left to it",
		Task:   task.Task{Kind: "change", ID: string(n) + "-" + s.Instant().Format("2006-01-02T15-04-05Z")},
	}
	if err := r.Check(s.Instant()); err != nil {
		return Terms{}, err
	}
	return s.makeTerms(ctx, s.NewID(), CanaryCaller(), r)
}
