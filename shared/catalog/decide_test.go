package catalog

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// monday is a working day in the catalogs of these tests.
func monday() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

func person(t testing.TB, c *Catalog, name string) identity.Caller {
	t.Helper()
	for _, p := range c.People() {
		if p.Name == name {
			return p.Caller()
		}
	}
	t.Fatalf("no person or machine is called %s", name)
	return identity.Caller{}
}

// questionOfAna is ana asking for "read" of the small catalog.
func questionOfAna(t testing.TB, c *Catalog) access.Question {
	ana := person(t, c, "ana")
	e, _ := c.Entitlement("read")
	return access.Question{
		Action: access.ActRequest, Caller: ana, Entitlement: e, At: monday(),
		Terms: access.Terms{
			ID: "01jd0000000000000000000000", Entitlement: "read", Requester: ana, Duration: 600, StartAt: monday(),
			Principal:  access.Principal{ARN: "arn:aws:iam::111122223333:role/deploy", ID: "AROAEXAMPLE", Account: "111122223333"},
			Task:       task.Task{Kind: "change", ID: "CHG-1"},
			Session:    access.Session{Bind: access.BindUserID, Value: "ana"},
			Parameters: map[string]string{"bucket": "logs"},
		},
	}
}

func TestDecide(t *testing.T) {
	c := load(t, smallCatalog())
	cases := []struct {
		name   string
		change func(*access.Question)
		want   access.Verdict
	}{
		{"as it should be", func(q *access.Question) {}, access.Verdict{Allow: true, By: []string{"curfew.request.requester"}}},
		{"own forbid", func(q *access.Question) { q.At = q.At.AddDate(0, 0, 4) }, access.Verdict{By: []string{"freeze"}}},
		{"group that is not theirs", func(q *access.Question) { q.Caller.Groups = []string{"Engineers", "engineers ", "engineer"} }, access.Verdict{}},
		{"no groups", func(q *access.Question) { q.Caller.Groups = nil }, access.Verdict{}},
		{"no caller", func(q *access.Question) { q.Caller = identity.Caller{} }, access.Verdict{}},
		{"action that is none", func(q *access.Question) { q.Action = "grant" }, access.Verdict{}},
		{"entitlement that is gone", func(q *access.Question) { q.Entitlement.Name = "write" }, access.Verdict{}},
		{"duration of nothing", func(q *access.Question) { q.Terms.Duration = 0 }, access.Verdict{}},
		{"negative duration", func(q *access.Question) { q.Terms.Duration = -600 }, access.Verdict{}},
		{"duration beyond all bounds", func(q *access.Question) { q.Terms.Duration = 1<<63 - 1 }, access.Verdict{}},
		{"entitlement of an older catalog, wider", func(q *access.Question) { q.Entitlement.Max, q.Terms.Duration = 24*time.Hour, 3600 }, access.Verdict{}},
		{"principal that is not listed", func(q *access.Question) { q.Terms.Principal.ARN += "-2" }, access.Verdict{}},
		{"break-glass where there is none", func(q *access.Question) { q.Action, q.Terms.BreakGlass = access.ActBreakGlass, true }, access.Verdict{}},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			q := questionOfAna(t, c)
			x.change(&q)
			got, err := c.Decide(q)
			if err != nil || got.Allow != x.want.Allow || !slices.Equal(got.By, x.want.By) {
				t.Errorf("verdict = %+v, %v, want %+v", got, err, x.want)
			}
		})
	}
}

func TestAPolicyThatCannotBeEvaluatedDenies(t *testing.T) {
	files := smallCatalog()
	// The product is beyond a Long once the hour is 2 or more.
	files[ownFile] = `@id("overflow") forbid (principal, action, resource) when { context.hour * 9223372036854775807 < 0 };`
	c := load(t, files)
	got, err := c.Decide(questionOfAna(t, c))
	if got.Allow || !slices.Equal(got.By, []string{"overflow"}) {
		t.Errorf("verdict = %+v, want a denial by overflow", got)
	}
	if fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("error = %v, want one of kind Internal that names the policy", err)
	}
	if _, err := NewSet(c).Decide(t.Context(), questionOfAna(t, c)); !slices.Equal(fault.Reasons(err), []string{"overflow"}) {
		t.Errorf("reasons = %v, want overflow", fault.Reasons(err))
	}
}

