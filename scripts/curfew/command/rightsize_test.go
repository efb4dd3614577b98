package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
)

var sizedFrom = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// sizedAPI has elevations of admin-30m, one a day, whose log files were all counted. The newest still runs.
func sizedAPI(t *testing.T, n int) *shell {
	s := newShell(t)
	s.api.template = `{"Version":"2012-10-17","Statement":[{"Sid":"Topics","Effect":"Allow","Action":["sns:*","ssm:PutParameter","ssm:DeleteParameter"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"{{account}}"}}},` +
		`{"Effect":"Deny","Action":"sns:DeleteTopic","Resource":"arn:aws:sns:*:*:keep-*"}]}`
	for i := range n {
		at := sizedFrom.AddDate(0, 0, i)
		d := &client.Detail{Elevation: client.Elevation{ID: fmt.Sprintf("01k6y3m1x8q2v4t6w8y0a2c4e%d", i), State: "ended", Entitlement: "admin-30m", Principal: role, GrantedAt: at, EndedAt: at.Add(30 * time.Minute)}}
		if i == n-1 {
			d.State, d.EndedAt = "active", time.Time{}
		}
		s.api.elevations = append(s.api.elevations, d)
	}
	s.api.usage = func(d *client.Detail) client.Usage {
		u := usageOf(d)
		u.Settled, u.Denials = d.EndedAt.Add(time.Hour), client.UsedNames{}
		u.Actions = client.UsedNames{Names: []client.UsedName{{Name: "sns:CreateTopic", Events: 3}, {Name: "ssm:PutParameter", Events: 1}}}
		u.Resources = client.UsedNames{Names: []client.UsedName{{Name: "arn:aws:sns:eu-west-1:111122223333:orders", Events: 3}}}
		if d.State == "active" {
			u.Actions.Names[1].Name = "sns:SetTopicAttributes"
		}
		return u
	}
	return s
}

func TestRightsizeByAPI(t *testing.T) {
	s := sizedAPI(t, 4)
	var b strings.Builder
	tell := func(line string) {
		r := s.run(t.Context(), strings.Fields(line)[1:]...)
		fmt.Fprintf(&b, "$ %s\n%s[stderr] %s[exit %d]\n\n", line, r.stdout, r.stderr, r.code)
	}
	tell("curfew rightsize admin-30m")
	tell("curfew rightsize admin-30m --last 2 --data-events AWS::SNS::Topic -o json")
	usage := s.api.usage
	s.api.usage = func(d *client.Detail) client.Usage {
		u := usage(d)
		u.AtLeast, u.Incomplete, u.Actions.More = d.ID == second, d.ID == second, 7
		return u
	}
	tell("curfew rightsize admin-30m")
	s.api.usage = func(d *client.Detail) client.Usage {
		u := usage(d)
		u.Actions.Names[0].Name = "s3:CreateBucket"
		return u
	}
	tell("curfew rightsize admin-30m")
	s.api.elevations = nil
	tell("curfew rightsize admin-30m")
	golden(t, "rightsize", b.String())
}

// TestRightsizeEscapes: names, texts and doubts come from others.
func TestRightsizeEscapes(t *testing.T) {
	s := sizedAPI(t, 3)
	s.api.template = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sns:*"],"Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/x":"\u0085\u00adred\u009b31m"}}}}`
	usage := s.api.usage
	s.api.usage = func(d *client.Detail) client.Usage {
		u := usage(d)
		u.Actions.Names = u.Actions.Names[:1]
		return u
	}
	for _, o := range []string{"table", "wide", "json"} {
		if r := s.run(t.Context(), "rightsize", "admin-30m", "-o", o); r.code != command.OK || strings.ContainsAny(r.stdout, "\u0085\u00ad\u009b") {
			t.Errorf("-o %s: exit %d, %q, %s", o, r.code, r.stdout, r.stderr)
		}
	}
	s.api.usage = func(d *client.Detail) client.Usage {
		u := usage(d)
		u.Actions.Names[0].Name = "sns:\x1b[31m" + strings.Repeat("x", 1<<16)
		return u
	}
	if r := s.run(t.Context(), "rightsize", "admin-30m"); r.code != command.Conflict || r.stdout != "" || strings.Contains(r.stderr, "\x1b") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
}

