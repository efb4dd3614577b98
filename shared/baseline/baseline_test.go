package baseline_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/baseline"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/trail"
)

const (
	account  = "111122223333"
	role     = "AROAEXAMPLE0000000001"
	user     = "AIDAEXAMPLE0000000001"
	boundary = "arn:aws:iam::111122223333:policy/curfew-boundary"
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

var start = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func allow(action string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":"*"}]}`, action)
}

func managed(arn, action string) *baseline.Entry {
	return baseline.Encode(baseline.Value{ID: arn, Version: "v1", Document: allow(action)})
}

func roleWith(action string) *baseline.Entry {
	return baseline.Encode(baseline.Value{ID: role, ARN: "arn:aws:iam::" + account + ":role/r", Account: account, Inline: map[string]string{"own": allow(action)},
		Attached: []string{readOnly}, Boundary: boundary})
}

// counted counts requests, and rows written.
type counted struct {
	record.Store
	requests, rows int
	fail           error
}

func (c *counted) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	c.requests++
	return c.Store.Read(ctx, keys...)
}

func (c *counted) Partition(ctx context.Context, t record.Table, partition, prefix string) ([]record.Row, error) {
	c.requests++
	return c.Store.Partition(ctx, t, partition, prefix)
}

func (c *counted) Write(ctx context.Context, changes ...record.Change) error {
	if c.fail != nil {
		return c.fail
	}
	c.rows += len(changes)
	return c.Store.Write(ctx, changes...)
}

// world stores the baselines of one account.
type world struct {
	*testing.T
	*counted
}

func newWorld(t *testing.T) world {
	s := inprocess.NewStore(inprocess.StoreSettings{Manual: true, Now: func() time.Time { return start }})
	t.Cleanup(s.Close)
	return world{t, &counted{Store: s}}
}

// survey keeps one page, with all of the account.
func (w world) survey(minutes int, entries ...*baseline.Entry) {
	w.Helper()
	err := baseline.Keep(w.Context(), w.counted, baseline.Page{BeganAt: at(minutes), ReadAt: at(minutes), Account: account, Entries: entries, Last: true})
	if err != nil {
		w.Fatal(err)
	}
}

func (w world) load(id string, from, to int) []trail.Baseline {
	w.Helper()
	w.requests = 0
	all, err := baseline.Load(w.Context(), w.counted, id, at(from), at(to))
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// allowed says which of the actions a baseline allows.
func allowed(b trail.Baseline, actions ...string) string {
	var all []string
	for _, a := range actions {
		if iampolicy.Evaluate(b.Policies, iampolicy.Call{Action: a, Resource: "*"}).Outcome == iampolicy.Allowed {
			all = append(all, a)
		}
	}
	return strings.Join(all, " ")
}

func shared(action string) []*baseline.Entry {
	return []*baseline.Entry{managed(boundary, "*"), managed(readOnly, action)}
}

func TestPolicyThatChangedIsTwoBaselines(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:Describe*"), roleWith("s3:GetObject"))...)
	w.survey(15, append(shared("ec2:Describe*"), roleWith("s3:GetObject"))...)
	w.survey(30, append(shared("ec2:Describe*"), roleWith("s3:PutObject"))...)
	w.survey(45, append(shared("ec2:Describe*"), roleWith("s3:PutObject"))...)
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{5, 40, "0-15 s3:GetObject ec2:DescribeHosts, 30-45 s3:PutObject ec2:DescribeHosts"},
		{31, 40, "30-45 s3:PutObject ec2:DescribeHosts"},
		{1, 2, "0-15 s3:GetObject ec2:DescribeHosts"},
		{-20, -10, ""},
		{-20, 0, "0-15 s3:GetObject ec2:DescribeHosts"},
	} {
		var got []string
		for _, b := range w.load(role, c.from, c.to) {
			if b.PrincipalID != role || b.Unknown {
				t.Errorf("%+v", b)
			}
			got = append(got, fmt.Sprintf("%.0f-%.0f %s", b.From.Sub(start).Minutes(), b.Until.Sub(start).Minutes(), allowed(b, "s3:GetObject", "s3:PutObject", "ec2:DescribeHosts")))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("from %d to %d: %s; want %s", c.from, c.to, strings.Join(got, ", "), c.want)
		}
	}
}

func TestPolicyOfAWSThatChangedIsTwoBaselines(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	w.survey(15, append(shared("rds:*"), roleWith("s3:GetObject"))...)
	all := w.load(role, 0, 15)
	if len(all) != 2 || allowed(all[0], "ec2:RunInstances", "rds:StopDBInstance") != "ec2:RunInstances" || allowed(all[1], "ec2:RunInstances", "rds:StopDBInstance") != "rds:StopDBInstance" {
		t.Errorf("%+v", all)
	}
}

