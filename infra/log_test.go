package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTheLogKeepsEachVersionForItsRetention(t *testing.T) {
	for _, c := range []struct{ retention, lock, want string }{
		{"7y", "governance", "map[Mode:GOVERNANCE Years:7]"}, {"1d", "governance", "map[Days:1 Mode:GOVERNANCE]"}, {"10y", "compliance", "map[Mode:COMPLIANCE Years:10]"},
	} {
		raw := templates(t, exampleSettings(t, "logRetention", c.retention, "logLock", c.lock))["curfew-data"]
		b := raw.resourcesOf("AWS::S3::Bucket")["LogBucket"]
		rule := b["ObjectLockConfiguration"].(map[string]any)["Rule"].(map[string]any)
		if got := fmt.Sprint(rule["DefaultRetention"]); got != c.want || b["ObjectLockEnabled"] != true || fmt.Sprint(b["VersioningConfiguration"]) != "map[Status:Enabled]" {
			t.Errorf("%s %s: %v", c.retention, c.lock, b)
		}
		for _, id := range []string{"LogBucket", "LogBucketPolicy", "StageBucket", "LogKey1"} {
			if r := raw.raw["Resources"].(map[string]any)[id].(map[string]any); r["DeletionPolicy"] != "RetainExceptOnCreate" || r["UpdateReplacePolicy"] != "Retain" {
				t.Errorf("%s goes with the stack", id)
			}
		}
	}
}

// outside is an installation with a log account and two auditors.
func outside(t *testing.T, more ...string) Settings {
	t.Helper()
	return exampleSettings(t, append([]string{
		"logBucket", "evidence-of-curfew", "logAccount", "555566667777", "logReaders", "arn:aws:iam::777788889999:role/auditor,arn:aws:iam::888899990000:role/examiner",
		"deployers", "arn:aws:iam::444455556666:role/cdk-hnb659fds-*,arn:aws:iam::555566667777:role/deployer",
	}, more...)...)
}

// TestTheTemplateOfALogAccount: shared/permissions evaluates its policies.
func TestTheTemplateOfALogAccount(t *testing.T) {
	s := outside(t)
	stack := stacks(t, s)["curfew-log"]
	if e := stack.Environment(); *e.Account != "555566667777" || *e.Region != "us-east-1" {
		t.Errorf("it is deployed in %s, %s", *e.Account, *e.Region)
	}
	b, err := json.MarshalIndent(read(t, stack).raw, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/curfew-log.golden.json", append(b, '\n'))
}

// TestAChangedBucketInALogAccountWasNotSeen: home's rules see only home's calls.
func TestAChangedBucketInALogAccountWasNotSeen(t *testing.T) {
	log := templates(t, outside(t))["curfew-log"]
	rule := log.resourcesOf("AWS::Events::Rule")["LogChanged"]
	detail, _ := rule["EventPattern"].(map[string]any)["detail"].(map[string]any)
	for call, want := range map[string]bool{"PutBucketPolicy": true, "DeleteBucketPolicy": true, "PutBucketObjectLockConfiguration": true, "PutBucketVersioning": true, "GetBucketPolicy": false} {
		if got := matches(detail["eventName"].([]any), call); got != want {
			t.Errorf("%s is mailed = %v", call, got)
		}
	}
	if got := fmt.Sprint(detail["requestParameters"]); got != "map[bucketName:[evidence-of-curfew evidence-of-curfew-lake]]" {
		t.Errorf("it looks at %s", got)
	}
	if mail := log.resourcesOf("AWS::SNS::Subscription")["LogChangedEmail"]; mail["Endpoint"] != "operators@example.com" {
		t.Errorf("it is mailed to %v", mail)
	}
}

// TestALogAccountLockedItselfOut: only deployers may change the bucket, so each account that has one needs one.
func TestALogAccountLockedItselfOut(t *testing.T) {
	const cdk, log = "arn:aws:iam::444455556666:role/cdk-hnb659fds-*", "arn:aws:iam::555566667777:role/deployer"
	for _, c := range []struct{ without, deployers, qualifier, want string }{
		{"", cdk + "," + log, "", ""},
		{"deployers", "", "", "logBucket needs the role of account 555566667777 with which you deploy curfew-log"},
		{"", cdk, "", "logBucket needs the role of account 555566667777"},
		{"", cdk + ",deployer", "", `deployers is "deployer", which is not a valid value`},
		{"", log, "", "deployers lacks the roles of the CDK, which deploy curfew-data: add arn:aws:iam::444455556666:role/cdk-hnb659fds-*"},
		{"", cdk + "," + log, "mine", "add arn:aws:iam::444455556666:role/cdk-mine-*"},
		{"homeRegion", cdk + "," + log, "", "logBucket needs home, whose function archive writes to it, homeRegion"},
		{"alarmEmail", cdk + "," + log, "", "alarmEmail, to which its alarm goes"},
		{"logAccount", cdk + "," + log, "", "logBucket and logAccount go together"},
	} {
		context := map[string]any{
			"home": "444455556666", "homeRegion": "eu-central-1", "alarmEmail": "operators@example.com", "logBucket": "evidence-of-curfew", "logAccount": "555566667777",
			"deployers": c.deployers, "@aws-cdk/core:bootstrapQualifier": c.qualifier,
		}
		delete(context, c.without)
		_, err := readSettings(context)
		if got := fmt.Sprint(err); (c.want == "") != (err == nil) || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s", c, got)
		}
	}
	s := mustRead(t, map[string]any{"home": "444455556666", "@aws-cdk/core:bootstrapQualifier": "mine"})
	if !slices.Contains(s.Deployers, "arn:aws:iam::444455556666:role/cdk-mine-*") {
		t.Errorf("deployers = %q, want the CDK's of this qualifier", s.Deployers)
	}
}

