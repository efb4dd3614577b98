package trail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/iampolicy"
)

// Conditions on keys that records have, or lack for a documented reason.
func TestConditionKeysOfARecord(t *testing.T) {
	user := func(r *Record) {
		r.Identity = Identity{Type: "IAMUser", PrincipalID: roleID, ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"}
	}
	copied := func(r *Record) {
		r.Identity = Identity{Type: "AWSAccount", PrincipalID: roleID + ":ana", Account: "111122223333"}
	}
	bucket := func(account string) func(r *Record) {
		return func(r *Record) {
			r.Parameters = `{"bucketName":"b"}`
			r.Resources = fmt.Sprintf(`[{"ARN":"arn:aws:s3:::b","accountId":%q}]`, account)
		}
	}
	for _, c := range []struct {
		name, condition string
		edit            func(*Record)
		want            string
	}{
		{"the epoch time as a number", `"NumericLessThan":{"aws:EpochTime":"1795953660"}`, nil, "standing "},
		{"the epoch time as a date", `"DateLessThan":{"aws:EpochTime":"2026-11-29T12:01:00Z"}`, nil, "standing "},
		{"a later epoch time", `"NumericGreaterThan":{"aws:EpochTime":"1795953660"}`, nil, "unresolved unexplained"},
		{"a session has no user name", `"StringLike":{"aws:username":"*"}`, nil, "unresolved unexplained"},
		{"a user has one, which the record lacks", `"StringLike":{"aws:username":"*"}`, user, "unresolved context"},
		{"a session without a source identity", `"StringLike":{"aws:SourceIdentity":"*"}`, nil, "unresolved unexplained"},
		{"a user has no source identity", `"StringLike":{"aws:SourceIdentity":"*"}`, user, "unresolved unexplained"},
		{"another account's copy does not tell the source identity", `"StringLike":{"aws:SourceIdentity":"*"}`, copied, "unresolved context"},
		{"the owner of a bucket", `"StringEquals":{"aws:ResourceAccount":"444455556666"}`, bucket("444455556666"), "standing "},
		{"another owner of a bucket", `"StringEquals":{"aws:ResourceAccount":"444455556666"}`, bucket("111122223333"), "unresolved unexplained"},
		{"no owner of a bucket", `"StringEquals":{"aws:ResourceAccount":"444455556666"}`, bucket("*"), "unresolved context"},
	} {
		r := called(noon, "ana", "s3.amazonaws.com", "PutBucketVersioning")
		if c.edit != nil {
			c.edit(r)
		}
		v := NewRights(nil, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{`+c.condition+`}}`)}).Attribute(r)
		if got := string(v.Right) + " " + string(v.Why); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A denied call of any session counted for an elevation that is bound to a source identity.
func TestDeniedCallCountsForTheSessionThatTheElevationIsBoundTo(t *testing.T) {
	parsed, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + allowS3 + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	fenced, err := iampolicy.Compile(parsed, iampolicy.Fence{NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: roleID, SourceIdentity: "ana"})
	if err != nil {
		t.Fatal(err)
	}
	g := Grant{Elevation: "e1", PrincipalID: roleID, From: noon, Deadline: noon.Add(time.Hour), Documents: []string{string(fenced.Bytes())}}
	rights := NewRights([]Grant{g}, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`)})
	for source, want := range map[string]Right{"ana": ByElevation, "eve": Standing, "": Standing} {
		r := called(noon.Add(time.Minute), "any", "iam.amazonaws.com", "CreateUser")
		r.Error, r.Identity.SourceIdentity = "AccessDenied", source
		if v := rights.Attribute(r); v.Right != want || !v.Denied {
			t.Errorf("of the source identity %q: %+v, want %s", source, v, want)
		}
	}
}

