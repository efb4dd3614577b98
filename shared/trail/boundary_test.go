package trail_test

import (
	"fmt"
	"testing"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

const (
	role = "AROABOUND"
	// things is a Deny as the shipped boundary has it: on resources of several services, for nearly every action.
	things = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"iam:Get*","Resource":["arn:aws:lambda:*:*:function:curfew-*","arn:aws:iam::*:role/curfew-*","arn:aws:logs:*:*:log-group:/aws/*/curfew-*"]}]}`
	// fenced is an Allow of everything in one account.
	fenced = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:ResourceAccount":"111122223333"}}}]}`
	open   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// Calls whose record does not name each resource were unresolved for every principal with the shipped boundary, and all calls by a grant that
// is for the resources of one account.
func TestBoundedPrincipalsAreAttributed(t *testing.T) {
	for _, c := range []struct {
		name, grant, source, event, parameters string
		want                                   trail.Right
	}{
		{"a snapshot that is being made", open, "ec2", "CreateSnapshot", `{"volumeId":"vol-0123456789abcdef0"}`, trail.ByElevation},
		{"a log group by its name", open, "logs", "FilterLogEvents", `{"logGroupName":"checkout"}`, trail.ByElevation},
		{"a log group that is denied", open, "logs", "FilterLogEvents", `{"logGroupName":"/aws/lambda/curfew-grant"}`, trail.Unresolved},
		{"a log group that is not named: the call succeeded, so no Deny matched", open, "logs", "FilterLogEvents", `{}`, trail.ByElevation},
		{"a function that is not named", open, "lambda", "UpdateFunctionConfiguration20150331v2", `{}`, trail.ByElevation},
		{"an instance of the account", fenced, "ec2", "TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0"}]}}`, trail.ByElevation},
		{"a key of another account", fenced, "kms", "DescribeKey", `{"keyId":"arn:aws:kms:eu-west-1:444455556666:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}`, trail.Unresolved},
		{"a bucket, whose ARN has no account", fenced, "s3", "PutBucketVersioning", `{"bucketName":"b"}`, trail.Unresolved},
	} {
		record := fmt.Sprintf(`{"eventID":"e","eventSource":"%s.amazonaws.com","eventName":"%s","eventTime":"2026-11-29T10:05:00Z","awsRegion":"eu-west-1","recipientAccountId":"111122223333",`+
			`"requestParameters":%s,"userIdentity":{"type":"AssumedRole","principalId":"%s:s","accountId":"111122223333"}}`, c.source, c.event, c.parameters, role)
		l := ledgerOf(t, c.grant)
		var r trail.Reader
		err := r.ReadText("f", record, func(r *trail.Record) error {
			if v, _ := l.Add(r); v.Right != c.want {
				t.Errorf("%s: %s %s of %v, want %s", c.name, v.Right, v.Why, v.Calls, c.want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if u := l.Elevations["e"]; u != nil {
			for action, n := range u.Actions.Rows {
				if n.Events != 1 {
					t.Errorf("%s: %s counts %d times for one event", c.name, action, n.Events)
				}
			}
		}
	}
}

// ledgerOf has one grant on a role that is bounded and may do nothing by itself.
func ledgerOf(t *testing.T, policy string) *trail.Ledger {
	t.Helper()
	parsed, err := iampolicy.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := iampolicy.Compile(parsed, iampolicy.Fence{NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: role})
	if err != nil {
		t.Fatal(err)
	}
	boundary, err := iampolicy.Parse([]byte(things))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	g := trail.Grant{Elevation: "e", PrincipalID: role, From: from, Deadline: from.Add(time.Hour), Documents: []string{string(compiled.Bytes())}}
	return trail.NewLedger(trail.NewRights([]trail.Grant{g}, []trail.Baseline{{PrincipalID: role, Policies: iampolicy.Policies{Boundary: boundary}}}), trail.Key{})
}