func TestARetentionLongerThanObjectLockAllowsIsRefused(t *testing.T) {
	for retention, want := range map[string]bool{"36500d": true, "36501d": false, "99y": true, "100y": false, "0d": false} {
		if _, err := readSettings(map[string]any{"logRetention": retention}); (err == nil) != want {
			t.Errorf("%s: %v", retention, err)
		}
	}
}

// TestABucketWhoseNameAnotherAccountTookGotEvidence: names can be guessed before the first deployment.
func TestABucketWhoseNameAnotherAccountTookGotEvidence(t *testing.T) {
	for _, c := range []struct {
		s   Settings
		log string
	}{{mustRead(t, nil), "${AWS::AccountId}"}, {outside(t), "555566667777"}} {
		seen := 0
		for _, st := range homeRoles(c.s).permissions()["archive"] {
			if !strings.HasPrefix(st.actions[0], "s3:") {
				continue
			}
			seen++
			want := "${AWS::AccountId}"
			if strings.Contains(st.sid, "Log") || strings.Contains(st.sid, "Lake") {
				want = c.log
			}
			if got := st.when["StringEquals"]["aws:ResourceAccount"]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: account %v, want %s", st.sid, got, want)
			}
		}
		if seen != 6 {
			t.Errorf("%d statements on S3", seen)
		}
	}
}

// TestAPolicyForReadersCountedAsPublic: S3 refuses an Allow for principal *, but for few conditions. aws:PrincipalArn is not one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func TestAPolicyForReadersCountedAsPublic(t *testing.T) {
	for _, st := range resourcePolicies(outside(t)).logBucketPolicy() {
		if st.effect != deny && !strings.HasSuffix(st.principal["AWS"], ":root") {
			t.Errorf("%s allows %v", st.sid, st.principal)
		}
	}
}

