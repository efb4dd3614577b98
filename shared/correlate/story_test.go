package correlate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/baseline"
	"curfew/shared/correlate"
	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

const (
	account = "111122223333"
	home    = "444455556666"
)

// story is a story with CloudTrail.
type story struct {
	*accesstest.Story
	t *testing.T
	*correlate.Service
	counted *countedStore
	events  int
	ago     time.Duration // how old events are
	began   string        // when sessions were opened
	own     correlate.Own
}

// countedStore counts requests.
type countedStore struct {
	record.Store
	requests int
}

func (c *countedStore) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	c.requests++
	return c.Store.Read(ctx, keys...)
}

func (c *countedStore) Partition(ctx context.Context, t record.Table, partition, prefix string) ([]record.Row, error) {
	c.requests++
	return c.Store.Partition(ctx, t, partition, prefix)
}

func (c *countedStore) Write(ctx context.Context, changes ...record.Change) error {
	c.requests++
	return c.Store.Write(ctx, changes...)
}

func (c *countedStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	c.requests++
	return c.Store.List(ctx, q)
}

func tell(t *testing.T, detections []detection.Detection, f func(*story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(26 * 365 * 24 * time.Hour) // a bubble begins before CloudTrail did
		s := accesstest.NewStory(t, accesstest.WorldSettings{})
		set, err := detection.Compile(detections)
		if err != nil {
			t.Fatal(err)
		}
		a := *s.Service
		counted := &countedStore{Store: a.Store}
		a.Store = counted
		own := func(ctx context.Context, id string, from, to time.Time) ([]trail.Baseline, error) {
			return baseline.Load(ctx, counted, id, from, to)
		}
		s.Sweeps() // the first survey
		s.Advance(time.Minute)
		f(&story{Story: s, t: t, own: own, began: s.Service.Now().UTC().Format(time.RFC3339), counted: counted, Service: correlate.New(&a, []string{account, home}, own, correlate.Installation{Name: "curfew", Home: home}, set)})
	})
}

// elevates gives ana an elevation.
func (s *story) elevates() string {
	s.t.Helper()
	id := s.As("ana").Asks("admin", 10*time.Minute)
	s.WantKind(s.As("ben").Approves(id), "")
	s.Advance(30 * time.Second)
	s.Want(id, string(access.Active))
	return id
}

// event is a call of a session of a role, now.
func (s *story) event(role, session, source, name string, parameters any, more ...string) string {
	s.t.Helper()
	s.events++
	text, err := json.Marshal(parameters)
	if err != nil {
		s.t.Fatal(err)
	}
	id := s.World.IAM.UniqueID(role)
	if id == "" {
		id = "AROAEXAMPLE0OTHERS000"
	}
	in := strings.Split(role, ":")[4]
	now := s.Now().Add(-s.ago).UTC().Format(time.RFC3339)
	record := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"%[1]s:%[2]s","arn":"arn:aws:sts::%[3]s:assumed-role/x/%[2]s","accountId":"%[3]s",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%[1]s","arn":"%[4]s","accountId":"%[3]s"},"attributes":{"creationDate":"%[12]s"}}},"eventTime":"%[5]s","eventSource":"%[6]s","eventName":"%[7]s",`+
		`"awsRegion":"us-east-1","sourceIPAddress":"203.0.113.9","requestParameters":%[8]s,"eventID":"e-%[9]d","eventType":"AwsApiCall","managementEvent":true,"readOnly":false,"recipientAccountId":"%[10]s"%[11]s}`,
		id, session, in, role, now, source, name, text, s.events, account, strings.Join(more, ""), s.began)
	return fmt.Sprintf(`{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.%s","account":"%s","detail":%s}`, strings.TrimSuffix(source, ".amazonaws.com"), account, record)
}

func (s *story) delivers(events ...string) {
	s.t.Helper()
	if err := errors.Join(s.Deliver(s.t.Context(), events)...); err != nil {
		s.t.Fatal(err)
	}
	s.Advance(time.Second)
}

