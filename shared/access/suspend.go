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
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Meant is what a caller says to mean where a suspension could be a mistake.
type Meant struct {
	Unseen bool // the requester's exact id, though no caller of this id was ever seen
	Self   bool // the caller themselves
}

// Suspend suspends a scope. Only an operator may, a machine too unless it is an operator who is suspended. What is suspended
// already stays as it is: success; except that a second person confirms one that would lapse. Nothing is ended by it alone;
// see [Service.EndAll].
//
// Invalid: nothing that is known matches the scope ([fault.Nearest]), or it is the caller themselves and they do not say so. Denied:
// they may not, not again yet, or too many are in effect.
func (s *Service) Suspend(ctx context.Context, c identity.Caller, sc Scope, reason string, meant Meant) (out Suspension, err error) {
	defer s.Logged(ctx, "suspend", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.check(), fault.CheckText("reason", reason, 1, maxReason)); err != nil {
		return out, err
	}
	s = noting(s, c)
	err = Suspending{s}.maySuspend(ctx, c)
	noteCaller(ctx, s, err)
	if err != nil {
		return out, refusals{s}.refused(ctx, c, "suspend", "", err)
	}
	t, err := resolving{s}.resolve(ctx, sc, meant.Unseen)
	if err != nil {
		return out, err
	}
	if t.scope.Requester == c.ID && !meant.Self {
		others, err := resolving{s}.otherOperators(ctx, c)
		if err == nil {
			err = selfSuspended(others)
		}
		return out, err
	}
	out, err = Suspending{s}.makeSuspension(ctx, c, t, reason)
	return out, refusals{s}.refused(ctx, c, "suspend", "", err)
}

// Suspending changes and reads suspensions.
type Suspending struct{ *Service }

func (s Suspending) makeSuspension(ctx context.Context, c identity.Caller, t target, reason string) (Suspension, error) {
	operator := ""
	if t.scope.Requester != "" {
		operator = resolving{s.Service}.operates(ctx, t)
	}
	if operator != "" && c.Kind != identity.Person {
		return Suspension{}, deny("curfew.person", "only a person suspends an operator: %s counts as one: %s", t, operator)
	}
	because := whyLapses(c, t, operator)
	out, err := s.changeSuspension(ctx, t, func(was Suspension, held bool) (Suspension, evidence.Entry, error) {
		now := s.Instant()
		switch {
		case !held:
			if err := s.mayHoldMore(ctx, c, t); err != nil {
				return was, evidence.Entry{}, err
			}
			next, err := was.Make(t, c, reason, because, now)
			return next, next.entry("suspension.made", c.ID, now, reason), err
		case operator != "" && was.byMachine() && c.Kind == identity.Person && !was.LapsesAt.IsZero():
			// They became known as an operator since: a machine's word about one is none, and there is one person's yet.
			next, err := was.Make(t, c, reason, because, now)
			return next, next.entry("suspension.made", c.ID, now, reason), err
		case was.LapsesAt.IsZero(), c.ID == was.By, c.Kind != identity.Person:
			return was, evidence.Entry{}, nil
		}
		next, err := was.Confirm(c, now)
		return next, next.entry("suspension.confirmed", c.ID, now, reason), err
	})
	if err == nil && !out.LapsesAt.IsZero() {
		s.tellWaits(ctx, out)
	}
	return out, err
}

// Limits of how many suspensions are in effect: each is a row that the sweep reads on every pass. What all machines together
// make leaves half of them to people.
const (
	mostInEffect   = 500
	mostByMachines = 250
	mostByMachine  = 50
	// mostUnseen bounds the rows of callers who were never seen that one person made, in effect or not: what is known bounds
	// the others, and there is no end of ids.
	mostUnseen = 100
)

