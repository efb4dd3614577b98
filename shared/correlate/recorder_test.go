package correlate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/trail"
)

const (
	used    = "01jd2q7v3x0000000000000abc"
	engine  = "AROAEXAMPLE0000000ENG"
	another = "222233334444"
)

// morning is after a day has settled.
var morning = time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)

// handCounted is an installation whose calls are counted by hand.
type handCounted struct {
	*Service
	t     *testing.T
	store *inprocess.Store
	flaky *flaky
	now   time.Time
	calls int
}

func newHandCounted(t *testing.T) *handCounted {
	t.Helper()
	s, f := newService(t, trail.NewRights(nil, nil))
	d := &handCounted{Service: s, t: t, store: f.Store.(*inprocess.Store), flaky: f, now: morning.AddDate(0, 0, -1)}
	s.accounts = []string{account, another}
	s.Service.Now = func() time.Time { return d.now }
	s.counter.Now = s.Service.Now
	d.passes()
	return d
}

// call counts a call of the role by a route; subject is an elevation or the role.
func (d *handCounted) call(route Route, in, subject, resource string, at time.Time) {
	d.t.Helper()
	d.counts(route, d.made(in, subject, resource, at))
}

func (d *handCounted) counts(route Route, all ...judged) {
	d.t.Helper()
	d.counter.count(d.t.Context(), route, all, func(_ judged, err error) { d.t.Fatal(err) })
}

func (d *handCounted) made(in, subject, resource string, at time.Time) judged {
	d.calls++
	r := &trail.Record{
		ID: fmt.Sprint(d.calls), Time: at, Source: "s3.amazonaws.com", Name: "DeleteBucket", Account: in, Address: "203.0.113.9",
		Identity: trail.Identity{Type: "AssumedRole", PrincipalID: engine + ":ana", Account: in, CreatedAt: at.Truncate(time.Hour), Issuer: trail.Issuer{Type: "Role", PrincipalID: engine, ARN: "arn:aws:iam::" + in + ":role/engineer"}},
	}
	v := trail.Verdict{Right: trail.ByElevation, Elevation: subject, Calls: []trail.Call{{Action: "s3:DeleteBucket", Resource: resource}}}
	if subject == engine {
		v = trail.Verdict{Right: trail.Standing, Calls: v.Calls}
	}
	return judged{Record: r, verdict: v, subject: subject}
}

// both counts a call by both routes.
func (d *handCounted) both(in, subject, resource string, at time.Time) {
	d.t.Helper()
	made := d.made(in, subject, resource, at)
	d.counts(ByBus, made)
	d.counts(ByFiles, made)
}

// passes makes a pass that finds no file.
func (d *handCounted) passes() (recorded int) {
	d.t.Helper()
	r, err := d.Backfill(d.t.Context(), folder{})
	if err != nil {
		d.t.Fatal(err)
	}
	return r.Recorded
}

