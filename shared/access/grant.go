package access

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
	"curfew/shared/task"
)

// GrantIn is the input of the function grant. Only the id is trusted.
type GrantIn struct {
	ID        string `json:"id"`
	Execution string `json:"execution"`
}

// GrantOut has the times of Hold.
type GrantOut struct {
	TimeoutSeconds int64 `json:"timeout_seconds"` // time left + 1: the heartbeat comes first
	BeatSeconds    int64 `json:"beat_seconds"`    // the lesser of time left and heartbeat
}

// Grant sets the deadline. Denied: the latest end has passed.
func (e Elevation) Grant(t Terms, execution string, attachWithin time.Duration, now time.Time) (Elevation, error) {
	next, err := e.to(Granting, now)
	if err != nil {
		return e, err
	}
	now = record.Instant(now)
	next.Execution = execution
	next.GrantedAt = now
	next.Deadline = earliest(now.Add(time.Duration(t.Duration)*time.Second), t.LatestEnd)
	next.AttachBy = now.Add(attachWithin)
	if now.Add(ClockSkew).Before(t.StartAt) {
		return e, deny("curfew.window", "%s does not start before %s", e.ID, t.StartAt.Format(time.RFC3339))
	}
	if !next.Deadline.After(now) {
		return e, deny("curfew.window", "the latest end of %s, %s, has passed", e.ID, t.LatestEnd.Format(time.RFC3339))
	}
	return next, nil
}

// Activate follows the attach and read-back.
func (e Elevation) Activate(t Terms, readyAfter time.Duration, now time.Time) (Elevation, error) {
	next, err := e.to(Active, now)
	next.ReadyAt = after(now).Add(readyAfter)
	if t.Heartbeat > 0 {
		next.LastBeat = after(now)
	}
	return next, err
}

// Refuse refuses at granting: nothing was attached, and Revoke ends it.
func (e Elevation) Refuse(why string, now time.Time) (Elevation, error) {
	if e.State != Approved {
		return e, fault.Errorf(fault.Conflict, "elevation %s is %s and cannot be refused", e.ID, e.State)
	}
	next, err := e.to(Revoking, now)
	next.Cause, next.Why, next.OrderedBy, next.EndDue = Refused, why, "grant", record.Instant(now)
	return next, err
}

// Grant attaches what was approved. It is idempotent for one execution; a retry keeps the deadline. After an error the
// state machine goes to Revoke, except NotYours: another execution owns the grant.
//
// The order matters: decide again; store granting with deadline and attach_by; attach; read back; store active. If
// Grant crashes at any point, the stored record is enough for Revoke to clean up.
func (s *Service) Grant(ctx context.Context, in GrantIn) (out GrantOut, err error) {
	var l Life
	defer func() {
		s.Logged(ctx, "grant", in.ID, in.Execution, &err, "state", string(l.Elevation.State), "principal", l.Elevation.Principal.ARN, "deadline", l.Elevation.Deadline)
	}()
	if l, err = (granter{s}).load(ctx, in.ID); err != nil {
		return GrantOut{}, err
	}
	var docs []string
	switch {
	case l.Elevation.Execution != "" && l.Elevation.Execution != in.Execution:
		return GrantOut{}, fault.Errorf(fault.NotYours, "elevation %s belongs to another execution", in.ID)
	case l.Elevation.State == Approved:
		if l, docs, err = (granter{s}).beginGranting(ctx, l, in.Execution); err != nil {
			return GrantOut{}, err
		}
	case l.Elevation.State == Granting:
		// An earlier try stored it, or it is forged: check all again.
		if docs, err = (granter{s}).resume(ctx, l); err != nil {
			return GrantOut{}, err
		}
	case l.Elevation.State == Active:
	default:
		return GrantOut{}, fault.Errorf(fault.Over, "elevation %s is %s", in.ID, l.Elevation.State)
	}
	if l.Elevation.State == Granting {
		if l.Elevation, err = (granter{s}).finishGranting(ctx, l, docs); err != nil {
			return GrantOut{}, err
		}
	}
	return l.hold(s.Now()), nil
}

