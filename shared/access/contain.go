package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// Containment writes, so it has its own function and a limit. Revoke never waits for it.

// containAgain is the time between tries.
const containAgain = 5 * time.Minute

// containedPerHour limits contained principals: more means a bug or an attack.
const containedPerHour = 5

// Uncontained is a grant that can be neither removed nor contained.
var Uncontained = finding.Kind{
	Name: "uncontained", PageInterval: 30 * time.Minute, Severity: finding.Critical,
	Why: "access that is over may still be usable", Do: "remove the grant in IAM by hand, then look at why AWS refused Curfew",
}

// Contain closes a grant whose removal fails. First it rewrites the grant's policy with a fence that ends now. If that
// fails, or the grant is managed, and the entitlement says contain, it writes a Deny of what was granted.
// [Service.Revoke] removes the Deny. At most 5 principals an hour; then Contain pages.
//
// An order with Foreign asks for a quarantine instead: see [Quarantine].
//
// It is idempotent. nil: nothing is open. A failure to close it raises a finding.
func (s *Service) Contain(ctx context.Context, o Order) (err error) {
	if o.Foreign != nil {
		return quarantining{s}.quarantine(ctx, o)
	}
	how := ""
	defer func() { s.Logged(ctx, "contain", o.ID, o.By, &err, "principal", o.Principal, "how", how) }()
	l, err := s.Load(ctx, o.ID)
	if err != nil {
		return err
	}
	if !l.Elevation.containable(s.Now()) {
		return nil
	}
	if at := l.Elevation.ContainTriedAt; !at.IsZero() && s.Now().Before(at.Add(containAgain)) {
		return nil // Revoke orders it with each try
	}
	if err := (containing{s}).mayContain(ctx, l); err != nil {
		return containing{s}.uncontained(ctx, l, err)
	}
	open, err := containing{s}.stillOpen(ctx, l)
	if err != nil || !open {
		return err
	}
	if l, err = (containing{s}).beginContaining(ctx, l); err != nil {
		return containing{s}.uncontained(ctx, l, err)
	}
	if !l.Elevation.containable(s.Now()) {
		return nil
	}
	if how, err = (containing{s}).close(ctx, l); err != nil {
		if fault.KindOf(err) == fault.Denied { // nothing was written
			containing{s}.uncount(ctx, l.Terms.Principal.ID)
		}
		return containing{s}.uncontained(ctx, l, err)
	}
	_, err = s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		return Amendment{Next: l.Elevation, entry: evidence.Entry{At: s.Instant(), Kind: "elevation.contained", Actor: o.By, Detail: map[string]string{"how": how}}}, nil
	})
	return err
}

type containing struct{ *Service }

// mayContain checks the terms as Grant does: a forged record must not cause a Deny.
func (s containing) mayContain(ctx context.Context, l Life) error {
	e, t := l.Elevation, l.Terms
	if _, err := s.asked(ctx, t); err != nil {
		return err
	}
	switch {
	case e.GrantedAt.After(s.Now().Add(ClockSkew)), !e.Deadline.Equal(earliest(e.GrantedAt.Add(time.Duration(t.Duration)*time.Second), t.LatestEnd)):
		return deny("curfew.digest", "the instants of %s are not those of a grant", t.ID)
	case t.Form != Inline && !t.Contain:
		return deny("curfew.contain", "its policies are managed, so the fence cannot be closed, and entitlement %s does not say contain", t.Entitlement)
	}
	_, err := granter(s).renderAnew(ctx, t)
	return err
}

// stillOpen reports whether a fence is open and there is no Deny.
func (s containing) stillOpen(ctx context.Context, l Life) (bool, error) {
	t := l.Terms
	found, err := s.Cloud.Read(ctx, t.Principal, GrantName(s.Settings.Name, t.ID))
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil { // assume that it is there
		return true, nil
	}
	closed := !slices.ContainsFunc(found, func(d string) bool {
		_, until, err := iampolicy.Fenced([]byte(d))
		return err != nil || s.Now().Before(until)
	})
	if closed {
		return false, nil
	}
	denied, err := s.Cloud.Read(ctx, t.Principal, ContainmentName(s.Settings.Name, t.ID))
	return len(denied) == 0, fault.Wrap(err, "looking for the containment of %s", t.ID)
}

