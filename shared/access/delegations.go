package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/delegation"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// Delegations let a person decide in the stead of an approver who is away.
type Delegations struct{ *Service }

// Make names the delegate of an approver. to is an id or a name. A zero from is now. See [delegation.Of.Make] for errors.
//
// Denied: no approver of any entitlement, or suspended. Invalid: the delegate was never seen, or several have that name.
func (s Delegations) Make(ctx context.Context, c identity.Caller, to string, from, until time.Time, reason string) (d delegation.Delegation, err error) {
	defer s.Logged(ctx, "delegate", "", c.ID, &err)
	if err := fault.CheckText("reason", reason, 1, maxReason); err != nil {
		return d, err
	}
	s.Service = noting(s.Service, c)
	read := func(ctx context.Context) (delegation.Of, error) { return delegation.Read(ctx, s.Store, c.ID) }
	m, err := s.prepared(ctx, c, to)
	if err == nil {
		err = record.Update(ctx, s.Store, "the delegation of "+c.ID, read, func(of delegation.Of) ([]record.Change, error) {
			m.ID, m.At, m.Why = s.NewID(), s.Instant(), reason
			m.From, m.Until = record.Instant(from), record.Instant(until)
			if from.IsZero() {
				m.From = m.At
			}
			d = delegation.Delegation{Made: m}
			return of.Make(m)
		})
	}
	noteCaller(ctx, s.Service, err)
	return d, refusals(s).refused(ctx, c, "delegate", "", err)
}

func (s Delegations) prepared(ctx context.Context, c identity.Caller, to string) (m delegation.Made, err error) {
	if c.Kind != identity.Person {
		return m, deny("curfew.person", "only people delegate")
	}
	if err := s.Suspensions().Free(ctx, c, "you may not delegate"); err != nil {
		return m, err
	}
	all, err := s.Decider.Entitlements(ctx)
	if err != nil {
		return m, policyUnavailable(err)
	}
	if !slices.ContainsFunc(all, func(e Entitlement) bool { return c.In(e.approval().All()) }) {
		return m, deny("curfew.approvers", "you are not among the approvers of any entitlement: there is nothing to delegate")
	}
	who, err := s.person(ctx, to)
	if err != nil {
		return m, err
	}
	if suspended, err := s.Suspensions().Held(ctx, suspension.Scope{Requester: who.ID}); err != nil {
		return m, err
	} else if suspended != "" {
		return m, deny("curfew.suspended", "%s is suspended", suspended)
	}
	named, err := s.Decider.NamedGroups(ctx, "")
	if err != nil {
		return m, policyUnavailable(err)
	}
	m.To, m.Of = delegation.Person{ID: who.ID, Name: who.Name}, c.Reduced(named)
	if len(m.Of.Groups) < len(c.Groups) {
		m.Named = named
	}
	return m, nil
}

// person finds a person in the directory, by id, name or subject. Denied: a machine.
func (s Delegations) person(ctx context.Context, given string) (directory.Entry, error) {
	if identity.IsID(given) {
		seen, err := record.Get[directory.Entry](ctx, s.Store, directory.Key(given))
		switch {
		case err != nil:
			return seen.Value, err
		case !strings.HasPrefix(given, identity.PersonPrefix):
			return seen.Value, deny("curfew.person", "a delegate must be a person")
		case seen.Exists():
			return seen.Value, nil
		}
	}
	all, err := directory.Directory{Base: s.Base}.All(ctx)
	if err != nil {
		return directory.Entry{}, err
	}
	var found []directory.Entry
	var nearest []fault.Known
	for _, e := range all {
		if strings.EqualFold(e.Name, given) || identity.Subject(e.ID) == given {
			found, nearest = append(found, e), append(nearest, fault.Known{ID: e.ID, Name: e.Name})
		}
	}
	switch {
	case len(found) > 1:
		return directory.Entry{}, &fault.Error{Kind: fault.Invalid, Text: "several callers have the name " + fault.Printable(given) + ": give the id of one", Nearest: nearest}
	case len(found) == 0:
		return directory.Entry{}, fault.Errorf(fault.Invalid, "%q was never seen: they must request or decide something once, so that it is known who they are", fault.Printable(given))
	case found[0].Kind != identity.Person:
		return directory.Entry{}, deny("curfew.person", "a delegate must be a person")
	}
	return found[0], nil
}

// End ends a delegation at once: the caller's, or as an operator that of another, whose id is of. It is idempotent. NotFound: none,
// or hidden. Conflict: it is over.
func (s Delegations) End(ctx context.Context, c identity.Caller, of, id, reason string) (d delegation.Delegation, err error) {
	defer s.Logged(ctx, "end-delegation", "", c.ID, &err)
	if err := fault.CheckText("reason", reason, 0, maxReason); err != nil {
		return d, err
	}
	s.Service = noting(s.Service, c)
	if of == "" {
		of = c.ID
	}
	read := func(ctx context.Context) (delegation.Of, error) { return delegation.Read(ctx, s.Store, of) }
	err = record.Update(ctx, s.Store, "the delegation "+fault.Printable(id), read, func(was delegation.Of) ([]record.Change, error) {
		var found bool
		if d, found = was.Find(id); !found || c.Kind != identity.Person || of != c.ID && !s.operates(c) {
			return nil, fault.Errorf(fault.NotFound, "there is no delegation %q of yours", fault.Printable(id))
		}
		now := s.Instant()
		if d.Ended != nil {
			return nil, nil
		}
		if d.Over(now) {
			return nil, fault.Errorf(fault.Conflict, "the delegation to %s ended at %s", d.To.Name, d.Until.Format(time.RFC3339))
		}
		e := delegation.Ended{Delegation: id, Of: of, By: delegation.Person{ID: c.ID, Name: c.Name}, Why: reason, At: now}
		d.Ended = &e
		return was.EndEarly(e)
	})
	noteCaller(ctx, s.Service, err)
	return d, refusals(s).refusedAbout(ctx, c, refusal{Verb: "end-delegation", Subject: fault.Printable(id)}, err)
}

// operates: an end takes rights away, so operators of a catalog that waits may too.
func (s Delegations) operates(c identity.Caller) bool {
	return c.In(s.Settings.Operators) || c.In(s.enders)
}

// List returns delegations that are not over, the newest first: those of and to the caller, and all to operators.
func (s Delegations) List(ctx context.Context, c identity.Caller) (all []delegation.Delegation, err error) {
	defer s.Logged(ctx, "delegations", "", c.ID, &err)
	if c.In(s.Settings.Operators) {
		return s.listed(ctx)
	}
	of, err := delegation.Read(ctx, s.Store, c.ID)
	if err != nil {
		return nil, err
	}
	to, err := delegation.To(ctx, s.Store, c.ID)
	return s.newest(slices.Concat(of.All, to)), err
}

func (s Delegations) listed(ctx context.Context) ([]delegation.Delegation, error) {
	all, err := delegation.All(ctx, s.Store)
	return s.newest(all), err
}

func (s Delegations) newest(all []delegation.Delegation) []delegation.Delegation {
	all = slices.DeleteFunc(all, func(d delegation.Delegation) bool { return d.Over(s.Now()) })
	slices.SortFunc(all, func(a, b delegation.Delegation) int { return strings.Compare(b.ID, a.ID) })
	return all
}
