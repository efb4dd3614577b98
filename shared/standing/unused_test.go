package standing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

const day = 24 * time.Hour

func TestUnusedByLastAccessed(t *testing.T) {
	r := role{name: "worker", policies: map[string]string{"p": allow("iam:CreateUser iam:DeleteRole iam:PassRole cloudtrail:StopLogging s3:DeleteObject s3:PutBucketPolicy lambda:UpdateFunctionCode kms:CreateGrant", "*")}}
	accessed := &Accessed{At: now, Services: map[string]AccessedService{
		"iam":        {Last: now.Add(-day), Actions: map[string]time.Time{"CreateUser": now.Add(-day), "DeleteRole": {}}},
		"cloudtrail": {}, // never
		"s3":         {Last: now.Add(-200 * day)},
		"lambda":     {Last: now.Add(-day)}, // used, not tracked by action
	}}
	e := one(t, r, Options{Accessed: map[string]*Accessed{arnOf("worker"): accessed}})
	u := e.Unused
	if got := strings.Join(u.Actions, " "); got != "cloudtrail:StopLogging s3:PutBucketPolicy" {
		t.Errorf("unused: %s", got)
	}
	// PassRole is never tracked; the deletion of objects is a data event; DeleteRole is no class; of KMS nothing is said.
	if u.Used != 1 || u.Unused != 2 || u.Unobservable != 2 || u.NotKnown != 2 {
		t.Errorf("%+v", u)
	}
	if e.points("unused") != 6 {
		t.Errorf("%+v", e.Terms)
	}
	r.created = "2026-10-01T00:00:00Z"
	if u := one(t, r, Options{Accessed: map[string]*Accessed{arnOf("worker"): accessed}}).Unused; u.Unused != 0 {
		t.Errorf("a role of 31 days is too new: %+v", u)
	}
}

// record is one CloudTrail record of a role's session.
func record(role, event, source string, at time.Time, n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"%[1]s:s","arn":"arn:aws:sts::111122223333:assumed-role/%[2]s/s","accountId":"111122223333",
		"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%[1]s","arn":"%[3]s","accountId":"111122223333","userName":"%[2]s"}}},
		"eventTime":"%[4]s","eventSource":"%[5]s.amazonaws.com","eventName":"%[6]s","awsRegion":"eu-west-1","eventID":"00000000-0000-0000-0000-%012[7]d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`,
		idOf(role), role, arnOf(role), at.Format(time.RFC3339), source, event, n)
}