func TestWeekdayAndHourAreOfTheCatalogsZone(t *testing.T) {
	files := smallCatalog()
	files[ownFile] = `@id("night") forbid (principal, action, resource) when { context.weekday == "tuesday" && context.hour == 0 && context.minute == 30 };`
	files[settingsFile] = "zone: Europe/Berlin\n"
	c := load(t, files)
	q := questionOfAna(t, c)
	q.At = time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	if got, err := c.Decide(q); err != nil || !slices.Equal(got.By, []string{"night"}) {
		t.Errorf("verdict = %+v, %v, want a denial by night", got, err)
	}
}

// The clock goes from 01:59 to 03:00 in spring, and in autumn has the hour of 2 twice.
func TestHoursFollowTheClockOfSummer(t *testing.T) {
	files := smallCatalog()
	files[ownFile] = `@id("night") forbid (principal, action, resource) when { context.hour == 2 };`
	files[settingsFile] = "zone: Europe/Berlin\n"
	c := load(t, files)
	q := questionOfAna(t, c)
	for at, denied := range map[time.Time]bool{
		time.Date(2026, 3, 28, 1, 30, 0, 0, time.UTC):  true,  // the day before, 02:30
		time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC):  false, // 01:59
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC):   false, // 03:00
		time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC): true,  // 02:30 of summer
		time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC): true,  // 02:30 of winter
		time.Date(2026, 10, 25, 2, 0, 0, 0, time.UTC):  false, // 03:00
	} {
		q.At = at
		if got, err := c.Decide(q); err != nil || slices.Contains(got.By, "night") != denied {
			t.Errorf("at %s: %+v, %v; want denied: %v", at, got, err, denied)
		}
	}
}

func TestPoliciesSeeParameters(t *testing.T) {
	files := smallCatalog()
	files[ownFile] = `@id("payroll") forbid (principal, action, resource) when {
		context.parameters.hasTag("bucket") && context.parameters.getTag("bucket") == "payroll" };`
	c := load(t, files)
	q := questionOfAna(t, c)
	if got, err := c.Decide(q); err != nil || !got.Allow {
		t.Errorf("verdict = %+v, %v, want it allowed", got, err)
	}
	q.Terms.Parameters = map[string]string{"bucket": "payroll"}
	if got, err := c.Decide(q); err != nil || !slices.Equal(got.By, []string{"payroll"}) {
		t.Errorf("verdict = %+v, %v, want a denial by payroll", got, err)
	}
}

// Decide's requests must fit the schema that policies are checked against, or that check is worthless.
func TestQuestionsFitTheSchema(t *testing.T) {
	c := load(t, smallCatalog())
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(c.cedarSchema)); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	v := validate.New(resolved)
	machine := identity.Caller{ID: identity.MachineID("AROAEXAMPLE"), Kind: identity.Machine, Name: "run-1", ARN: "arn:aws:iam::111122223333:role/runner", Groups: []string{"runners"}}
	q := questionOfAna(t, c)
	for _, ask := range []struct {
		action access.PolicyAction
		caller identity.Caller
		terms  access.Terms
	}{
		{access.ActRequest, q.Caller, q.Terms}, {access.ActRequest, machine, q.Terms}, {access.ActBreakGlass, q.Caller, q.Terms},
		{access.ActApprove, q.Caller, q.Terms}, {access.ActRead, machine, q.Terms}, {access.ActRead, q.Caller, access.Terms{}},
	} {
		q.Action, q.Caller, q.Terms = ask.action, ask.caller, ask.terms
		caller, parameters, resource := callerEntity(q.Caller), parametersEntity(q.Terms), c.resources["read"]
		for _, e := range []cedar.Entity{caller, parameters, resource} {
			if err := v.Entity(e); err != nil {
				t.Errorf("%s by a %s: entity %s: %v", q.Action, q.Caller.Kind, e.UID, err)
			}
		}
		request := cedar.Request{
			Principal: caller.UID, Action: cedar.NewEntityUID(typeAction, cedar.String(q.Action)), Resource: resource.UID,
			Context: c.contextRecord(q, q.Entitlement, parameters.UID, 0),
		}
		if err := v.Request(request); err != nil {
			t.Errorf("%s by a %s: %v", q.Action, q.Caller.Kind, err)
		}
	}
}