// mayHoldMore refuses one more suspension where too many are in effect. A person may always suspend everything, and who made
// any of them: no caller fills up the limit to be out of reach. Calls at the same moment can pass it by their number.
func (s Suspending) mayHoldMore(ctx context.Context, c identity.Caller, t target) error {
	rows, err := s.allSuspensions(ctx)
	if rows == nil {
		return err
	}
	unseen := 0
	for _, sus := range rows {
		if sus.Unseen && sus.By == c.ID {
			unseen++
		}
	}
	all, own, byMachines := s.inEffect(rows), 0, 0
	for _, sus := range all { // one that cannot be read is not counted
		if c.Kind == identity.Person && (t.scope.Everything || sus.By == t.scope.Requester) {
			return nil
		}
		if sus.By == c.ID {
			own++
		}
		if sus.byMachine() {
			byMachines++
		}
	}
	const then = "a person lifts those that are not needed (curfew suspensions, curfew lift)"
	switch {
	case t.unseen && unseen >= mostUnseen:
		return deny("curfew.full", "you suspended %d callers who were never seen within 30 days, the most of one person: another operator may", unseen)
	case c.Kind != identity.Person && own >= mostByMachine:
		return deny("curfew.full", "%d suspensions that you made are in effect, the most of one machine: %s", own, then)
	case c.Kind != identity.Person && byMachines >= mostByMachines:
		return deny("curfew.full", "%d suspensions that machines made are in effect, the most of all machines: %s", byMachines, then)
	case len(all) >= mostInEffect:
		return deny("curfew.full", "%d suspensions are in effect, the most that there may be: %s", len(all), then)
	}
	return nil
}

// A suspension lapses unless a second operator confirms it; nobody did.
var (
	SuspensionWaits  = finding.Kind{Name: "suspension-waits", Again: finding.Daily}
	SuspensionLapsed = finding.Kind{Name: "suspension-lapsed", Again: finding.Daily}
)

// tellWaits tells the other operators of a suspension that lapses. It is in effect whether or not they can be told.
func (s Suspending) tellWaits(ctx context.Context, sus Suspension) {
	what := fmt.Sprintf("%s suspended %s, and it lapses at %s unless a second operator confirms it: curfew suspend %s --reason WHY (%s)",
		fault.Known{ID: sus.By, Name: sus.ByName}, sus.of(), sus.LapsesAt.Format(time.RFC3339), sus.Scope.flag(), sus.Because)
	if err := finding.Report(ctx, s.Base, SuspensionWaits, sus.subject(), what, sus.Scope); err != nil {
		s.Log.ErrorContext(ctx, "suspension that waits for confirmation not told", "scope", sus.Scope.String(), "error", err)
	}
}

const (
	// lapseToldFor is how long after it a lapse is told. Shorter than finding.Daily, so that it is told once.
	lapseToldFor = 2 * time.Hour
	// lapsesPerPass bounds how many lapses one pass of the sweep tells. The next goes on.
	lapsesPerPass = 20
)

// LapsedSuspensions tells which suspensions lapsed, for the sweep, and gives those in effect. One that cannot be read, or not
// be told, keeps no other from it.
func (s Suspending) LapsedSuspensions(ctx context.Context) (told int, held []Suspension, err error) {
	all, err := s.allSuspensions(ctx)
	failed := []error{err}
	var keys []record.Key
	lapsed := map[record.Key]Suspension{}
	for _, sus := range all {
		if now := s.Now(); sus.lapsed(now) && now.Before(sus.LapsesAt.Add(lapseToldFor)) {
			k := finding.Key(SuspensionLapsed, sus.subject())
			keys, lapsed[k] = append(keys, k), sus
		}
	}
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		rows, err := s.Store.Read(ctx, some...)
		failed = append(failed, fault.Wrap(err, "reading which lapses were told"))
		for _, k := range some {
			if _, before := rows[k]; before || err != nil || told == lapsesPerPass {
				continue
			}
			told++
			sus := lapsed[k]
			failed = append(failed, finding.Report(ctx, s.Base, SuspensionLapsed, sus.subject(), fmt.Sprintf("the suspension of %s by %s lapsed at %s: no second operator confirmed it",
				sus.of(), fault.Known{ID: sus.By, Name: sus.ByName}, sus.LapsesAt.Format(time.RFC3339)), sus.Scope))
		}
	}
	return told, s.inEffect(all), errors.Join(failed...)
}