// beginContaining stores the intent first: Revoke must know what to remove.
func (s containing) beginContaining(ctx context.Context, l Life) (Life, error) {
	if err := s.countContained(ctx, l.Terms.Principal.ID); err != nil {
		return l, err
	}
	return s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		next := l.Elevation
		if !next.containable(s.Now()) {
			return Amendment{None: true}, nil
		}
		// Until this write has settled, absence is no proof.
		next.AttachBy, next.GoneAt = after(s.Now().Add(s.Settings.AttachWithin)), time.Time{}
		next.ContainTriedAt = s.Instant()
		a := Amendment{Next: next}
		if next.ContainedAt.IsZero() { // once; retries are only logged
			a.Next.ContainedAt = s.Instant()
			a.entry = evidence.Entry{At: s.Instant(), Kind: "elevation.containing", Actor: "contain",
				Detail: map[string]any{"deadline": next.Deadline, "deny": l.Terms.Contain}}
		}
		return a, nil
	})
}

// containedRow is one row, so that concurrent writers cannot both take the last place.
type containedRow struct {
	Principals map[string]time.Time `json:"principals"` // by unique id
}

func (s containing) countContained(ctx context.Context, principal string) error {
	return record.UpdateRow(ctx, s.Store, "the count of containments", containedKey(), func(was record.Stored[containedRow]) ([]record.Change, error) {
		next, counted := was.Value.count(principal, s.Instant())
		if !counted {
			return nil, &fault.Error{Kind: fault.Quota, Text: fmt.Sprintf("%d principals were contained within an hour, which is the limit: investigate first", len(next.Principals)), Err: errBound}
		}
		if _, again := was.Value.Principals[principal]; again && next.Principals[principal].Equal(was.Value.Principals[principal]) {
			return nil, nil
		}
		put, err := was.Put(next, time.Time{})
		return []record.Change{put}, err
	})
}

// uncount frees the place of a principal that refuses all writes.
func (s containing) uncount(ctx context.Context, principal string) {
	err := record.UpdateRow(ctx, s.Store, "the count of containments", containedKey(), func(was record.Stored[containedRow]) ([]record.Change, error) {
		if _, counted := was.Value.Principals[principal]; !counted {
			return nil, nil
		}
		delete(was.Value.Principals, principal)
		put, err := was.Put(was.Value, time.Time{})
		return []record.Change{put}, err
	})
	if err != nil {
		s.Log.WarnContext(ctx, "containment not uncounted", "principal", principal, "error", err)
	}
}

func (c containedRow) count(principal string, now time.Time) (containedRow, bool) {
	next := containedRow{Principals: map[string]time.Time{}}
	for id, at := range c.Principals {
		if now.Before(at.Add(time.Hour)) {
			next.Principals[id] = at
		}
	}
	if _, ok := next.Principals[principal]; ok {
		return next, true
	}
	if len(next.Principals) >= containedPerHour {
		return next, false
	}
	next.Principals[principal] = now
	return next, true
}

func (s containing) close(ctx context.Context, l Life) (how string, err error) {
	var refused error
	if l.Terms.Form == Inline {
		if refused = s.closeFence(ctx, l); refused == nil {
			return "fence", nil
		}
	}
	err = fault.Errorf(fault.Denied, "entitlement %s does not say contain: no Deny is written", l.Terms.Entitlement)
	if l.Terms.Contain {
		err = s.deny(ctx, l)
	}
	if err != nil && refused != nil {
		err = fault.Wrap(err, "%v; and then", refused)
	}
	return "deny", err
}