func (s *story) findings(kind string) (all []finding.Finding) {
	s.t.Helper()
	page, err := access.Findings{Service: s.Story.Service}.List(s.Context(), s.As("dee").Caller, access.FindingFilter{Kind: kind, States: finding.States()})
	s.WantKind(err, "")
	for _, f := range page.Findings {
		all = append(all, f.Value)
	}
	return all
}

// allowed is a call that the elevation allows.
func allowed(s *story, session string) string {
	return s.event(accesstest.Engineer, session, "s3.amazonaws.com", "DeleteBucket", map[string]any{"bucketName": "example"})
}

// One elevation from its request to what was done with it; a batch of ten costs four requests once the function is warm.
func TestCallsOfAnElevationAreItsUsage(t *testing.T) {
	tell(t, nil, func(s *story) {
		id := s.elevates()
		s.delivers(allowed(s, "ana"), allowed(s, "ana"))
		var batch []string
		for range 10 {
			batch = append(batch, allowed(s, "ana"))
		}
		s.counted.requests = 0
		s.delivers(batch...)
		if got := s.counted.requests; got > 4 {
			t.Errorf("a batch of ten costs %d requests, want at most 4", got)
		}
		u, err := correlate.ReadUsage(t.Context(), s.Story.Service.Base, account, id)
		if err != nil || u.Events != 12 || u.Actions.Rows["s3:DeleteBucket"].Events != 12 || len(u.Who) != 1 || !u.Who[0].Provisional {
			t.Errorf("usage = %+v, %v", u, err)
		}
		if f := s.findings(""); len(f) != 0 {
			t.Errorf("findings = %+v", f)
		}
	})
}

func TestCallOfAMarkedPrincipalThatNothingAllowsIsAFinding(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.delivers(allowed(s, "mallory"), allowed(s, "mallory"))
		if f := s.findings(correlate.Unexplained.Name); len(f) != 1 || f[0].EventCount != 2 || f[0].Principal != accesstest.Engineer {
			t.Errorf("findings = %+v", f)
		}
	})
}

var afterEnd = detection.Detection{
	Name: "used-after-end", About: "used after its end", Severity: finding.Critical, Why: "w", Do: "d", Answer: detection.AnswerEnd,
	Pattern: []byte(`{"source":["aws.s3"]}`), When: `context has elevation && context.allowed`,
}

// The catalog lets a detection end an elevation. A denied call ends nothing: others could provoke it.
func TestDetectionEndsAnElevationWhereTheCatalogSaysSo(t *testing.T) {
	tell(t, []detection.Detection{afterEnd}, func(s *story) {
		id := s.elevates()
		denied := s.event(accesstest.Engineer, "ana", "s3.amazonaws.com", "DeleteBucket", map[string]any{}, `,"errorCode":"AccessDenied"`)
		s.delivers(denied)
		s.Want(id, string(access.Active))
		once := allowed(s, "ana")
		s.delivers(once, once)
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		s.delivers(once)
		if f := s.findings("detection"); len(f) != 1 || f[0].Count != 1 || f[0].Elevation != id || f[0].Severity != finding.Critical {
			t.Errorf("findings = %+v", f)
		}
		s.WantCan(accesstest.Engineer, "ana", false)
	})
}

const grantRole = "arn:aws:iam::" + account + ":role/curfew-member-grant"

var unexplained = detection.Detection{
	Name: "own-write-unexplained", About: "unexplained", Severity: finding.Critical, Why: "w", Do: "d",
	Pattern: []byte(`{"source":["aws.iam"]}`), When: `context.class == "own" && context.allowed && !context.explained`,
}

func (s *story) puts(name, role string, document string) string {
	return s.event(grantRole, "curfew-grant", "iam.amazonaws.com", "PutRolePolicy", map[string]any{"policyName": name, "roleName": role, "policyDocument": document})
}