func (s granter) load(ctx context.Context, id string) (Life, error) {
	if !ValidID(id) {
		return Life{}, fault.Errorf(fault.NotFound, "there is no elevation %q", fault.Printable(id))
	}
	rows, err := s.Store.Read(ctx, ElevationKey(id), TermsKey(id), requestKey(id), canaryRequestKey(id), grantedKey(id))
	if err != nil {
		return Life{}, fault.Wrap(err, "reading elevation %s", id)
	}
	l, err := DecodeLife(id, lifeRows(rows, id))
	if err != nil {
		return l, err
	}
	was, err := record.FindRow[asked](rows, askedKey(l.Terms))
	if err != nil {
		return l, err
	}
	before, err := record.FindRow[granted](rows, grantedKey(id))
	l.asked, l.granted = was.Value, before
	return l, err
}

// hold is at least a second: Step Functions accepts no less.
func (l Life) hold(now time.Time) GrantOut {
	left := max(1, secondsUntil(l.Elevation.Deadline, now))
	beat := left
	if l.Terms.Heartbeat > 0 {
		// One second more: last_beat is rounded up, and must be overdue when the task times out.
		beat = max(1, min(left, l.Terms.Heartbeat+1))
	}
	return GrantOut{TimeoutSeconds: left + 1, BeatSeconds: beat}
}

func (s granter) beginGranting(ctx context.Context, l Life, execution string) (Life, []string, error) {
	if l.granted.Exists() {
		return l, nil, s.refuseGrant(ctx, l, deny("curfew.granted", "elevation %s was granted before, at %s", l.Terms.ID, l.granted.Value.At.Format(time.RFC3339)))
	}
	docs, err := s.stillRight(ctx, l)
	if k := fault.KindOf(err); k == fault.Transient || k == fault.Internal {
		return l, nil, err
	}
	if err != nil {
		return l, nil, s.refuseGrant(ctx, l, err)
	}
	l, err = s.storeGranting(ctx, l, execution)
	return l, docs, err
}

// resume does not trust the stored row: it compares the instants and checks all else again.
func (s granter) resume(ctx context.Context, l Life) ([]string, error) {
	e, t := l.Elevation, l.Terms
	switch {
	case !l.granted.Value.At.Equal(e.GrantedAt) || l.granted.Value.Execution != e.Execution,
		e.GrantedAt.After(s.Now().Add(ClockSkew)),
		!e.AttachBy.Equal(e.GrantedAt.Add(s.Settings.AttachWithin)),
		!e.Deadline.Equal(earliest(e.GrantedAt.Add(time.Duration(t.Duration)*time.Second), t.LatestEnd)):
		return nil, s.failGrant(ctx, l, deny("curfew.digest", "the instants of %s are not those of a grant", e.ID))
	}
	docs, err := s.stillRight(ctx, l)
	if err != nil {
		return nil, s.failGrant(ctx, l, err)
	}
	return docs, nil
}

// storeGranting stores the intent, all that later ends it, and charges budgets: again if another grant was first.
func (s granter) storeGranting(ctx context.Context, l Life, execution string) (stored Life, err error) {
	err = record.Retry(ctx, "the budgets of "+l.Terms.Entitlement, func() error {
		stored, err = s.tryGranting(ctx, l, execution)
		return err
	})
	return stored, err
}

// tryGranting is a Conflict if a counter changed.
func (s granter) tryGranting(ctx context.Context, l Life, execution string) (Life, error) {
	next, err := l.Elevation.Grant(l.Terms, execution, s.Settings.AttachWithin, s.Now())
	if fault.KindOf(err) == fault.Denied {
		return l, s.refuseGrant(ctx, l, err)
	}
	if err != nil {
		return l, err
	}
	charged, once, err := budgeting(s).charge(ctx, l.Terms, next)
	if fault.KindOf(err) == fault.Denied {
		return l, s.refuseGrant(ctx, l, err)
	}
	if err != nil {
		return l, err
	}
	expiry, err := expiryRow(next)
	if err != nil {
		return l, err
	}
	serves, err := record.Encode(task.ServesKey(l.Terms.Task.String(), next.ID), 1, pending{Elevation: next.ID})
	if err != nil {
		return l, err
	}
	serves.Expires = next.Deadline.Add(task.Retention)
	first, err := record.Stored[granted]{Row: record.Row{Key: grantedKey(next.ID)}}.Put(once, time.Time{})
	if err != nil {
		return l, err
	}
	next, err = lives(s).swap(ctx, l.Elevation, Amendment{
		Next: next,
		entry: evidence.Entry{At: next.GrantedAt, Kind: "elevation.granting", Actor: "grant", Detail: granting{
			l.asked.Digest, execution, next.Deadline, next.AttachBy, GrantName(s.Settings.Name, next.ID), l.Terms.Form, once.Charged}},
		// Always: a retry writes the same rows.
		extra: append(charged, record.Change{If: record.Always, Row: expiry}, record.Change{If: record.Always, Row: serves}, first),
	})
	if fault.KindOf(err) == fault.Conflict && s.sameStill(ctx, l, charged) {
		return l, err
	}
	if fault.KindOf(err) == fault.Conflict {
		return s.lostGranting(ctx, l.Terms.ID, execution)
	}
	if err != nil {
		return l, err
	}
	l.Elevation = next
	return l, nil
}