// TestSlowFailureOfArchiveDidNotRing: it times out after 15 minutes, so there are three errors in three quarters of an hour.
func TestSlowFailureOfArchiveDidNotRing(t *testing.T) {
	all := monitoring(exampleSettings(t)).alarmList()
	a := all[slices.IndexFunc(all, func(a alarm) bool { return a.name == "archive-errors" })]
	archive := functions()[slices.IndexFunc(functions(), func(f function) bool { return f.name == "archive" })]
	const retryWithin = 120 // seconds
	if slow := a.period / (archive.timeout + retryWithin); slow <= a.above {
		t.Errorf("%d time-outs in %d s do not ring above %d", slow, a.period, a.above)
	}
}

// TestALogOutsideHomeIsWrittenByArchiveAlone: the bucket is in the stack of its account, whose policy names the role at home.
func TestALogOutsideHomeIsWrittenByArchiveAlone(t *testing.T) {
	all := templates(t, outside(t))
	if all["curfew-data"].resourcesOf("AWS::S3::Bucket")["LogBucket"] != nil {
		t.Error("home has a bucket of the log too")
	}
	log := all["curfew-log"]
	if b := log.resourcesOf("AWS::S3::Bucket")["LogBucket"]; b["BucketName"] != "evidence-of-curfew" {
		t.Errorf("the bucket is %v", b["BucketName"])
	}
	text, err := json.Marshal(log.resourcesOf("AWS::S3::BucketPolicy")["LogBucketPolicy"])
	if err != nil || strings.Contains(string(text), "AWS::AccountId") || !strings.Contains(string(text), "arn:aws:iam::444455556666:role/curfew-archive") || !strings.Contains(string(text), "777788889999:role/auditor") {
		t.Errorf("%s, %v", text, err)
	}
	variables := all["curfew"].resourcesOf("AWS::Lambda::Function")["Archive"]["Environment"]
	if !strings.Contains(fmt.Sprint(variables), "CURFEW_LOG_BUCKET:evidence-of-curfew") {
		t.Errorf("archive has %v", variables)
	}
	for _, file := range scpFiles(outside(t)) {
		if strings.Contains(string(file), `"Log"`) && !strings.Contains(string(file), "arn:aws:s3:::evidence-of-curfew/*") {
			t.Errorf("the SCP does not protect the bucket: %s", file)
		}
	}
}

func TestTwoKeysSignWhileOneReplacesTheOther(t *testing.T) {
	s := exampleSettings(t, "logKeys", "1,2")
	all := templates(t, s)
	made := all["curfew-data"].resourcesOf("AWS::KMS::Key")
	for _, id := range []string{"LogKey1", "LogKey2"} {
		if made[id]["KeySpec"] != "ECC_NIST_EDWARDS25519" || made[id]["KeyUsage"] != "SIGN_VERIFY" {
			t.Errorf("%s: %v", id, made[id])
		}
		if all["curfew"].raw["Parameters"].(map[string]any)[id] == nil {
			t.Errorf("home does not read %s", id)
		}
	}
	for _, st := range homeRoles(s).permissions()["archive"] {
		if st.sid == "Sign" && len(st.resources) != 2 {
			t.Errorf("archive may sign with %v", st.resources)
		}
	}
}

// TestOnlyArchiveMaySign: the account's IAM policies cannot allow it, for the first statement does not name it.
func TestOnlyArchiveMaySign(t *testing.T) {
	for _, st := range resourcePolicies(exampleSettings(t)).logKeyPolicy() {
		if slices.ContainsFunc(st.actions, func(a string) bool { return a == "kms:*" || strings.HasPrefix(a, "kms:Create") }) {
			t.Errorf("%s allows %v", st.sid, st.actions)
		}
		if slices.Contains(st.actions, "kms:Sign") && (st.when["ArnEquals"] == nil || st.when["StringEquals"]["kms:SigningAlgorithm"] == nil || st.when["StringEquals"]["kms:MessageType"] == nil) {
			t.Errorf("%s signs for %v", st.sid, st.when)
		}
	}
}