// recorded reads records.
func recorded(t testing.TB, d *authdetails.Details, records ...string) map[string]*Usage {
	t.Helper()
	rec, reader := NewRecorder(d), trail.Reader{}
	for _, text := range records {
		if err := reader.ReadText("f", text, func(r *trail.Record) error { rec.Add(r); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(reader.Counts.Unread) > 0 {
		t.Fatalf("not read: %v", reader.Counts.Unread)
	}
	return rec.Used()
}

func TestUnusedByRecords(t *testing.T) {
	d := details(t, []role{
		{name: "worker", policies: map[string]string{"p": allow("iam:CreateUser cloudtrail:StopLogging s3:DeleteObject", "*")}},
		{name: "idle", policies: map[string]string{"p": allow("cloudtrail:StopLogging", "*")}},
		{name: "blind", policies: map[string]string{"p": allow("cloudtrail:StopLogging", "*")}},
		{name: "foreign", account: "444455556666"},
	})
	records := []string{
		record("worker", "CreateUser", "iam", now.Add(-100*day), 1), record("worker", "CreateUser", "iam", now, 2),
		record("worker", "CreateUser", "iam", now, 2), // twice
		record("blind", "NoSuchCallAtAll", "iam", now, 3),
	}
	used := recorded(t, d, records...)
	if calls := used[idOf("worker")].Calls; len(calls) != 1 || calls[0].Times != 2 {
		t.Errorf("%+v", calls)
	}
	r := analyse(t, d, Options{Used: used})
	if u := r.of(t, "worker").Unused; u.Used != 1 || u.Unused != 1 || u.Actions[0] != "cloudtrail:StopLogging" || u.Unobservable != 1 {
		t.Errorf("worker %+v", u)
	}
	if u := r.of(t, "idle").Unused; u.Unused != 1 {
		t.Errorf("idle %+v: without a record it did nothing", u)
	}
	if u := r.of(t, "blind").Unused; u.Unused != 0 || u.NotKnown != 1 {
		t.Errorf("blind %+v: its record has no known action", u)
	}
	if u := analyse(t, d, Options{Used: used, DataEvents: true}).of(t, "worker").Unused; u.Unused != 2 || u.Unobservable != 0 {
		t.Errorf("with data events %+v", u)
	}
	if u := used[idOf("foreign")]; u != nil {
		t.Errorf("no record is of its account: %+v", u)
	}
	gaps := NewRecorder(d)
	gaps.Gaps, gaps.spans[home] = true, &span{now.Add(-300 * day), now}
	if u := analyse(t, d, Options{Used: gaps.Used()}).of(t, "idle").Unused; u.Unused != 0 {
		t.Errorf("records with gaps show nothing: %+v", u)
	}
	short := recorded(t, d, records[1:]...)
	if u := analyse(t, d, Options{Used: short}).of(t, "idle").Unused; u.Unused != 0 {
		t.Errorf("records of an instant show nothing: %+v", u)
	}
}

// Whatever the policies and the sources are, no action that is unobservable is called unused.
func TestUnobservableIsNeverUnused(t *testing.T) {
	d := details(t, []role{{name: "admin", attached: []string{adminPolicy}}})
	never := &Accessed{At: now, Services: map[string]AccessedService{}}
	for _, s := range iamdata.Services() {
		never.Services[s] = AccessedService{}
	}
	used := map[string]*Usage{idOf("admin"): {From: now.Add(-300 * day), To: now}}
	o := Options{Accessed: map[string]*Accessed{arnOf("admin"): never}, Used: used, Now: now}
	l := o.looker(d.Principals[0])
	hidden := trail.Unobservable(func(string) bool { return true }, false)
	all := actionsOf(fullSet())
	u := l.unused(all)
	for _, a := range hidden {
		if !l.unobservable(a) {
			t.Errorf("%s is observable", a)
		}
	}
	unobservable := 0
	for _, a := range all {
		if slices.Contains(hidden, a) || a == "iam:PassRole" {
			unobservable++
			if l.unused([]string{a}).Unused != 0 {
				t.Errorf("%s is called unused", a)
			}
		}
	}
	if unobservable < 10 || u.Unobservable < unobservable || u.Unused+u.Unobservable != len(all) || u.Unused < 1000 {
		t.Errorf("%d of %d are unobservable: %d unused, %d unobservable, %d not known", unobservable, len(all), u.Unused, u.Unobservable, u.NotKnown)
	}
}

func fullSet() set {
	s := newSet()
	for i := range privileges().rows {
		s.add(i)
	}
	return s
}

func TestRecorderIsBounded(t *testing.T) {
	d := details(t, []role{{name: "busy"}})
	rec := NewRecorder(d)
	u := &recording{Usage: Usage{Times: map[string][]int64{}}, pairs: map[Used]int64{}}
	rec.of[idOf("busy")] = u
	rec.spans[home].from = now
	for i := range mostTimes + 1000 {
		rec.count(u, trail.Call{Action: "s3:GetObject", Resource: fmt.Sprint(i)}, 1)
	}
	got := rec.Used()[idOf("busy")]
	if len(got.Calls) != mostPairs+1 || len(got.Times["s3:GetObject"]) != mostTimes || !got.Cut || got.Partial {
		t.Errorf("%d calls, %d times, cut %v", len(got.Calls), len(got.Times["s3:GetObject"]), got.Cut)
	}
	n := int64(0)
	for _, c := range got.Calls {
		n += c.Times
	}
	if n != mostTimes+1000 {
		t.Errorf("%d calls are counted", n)
	}
}

// The usage of package trail counts what principals did by their own policies. Where it dropped names, nothing is unused.
func TestUsageOfPackageTrail(t *testing.T) {
	r := role{name: "worker", policies: map[string]string{"p": allow("iam:CreateUser cloudtrail:StopLogging", "*")}}
	d := details(t, []role{r})
	u := trail.NewUsage(trail.Key{})
	u.Actions.Rows = map[string]*trail.Count{"iam:CreateUser": {Events: 3}, "ec2:DescribeVpcs": {Events: 1}}
	got := FromTrail(u, now.Add(-100*day), now)
	if len(got.Calls) != 2 || got.Calls[1] != (Used{"iam:CreateUser", "", 3}) {
		t.Errorf("%+v", got.Calls)
	}
	if e := analyse(t, d, Options{Used: map[string]*Usage{idOf("worker"): got}}).of(t, "worker"); e.Unused.Used != 1 || e.Unused.Unused != 1 {
		t.Errorf("%+v", e.Unused)
	}
	u.Actions.More = 1
	if e := analyse(t, d, Options{Used: map[string]*Usage{idOf("worker"): FromTrail(u, now.Add(-100*day), now)}}).of(t, "worker"); e.Unused.Unused != 0 {
		t.Errorf("%+v", e.Unused)
	}
}