// The key of an object may have the characters of patterns.
func TestWildcardsInTheKeyOfAnObjectAreLiterals(t *testing.T) {
	rights := NewRights(nil, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${*}"},{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/secret"}`)})
	for key, want := range map[string]Right{"*": Standing, "secre?": Unresolved, "secret": Standing, "se*t": Unresolved} {
		for _, listed := range []string{"", `[{"ARN":"arn:aws:s3:::b/` + key + `","type":"AWS::S3::Object"}]`} {
			r := called(noon, "ana", "s3.amazonaws.com", "GetObject")
			r.Parameters, r.Resources = `{"bucketName":"b","key":"`+key+`"}`, listed
			if listed != "" {
				r.Parameters = ""
			}
			if v := rights.Attribute(r); v.Right != want || v.Calls[0].Resource != "arn:aws:s3:::b/"+key {
				t.Errorf("%s: %+v, want %s", key, v, want)
			}
		}
	}
	r := called(noon, "ana", "lambda.amazonaws.com", "GetFunction20150331v2")
	r.Parameters = `{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:f*"}`
	if calls, _ := Calls(r); calls[0].Resource != "" {
		t.Errorf("a pattern names the resource: %+v", calls)
	}
}

func TestCallWithTooManyResourcesSaysSo(t *testing.T) {
	var all []string
	for i := range 101 {
		all = append(all, fmt.Sprintf(`{"ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t%d"}`, i))
	}
	rights := NewRights(nil, []Baseline{ownPolicies(t, `{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}`)})
	for _, n := range []int{100, 101} {
		r := called(noon, "ana", "dynamodb.amazonaws.com", "BatchGetItem")
		r.Resources = "[" + strings.Join(all[:n], ",") + "]"
		v := rights.Attribute(r)
		u := NewUsage(Key{})
		u.Add(r, &v)
		want := int64(0)
		if n > 100 {
			want = 1
		}
		if u.ManyResources != want || len(v.Calls) > 100 {
			t.Errorf("%d tables: %d calls, said %d times, want %d", n, len(v.Calls), u.ManyResources, want)
		}
	}
}

// An opening without an expiry outlived no grant.
func TestOpeningWithoutAnExpiryLastsAsLongAsWasAsked(t *testing.T) {
	ana := Identity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLE0000000001", ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"}
	for parameters, want := range map[string]time.Duration{
		`{"durationSeconds":7200}`: 2 * time.Hour, `{"durationSeconds":"900"}`: 15 * time.Minute, `{}`: time.Hour, ``: time.Hour, `{"durationSeconds":-1}`: time.Hour,
	} {
		r := opening("e", noon, ana)
		r.Parameters, r.Response = parameters, `{"assumedRoleUser":{"assumedRoleId":"`+roleID+`:ana"}}`
		if _, o, ok := (Sessions{}).Add(r); !ok || !o.Expires.Equal(noon.Add(want)) {
			t.Errorf("%s: expires %s, want %s later", parameters, o.Expires, want)
		}
	}
}

// A session of AssumeRoot was taken for the root user.
func TestAssumeRootOpensASession(t *testing.T) {
	ana := Identity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLE0000000001", ARN: "arn:aws:iam::111122223333:user/ana", Account: "111122223333"}
	for target, opens := range map[string]bool{"444455556666": true, "arn:aws:iam::444455556666:root": true, "": false} {
		s := Sessions{}
		r := opening("e", noon, ana)
		r.Name, r.Parameters, r.Response = "AssumeRoot", `{"targetPrincipal":"`+target+`"}`, `{"credentials":{"accessKeyId":"ASIA"}}`
		if _, o, ok := s.Add(r); ok != opens || ok && !o.Expires.Equal(noon.Add(15*time.Minute)) {
			t.Errorf("%q opens: %t, expires %s", target, ok, o.Expires)
		}
		used := Identity{Type: "Root", PrincipalID: "444455556666", Account: "444455556666", CreatedAt: noon}
		want := Who{Kind: WhoRoot, Name: "444455556666"}
		if opens {
			want = Who{Kind: WhoUser, Name: ana.ARN, Hops: 1}
		}
		if got := s.Who(&used); got != want {
			t.Errorf("%q: %+v, want %+v", target, got, want)
		}
	}
}
