package functions_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/correlate"
)

// cloudTrailRecord is one record. In an event it is the detail.
type cloudTrailRecord map[string]any

// called is a record of a call, now.
func (s *trail) called(id, service, name string, by map[string]any, more map[string]any) cloudTrailRecord {
	r := cloudTrailRecord{
		"eventVersion": "1.11", "eventID": id, "eventTime": time.Now().UTC().Format(time.RFC3339), "eventType": "AwsApiCall", "eventSource": service + ".amazonaws.com",
		"eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.9", "managementEvent": true, "readOnly": false,
		"recipientAccountId": s.member, "userIdentity": by, "requestParameters": map[string]any{},
	}
	maps.Copy(r, more)
	return r
}

// session is the identity of a session of a role.
func (s *trail) session(role, name, roleID string) map[string]any {
	return map[string]any{
		"type": "AssumedRole", "principalId": roleID + ":" + name, "arn": "arn:aws:sts::" + s.member + ":assumed-role/" + role + "/" + name, "accountId": s.member,
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "principalId": roleID, "arn": "arn:aws:iam::" + s.member + ":role/" + role, "accountId": s.member, "userName": role},
			"attributes":    map[string]any{"creationDate": s.opened.Format(time.RFC3339)},
		},
	}
}

// opening is a user's call that opens the session of the elevated role.
func (s *trail) opening() cloudTrailRecord {
	user := map[string]any{"type": "IAMUser", "principalId": "AIDAEXAMPLE000000ANA0", "arn": "arn:aws:iam::" + s.member + ":user/ana", "accountId": s.member, "userName": "ana"}
	return s.called("e-opening", "sts", "AssumeRole", user, map[string]any{
		"eventTime": s.opened.Format(time.RFC3339), "readOnly": true,
		"requestParameters": map[string]any{"roleArn": s.arn, "roleSessionName": "ana"},
		"responseElements":  map[string]any{"assumedRoleUser": map[string]any{"assumedRoleId": s.roleID + ":ana"}},
	})
}

// deletion is a call that the elevation allows.
func (s *trail) deletion(id string) cloudTrailRecord {
	return s.called(id, "s3", "DeleteBucket", s.session(aws.ToString(s.roleName()), "ana", s.roleID), map[string]any{"requestParameters": map[string]any{"bucketName": "example"}})
}

// adminPolicy is a call by a role that Curfew does not know.
func (s *trail) adminPolicy(id, role string) cloudTrailRecord {
	return s.called(id, "iam", "PutUserPolicy", s.session(role, "x", "AROAEXAMPLE"+strings.ToUpper(role)), map[string]any{"requestParameters": map[string]any{
		"userName": "backdoor", "policyName": "all", "policyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	}})
}

// publish puts a record on the default bus of the member account, as CloudTrail does.
func (s *trail) publish(r cloudTrailRecord) {
	s.t.Helper()
	service, _, _ := strings.Cut(r["eventSource"].(string), ".")
	event, err := json.Marshal(map[string]any{
		"account": s.member, "source": "aws." + service, "detail-type": "AWS API Call via CloudTrail", "time": r["eventTime"], "detail": r,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.bus.putEvent(s.t, string(event))
}

// storeLog stores a log file of now.
func (s *trail) storeLog(all ...cloudTrailRecord) {
	s.t.Helper()
	var file bytes.Buffer
	zipped := gzip.NewWriter(&file)
	if err := json.NewEncoder(zipped).Encode(map[string]any{"Records": all}); err != nil {
		s.t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		s.t.Fatal(err)
	}
	now := time.Now().UTC()
	key := fmt.Sprintf("%s/%s/CloudTrail/us-east-1/%s/%s_CloudTrail_us-east-1_%s_0123456789abcdef.json.gz", logFolder, s.member, now.Format("2006/01/02"), s.member, now.Format("20060102T1504Z"))
	_, err := s3.NewFromConfig(sdkOf(s.t, account)).PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: &s.bucket, Key: &key, Body: bytes.NewReader(file.Bytes())})
	if err != nil {
		s.t.Fatal(err)
	}
}

// wantBackfilled runs backfill, which is to apply so many files.
func (s *trail) wantBackfilled(files int) {
	s.t.Helper()
	var got correlate.BackfillResult
	if err := json.Unmarshal([]byte(invoke(s.t, s.backfill, scheduled)), &got); err != nil || got.Files != files || got.Left > 0 || got.Refused > 0 {
		s.t.Errorf("backfill = %+v, %v, want %d files", got, err, files)
	}
}

// usage is the usage of an elevation, by the API.
func (s *trail) usage(id string) (u api.Usage) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.serve(s.api, "ana", "engineers", "GET", "/v1/elevations/"+id+"/usage", "")), &u); err != nil {
		s.t.Fatal(err)
	}
	return u
}