// ofBackup is one line of CloudTrail of the role backup-runner.
func ofBackup(id int, at time.Time, service, name, parameters string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE0000000009:job","arn":"arn:aws:sts::111122223333:assumed-role/backup-runner/job","accountId":"111122223333",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE0000000009","arn":"arn:aws:iam::111122223333:role/backup-runner","accountId":"111122223333"},"attributes":{"creationDate":"2026-11-01T09:00:00Z"}}},`+
		`"eventTime":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","requestParameters":%s,"responseElements":null,"eventID":"00000000-0000-4000-8000-%012d","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`,
		at.Format(time.RFC3339), service, name, parameters, id)
}

func TestRightsizeByRecords(t *testing.T) {
	f := newTrailFolder(t)
	var lines bytes.Buffer
	n := 0
	add := func(service, name, parameters string) {
		fmt.Fprintln(&lines, ofBackup(n, sizedFrom.Add(time.Duration(n)*time.Minute), service, name, parameters))
		n++
	}
	for _, name := range []string{"a", "b", "c"} {
		add("ssm", "PutParameter", `{"name":"/orders/`+name+`"}`)
	}
	add("ssm", "GetParameter", `{"name":"/orders/a"}`)
	add("ec2", "DescribeInstances", `{}`)
	f.write("own/records.jsonl", lines.Bytes())
	own := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:PutParameter","ssm:Get*"],"Resource":"arn:aws:ssm:*:111122223333:parameter/*"},{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`
	details, err := json.Marshal(map[string]any{"RoleDetailList": []any{map[string]any{"Arn": "arn:aws:iam::111122223333:role/backup-runner", "RoleId": "AROAEXAMPLE0000000009",
		"RolePolicyList": []any{map[string]any{"PolicyName": "backup", "PolicyDocument": json.RawMessage(own)}, map[string]any{"PolicyName": "idle", "PolicyDocument": json.RawMessage(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:Create*","Resource":"*"}}`)}}}}})
	if err != nil {
		t.Fatal(err)
	}
	f.write("role.json", details)
	var b strings.Builder
	for _, line := range []string{
		"rightsize --role arn:aws:iam::111122223333:role/backup-runner --baseline DIR/role.json --trail DIR/own --resources",
		"rightsize --role arn:aws:iam::111122223333:role/other --baseline DIR/role.json --trail DIR/own",
		"rightsize orders --policy DIR/role.json --elevations DIR/elevations.json --trail DIR/AWSLogs",
	} {
		r := f.tells(line)
		fmt.Fprintf(&b, "$ curfew %s\n%s[stderr] %s[exit %d]\n\n", line, r.stdout, r.stderr, r.code)
	}
	golden(t, "rightsize-records", b.String())
}

// TestRightsizeOfElevationsInFiles takes the grants of a synthetic day: what the records show is kept, in each of the policies.
func TestRightsizeOfElevationsInFiles(t *testing.T) {
	f := newTrailFolder(t)
	f.write("policy.json", []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	r := f.tells("rightsize orders --policy DIR/policy.json --elevations DIR/elevations.json --trail DIR/AWSLogs -o json")
	if r.code != command.Conflict || !strings.Contains(r.stderr, "nothing may be called unused") || !strings.Contains(r.stderr, "do not say who called") {
		t.Fatalf("exit %d: %s", r.code, r.stderr)
	}
	var got struct {
		Allowed int
		Used    []string
		Off     []string
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Allowed < 20000 || len(got.Used) == 0 || len(got.Off) != 0 {
		t.Errorf("%d allowed, %v used, %d off", got.Allowed, got.Used, len(got.Off))
	}
}

// TestRightsizeOfFilesThatDoNotSpan takes the elevations from the API, and records of another day.
func TestRightsizeOfFilesThatDoNotSpan(t *testing.T) {
	f := newTrailFolder(t)
	f.shell = sizedAPI(t, 3)
	f.write("own/records.jsonl", []byte(ofBackup(1, sizedFrom.AddDate(0, 1, 0), "ec2", "DescribeInstances", "{}")+"\n"))
	r := f.tells("rightsize admin-30m --trail DIR/own")
	if r.code != command.Conflict || !strings.Contains(r.stderr, "the files do not span an elevation: they are from 2026-12-01T09:00:00Z") || !strings.Contains(r.stdout, "not all calls of 3 more elevations are known") {
		t.Errorf("exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
}

// It said "1 texts", and that the records are "from - to -".
func TestRightsizeOfFilesOfWhichNothingIsRead(t *testing.T) {
	f := newTrailFolder(t)
	f.write("own/records.jsonl", []byte("{\"eventVersion\":\n"))
	f.write("role.json", []byte(`{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/a","RoleId":"AROAEXAMPLE0000000009","RolePolicyList":[{"PolicyName":"a",`+
		`"PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:*","Resource":"*"}}}]}]}`))
	for line, want := range map[string]string{
		"rightsize --role arn:aws:iam::111122223333:role/a --baseline DIR/role.json --trail DIR/own": "no record: none was read",
	} {
		r := f.tells(line)
		if all := r.stdout + r.stderr; !strings.Contains(all, want) || !strings.Contains(all, "1 text of the files") || strings.Contains(all, "from -") || strings.Contains(all, "1 texts") {
			t.Errorf("%s: exit %d, %s", line, r.code, all)
		}
	}
}

func TestRightsizeRefusesFlags(t *testing.T) {
	s := newShell(t)
	for line, want := range map[string]string{
		"":                              "want an entitlement, or --role ARN",
		"admin-30m --role arn":          "want an entitlement, or --role ARN",
		"admin-30m --last 0":            "want 1 to 200",
		"--role arn":                    "want --baseline FILE and --trail FILES too",
		"admin-30m --trail -":           "save the records to a file",
		"admin-30m --elevations f":      "is for --trail FILES",
		"admin-30m --data-events AWS::": "no action has data events of this type",
		"admin-30m --policy f":          "--policy:",
		"admin-30m --trail " + os.DevNull + "/none": "--trail:",
	} {
		if r := s.run(t.Context(), append([]string{"rightsize"}, strings.Fields(line)...)...); r.code != command.Usage || !strings.Contains(r.stderr, want) {
			t.Errorf("%q: exit %d, %s", line, r.code, r.stderr)
		}
	}
}