// taskStillKnown checks after granting is stored: a task that ended earlier found no elevation to end.
func (s granter) taskStillKnown(ctx context.Context, l Life) error {
	if !l.Terms.Task.Known {
		return nil
	}
	if known, err := s.Tasks().Known(ctx, l.Terms.Task); err != nil || known && !l.Elevation.TaskOver {
		return err
	}
	l, err := s.Load(ctx, l.Terms.ID)
	if err != nil {
		return err
	}
	if err := l.Elevation.whole(); err != nil {
		return err
	}
	if known, err := s.Tasks().AnyKnown(ctx, l.Elevation.Tasks); err != nil || known {
		return err
	}
	if _, err := Ender(s).EndNow(ctx, l, Completed, l.Terms.Task.String()+" ended", "grant"); err != nil {
		return err
	}
	return fault.Errorf(fault.Over, "task %s of elevation %s is over", l.Terms.Task, l.Terms.ID)
}

type granting struct {
	Digest    string    `json:"digest"`
	Execution string    `json:"execution"`
	Deadline  time.Time `json:"deadline"`
	AttachBy  time.Time `json:"attach_by"`
	Grant     string    `json:"grant"`
	Form      Form      `json:"form"`
	Charged   int64     `json:"charged_minutes,omitempty"` // of budgets
}

func (s granter) sameStill(ctx context.Context, l Life, charged []record.Change) bool {
	if len(charged) == 0 {
		return false
	}
	now, err := s.Load(ctx, l.Terms.ID)
	return err == nil && now.Elevation.Version == l.Elevation.Version
}

func (s granter) lostGranting(ctx context.Context, id, execution string) (Life, error) {
	l, err := s.Load(ctx, id)
	switch {
	case err != nil:
		return l, err
	case l.Elevation.Execution == execution && (l.Elevation.State == Granting || l.Elevation.State == Active):
		return l, nil
	case l.Elevation.Execution != "" && l.Elevation.Execution != execution:
		return l, fault.Errorf(fault.NotYours, "elevation %s belongs to another execution", id)
	case l.Elevation.State == Approved: // a task joined
		return l, fault.Errorf(fault.Transient, "elevation %s changed before it could be granted: try again", id)
	}
	return l, fault.Errorf(fault.Over, "elevation %s is %s", id, l.Elevation.State)
}

func (s granter) refuseGrant(ctx context.Context, l Life, why error) error {
	next, err := l.Elevation.Refuse(why.Error(), s.Now())
	if err == nil {
		_, err = lives(s).swap(ctx, l.Elevation, Amendment{
			Next:  next,
			entry: evidence.Entry{At: s.Instant(), Kind: "elevation.refused", Actor: "grant", Detail: refusal{Verb: "grant", Elevation: next.ID, Kind: fault.KindOf(why), Why: why.Error(), By: fault.Reasons(why)}},
		})
	}
	if err != nil {
		s.Log.WarnContext(ctx, "refusal not stored", "elevation", l.Terms.ID, "error", err)
	}
	return why
}