// wantUsage: so many calls, all by the session that ana opened.
func (s *trail) wantUsage(id string, events int64) {
	s.t.Helper()
	u := s.usage(id)
	if u.Events != events || len(u.Actions.Names) != 1 || u.Actions.Names[0].Name != "s3:DeleteBucket" || u.Actions.Names[0].Events != events || u.AtLeast || u.Denied > 0 {
		s.t.Errorf("usage = %+v, want %d of s3:DeleteBucket", u, events)
	}
	if len(u.Sessions) != 1 || u.Sessions[0].Session != s.roleID+":ana" || !strings.HasSuffix(u.Sessions[0].Who, "user/ana") {
		s.t.Errorf("sessions = %+v, want one, which user ana opened", u.Sessions)
	}
}

// wantFound: so many findings of the detection, each of one event. It returns mallory's.
func (s *trail) wantFound(n int) (of api.Finding) {
	s.t.Helper()
	const detection = "inline-policy-admin "
	var page api.FindingPage
	s.waitUntil(func() bool {
		if err := json.Unmarshal([]byte(s.serve(s.api, "dee", "operators", "GET", "/v1/findings?kind=detection", "")), &page); err != nil {
			s.t.Fatal(err)
		}
		page.Findings = slices.DeleteFunc(page.Findings, func(f api.Finding) bool { return !strings.HasPrefix(f.Subject, detection) })
		return len(page.Findings) >= n
	}, "%d findings", n)
	if len(page.Findings) != n {
		s.t.Errorf("%d findings, want %d: %+v", len(page.Findings), n, page.Findings)
	}
	for _, f := range page.Findings {
		if f.Count != 1 || len(f.Events) != 1 || f.Severity != "critical" || f.Account != s.member {
			s.t.Errorf("finding = %+v, want it critical, of one event", f)
		}
		if slices.Contains(f.Events, "e-admin") {
			of = f
		}
	}
	return of
}

// wantTold sends the stored finding to notify, as DynamoDB's stream would, and waits for its message.
func (s *trail) wantTold(f api.Finding) {
	s.t.Helper()
	s.insert(s.notify, "finding#"+f.ID, "finding")
	s.waitUntil(func() bool { return strings.Contains(s.told.next(s.t), "inline-policy-admin") }, "a message about finding %s", f.ID)
}

// closes: an operator takes the finding on, then closes it.
func (s *trail) closes(f api.Finding) {
	s.t.Helper()
	for _, act := range []string{"acknowledge", "close"} {
		s.serve(s.api, "dee", "operators", "POST", "/v1/findings/"+f.ID+"/"+act, `{"reason":"a test"}`)
	}
	var now api.Finding
	text := s.serve(s.api, "dee", "operators", "GET", "/v1/findings/"+f.ID, "")
	if err := json.Unmarshal([]byte(text), &now); err != nil || now.State != "closed" || now.Acknowledged == nil {
		s.t.Errorf("finding = %s, %v, want it acknowledged and closed", text, err)
	}
}

// endAndSign: the requester ends the elevation, and a lead who did not approve it signs its review.
func (s *trail) endAndSign(id string) {
	s.t.Helper()
	s.e.ID = id
	s.waitsIn("Hold")
	s.call(s.api, "ana", "engineers", "POST", "/v1/elevations/"+id+"/end", "")
	s.wantEnded(access.Released)
	signed := s.serve(s.decide, "eve", "leads", "POST", "/v1/elevations/"+id+"/review", `{"note":"one bucket, as asked"}`)
	if !strings.Contains(signed, "eve") {
		s.t.Errorf("review = %s, want it signed by eve", signed)
	}
}

// inbox is a queue of the messages of the installation's topic.
type inbox struct {
	queues *sqs.Client
	url    *string
}

func newInbox(t *testing.T, i *installation) *inbox {
	t.Helper()
	in := &inbox{queues: sqs.NewFromConfig(sdkOf(t, account))}
	made, err := in.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(i.name + "-inbox")})
	if err != nil {
		t.Fatal(err)
	}
	in.url = made.QueueUrl
	_, err = sns.NewFromConfig(sdkOf(t, account)).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:" + account + ":" + i.name + "-messages"), Protocol: aws.String("sqs"),
		Endpoint: aws.String("arn:aws:sqs:us-east-1:" + account + ":" + i.name + "-inbox"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// next returns the next message; empty: there is none.
func (in *inbox) next(t *testing.T) string {
	t.Helper()
	got, err := in.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: in.url})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) == 0 {
		return ""
	}
	return aws.ToString(got.Messages[0].Body)
}

// answered: what function grant attached and no record explains is removed at once.
func (s *trail) answered() {
	s.t.Helper()
	id := s.putByHand(anID())
	grant := s.installation.name + "-member-grant"
	s.publish(s.called("e-unexplained", "iam", "PutRolePolicy", s.session(grant, "x", "AROAEXAMPLE000000GRANT"), map[string]any{"requestParameters": map[string]any{
		"roleName": aws.ToString(s.roleName()), "policyName": s.installation.name + "-" + id, "policyDocument": byHand,
	}}))
	s.waitUntil(func() bool { return !slices.Contains(s.policies(), s.installation.name+"-"+id) }, "revoke removed what no record explains")
}
