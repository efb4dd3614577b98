package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

// A quarantine is a Deny of all actions on a marked principal that others changed. Its fence ends it after an hour, and
// the sweep removes it. Nothing that others wrote is removed.

const (
	// QuarantineFor is how long a quarantine denies, and the time between two of one principal.
	QuarantineFor = time.Hour
	// quarantinedPerHour limits quarantined principals of an account, and quarantinedInAll those of all: a storm of writes must
	// not stop all of them, nor use up the limit of other accounts.
	quarantinedPerHour, quarantinedInAll = 5, 50
)

// notDenied is what a quarantine leaves open. Curfew's functions use their own roles, so they can remove it.
const notDenied = "it does not stop roles that the principal assumed before, open connections, federated sessions of a user, " +
	"AWS services with their own roles, and Curfew's functions, which can remove it"

// ForeignChange is a change of a marked principal by others than Curfew and the writers that the catalog names.
var ForeignChange = finding.Kind{
	Name: "foreign", PageInterval: finding.Daily, Severity: finding.High,
	Why: "The principal may now do more than was approved, or others may use it. Curfew removes no change of others.",
	Do:  "Ask the writer. Restore the principal in IAM, or name the writer's role in iac of catalog.yaml.",
}

// Unquarantined is a foreign change that was not answered.
var Unquarantined = finding.Kind{
	Name: "quarantine-failed", PageInterval: time.Hour, Severity: finding.High,
	Why: "The catalog says onForeign: quarantine, and the changed principal is not denied.",
	Do:  "See the finding foreign about the principal. Restore the principal in IAM, or deny it by hand.",
}

// Quarantine is the row of a quarantine. Its partition is also its chain of evidence.
type Quarantine struct {
	ID        string        `json:"id"` // part of the policy's name, as the id of an elevation
	Principal Principal     `json:"principal"`
	From      time.Time     `json:"from"`
	Until     time.Time     `json:"until"`
	Foreign   Foreign       `json:"foreign"`
	Evidence  evidence.Head `json:"evidence"`
}

func quarantineKey(id string) record.Key { return record.AccessKey("contained#q-"+id, "quarantine") }

// quarantines is one row, so that concurrent writers cannot both take the last place: by unique id, of the last hour.
type quarantines struct {
	Principals map[string]placed `json:"principals"`
}

type placed struct {
	ID      string    `json:"id"`
	Event   string    `json:"event"`
	At      time.Time `json:"at"`
	Account string    `json:"account"`
}

func quarantinesKey() record.Key { return record.AccessKey("contained#quarantines", "quarantines") }

// ReadQuarantine returns a quarantine; empty: not found.
func ReadQuarantine(ctx context.Context, s record.Store, id string) (Quarantine, error) {
	was, err := record.Get[Quarantine](ctx, s, quarantineKey(id))
	return was.Value, err
}

// Matches reports whether a policy on a principal is the quarantine: it denies only, and ends in time.
func (q Quarantine) Matches(p Principal, documents ...string) bool {
	for _, d := range documents {
		_, until, err := iampolicy.Fenced([]byte(d))
		if err != nil || until.After(q.Until) || !iampolicy.OnlyDenies([]byte(d)) {
			return false
		}
	}
	return q.ID != "" && q.Principal.ID == p.ID
}

type quarantining struct{ *Service }

var errBound = errors.New("the hourly limit is reached")

// quarantine answers a foreign change. The order is only a hint: IAM must show the change now, on a marked principal
// with the unique id of the order, and the catalog must say quarantine. It is idempotent.
func (s quarantining) quarantine(ctx context.Context, o Order) (err error) {
	how := "not needed"
	defer func() { s.Logged(ctx, "quarantine", "", o.By, &err, "principal", o.Principal, "how", how) }()
	p, f := o.principal(), *o.Foreign
	there, err := s.shows(ctx, p, f)
	if err != nil || !there {
		return err
	}
	q, err := s.recordQuarantine(ctx, p, f)
	if err != nil {
		return s.unquarantined(ctx, p, f, err)
	}
	if q.ID == "" || !s.Now().Before(q.Until) {
		how = "had one within the hour"
		return nil
	}
	deny, err := q.document()
	if err != nil {
		return err
	}
	err = s.Cloud.Attach(ctx, Grant{
		Name: ContainmentName(s.Settings.Name, q.ID), Principal: p, Form: Inline, Documents: []string{string(deny)}, AttachBy: after(s.Now().Add(s.Settings.AttachWithin)),
	})
	if err != nil {
		return s.unquarantined(ctx, p, f, err)
	}
	how = "deny"
	return finding.ReportRemedy(ctx, s.Base, ForeignChange, finding.Occurrence{
		Subject: p.ID, Principal: p.ARN, Account: p.Account, Events: []string{f.Event}, Detail: q,
		What: fmt.Sprintf("%s by %s; a quarantine denies all calls of the principal until %s: %s", f.Call, f.Writer, q.Until.Format(time.RFC3339), notDenied),
	})
}