func TestUserHasWhatTheirGroupsHave(t *testing.T) {
	w := newWorld(t)
	group := baseline.GroupARN(account, "staff")
	w.survey(0,
		baseline.Encode(baseline.Value{ID: user, ARN: "arn:aws:iam::" + account + ":user/u", Account: account, Groups: []string{group}, Boundary: boundary}),
		baseline.Encode(baseline.Value{ID: group, Inline: map[string]string{"in": allow("s3:GetObject")}, Attached: []string{readOnly}}),
		managed(readOnly, "ec2:*"), managed(boundary, "s3:*"))
	all := w.load(user, 0, 0)
	if len(all) != 1 || all[0].Unknown || allowed(all[0], "s3:GetObject", "s3:PutObject", "ec2:RunInstances") != "s3:GetObject" {
		t.Errorf("%+v; want its group's rights within its boundary", all)
	}
	if w.requests != 3 {
		t.Errorf("%d requests, want 3", w.requests)
	}
	var names []string
	for _, p := range all[0].Policies.Identity {
		names = append(names, p.Name)
	}
	if want := []string{"group staff: in", "group staff: " + readOnly}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestLoadNeedsTwoRequests(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	w.survey(15, append(shared("ec2:*"), roleWith("s3:PutObject"))...)
	for _, c := range []struct{ from, requests int }{{15, 2}, {0, 3}} {
		if w.load(role, c.from, 20); w.requests != c.requests {
			t.Errorf("from %d: %d requests, want %d", c.from, w.requests, c.requests)
		}
	}
}

func TestSameValueIsNotWrittenAgain(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	w.rows = 0
	spaced := strings.ReplaceAll(allow("s3:GetObject"), ":", " : ")
	spaced = strings.ReplaceAll(spaced, "s3 : ", "s3:") // not in the action
	w.survey(15, append(shared("ec2:*"), baseline.Encode(baseline.Value{ID: role, ARN: "arn:aws:iam::" + account + ":role/r", Account: account,
		Inline: map[string]string{"own": spaced}, Attached: []string{readOnly}, Boundary: boundary}))...)
	if w.rows != 2 {
		t.Errorf("%d rows written, want the two of the survey", w.rows)
	}
}

func TestPrincipalThatASurveyDidNotSeeIsGone(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	part := baseline.Page{BeganAt: at(15), ReadAt: at(15), Account: account, Entries: shared("ec2:*")}
	if err := baseline.Keep(t.Context(), w.counted, part); err != nil {
		t.Fatal(err)
	}
	if all := w.load(role, 15, 20); len(all) != 1 || all[0].Unknown || !all[0].Until.Equal(at(0)) {
		t.Errorf("%+v after a part of a survey; want what the last one saw, confirmed no further", all)
	}
	w.survey(30, shared("ec2:*")...)
	if all := w.load(role, 0, 30); len(all) != 2 || all[0].Unknown || !all[1].Unknown || !all[1].From.Equal(at(30)) {
		t.Errorf("%+v; want it gone after 30 minutes", all)
	}
	w.survey(45, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	if all := w.load(role, 45, 45); len(all) != 1 || all[0].Unknown {
		t.Errorf("%+v; want it back", all)
	}
}

// Pages may be repeated after a crash, and other pages of the survey follow.
func TestSurveyInPagesSeesAll(t *testing.T) {
	w := newWorld(t)
	ids := func(n int) (all []*baseline.Entry) {
		for i := range 150 {
			all = append(all, baseline.Encode(baseline.Value{ID: fmt.Sprintf("AROA%d-%03d", n, i), Account: account, Inline: map[string]string{"own": allow("s3:GetObject")}}))
		}
		return all
	}
	for minutes := 0; minutes < 30; minutes += 15 {
		for _, n := range []int{1, 1, 2} {
			p := baseline.Page{BeganAt: at(minutes), ReadAt: at(minutes + n), Account: account, Entries: ids(n), Last: n == 2}
			if err := baseline.Keep(t.Context(), w.counted, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, id := range []string{"AROA1-000", "AROA1-149", "AROA2-000", "AROA2-149"} {
		if all := w.load(id, 20, 20); len(all) != 1 || all[0].Unknown || !all[0].Until.Equal(at(15)) {
			t.Errorf("%s: %+v; want it known until the second survey began", id, all)
		}
	}
}

func TestWhatIsNotAllKnownIsUnknown(t *testing.T) {
	for name, entries := range map[string][]*baseline.Entry{
		"a policy is missing":  {managed(boundary, "*"), roleWith("s3:GetObject")},
		"a policy has no text": {managed(boundary, "*"), baseline.Encode(baseline.Value{ID: readOnly, Unknown: "no default version"}), roleWith("s3:GetObject")},
		"no policy language":   append(shared("ec2:*"), baseline.Encode(baseline.Value{ID: role, Account: account, Inline: map[string]string{"own": "{"}})),
		"larger than a row": append(shared("ec2:*"), baseline.Encode(baseline.Value{ID: role, Account: account,
			Inline: map[string]string{"own": strings.Replace(allow("s3:GetObject"), "Allow", strings.Repeat("x", record.MaxSize), 1)}})),
	} {
		w := newWorld(t)
		w.survey(0, entries...)
		if all := w.load(role, 0, 0); len(all) != 1 || !all[0].Unknown || len(all[0].Policies.Identity) > 0 {
			t.Errorf("%s: %+v; want it unknown", name, all)
		}
	}
}

// A value and the row that says that it was seen are written in this order.
func TestSurveyThatCannotWriteConfirmsNothing(t *testing.T) {
	w := newWorld(t)
	w.survey(0, append(shared("ec2:*"), roleWith("s3:GetObject"))...)
	w.fail = context.DeadlineExceeded
	p := baseline.Page{BeganAt: at(15), ReadAt: at(15), Account: account, Entries: append(shared("ec2:*"), roleWith("s3:PutObject")), Last: true}
	if err := baseline.Keep(t.Context(), w.counted, p); err == nil {
		t.Fatal("no error")
	}
	w.fail = nil
	if all := w.load(role, 0, 20); len(all) != 1 || !all[0].Until.Equal(at(0)) {
		t.Errorf("%+v; want the old value, confirmed by the first survey alone", all)
	}
}