// Lift takes a suspension back. Only a person may who is an operator, and a caller who is suspended lifts none. One that is
// not in effect is success.
func (s *Service) Lift(ctx context.Context, c identity.Caller, sc Scope, reason string) (out Suspension, err error) {
	defer s.Logged(ctx, "lift", "", c.ID, &err, "scope", sc.String())
	if err := errors.Join(sc.check(), fault.CheckText("reason", reason, 1, maxReason)); err != nil {
		return out, err
	}
	s = noting(s, c)
	err = Suspending{s}.mayLift(ctx, c)
	noteCaller(ctx, s, err)
	if err != nil {
		return out, refusals{s}.refused(ctx, c, "lift", "", err)
	}
	t, err := Suspending{s}.resolveSuspended(ctx, sc)
	if err != nil {
		return out, err
	}
	return Suspending{s}.changeSuspension(ctx, t, func(was Suspension, held bool) (Suspension, evidence.Entry, error) {
		if !held {
			return was, evidence.Entry{}, nil
		}
		was.LiftedBy, was.LiftedAt = c.ID, s.Instant()
		return was, was.entry("suspension.lifted", c.ID, was.LiftedAt, reason), nil
	})
}

// resolveSuspended resolves a scope to lift. By ids it is known if it was ever suspended, whatever the catalog and IAM say
// now.
func (s Suspending) resolveSuspended(ctx context.Context, sc Scope) (target, error) {
	if sc.exact() {
		rows, err := s.Store.Read(ctx, suspendedKey(sc))
		if err != nil || len(rows) > 0 {
			return target{scope: sc}, fault.Wrap(err, "reading the suspension of %s", sc)
		}
	}
	return resolving{s.Service}.resolve(ctx, sc, false)
}

// maySuspend lets no operator suspend who is suspended: they could keep all others out.
func (s Suspending) maySuspend(ctx context.Context, c identity.Caller) error {
	if !c.In(s.Settings.Operators) {
		return deny("curfew.operator", "only operators suspend")
	}
	return s.free(ctx, c, "you suspend nothing and confirm nothing")
}

func (s Suspending) mayLift(ctx context.Context, c identity.Caller) error {
	if c.Kind != identity.Person || !c.In(s.Settings.Operators) {
		return deny("curfew.operator", "only operators who are people lift a suspension")
	}
	return s.free(ctx, c, "another operator lifts it")
}

// free refuses a caller who is suspended, whatever else they are. That everything is suspended does not suspend each caller:
// operators go on to act.
func (s Suspending) free(ctx context.Context, c identity.Caller, then string) error {
	own, err := s.Held(ctx, Scope{Requester: c.ID})
	if err == nil && own != "" {
		err = deny("curfew.self", "you are suspended: %s", then)
	}
	return err
}

// endsOthers refuses a suspended caller the end of what is not their own. If that cannot be read the end goes on: access
// that should not end can be asked for again, and access that should must not stay because a read failed.
func (s Suspending) endsOthers(ctx context.Context, c identity.Caller) error {
	err := s.free(ctx, c, "you end only what is your own")
	if err != nil && fault.KindOf(err) != fault.Denied {
		s.Log.WarnContext(ctx, "ending without knowing whether the caller is suspended", "actor", c.ID, "error", err)
		return nil
	}
	return err
}

// Suspensions are those in effect, in order of scope, for an operator.
func (s *Service) Suspensions(ctx context.Context, c identity.Caller) (all []Suspension, err error) {
	defer s.Logged(ctx, "suspensions", "", c.ID, &err)
	if !c.In(s.Settings.Operators) {
		return nil, refusals{s}.refused(ctx, c, "suspensions", "", deny("curfew.operator", "only operators see who is suspended"))
	}
	return Suspending{s}.suspensions(ctx)
}

// suspensions are those in effect. One that cannot be read keeps no other from being told.
func (s Suspending) suspensions(ctx context.Context) ([]Suspension, error) {
	all, err := s.allSuspensions(ctx)
	if all == nil {
		return nil, err
	}
	return s.inEffect(all), err
}

func (s Suspending) inEffect(all []Suspension) []Suspension {
	now := s.Now()
	return slices.DeleteFunc(slices.Clone(all), func(sus Suspension) bool { return !sus.InEffect(now) })
}

