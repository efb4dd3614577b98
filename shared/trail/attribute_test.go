package trail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/iampolicy"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

const (
	roleID  = "AROAEXAMPLE0000000001"
	roleARN = "arn:aws:iam::111122223333:role/team/deploy"
)

// grantOf is a grant of an hour at noon, bound to a session.
func grantOf(t *testing.T, id, session, statement string) Grant {
	t.Helper()
	document := `{"Version":"2012-10-17","Statement":[` + statement + `]}`
	parsed, err := iampolicy.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(session, ":")
	fenced, err := iampolicy.Compile(parsed, iampolicy.Fence{
		NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: roleID, SessionName: name,
	})
	if err != nil {
		t.Fatal(err)
	}
	return Grant{
		Elevation: id, PrincipalID: roleID, Account: "111122223333", UserID: session, From: noon, Deadline: noon.Add(time.Hour),
		Documents: []string{string(fenced.Bytes())},
	}
}

// called is a record of a call by a session of the role.
func called(at time.Time, session, source, name string) *Record {
	return &Record{
		ID: fmt.Sprint(at.Unix(), source, name, session), Time: at, Source: source, Name: name, Region: "eu-west-1", Account: "111122223333",
		Identity: Identity{
			Type: "AssumedRole", PrincipalID: roleID + ":" + session, Account: "111122223333",
			ARN:    "arn:aws:sts::111122223333:assumed-role/deploy/" + session,
			Issuer: Issuer{Type: "Role", PrincipalID: roleID, ARN: roleARN}, CreatedAt: noon.Add(-time.Minute),
		},
	}
}

func ownPolicies(t *testing.T, statements string) Baseline {
	t.Helper()
	d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return Baseline{PrincipalID: roleID, From: noon.Add(-24 * time.Hour), Until: noon.Add(1000 * 24 * time.Hour), Policies: iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}}
}

