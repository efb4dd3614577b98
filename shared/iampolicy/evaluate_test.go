package iampolicy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

func TestActionAndResource(t *testing.T) {
	for _, tt := range []struct {
		name, elements, action, resource string
		want                             bool
	}{
		{"all", `"Action":"*","Resource":"*"`, "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"all by service and name", `"Action":"*:*","Resource":"*"`, "s3:GetObject", "*", true},
		{"action in any case", `"Action":"S3:getobject","Resource":"*"`, "s3:GetObject", "*", true},
		{"action with star", `"Action":"s3:Get*","Resource":"*"`, "s3:GetObjectAcl", "*", true},
		{"action with question mark", `"Action":"ec2:?topInstances","Resource":"*"`, "ec2:StopInstances", "*", true},
		{"another service", `"Action":"s3:*","Resource":"*"`, "s3-object-lambda:GetObject", "*", false},
		{"one of two actions", `"Action":["s3:PutObject","s3:GetObject"],"Resource":"*"`, "s3:GetObject", "*", true},
		{"not the excluded action", `"NotAction":"iam:*","Resource":"*"`, "iam:PassRole", "*", false},
		{"any but the excluded action", `"NotAction":"iam:*","Resource":"*"`, "s3:GetObject", "*", true},
		{"resource", `"Action":"*","Resource":"arn:aws:s3:::b/k"`, "s3:GetObject", "arn:aws:s3:::b/k", true},
		{"resource's case counts", `"Action":"*","Resource":"arn:aws:s3:::b/k"`, "s3:GetObject", "arn:aws:s3:::b/K", false},
		{"resource with star", `"Action":"*","Resource":"arn:aws:s3:::b/*/x"`, "s3:GetObject", "arn:aws:s3:::b/a/b/x", true},
		{"star of the last part passes colons", `"Action":"*","Resource":"arn:aws:logs:r:1:*"`, "s3:GetObject", "arn:aws:logs:r:1:group:g:*", true},
		{"star ending a part passes colons", `"Action":"*","Resource":"arn:aws:sqs:*"`, "s3:GetObject", "arn:aws:sqs:r:1:q", true},
		{"star inside a part does not", `"Action":"*","Resource":"arn:aws:sqs:eu-*-1:1:q"`, "s3:GetObject", "arn:aws:sqs:eu-west:2-1:1:q", false},
		{"star inside a part", `"Action":"*","Resource":"arn:aws:sqs:eu-*-1:*:q"`, "s3:GetObject", "arn:aws:sqs:eu-west-1:1:q", true},
		{"question mark stops at a colon", `"Action":"*","Resource":"arn:aws:sqs:r?1:1:q"`, "s3:GetObject", "arn:aws:sqs:r:1:1:q", false},
		{"not the excluded resource", `"Action":"*","NotResource":"arn:aws:s3:::b/*"`, "s3:GetObject", "arn:aws:s3:::b/k", false},
		{"any but the excluded resource", `"Action":"*","NotResource":"arn:aws:s3:::b/*"`, "s3:GetObject", "arn:aws:s3:::c/k", true},
		{"a pattern is not for calls without resource", `"Action":"*","Resource":"arn:aws:s3:::*"`, "s3:ListAllMyBuckets", "*", false},
		{"variable", `"Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::b/ana/k", true},
		{"variable of another", `"Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::b/ben/k", false},
		{"variable without value", `"Action":"*","Resource":"arn:aws:s3:::b/${aws:nothing}*"`, "s3:GetObject", "arn:aws:s3:::b/", false},
		{"variable as account", `"Action":"*","Resource":"arn:aws:sqs:eu-*-1:${aws:PrincipalAccount}:q"`, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", true},
		{"variable within the region", `"Action":"*","Resource":"arn:aws:sqs:eu-${aws:nothing, 'west'}-1:*:q"`, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", true},
		{"very long resource", `"Action":"*","Resource":"arn:aws:sqs:eu-*-1:*:q*"`, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q" + strings.Repeat("x", 1000), true},
		{"excluded variable", `"Action":"*","NotResource":"arn:aws:s3:::b/${aws:username}/*"`, "s3:GetObject", "arn:aws:s3:::b/ben/k", true},
		{"excluded variable without value excludes nothing", `"Action":"*","NotResource":["arn:aws:s3:::c","arn:aws:s3:::b/${aws:nothing}/*"]`, "s3:GetObject", "arn:aws:s3:::b/ben/k", true},
		{"variable with a colon inside", `"Action":"*","Resource":"arn:aws:iam::1:user/${aws:PrincipalTag/team:a, 'x:y'}"`, "s3:GetObject", "arn:aws:iam::1:user/x:y", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + tt.elements + `}}`
			c := iampolicy.Call{Action: tt.action, Resource: tt.resource, Context: iampolicy.Context{"aws:username": {"ana"}, "aws:PrincipalAccount": {"111122223333"}}}
			want := iampolicy.ImplicitDeny
			if tt.want {
				want = iampolicy.Allowed
			}
			if got := decide(t, policy, c); got != want {
				t.Errorf("%s on %s: %s, want %s", tt.action, tt.resource, got, want)
			}
		})
	}
}

const (
	allowAll = `{"Statement":{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}}`
	allowS3  = `{"Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"},{"Sid":"S3","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	denyS3   = `{"Statement":{"Sid":"NoS3","Effect":"Deny","Action":"s3:*","Resource":"*"}}`
)

func TestDecisionsNameTheirStatements(t *testing.T) {
	all, s3 := iampolicy.Reason{Policy: "p0", Sid: "All"}, iampolicy.Reason{Policy: "p1", Statement: 1, Sid: "S3"}
	for _, tt := range []struct {
		name     string
		identity []string
		boundary string
		want     iampolicy.Outcome
		by       []iampolicy.Reason
	}{
		{"nothing", nil, "", iampolicy.ImplicitDeny, nil},
		{"two allows", list{allowAll, allowS3}, "", iampolicy.Allowed, []iampolicy.Reason{all, s3}},
		{"deny wins", list{allowAll, denyS3}, "", iampolicy.ExplicitDeny, []iampolicy.Reason{{Policy: "p1", Sid: "NoS3"}}},
		{"boundary allows too", list{allowAll}, allowS3, iampolicy.Allowed, []iampolicy.Reason{all, {Statement: 1, Sid: "S3", Boundary: true}}},
		{"boundary alone grants nothing", nil, allowAll, iampolicy.ImplicitDeny, nil},
		{"boundary denies", list{allowAll}, denyS3, iampolicy.ExplicitDeny, []iampolicy.Reason{{Sid: "NoS3", Boundary: true}}},
		{"boundary is silent", list{allowAll}, `{"Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}`, iampolicy.ImplicitDeny,
			[]iampolicy.Reason{{Statement: -1, Boundary: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := iampolicy.Policies{}
			for i, text := range tt.identity {
				p.Identity = append(p.Identity, iampolicy.Named{Name: fmt.Sprintf("p%d", i), Document: parse(t, text)})
			}
			if tt.boundary != "" {
				p.Boundary = parse(t, tt.boundary)
			}
			got := iampolicy.Evaluate(p, iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k"})
			if got.Outcome != tt.want || len(got.By)+len(tt.by) > 0 && !reflect.DeepEqual(got.By, tt.by) {
				t.Errorf("got %+v, want %s by %+v", got, tt.want, tt.by)
			}
		})
	}
}

// Keys of one operator and operators of one statement are ANDed.
func TestConditionsAreANDed(t *testing.T) {
	const policy = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:a":"1","aws:b":"2"},"Bool":{"aws:c":"true"}}}}`
	whole := iampolicy.Context{"aws:a": {"1"}, "aws:b": {"2"}, "aws:c": {"true"}}
	if got := decide(t, policy, iampolicy.Call{Action: "a:b", Resource: "*", Context: whole}); got != iampolicy.Allowed {
		t.Errorf("all met: %s", got)
	}
	for key := range whole {
		c := iampolicy.Context{"aws:a": {"1"}, "aws:b": {"2"}, "aws:c": {"true"}}
		c[key] = []string{"0"}
		if got := decide(t, policy, iampolicy.Call{Action: "a:b", Resource: "*", Context: c}); got != iampolicy.ImplicitDeny {
			t.Errorf("%s not met: %s", key, got)
		}
	}
}

func TestDocumentBuiltByHand(t *testing.T) {
	s := iampolicy.Statement{Effect: iampolicy.Allow, Actions: list{"s3:*"}, Resources: list{"*"}}
	call := iampolicy.Call{Action: "s3:GetObject", Resource: "*"}
	s.Conditions = []iampolicy.Condition{{Operator: "StringNotEquals", Key: "aws:b", Values: list{"x"}}, {Operator: "Null", Key: "aws:b", Values: list{"true"}},
		{Operator: "StringNotEquals", Key: "aws:a", Values: list{"x"}}}
	good := &iampolicy.Document{Statements: []iampolicy.Statement{s}}
	if got := iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: good}}}, call).Outcome; got != iampolicy.Allowed {
		t.Errorf("a policy: %s, want it allowed", got)
	}
	s.Actions = list{"s3"}
	bad := &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{s}}
	if got := iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: bad}}}, call).Outcome; got != iampolicy.ExplicitDeny {
		t.Errorf("no policy: %s, want it denied", got)
	}
}