// closeFence uses the terms: the attached policy may have been edited.
func (s containing) closeFence(ctx context.Context, l Life) error {
	filled, err := s.granted(l)
	if err != nil {
		return err
	}
	closed, err := iampolicy.Close(filled[0], s.Instant())
	if err != nil {
		return fault.Errorf(fault.Internal, "closing the fence of %s: %w", l.Terms.ID, err)
	}
	return fault.Wrap(s.write(ctx, l, GrantName(s.Settings.Name, l.Terms.ID), closed), "closing the fence of %s", l.Terms.ID)
}

// deny writes a Deny of what was granted, or, if that is too long, of all actions of the session. Without a session
// that would deny the whole principal: it writes nothing.
func (s containing) deny(ctx context.Context, l Life) error {
	t := l.Terms
	if id, err := s.sharesSession(ctx, l); err != nil || id != "" {
		return errors.Join(err, fault.Errorf(fault.Denied, "elevation %s has the same principal and session, and would be denied too", id))
	}
	filled, err := s.granted(l)
	if err != nil {
		return err
	}
	counter, err := iampolicy.DenyGrant(filled...)
	if err != nil {
		return fault.Errorf(fault.Internal, "denying what %s was granted: %w", t.ID, err)
	}
	policy := ContainmentName(s.Settings.Name, t.ID)
	err = s.write(ctx, l, policy, counter)
	if fault.KindOf(err) == fault.Quota && t.Session.Bind == BindUserID {
		if counter, err = iampolicy.DenyAll(filled[0]); err == nil {
			err = s.write(ctx, l, policy, counter)
		}
	}
	return fault.Wrap(err, "denying what %s was granted", t.ID)
}

// sharesSession finds another open elevation that the Deny would affect.
func (s containing) sharesSession(ctx context.Context, l Life) (string, error) {
	q := record.Query{Index: record.ByPrincipal, Partition: l.Terms.Principal.ARN, Newest: true, Limit: 200}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return "", fault.Wrap(err, "listing what %s has", l.Terms.Principal.ARN)
		}
		for _, k := range page.Keys {
			if other, err := s.Load(ctx, IDOf(k)); err != nil || other.sharesSession(l) {
				return other.Terms.ID, err
			}
		}
		if q.After = page.Next; q.After == "" {
			return "", nil
		}
	}
}

func (l Life) sharesSession(of Life) bool {
	a, b := l.Terms.Session, of.Terms.Session
	apart := a.Bind == b.Bind && a.Bind != BindNone && a.Value != b.Value
	st := l.Elevation.State
	return l.Terms.ID != of.Terms.ID && (st == Granting || st == Active) && !apart
}

func (s containing) granted(l Life) (docs [][]byte, err error) {
	for _, p := range l.Terms.Policies {
		filled, err := iampolicy.Fill([]byte(p), l.Elevation.GrantedAt, l.Elevation.Deadline)
		if err != nil {
			return nil, fault.Errorf(fault.Internal, "the grant of %s: %w", l.Terms.ID, err)
		}
		docs = append(docs, filled)
	}
	if len(docs) == 0 {
		return nil, fault.Errorf(fault.Internal, "the terms of %s have no policy", l.Terms.ID)
	}
	return docs, nil
}

func (s containing) write(ctx context.Context, l Life, policy string, document []byte) error {
	return s.Cloud.Attach(ctx, Grant{
		Name: policy, Principal: l.Terms.Principal, Form: Inline, Documents: []string{string(document)},
		AttachBy: l.Elevation.AttachBy,
	})
}

// uncontained pages that access is open. The hourly limit has one page.
func (s containing) uncontained(ctx context.Context, l Life, why error) error {
	if errors.Is(why, errBound) {
		return errors.Join(why, finding.Report(ctx, s.Base, Uncontained, finding.Occurrence{
			Subject: "containment", What: fault.FirstLine(why) + "; the first elevation that waits is " + l.Terms.ID + " on " + l.Terms.Principal.ARN}))
	}
	return errors.Join(why, finding.Report(ctx, s.Base, Uncontained, l.Found(
		"its grant on "+l.Terms.Principal.ARN+" can neither be removed nor contained before "+l.Elevation.Deadline.Format(time.RFC3339)+": "+fault.FirstLine(why))))
}
