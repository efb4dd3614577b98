package functions_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/eventpattern"
)

// route is a rule of a Region's template.
type route struct {
	rule
	State string
}

var aReference = regexp.MustCompile(`\{\s*"Fn::Sub":\s*("[^"]*")\s*\}`)

// filled returns the pattern as CloudFormation deploys it in an account.
func (r rule) filled(account string) string {
	return strings.ReplaceAll(string(aReference.ReplaceAll(r.EventPattern, []byte("$1"))), "${AWS::AccountId}", account)
}

// delivers reports whether a rule sends an event to home. Only the second state sees read-only events.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
func (r route) delivers(t *testing.T, event string, readOnly bool) bool {
	t.Helper()
	p, err := eventpattern.Parse([]byte(r.filled(examplesAccount)))
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	ok, err := p.Match([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return ok && (r.State == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" || r.State == "ENABLED" && !readOnly)
}

// cloudTrail is an event with one of CloudTrail's records.
func cloudTrail(t *testing.T, source, name string, readOnly bool, by, request map[string]any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"version": "0", "id": "0f5c3a52-1d2e-4f60-8b7a-93c4d5e6f708", "source": source, "detail-type": "AWS API Call via CloudTrail",
		"account": examplesAccount, "region": "us-east-1", "time": "2026-11-05T12:00:00Z", "resources": []any{},
		"detail": map[string]any{
			"eventVersion": "1.11", "eventID": "5d0a7e3c-2b1f-4c8d-9e6f-0a1b2c3d4e5f", "eventName": name, "eventSource": strings.TrimPrefix(source, "aws.") + ".amazonaws.com",
			"readOnly": readOnly, "userIdentity": by, "requestParameters": request, "recipientAccountId": examplesAccount,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What a Region sends to home: the templates' patterns, by the matcher that is held against AWS's documented cases.
func TestTheRoutesLetThroughWhatCorrelateNeeds(t *testing.T) {
	role := func(path string) map[string]any {
		_, name, _ := strings.Cut(path[strings.LastIndex("/"+path, "/"):], "/")
		return map[string]any{"type": "AssumedRole", "arn": "arn:aws:sts::" + examplesAccount + ":assumed-role/" + name + "/ana",
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "Role", "arn": "arn:aws:iam::" + examplesAccount + ":role/" + path}}}
	}
	into := func(path string) map[string]any {
		return map[string]any{"roleArn": "arn:aws:iam::" + examplesAccount + ":role/" + path}
	}
	user := map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::" + examplesAccount + ":user/ci/deploy"}
	for _, c := range []struct {
		name, source, call string
		readOnly           bool
		by, request        map[string]any
		us, eu             []string // rules without "curfew-route-"
	}{
		{"a principal writes", "aws.s3", "PutBucketTagging", false, role("engineer-a"), nil, []string{"principals"}, []string{"principals"}},
		{"a principal under a path writes", "aws.ec2", "RunInstances", false, role("teams/a/on-call"), nil, []string{"principals"}, []string{"principals"}},
		{"a user writes", "aws.s3", "PutBucketTagging", false, user, nil, []string{"principals"}, []string{"principals"}},
		{"a principal of an entitlement that asks for it reads", "aws.s3", "ListBuckets", true, role("engineer-a"), nil, []string{"reads"}, []string{"reads"}},
		{"another principal reads", "aws.s3", "ListBuckets", true, role("release"), nil, nil, nil},
		{"another role writes", "aws.s3", "PutBucketTagging", false, role("engineers"), nil, nil, nil},
		{"a role whose name ends so", "aws.s3", "PutBucketTagging", false, role("not-engineer-a"), nil, nil, nil},
		{"another role does what a detection looks at", "aws.s3", "DeleteBucket", false, role("engineers"), nil, []string{"detections-3"}, []string{"detections-3"}},
		{"a role writes to IAM", "aws.iam", "PutRolePolicy", false, role("other"), nil, []string{"identity"}, nil},
		{"a role reads IAM", "aws.iam", "GetRole", true, role("other"), nil, nil, nil},
		{"a policy of the organization goes", "aws.organizations", "DetachPolicy", false, role("other"), nil, []string{"identity"}, nil},
		{"a session of a principal", "aws.sts", "AssumeRole", true, role("other"), into("engineer-a"), []string{"sessions"}, []string{"sessions"}},
		{"a session of a principal, by SAML", "aws.sts", "AssumeRoleWithSAML", true, nil, into("teams/a/on-call"), []string{"sessions"}, []string{"sessions"}},
		{"a session of a role of Curfew", "aws.sts", "AssumeRole", true, role("other"), into("curfew-member-grant"), []string{"sessions"}, []string{"sessions"}},
		{"a session of another role", "aws.sts", "AssumeRole", true, role("other"), into("another"), nil, nil},
		{"a session of an emergency role", "aws.sts", "AssumeRole", true, role("other"), into("curfew-emergency"), []string{"curfew-emergency"}, []string{"curfew-emergency"}},
		{"a principal opens another session", "aws.sts", "AssumeRole", true, role("release"), into("another"), []string{"chains"}, []string{"chains"}},
		{"a token of a user", "aws.sts", "GetSessionToken", false, map[string]any{"type": "IAMUser"}, nil, []string{"tokens"}, []string{"tokens"}},
		{"the sweep's call", "aws.sts", "GetCallerIdentity", true, role("curfew-member-reconcile"), nil, []string{"heartbeat"}, []string{"heartbeat"}},
		{"the same call of another", "aws.sts", "GetCallerIdentity", true, role("other"), nil, nil, nil},
		{"a forged event", "com.example", "DeleteBucket", false, role("engineer-a"), nil, nil, nil},
	} {
		for template, want := range map[string][]string{"curfew-region-us-east-1.golden.json": c.us, "curfew-region-eu-west-1.golden.json": c.eu} {
			var got []string
			for _, r := range resourcesOf[route](t, template, examplesAccount, aRule) {
				if r.Name != "curfew-emergency" && !strings.Contains(string(r.Targets[0].Arn), "event-bus/curfew-trail") {
					t.Errorf("%s of %s sends to %s", r.Name, template, r.Targets[0].Arn)
				}
				if r.delivers(t, cloudTrail(t, c.source, c.call, c.readOnly, c.by, c.request), c.readOnly) {
					got = append(got, strings.TrimPrefix(r.Name, "curfew-route-"))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s sends it by %v, want %v", c.name, template, got, want)
			}
		}
	}
}