func TestAttribution(t *testing.T) {
	s3 := `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	rights := NewRights(
		[]Grant{grantOf(t, "e1", roleID+":ana", s3), grantOf(t, "e2", roleID+":ben", s3)},
		[]Baseline{ownPolicies(t, `{"Effect":"Allow","Action":["ec2:Describe*","s3:ListAllMyBuckets"],"Resource":"*"},{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"},`+
			`{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`)})
	for _, c := range []struct {
		name string
		r    *Record
		edit func(*Record)
		want string
	}{
		{"by the grant", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), nil, "elevation e1"},
		{"the grant of another session", called(noon.Add(time.Minute), "ben", "s3.amazonaws.com", "CreateBucket"), nil, "elevation e2"},
		{"a session without a grant", called(noon.Add(time.Minute), "eve", "s3.amazonaws.com", "CreateBucket"), nil, "unresolved unexplained"},
		{"before it", called(noon.Add(-time.Second), "ana", "s3.amazonaws.com", "CreateBucket"), nil, "unresolved unexplained"},
		{"after its deadline", called(noon.Add(time.Hour), "ana", "s3.amazonaws.com", "CreateBucket"), nil, "unresolved unexplained"},
		{"by itself", called(noon.Add(time.Minute), "ana", "ec2.amazonaws.com", "DescribeInstances"), nil, "standing"},
		{"a Deny of its own", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "DeleteBucket"), nil, "unresolved unexplained"},
		{"refused", called(noon.Add(time.Minute), "ana", "iam.amazonaws.com", "CreateUser"), func(r *Record) { r.Error = "AccessDenied" }, "elevation e1 denied"},
		{"refused without a grant", called(noon.Add(-time.Minute), "ana", "iam.amazonaws.com", "CreateUser"), func(r *Record) { r.Error = "AccessDenied" }, "standing denied"},
		{"a value that no record has", called(noon.Add(time.Minute), "ana", "sqs.amazonaws.com", "CreateQueue"), nil, "unresolved context"},
		{"before anything is known of it", called(noon.Add(-48*time.Hour), "ana", "s3.amazonaws.com", "CreateBucket"), nil, "unresolved context"},
		{"without a time", called(noon, "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Time = time.Time{} }, "unresolved time"},
		{"an identity of no type", called(noon, "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Identity, r.Odd = Identity{}, OddIdentity }, "unresolved identity"},
		{"a role that is not marked", called(noon, "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Identity.PrincipalID = "AROAEXAMPLE0000000009:ana" }, "other"},
		{"a service", called(noon, "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Identity = Identity{Type: "AWSService", InvokedBy: "backup.amazonaws.com"} }, "service"},
		{"by the other account's copy", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) {
			r.Identity = Identity{Type: "AWSAccount", PrincipalID: roleID + ":ana", Account: "111122223333"}
		}, "elevation e1"},
		{"another account's copy of what its own has", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) {
			r.SharedID, r.Account = "s", "444455556666"
		}, "other"},
		{"a role without its id", called(noon, "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Identity.PrincipalID, r.Identity.Issuer = "", Issuer{} }, "unresolved identity"},
		{"throttled", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Error = "ThrottlingException" }, "other"},
		{"a dry run", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Error = "Client.DryRunOperation" }, "other"},
		{"authorised, and failed", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Error = "BucketAlreadyExists" }, "elevation e1"},
		{"refused after the deadline", called(noon.Add(time.Hour+10*time.Second), "ana", "iam.amazonaws.com", "CreateUser"), func(r *Record) { r.Error = "AccessDenied" }, "standing denied"},
		{"a service on behalf of the session", called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"), func(r *Record) { r.Identity.InvokedBy = "cloudformation.amazonaws.com" }, "elevation e1"},
	} {
		if c.edit != nil {
			c.edit(c.r)
		}
		v := rights.Attribute(c.r)
		got := strings.TrimSpace(string(v.Right) + " " + string(v.Why) + v.Elevation)
		if v.Denied {
			got += " denied"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestGrantAndStandingWouldBothHaveAllowedIt(t *testing.T) {
	rights := NewRights([]Grant{grantOf(t, "e1", "", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)},
		[]Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"s3:List*","Resource":"*"}`)})
	for name, want := range map[string]iampolicy.Answer{"ListBuckets": iampolicy.Yes, "CreateBucket": iampolicy.No} {
		v := rights.Attribute(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", name))
		if v.Elevation != "e1" || v.AlsoStanding != want {
			t.Errorf("%s: elevation %q, also standing %v, want e1, %v", name, v.Elevation, v.AlsoStanding, want)
		}
	}
}

// IAM may still allow for minutes what it no longer has.
func TestCallAfterTheGrantWasGoneIsLate(t *testing.T) {
	g := grantOf(t, "e1", "", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	g.GoneAt = noon.Add(10 * time.Minute)
	rights := NewRights([]Grant{g}, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)})
	for after, want := range map[time.Duration]string{9 * time.Minute: "elevation false", 11 * time.Minute: "elevation true", 14 * time.Minute: "unresolved false"} {
		v := rights.Attribute(called(noon.Add(after), "ana", "s3.amazonaws.com", "CreateBucket"))
		if got := fmt.Sprint(v.Right, " ", v.Late); got != want {
			t.Errorf("%s after noon: %s, want %s", after, got, want)
		}
	}
}

// A call that succeeded was matched by no Deny. The boundary that is shipped asks for values that no record has.
func TestDenyThatMayHaveMatchedDidNotIfTheCallSucceeded(t *testing.T) {
	own := ownPolicies(t, `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)
	boundary := ownPolicies(t, `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringNotEquals":{"iam:PermissionsBoundary":"x"}}}`)
	own.Policies.Boundary = boundary.Policies.Identity[0].Document
	rights := NewRights([]Grant{grantOf(t, "e1", "", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}, []Baseline{own})
	if v := rights.Attribute(called(noon.Add(time.Minute), "ana", "iam.amazonaws.com", "CreateRole")); v.Elevation != "e1" {
		t.Errorf("%+v, want elevation e1", v)
	}
}

// A grant that is gone took the use of the one that was granted after it; one of all sessions took that of a session's own.
func TestGrantThatFitsBestCounts(t *testing.T) {
	s3 := `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	gone, next := grantOf(t, "gone", roleID+":ana", s3), grantOf(t, "next", roleID+":ana", s3)
	gone.GoneAt, next.From = noon.Add(10*time.Minute), noon.Add(11*time.Minute)
	every, own := grantOf(t, "every", "", s3), grantOf(t, "own", roleID+":ben", s3)
	own.From = noon.Add(time.Minute)
	rights := NewRights([]Grant{gone, next, every, own}, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)})
	for session, want := range map[string]string{"ana": "next false", "ben": "own false", "cem": "every false"} {
		v := rights.Attribute(called(noon.Add(12*time.Minute), session, "s3.amazonaws.com", "CreateBucket"))
		if got := fmt.Sprint(v.Elevation, " ", v.Late); got != want {
			t.Errorf("%s: %s, want %s", session, got, want)
		}
	}
}

// A text that the caller chose was taken for the resource.
func TestDescriptionNamesNoResource(t *testing.T) {
	r := called(noon, "ana", "lambda.amazonaws.com", "UpdateFunctionConfiguration20150331v2")
	r.Parameters = `{"functionName":"prod-payments","description":"arn:aws:lambda:eu-west-1:111122223333:function:decoy"}`
	calls, _ := Calls(r)
	for _, c := range calls {
		if strings.Contains(c.Resource, "decoy") {
			t.Errorf("%+v", c)
		}
	}
}

// One record from the future made all others too old.
func TestRecordFromTheFutureHidesNothing(t *testing.T) {
	l := NewLedger(NewRights([]Grant{grantOf(t, "e1", "", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)}, []Baseline{{PrincipalID: roleID, Unknown: true, Until: noon.Add(time.Hour)}}), Key{})
	l.Now = func() time.Time { return noon.Add(2 * time.Hour) }
	l.Add(called(noon.Add(70*365*24*time.Hour), "ana", "s3.amazonaws.com", "CreateBucket"))
	l.Add(called(noon.Add(time.Minute), "ana", "s3.amazonaws.com", "CreateBucket"))
	if l.Elevations["e1"] == nil || l.Elevations["e1"].Events != 1 || l.TooOld != 0 || l.Unresolved[WhyTime].Events != 1 {
		t.Errorf("elevations %v, too old %d, unresolved %v; want one use, and one without a time", l.Elevations, l.TooOld, l.Unresolved)
	}
	if text, odd := parseTime("9999-12-31T23:59:59-01:00"); !text.IsZero() || odd {
		t.Errorf("a year that JSON cannot hold is read as %s", text)
	}
}

func opening(event string, at time.Time, by Identity) *Record {
	return &Record{
		ID: event, Time: at, Source: "sts.amazonaws.com", Name: "AssumeRole", Account: by.Account, Identity: by,
		Response: `{"assumedRoleUser":{"assumedRoleId":"` + roleID + `:ana"},"credentials":{"expiration":"Nov 29, 2026, 1:00:00 PM"}}`,
	}
}

// Who opened a session is what the record with the most to say proves, not the lesser event id and not what the caller claims.
func TestWhoOpenedASession(t *testing.T) {
	ana := Identity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLE0000000001", ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"}
	eve := Identity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLE0000000002", ARN: "arn:aws:iam::111122223333:user/eve", Account: "111122223333"}
	copied := Identity{Type: "AWSAccount", PrincipalID: "AIDAEXAMPLE0000000001", Account: "111122223333"}
	used := Identity{Type: "AssumedRole", PrincipalID: roleID + ":ana", CreatedAt: noon, SourceIdentity: "ana"}
	for name, c := range map[string]struct {
		openings []*Record
		want     Who
	}{
		"one":                                {[]*Record{opening("f", noon, ana)}, Who{Kind: WhoUser, Name: ana.ARN, Hops: 1, Claim: "ana"}},
		"a second earlier":                   {[]*Record{opening("f", noon.Add(-time.Second), ana)}, Who{Kind: WhoUser, Name: ana.ARN, Hops: 1, Claim: "ana"}},
		"the other account's copy comes too": {[]*Record{opening("a", noon, copied), opening("f", noon, ana)}, Who{Kind: WhoUser, Name: ana.ARN, Hops: 1, Claim: "ana"}},
		"two in one second":                  {[]*Record{opening("a", noon, eve), opening("f", noon, ana)}, Who{Kind: WhoAmbiguous, Hops: 1, Claim: "ana"}},
		"who claims to be ana":               {[]*Record{opening("a", noon, eve)}, Who{Kind: WhoUser, Name: eve.ARN, Hops: 1, Claim: "ana"}},
		"not seen":                           {nil, Who{Kind: WhoUnknown, Claim: "ana"}},
	} {
		for range 2 {
			s := Sessions{}
			for _, o := range c.openings {
				s.Add(o)
			}
			if got := s.Who(&used); got != c.want {
				t.Errorf("%s: %+v, want %+v", name, got, c.want)
			}
			slices.Reverse(c.openings)
		}
	}
}
