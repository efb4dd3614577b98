package trail

import (
	"fmt"
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
	return Baseline{PrincipalID: roleID, From: noon.Add(-24 * time.Hour), Policies: iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}}
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