// says has what the chain of a subject says, and fails unless it verifies with its head.
func (d *handCounted) says(subject string) (all []daily) {
	d.t.Helper()
	for _, r := range d.chain(subject) {
		if r.Kind != "usage.counted" || r.Actor != "backfill" {
			d.t.Errorf("%s has evidence %s of %s", subject, r.Kind, r.Actor)
		}
		var one daily
		if err := json.Unmarshal(r.Detail, &one); err != nil {
			d.t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func (d *handCounted) chain(subject string) (all []evidence.Record) {
	d.t.Helper()
	rows, err := d.store.Partition(d.t.Context(), record.AuditTable, "usage#"+subject, "")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, row := range rows {
		r, err := record.DecodeRecord(row)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, r)
	}
	heads, err := record.ChainHeads(d.store.All(record.AccessTable))
	if err != nil {
		d.t.Fatal(err)
	}
	if got, err := evidence.Verify("usage#"+subject, all, heads["usage#"+subject]); err != nil || got != heads["usage#"+subject] {
		d.t.Errorf("the chain of %s goes to %+v, want %+v: %v", subject, got, heads["usage#"+subject], err)
	}
	return all
}

// settled are the instants until which an account is settled.
func (d *handCounted) settled(in string) (all []string) {
	d.t.Helper()
	for _, r := range d.chain("account-" + in) {
		var one settledDay
		if err := json.Unmarshal(r.Detail, &one); err != nil || one.Account != in || r.Kind != "usage.settled" {
			d.t.Fatal(one, r.Kind, err)
		}
		all = append(all, one.Until.Format(time.DateOnly))
	}
	return all
}

func TestSettledDayIsRecordedOnceThoughThePassRunsTwice(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	for range 3 {
		d.both(account, used, "arn:aws:s3:::example", at)
	}
	d.both(account, used, "arn:aws:s3:::other", at.Add(5*time.Hour))
	d.now = morning.Add(-time.Hour - time.Second)
	if n := d.passes(); n != 0 || len(d.says(used)) != 0 {
		t.Fatalf("a day that is not settled is %d records", n)
	}
	d.now = morning
	if n := d.passes(); n != 1 {
		t.Errorf("%d records, want one", n)
	}
	d.flaky.writes = 0
	if n := d.passes(); n != 0 || d.flaky.writes != 0 {
		t.Errorf("the next pass makes %d records and %d writes", n, d.flaky.writes)
	}
	d.now = d.now.Add(time.Minute)
	marks := map[record.Key]marked{}
	made := d.made(account, used, "*", at)
	d.counter.marker.mark(marks, placeOf(used, ByFiles, made.Record), made.Record, d.now)
	changes, err := putMarks(nil, marks)
	if err != nil || len(changes) != 1 || d.store.Write(t.Context(), changes...) != nil {
		t.Fatal(changes, err)
	}
	if n := d.passes(); n != 0 {
		t.Errorf("a day that is marked again, and the same, is %d records", n)
	}
	for range 30 { // days
		d.now = d.now.Add(8 * time.Hour)
		if n := d.passes(); n != 0 {
			t.Errorf("%d records of a day without calls, at %s", n, d.now)
		}
	}
	first, last := at, at.Add(5*time.Hour)
	got, _ := json.Marshal(d.says(used))
	want := `[{"account":"` + account + `","day":"2026-11-29","elevation":"` + used + `","principal":"arn:aws:iam::` + account + `:role/engineer","events":4,"first":"` + first.Format(time.RFC3339) + `","last":"` + last.Format(time.RFC3339) +
		`","actions":[{"name":"s3:DeleteBucket","events":4}],"resources":[{"name":"arn:aws:s3:::example","events":3},{"name":"arn:aws:s3:::other","events":1}],"sources":[{"name":"203.0.113.9","events":4}],` +
		`"sessions":[{"name":"` + engine + `:ana@2026-11-29T04:00:00Z","events":3},{"name":"` + engine + `:ana@2026-11-29T09:00:00Z","events":1}]}]`
	if string(got) != want {
		t.Errorf("the records say\n%s, want\n%s", got, want)
	}
	if all := d.settled(account); len(all) != 12 || all[0] != "2026-11-29" || all[1] != "2026-11-30" {
		t.Errorf("settled until %q", all)
	}
}

func TestElevationWithoutCallsHasNoRecordAndItsAccountIsSettled(t *testing.T) {
	d := newHandCounted(t)
	d.now = morning
	d.passes()
	if got := d.says(used); len(got) != 0 {
		t.Errorf("records = %+v", got)
	}
	if got := d.settled(account); !slices.Equal(got, []string{"2026-11-29", "2026-11-30"}) {
		t.Errorf("settled until %q", got)
	}
}

func TestLateFileReplacesTheRecordOfItsDay(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	d.both(account, used, "*", at)
	d.now = morning
	d.passes()
	for _, after := range []time.Duration{10 * time.Hour, 34 * time.Hour} {
		d.now = morning.Add(after)
		d.call(ByFiles, account, used, "*", at)
		if n := d.passes(); n != 1 {
			t.Errorf("%s: %d records, want one", after, n)
		}
		if n := d.passes(); n != 0 {
			t.Errorf("%s: %d records in the next pass", after, n)
		}
	}
	all := d.says(used)
	if len(all) != 3 || all[2].Events != 3 || all[2].Gaps != 2 || all[2].Day != all[0].Day {
		t.Errorf("records = %+v", all)
	}
	d.now, d.calls = d.now.Add(time.Minute), d.calls-2
	d.call(ByBus, account, used, "*", at)
	if n := d.passes(); n != 1 || d.says(used)[3].Gaps != 1 {
		t.Errorf("the bus was late: %d records: %+v", n, d.says(used))
	}
}

// A call that the files count for another subject leaves a day without calls: a record says so.
func TestDayWhoseCallsCountForAnotherIsReplaced(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	d.call(ByBus, account, used, "*", at)
	d.now = morning
	d.passes()
	if all := d.says(used); len(all) != 1 || !all[0].Incomplete {
		t.Fatalf("records = %+v", all)
	}
	r := &trail.Record{ID: "1", Time: at, Account: account, Source: "s3.amazonaws.com", Name: "DeleteBucket", Identity: trail.Identity{Type: "AssumedRole", PrincipalID: engine + ":ana", Account: account}}
	d.counts(ByFiles, judged{Record: r, verdict: trail.Verdict{Right: trail.Standing}, subject: engine, perhaps: []string{used}})
	if n := d.passes(); n != 2 {
		t.Errorf("%d records, want one of each subject", n)
	}
	if all := d.says(used); len(all) != 2 || all[1].Events != 0 || !all[1].First.IsZero() {
		t.Errorf("records = %+v", all)
	}
}

func TestStandingUseAndElevationAreApart(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	d.both(account, used, "*", at)
	d.both(account, engine, "*", at)
	d.both(account, engine, "*", at)
	d.now = morning
	d.passes()
	byElevation, standing := d.says(used), d.says(engine)
	if len(byElevation) != 1 || byElevation[0].Events != 1 || byElevation[0].Elevation != used {
		t.Errorf("of the elevation: %+v", byElevation)
	}
	if len(standing) != 1 || standing[0].Events != 2 || standing[0].Elevation != "" || standing[0].Principal != byElevation[0].Principal {
		t.Errorf("of the role: %+v", standing)
	}
}

// broken is a list of files that fails for one account.
type broken struct{ folder }

func (b broken) List(ctx context.Context, in string, day time.Time) ([]string, error) {
	if in == another {
		return nil, fault.Errorf(fault.Denied, "the bucket's policy is another")
	}
	return b.folder.List(ctx, in, day)
}

func TestAccountsSettleApart(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	d.both(account, used, "*", at)
	const there = "01jd2q7v3x0000000000000xyz"
	d.both(another, there, "*", at)
	d.now = morning
	if _, err := d.Backfill(t.Context(), broken{}); fault.KindOf(err) != fault.Denied {
		t.Fatalf("Backfill = %v", err)
	}
	if len(d.says(used)) != 1 || len(d.says(there)) != 0 || len(d.settled(another)) != 1 {
		t.Errorf("records = %+v and %+v, settled until %q", d.says(used), d.says(there), d.settled(another))
	}
	d.passes()
	if all := d.says(there); len(all) != 1 || all[0].Account != another {
		t.Errorf("records = %+v", all)
	}
}

// Callers choose names: as many and as long as they can.
func TestRecordOf5000ResourceNamesStaysBounded(t *testing.T) {
	d := newHandCounted(t)
	at := d.now.Add(time.Hour)
	u := &trail.Usage{}
	for i := range 5000 {
		name := fmt.Sprint(i) + strings.Repeat("\x01", 3000)
		r := &trail.Record{Time: at.Add(time.Duration(i) * time.Second), Source: name, Name: name, Address: name, Identity: trail.Identity{Type: "AssumedRole", PrincipalID: name, Account: account}}
		u.Add(r, &trail.Verdict{Denied: i%2 == 0, Calls: []trail.Call{{Action: name, Resource: name}}})
	}
	all := Used{Usage: u}
	for _, name := range u.Sessions.Names()[:mostSessions] {
		all.Who = append(all.Who, Session{SessionKey: trail.ParseSession(name), Who: trail.Who{Kind: trail.WhoWebIdentity, Name: strings.Repeat("\x02", 4000), Claim: strings.Repeat("é", 4000)}})
	}
	mark := marked{Principal: strings.Repeat("p", 2048), Elevation: used}
	text, err := evidence.Canonical(dailyOf(account, at, mark, all))
	if err != nil || len(text) > evidence.MaxRecord*3/4 {
		t.Errorf("%d bytes, %v", len(text), err)
	}

	var made []judged
	for i := range 5000 {
		made = append(made, d.made(account, used, "arn:aws:s3:::bucket-"+fmt.Sprint(i), at.Add(time.Duration(i)*time.Second)))
	}
	d.counts(ByFiles, made...)
	d.now = morning
	d.passes()
	got := d.says(used)
	if len(got) != 1 || len(got[0].Resources) != 100 {
		t.Fatalf("records = %+v", got)
	}
	sum := got[0].More["resources"]
	for _, r := range got[0].Resources {
		sum += r.Events
	}
	if sum != 5000 || got[0].Events != 5000 {
		t.Errorf("%d calls of %d are told by resource", sum, got[0].Events)
	}
}