// allSuspensions are those that have a row, in effect or not; nil if they cannot be read.
func (s Suspending) allSuspensions(ctx context.Context) ([]Suspension, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, suspendedPartition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading what is suspended")
	}
	all := []Suspension{}
	var failed []error
	for _, row := range rows {
		sus, err := record.Decode[Suspension](row)
		if failed = append(failed, err); err == nil {
			all = append(all, sus)
		}
	}
	return all, errors.Join(failed...)
}

// changeSuspension swaps the row of a scope, with evidence of it in the scope's own chain. f is asked anew in every round of
// a race; an entry without a kind changes nothing.
func (s Suspending) changeSuspension(ctx context.Context, t target, f func(was Suspension, held bool) (Suspension, evidence.Entry, error)) (Suspension, error) {
	sc := t.scope
	read := func(ctx context.Context) (record.Stored[Suspension], error) {
		was, err := record.Get[Suspension](ctx, s.Store, suspendedKey(sc))
		if err == nil && !was.There() {
			was.Value.Scope, was.Value.Name = sc, t.name
			was.Value.Evidence, err = s.suspensionHead(ctx, sc)
		}
		return was, err
	}
	var out Suspension
	err := record.Update(ctx, s.Store, "the suspension of "+sc.String(), read, func(was record.Stored[Suspension]) ([]record.Change, error) {
		out = was.Value
		next, entry, err := f(was.Value, was.Value.InEffect(s.Now()))
		if err != nil || entry.Kind == "" {
			return nil, err
		}
		proof, err := record.Append(suspensionChain(sc), &next.Evidence, entry)
		if err != nil {
			return nil, err
		}
		put, err := was.Put(next, next.expires())
		if err != nil {
			return nil, err
		}
		out = next
		kept, err := record.KeepHead(suspensionChain(sc), next.Evidence) // the row expires, and the evidence does not
		return []record.Change{put, proof, kept}, err
	})
	return out, err
}

func suspensionChain(sc Scope) string { return "suspension#" + sc.String() }

// suspensionHead is where the evidence of a scope ends whose row has expired: it is followed on from there. The head that is
// kept is behind the evidence if the table was restored to an earlier day.
func (s Suspending) suspensionHead(ctx context.Context, sc Scope) (evidence.Head, error) {
	kept, err := record.Get[record.ChainHead](ctx, s.Store, record.HeadKey(suspensionChain(sc)))
	head := kept.Value.Head
	if err != nil {
		return head, err
	}
	rows, err := s.Store.Partition(ctx, record.AuditTable, suspensionChain(sc), "")
	if err != nil || len(rows) == 0 {
		return head, fault.Wrap(err, "reading the evidence of the suspension of %s", sc)
	}
	last, err := record.DecodeRecord(rows[len(rows)-1])
	if err == nil && last.Seq > head.Seq {
		head = evidence.Head{Seq: last.Seq, Hash: last.Hash}
	}
	return head, err
}

// suspended gives the first scope that is suspended and holds what the caller wants to do; empty if none is.
func (s Suspending) suspended(ctx context.Context, c identity.Caller, t Terms) (string, error) {
	return s.Held(ctx, Scope{Requester: c.ID}, Scope{Requester: t.Requester.ID}, Scope{Principal: t.Principal.ARN},
		Scope{Entitlement: t.Entitlement}, Scope{Everything: true})
}

// Held gives the first of these scopes that is suspended; empty if none is.
func (s Suspending) Held(ctx context.Context, scopes ...Scope) (string, error) {
	var keys []record.Key
	for _, sc := range scopes {
		if k := suspendedKey(sc); k.Sort != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	all := keys
	if s.noted != nil {
		all = append(slices.Clip(keys), s.noted.Key())
	}
	rows, err := s.Store.Read(ctx, all...)
	if err != nil {
		return "", fault.Wrap(err, "reading who is suspended")
	}
	if s.noted != nil {
		s.noted.Took(rows)
	}
	for _, k := range keys {
		row, ok := rows[k]
		if !ok {
			continue
		}
		if sus, err := record.Decode[Suspension](row); err != nil || sus.InEffect(s.Now()) { // one that cannot be read is in effect
			return k.Sort, nil
		}
	}
	return "", nil
}