func TestReaches(t *testing.T) {
	const all, when = `{"Effect":"Allow","Action":"*","Resource":"*"}`, `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}}`
	denies := func(rest string) string { return `{"Effect":"Deny","Action":"iam:Pass*",` + rest }
	for _, tt := range []struct {
		name, statements string
		want             bool
	}{
		{"by name", `{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}`, true},
		{"in other case", `{"Effect":"Allow","Action":"IAM:passrole","Resource":"*"}`, true},
		{"by wildcard", `{"Effect":"Allow","Action":["s3:*","iam:P*"],"Resource":"*"}`, true},
		{"by everything", all, true},
		{"by exclusion of others", `{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}`, true},
		{"excluded", `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, false},
		{"another", `{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}`, false},
		{"denied alone", `{"Effect":"Deny","Action":"*","Resource":"*"}`, false},
		{"denied", all + "," + denies(`"Resource":"*"}`), false},
		{"denied by all but others", all + `,{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`, false},
		{"another denied", all + `,{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}`, true},
		{"denied on one resource", all + "," + denies(`"Resource":"arn:aws:iam::111122223333:role/a"}`), true},
		{"denied on all but one", all + "," + denies(`"NotResource":"arn:aws:iam::111122223333:role/a"}`), true},
		{"denied at times", all + "," + denies(`"Resource":"*"`+when), true},
		{"denied whenever it is allowed", strings.TrimSuffix(all, "}") + when + "," + denies(`"Resource":"*"`+when), false},
		{"denied to one Allow of two", all + "," + strings.TrimSuffix(all, "}") + when + "," + denies(`"Resource":"*"`+when), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, `{"Version":"2012-10-17","Statement":[`+tt.statements+`]}`)
			if got := iampolicy.Reaches("iam:PassRole", d); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	allow, deny := parse(t, `{"Version":"2012-10-17","Statement":`+all+`}`), parse(t, `{"Version":"2012-10-17","Statement":`+denies(`"Resource":"*"}`)+`}`)
	if iampolicy.Reaches("iam:PassRole", allow, deny) || iampolicy.Reaches("iam:PassRole", nil) {
		t.Error("what another policy denies, or no policy allows, is reached")
	}
	if old := parse(t, `{"Statement":[`+all+","+denies(`"Resource":"*"}`)+`]}`); !iampolicy.Reaches("iam:PassRole", old) {
		t.Error("a Deny of the old version is certain")
	}
}