func TestSet(t *testing.T) {
	older, newest := load(t, smallCatalog()), load(t, brokenCatalog{file: entitlementFile, old: "max: 30m", new: "max: 5m"}.files())
	s := NewSet(newest, older)
	ctx := t.Context()
	for hash, want := range map[string]time.Duration{"": 5 * time.Minute, newest.Hash(): 5 * time.Minute, older.Hash(): 30 * time.Minute} {
		e, err := s.Entitlement(ctx, hash, "read")
		if err != nil || e.Max != want {
			t.Errorf("max of %.8q = %s, %v, want %s", hash, e.Max, err, want)
		}
		if hash != "" && e.Catalog != hash {
			t.Errorf("catalog = %s, want %s", e.Catalog, hash)
		}
	}
	for _, absent := range [][2]string{{"", "write"}, {older.Hash(), "write"}, {strings.Repeat("0", 64), "read"}} {
		if _, err := s.Entitlement(ctx, absent[0], absent[1]); fault.KindOf(err) != fault.NotFound {
			t.Errorf("error of %.8q %s = %v, want NotFound", absent[0], absent[1], err)
		}
	}
	if groups, err := s.Groups(ctx, "arn:aws:iam::111122223333:role/runner"); err != nil || !slices.Equal(groups, []string{"runners"}) {
		t.Errorf("groups = %v, %v, want runners", groups, err)
	}
	if all, err := s.Entitlements(ctx); err != nil || len(all) != 1 || all[0].Catalog != newest.Hash() {
		t.Errorf("entitlements = %v, %v, want the one of the newest", all, err)
	}
	// Requested under the older catalog, decided by the newest.
	if v, err := s.Decide(ctx, questionOfAna(t, older)); err != nil || v.Allow {
		t.Errorf("verdict = %+v, %v, want a denial", v, err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Decide(over, questionOfAna(t, older)); fault.KindOf(err) != fault.Transient {
		t.Errorf("error = %v, want Transient", err)
	}
}

func TestDiff(t *testing.T) {
	cases := []struct {
		name string
		brokenCatalog
		want string
	}{
		{"nothing", brokenCatalog{file: entitlementFile, old: "max: 30m", new: "max: 1800s"}, ""},
		{"longer", brokenCatalog{file: entitlementFile, old: "max: 30m", new: "max: 1h"}, "entitlement read: widened: max: 1h, was 30m"},
		{"shorter", brokenCatalog{file: entitlementFile, old: "max: 30m", new: "max: 10m"}, "entitlement read: narrowed: max: 10m, was 30m"},
		{"group more", brokenCatalog{file: entitlementFile, old: `["group:engineers"]`, new: `["group:engineers", "group:leads"]`}, "entitlement read: widened: requesters: group:leads is new"},
		{"pattern other", brokenCatalog{file: entitlementFile, old: "role/deploy", new: "role/deploy*"}, "entitlement read: widened: principals: arn:aws:iam::111122223333:role/deploy* is new\nentitlement read: narrowed: principals: arn:aws:iam::111122223333:role/deploy is gone"},
		{"approval gone", brokenCatalog{file: entitlementFile, old: "approval: {need: 1, of: [\"group:leads\"], within: 1h}\n", new: ""}, "entitlement read: widened: approval: none, was 1 of group:leads"},
		{"approval of two", brokenCatalog{file: entitlementFile, old: "need: 1", new: "need: 2"}, "entitlement read: narrowed: approval.need: 2, was 1"},
		{"approval with MFA", brokenCatalog{file: entitlementFile, old: "need: 1", new: "need: 1, mfaWithin: 15m"}, "entitlement read: narrowed: approval.mfaWithin: 15m, was any"},
		{"task known", brokenCatalog{file: entitlementFile, old: "[change]", new: "[{kind: change, known: required}]"}, "entitlement read: narrowed: tasks: change must be known"},
		{"eligibility with an end", brokenCatalog{file: entitlementFile, old: "max: 30m", new: "max: 30m\nuntil: 2026-12-31"}, "entitlement read: narrowed: until: 2027-01-01T00:00:00Z, was none"},
		{"no heartbeat", brokenCatalog{file: entitlementFile, old: "heartbeat: 5m\n", new: ""}, "entitlement read: widened: heartbeat: none, was 5m"},
		{"no binding", brokenCatalog{file: entitlementFile, old: "session: userid", new: "session: none"}, "entitlement read: widened: session: none, was userid"},
		{"second factor", brokenCatalog{file: entitlementFile, old: "session: userid", new: "session: userid\nmfa: true"}, "entitlement read: narrowed: mfa: on, was off"},
		{"policy", brokenCatalog{file: entitlementFile, old: "s3:GetObject", new: "s3:PutObject"}, "entitlement read: widened: policy allows: s3:PutObject on arn:aws:s3:::{{bucket}}/* is new\nentitlement read: narrowed: policy allows: s3:GetObject on arn:aws:s3:::{{bucket}}/* is gone"},
		{"entitlement more", brokenCatalog{file: "entitlements/again.yaml", new: smallCatalog()[entitlementFile]}, "entitlement again: added"},
		{"forbid gone", brokenCatalog{file: ownFile, new: "// Nothing.\n"}, "policy freeze: widened: is gone"},
		{"machine in a group more", brokenCatalog{file: identitiesFile, old: "[runners]", new: "[runners, more]"}, "machine runner: widened: groups: more is new"},
		{"operators", brokenCatalog{file: identitiesFile, old: `operators: ["group:operators"]`, new: `operators: ["group:leads"]`}, "identities: widened: operators: group:leads is new\nidentities: narrowed: operators: group:operators is gone"},
		{"zone", brokenCatalog{file: settingsFile, new: "zone: Europe/Berlin"}, "catalog: changed: zone: Europe/Berlin, was UTC"},
	}
	was := load(t, smallCatalog())
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			is := load(t, x.files())
			var lines []string
			for _, c := range Diff(was, is) {
				lines = append(lines, c.String())
			}
			if got := strings.Join(lines, "\n"); got != x.want {
				t.Errorf("diff =\n%s\nwant\n%s", got, x.want)
			}
			if same := was.Hash() == is.Hash(); same != (x.want == "") {
				t.Errorf("same name = %t, with a diff of %q", same, x.want)
			}
		})
	}
}

func TestAFailedExpectationSaysWhatDiffers(t *testing.T) {
	files := smallCatalog()
	files[testsFile] = strings.Replace(files[testsFile], "expect: allow", "expect: deny\n  by: [freeze]", 1)
	r := Test(load(t, files))
	want := "FAIL asked (tests.yaml:1): got allow by curfew.request.requester, want deny by freeze"
	if len(r) != 1 || r[0].OK || r[0].String() != want {
		t.Errorf("results = %v, want %s", r, want)
	}
}

func BenchmarkDecide(b *testing.B) {
	c := example(b)
	q := c.expectations[0].question
	b.ReportAllocs()
	for b.Loop() {
		if v, err := c.Decide(q); err != nil || !v.Allow {
			b.Fatal(v, err)
		}
	}
}