// shows reports whether a change is still in IAM, was not there before, and may be answered.
func (s quarantining) shows(ctx context.Context, p Principal, f Foreign) (bool, error) {
	if !s.Settings.QuarantineForeign || p.ID == "" || IsAttached(f.Policy, s.Settings.Name) || !s.Now().Before(f.At.Add(QuarantineFor)) {
		return false, nil
	}
	sight, err := s.Cloud.Look(ctx, p.ARN)
	if err != nil || !sight.Managed || sight.Principal.ID != p.ID {
		return false, fault.Unless(err, fault.NotFound)
	}
	before, marked, err := baseline.Get(ctx, s.Store, p.ID)
	if err != nil || !marked || !before.Since.After(f.At) && before.Has(f.Policy, f.Digest) {
		return false, err // a write that changed nothing must not take access away
	}
	if f.Policy == "" {
		return f.Digest != "" && baseline.Digest(sight.Trust) == f.Digest, nil
	}
	document, there, err := s.Cloud.ReadOther(ctx, p, f.Policy)
	return there && (f.Digest == "" || baseline.Digest(document) == f.Digest), err
}

// recordQuarantine stores the intent first: the sweep must know what to remove. Empty: the principal had another one
// within the hour, even if a person removed that. Quota: at the limit.
func (s quarantining) recordQuarantine(ctx context.Context, p Principal, f Foreign) (q Quarantine, err error) {
	id, now := s.NewID(), s.Instant()
	fresh := Quarantine{ID: id, Principal: p, From: now, Until: now.Add(QuarantineFor), Foreign: f}
	err = record.UpdateRow(ctx, s.Store, "quarantines", quarantinesKey(), func(was record.Stored[quarantines]) ([]record.Change, error) {
		q = Quarantine{}
		next := quarantines{Principals: maps.Clone(was.Value.Principals)}
		maps.DeleteFunc(next.Principals, func(_ string, x placed) bool { return !now.Before(x.At.Add(QuarantineFor)) })
		if x, again := next.Principals[p.ID]; again {
			if x.Event == f.Event {
				q, err = ReadQuarantine(ctx, s.Store, x.ID)
			}
			return nil, err
		}
		here := 0
		for _, x := range next.Principals {
			if x.Account == p.Account {
				here++
			}
		}
		if here >= quarantinedPerHour || len(next.Principals) >= quarantinedInAll {
			return nil, &fault.Error{Kind: fault.Quota, Text: fmt.Sprintf("%d principals of account %s were quarantined within an hour, %d of all: the limit", here, p.Account, len(next.Principals)), Err: errBound}
		}
		if next.Principals == nil {
			next.Principals = map[string]placed{}
		}
		next.Principals[p.ID] = placed{id, f.Event, now, p.Account}
		q = fresh
		proof, err := record.Append(quarantineKey(id).Partition, &q.Evidence, evidence.Entry{At: now, Kind: "principal.quarantined", Actor: "contain", Detail: fresh})
		if err != nil {
			return nil, err
		}
		put, err := was.Put(next, time.Time{})
		if err != nil {
			return nil, err
		}
		row, err := record.Encode(quarantineKey(id), 1, q)
		return []record.Change{put, {If: record.Absent, Row: row}, proof}, err
	})
	return q, err
}

func (q Quarantine) document() ([]byte, error) {
	all, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "denying all actions: %w", err)
	}
	fenced, err := iampolicy.Compile(all, iampolicy.Fence{
		NotBefore: q.From.Format(time.RFC3339), NotAfter: q.Until.Format(time.RFC3339), PrincipalID: q.Principal.ID, User: strings.Contains(q.Principal.ARN, ":user/"),
	})
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "denying all actions: %w", err)
	}
	return fenced.Bytes(), nil
}

// unquarantined pages that a change has no answer. The hourly limit has one page.
func (s quarantining) unquarantined(ctx context.Context, p Principal, f Foreign, why error) error {
	o := finding.Occurrence{Subject: p.ID, Principal: p.ARN, Account: p.Account, What: p.ARN + " is not quarantined after " + f.Call + " by " + f.Writer + ": " + fault.FirstLine(why), Detail: f}
	if errors.Is(why, errBound) {
		o.Subject = "limit"
		return finding.Report(ctx, s.Base, Unquarantined, o) // a retry changes nothing
	}
	if fault.KindOf(why) == fault.Conflict || fault.KindOf(why) == fault.NotFound { // deleted meanwhile
		return nil
	}
	reported := finding.Report(ctx, s.Base, Unquarantined, o)
	if fault.KindOf(why) == fault.Denied {
		return reported
	}
	return fmt.Errorf("quarantining %s: %w", p.ARN, why)
}