// finishGranting attaches, reads back and stores active. If the elevation was ended meanwhile it invokes Revoke,
// because an earlier Revoke may have run before the attach.
func (s granter) finishGranting(ctx context.Context, l Life, docs []string) (Elevation, error) {
	if err := s.attach(ctx, l, docs); err != nil {
		return l.Elevation, s.failGrant(ctx, l, err)
	}
	ended := fault.Errorf(fault.Over, "elevation %s was ended while it was being granted", l.Terms.ID)
	now, err := s.AmendFrom(ctx, l, func(now Life) (Amendment, error) {
		e := now.Elevation
		if e.State == Active && e.Execution == l.Elevation.Execution {
			return Amendment{None: true}, nil // this execution's other try
		}
		if e.State != Granting || e.Execution != l.Elevation.Execution || !e.Deadline.Equal(l.Elevation.Deadline) {
			return Amendment{}, ended
		}
		next, err := e.Activate(l.Terms, s.Settings.ReadyAfter, s.Now())
		return Amendment{Next: next, entry: evidence.Entry{
			At: next.ChangedAt, Kind: "elevation.active", Actor: "grant", Detail: map[string]time.Time{"ready_at": next.ReadyAt},
		}}, err
	})
	if errors.Is(err, ended) {
		if err := s.Workflow.Revoke(ctx, l.Elevation.Order("grant", s.Now())); err != nil {
			s.Log.ErrorContext(ctx, "revoke not invoked, left to the state machine", "elevation", l.Terms.ID, "error", err)
		}
	}
	return now.Elevation, err
}

// failGrant stores a final failure. It leaves Transient to a retry.
func (s granter) failGrant(ctx context.Context, l Life, why error) error {
	if fault.KindOf(why) == fault.Transient {
		return why
	}
	_, err := s.AmendFrom(ctx, l, func(l Life) (Amendment, error) {
		return ending(l, Failed, why.Error(), "grant", s.Instant())
	})
	if err != nil {
		s.Log.WarnContext(ctx, "failure not stored", "elevation", l.Terms.ID, "error", err)
	}
	return why
}

func (s granter) attach(ctx context.Context, l Life, docs []string) error {
	if err := s.taskStillKnown(ctx, l); err != nil {
		return err
	}
	t, e := l.Terms, l.Elevation
	g := Grant{Name: GrantName(s.Settings.Name, e.ID), Principal: t.Principal, Form: t.Form, AttachBy: e.AttachBy}
	for _, d := range docs {
		filled, err := iampolicy.Fill([]byte(d), e.GrantedAt, e.Deadline)
		if err != nil {
			return fault.Errorf(fault.Internal, "filling in the instants of %s: %w", t.ID, err)
		}
		if !sameButInstants(string(filled), d, e) {
			return fault.Errorf(fault.Internal, "the grant of %s would not be what was approved", t.ID)
		}
		g.Documents = append(g.Documents, string(filled))
	}
	if !s.Now().Before(e.AttachBy) {
		return fault.Errorf(fault.Over, "it is too late to attach elevation %s: the limit was %s", t.ID, e.AttachBy.Format(time.RFC3339))
	}
	if err := s.Cloud.Attach(ctx, g); err != nil {
		return fault.Wrap(err, "attaching the grant of %s", t.ID)
	}
	return s.readBack(ctx, g)
}

// sameButInstants proves that only the two instants were filled in.
func sameButInstants(filled, rendered string, e Elevation) bool {
	marked := strings.ReplaceAll(filled, e.GrantedAt.Format(time.RFC3339), iampolicy.MarkNotBefore)
	marked = strings.ReplaceAll(marked, e.Deadline.Format(time.RFC3339), iampolicy.MarkNotAfter)
	return marked == rendered || iampolicy.SameButInstants([]byte(filled), []byte(rendered))
}

// readBack returns Transient until IAM shows the grant.
func (s granter) readBack(ctx context.Context, g Grant) error {
	found, err := s.Cloud.Read(ctx, g.Principal, g.Name)
	if err != nil {
		return fault.Wrap(err, "reading %s back", g.Name)
	}
	if len(found) != len(g.Documents) {
		return fault.Errorf(fault.Transient, "IAM does not show %s on %s yet", g.Name, g.Principal.ARN)
	}
	for i := range found {
		if !sameDocument(found[i], g.Documents[i]) {
			return fault.Errorf(fault.Transient, "%s on %s does not yet match what was attached", g.Name, g.Principal.ARN)
		}
	}
	return nil
}

// sameDocument compares JSON values: IAM may change white space.
func sameDocument(a, b string) bool {
	if a == b {
		return true
	}
	ca, err := evidence.Canonical(json.RawMessage(a))
	if err != nil {
		return false
	}
	cb, err := evidence.Canonical(json.RawMessage(b))
	return err == nil && string(ca) == string(cb)
}