// Function grant attaches what a record explains. Anything else is critical, and is removed at once.
func TestWriteOfGrantThatNoRecordExplainsIsRemoved(t *testing.T) {
	tell(t, []detection.Detection{unexplained}, func(s *story) {
		id := s.elevates()
		grant := access.GrantName("curfew", id)
		docs, err := s.Cloud.Read(s.Context(), access.Principal{ARN: accesstest.Engineer, Account: account}, grant)
		if err != nil || len(docs) != 1 {
			t.Fatal(docs, err)
		}
		name := accesstest.Engineer[strings.LastIndexByte(accesstest.Engineer, '/')+1:]
		s.ago = s.Now().Sub(s.Elevation(id).GrantedAt)
		s.delivers(s.puts(grant, name, docs[0]))
		if f := s.findings("detection"); len(f) != 0 {
			t.Fatalf("what a record explains is a finding: %+v", f)
		}
		s.delivers(s.puts(grant, name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
		if f := s.findings("detection"); len(f) != 1 {
			t.Errorf("another document is no finding: %+v", f)
		}
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		s.delivers(s.puts(access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), "backup-runner", "{}"))
		if f := s.findings("detection"); len(f) != 1 || f[0].EventCount != 2 {
			t.Errorf("findings = %+v", f)
		}
	})
}

// A trail that was stopped sends nothing. The heartbeat that does not come back says so, once for each account and route.
func TestRouteThatBringsNoHeartbeatIsAFinding(t *testing.T) {
	tell(t, nil, func(s *story) {
		x := correlate.Expected{Accounts: []string{account}, Regions: []string{"us-east-1", "eu-west-1"}, Since: s.Service.Now()}
		reports := func(want string) {
			t.Helper()
			if err := correlate.ReportSilence(t.Context(), s.Story.Service.Base, x); err != nil {
				t.Fatal(err)
			}
			what := ""
			for _, f := range s.findings(correlate.Silent.Name) {
				what += f.What
			}
			if what != want {
				t.Errorf("findings say %q, want %q", what, want)
			}
		}
		for range 3 {
			s.delivers(s.event("arn:aws:iam::"+account+":role/curfew-member-reconcile", "sweep", "sts.amazonaws.com", "GetCallerIdentity", nil))
			s.Advance(7 * time.Minute)
		}
		reports("no heartbeat comes by the bus from account " + account + " in eu-west-1")
		x.Regions = x.Regions[:1]
		s.delivers(s.event("arn:aws:iam::"+account+":role/other/curfew-member-reconcile", "sweep", "sts.amazonaws.com", "GetCallerIdentity", nil)) // with a path: not Curfew's
		s.Advance(70 * time.Minute)                                                                                                                // the finding is renewed each hour
		reports("no heartbeat comes by the bus from account " + account + " in us-east-1")
	})
}

// A principal may be elevated before a survey has seen its mark.
func TestPrincipalThatNoSurveySawYetIsCounted(t *testing.T) {
	tell(t, nil, func(s *story) {
		in := correlate.Installation{Name: "curfew", Home: home}
		s.Service = correlate.New(s.Service.Service, []string{account, home}, func(context.Context, string, time.Time, time.Time) ([]trail.Baseline, error) { return nil, nil }, in, nil)
		s.delivers(allowed(s, "ana")) // before anything
		s.Advance(20 * time.Second)
		id := s.elevates()
		s.delivers(allowed(s, "ana"))
		if u, err := correlate.ReadUsage(t.Context(), s.Story.Service.Base, account, id); err != nil || u.Events != 1 {
			t.Errorf("usage = %+v, %v", u, err)
		}
	})
}

// An administrator of another member account takes the role of function grant there. They end nothing elsewhere; neither does a read.
func TestGrantRoleOfAnotherAccountEndsNothing(t *testing.T) {
	tell(t, []detection.Detection{unexplained}, func(s *story) {
		const other = "999988887777"
		s.Service = correlate.New(s.Service.Service, []string{account, other, home}, func(context.Context, string, time.Time, time.Time) ([]trail.Baseline, error) { return nil, nil },
			correlate.Installation{Name: "curfew", Home: home}, nil)
		id := s.elevates()
		name := accesstest.Engineer[strings.LastIndexByte(accesstest.Engineer, '/')+1:]
		there := strings.ReplaceAll(s.event("arn:aws:iam::"+other+":role/curfew-member-grant", "x", "iam.amazonaws.com", "PutRolePolicy",
			map[string]any{"policyName": access.GrantName("curfew", id), "roleName": name, "policyDocument": "{}"}), `"`+account+`"`, `"`+other+`"`)
		read := s.event(grantRole, "x", "iam.amazonaws.com", "GetRolePolicy", map[string]any{"policyName": access.GrantName("curfew", id), "roleName": name})
		s.delivers(there, read)
		s.Advance(2 * time.Minute)
		s.Want(id, string(access.Active))
	})
}

// Another session of the role, which the fence excludes, makes a call with the role's own policies: the elevation goes on.
func TestCallOfAnotherSessionEndsNothing(t *testing.T) {
	anyCall := afterEnd
	anyCall.When = "context.allowed"
	tell(t, []detection.Detection{anyCall}, func(s *story) {
		id := s.elevates()
		s.delivers(allowed(s, "mallory"))
		s.Advance(2 * time.Minute)
		s.Want(id, string(access.Active))
		if f := s.findings("detection"); len(f) != 1 {
			t.Errorf("findings = %+v", f)
		}
	})
}

// Another session of the role waits for what was approved for ana. Its denied calls are a finding about ana's elevation, are not its usage, and
// do not end it, also where the catalog says so.
func TestDeniedCallsOfAnotherSessionAreAFindingAboutTheElevation(t *testing.T) {
	tell(t, []detection.Detection{{
		Name: "of-other", About: "of another session", Severity: finding.Medium, Why: "w", Do: "d", Answer: detection.AnswerEnd,
		Pattern: []byte(`{"source":["aws.s3"]}`), When: "context has ofOther",
	}}, func(s *story) {
		denied := func(session string) string {
			return s.event(accesstest.Engineer, session, "s3.amazonaws.com", "DeleteBucket", nil, `,"errorCode":"AccessDenied"`)
		}
		s.delivers(denied("mallory"))
		id := s.elevates()
		s.delivers(denied("mallory"), denied("ana"))
		s.Advance(2 * time.Minute)
		s.Want(id, string(access.Active))
		if f := s.findings("detection"); len(f) != 1 || f[0].Elevation != id || f[0].EventCount != 1 {
			t.Errorf("findings = %+v, want one of one call about %s", f, id)
		}
		if u, err := correlate.ReadUsage(t.Context(), s.Story.Service.Base, account, id); err != nil || u.Events != 1 {
			t.Errorf("usage = %+v, %v; want ana's call", u.Usage, err)
		}
	})
}

// A session that was elevated asks for a console login elsewhere. That is no use of the elevation, and does not make the address known.
func TestCallFromANewAddressIsNewWithoutTheUseOfAnElevation(t *testing.T) {
	tell(t, []detection.Detection{{
		Name: "new", About: "new address", Severity: finding.Medium, Why: "w", Do: "d", Pattern: []byte(`{"detail":{"eventName":["GetSigninToken"]}}`), When: `context.origin == "new"`,
	}}, func(s *story) {
		s.elevates()
		signin := func(address string) string {
			text := s.event(accesstest.Engineer, "ana", "signin.amazonaws.com", "GetSigninToken", nil)
			return strings.ReplaceAll(text, "203.0.113.9", address)
		}
		s.delivers(signin("198.51.100.1")) // without a history
		s.delivers(allowed(s, "ana"))
		s.delivers(signin("203.0.113.9"), signin("198.51.100.1"), signin("198.51.100.1"))
		if f := s.findings("detection"); len(f) != 1 || f[0].EventCount != 2 {
			t.Errorf("findings = %+v, want one of the two calls from elsewhere", f)
		}
	})
}

// beats brings heartbeats of all of x, and judges silence.
func (s *story) beats(x correlate.Expected, all ...detection.Detection) {
	s.t.Helper()
	set, err := detection.Compile(all)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, region := range x.Regions {
		beat := s.event("arn:aws:iam::"+account+":role/curfew-member-reconcile", "sweep", "sts.amazonaws.com", "GetCallerIdentity", nil)
		s.delivers(strings.ReplaceAll(beat, "us-east-1", region))
	}
	s.judges(x, set)
}

func (s *story) judges(x correlate.Expected, set *detection.Set) {
	s.t.Helper()
	err := errors.Join(correlate.ReportSilence(s.t.Context(), s.Story.Service.Base, x), correlate.Silences{Service: s.Story.Service, Set: set}.Judge(s.t.Context(), x))
	if err != nil {
		s.t.Fatal(err)
	}
}

var unused = detection.Detection{
	Name: "unused", About: "not used", Severity: finding.Informational, Why: "w", Do: "d", Pattern: []byte(`{"source":[{"prefix":"aws."}]}`),
	When: `context has elevation && context.right == "elevation"`, Silence: &detection.Silence{For: 15 * time.Minute, By: detection.ByElevation},
}

// One finding, once, of the elevation that ended without a call; not of one that was used, and not before its records can have come.
func TestElevationThatEndsUnusedIsAFindingOnce(t *testing.T) {
	tell(t, []detection.Detection{unused}, func(s *story) {
		x := correlate.Expected{Accounts: []string{account}, Regions: []string{"us-east-1", "eu-west-1"}, Since: s.Service.Now()}
		s.beats(x, unused)
		s.elevates()
		s.delivers(allowed(s, "ana"))
		s.Advance(12 * time.Minute)
		id := s.elevates()
		s.Advance(12 * time.Minute)
		s.Want(id, "ended deadline")
		s.beats(x, unused)
		if f := s.findings("detection"); len(f) != 0 {
			t.Fatalf("findings before the records can have come: %+v", f)
		}
		for range 40 {
			s.Advance(12 * time.Minute)
			s.beats(x, unused)
		}
		if f := s.findings("detection"); len(f) != 1 || f[0].Elevation != id || f[0].Count != 1 || f[0].Account != account {
			t.Errorf("findings = %+v, want one about %s", f, id)
		}
		for _, f := range s.findings("detection") { // closed: it does not come again
			_, err := access.Findings{Service: s.Story.Service}.Close(s.Context(), s.As("dee").Caller, f.ID, "asked")
			s.WantKind(err, "")
		}
		s.Advance(12 * time.Minute)
		s.beats(x, unused)
		if f := s.findings("detection"); len(f) != 1 || f[0].Count != 1 {
			t.Errorf("findings after it was closed = %+v", f)
		}
	})
}

// A route brought nothing during an elevation: nothing says that it was not used.
func TestElevationDuringTheSilenceOfARouteIsNotUnused(t *testing.T) {
	tell(t, []detection.Detection{unused}, func(s *story) {
		x := correlate.Expected{Accounts: []string{account}, Regions: []string{"us-east-1", "eu-west-1"}, Since: s.Service.Now()}
		set, err := detection.Compile([]detection.Detection{unused})
		if err != nil {
			t.Fatal(err)
		}
		s.beats(x, unused)
		id := s.elevates()
		for range 6 {
			s.Advance(10 * time.Minute)
			s.judges(x, set)
		}
		s.Want(id, "ended deadline")
		for range 6 {
			s.beats(x, unused)
			s.Advance(10 * time.Minute)
		}
		if f := s.findings("detection"); len(f) != 0 {
			t.Errorf("findings = %+v", f)
		}
	})
}

// A call that should come within a day does not. While a route is silent nothing is said.
func TestCallThatDoesNotComeToAnAccountIsAFinding(t *testing.T) {
	daily := detection.Detection{
		Name: "no-backup", About: "no backup began", Severity: finding.High, Why: "w", Do: "d", Pattern: []byte(`{"detail":{"eventName":["StartBackupJob"]}}`),
		Silence: &detection.Silence{For: 4 * time.Hour, By: detection.ByAccount},
	}
	tell(t, []detection.Detection{daily}, func(s *story) {
		x := correlate.Expected{Accounts: []string{account}, Regions: []string{"us-east-1"}, Since: s.Service.Now()}
		hours := func(n int, want int) {
			t.Helper()
			for range 4 * n {
				s.Advance(15 * time.Minute)
				s.beats(x, daily)
			}
			if f := s.findings("detection"); len(f) != want {
				t.Fatalf("findings = %+v, want %d", f, want)
			}
		}
		s.beats(x, daily)
		hours(3, 0)
		s.delivers(s.event(accesstest.Backup, "job", "backup.amazonaws.com", "StartBackupJob", nil))
		hours(3, 0)
		hours(2, 1)
	})
}
