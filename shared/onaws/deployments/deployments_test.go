package deployments

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"curfew/shared/fault"
)

// history answers as LookupEvents does: of one event name, in a period, the newest first, in pages.
type history struct {
	t      *testing.T
	events []string
	page   int // events a page
}

func (h *history) LookupEvents(_ context.Context, in *cloudtrail.LookupEventsInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error) {
	if len(in.LookupAttributes) != 1 || in.LookupAttributes[0].AttributeKey != types.LookupAttributeKeyEventName {
		h.t.Fatalf("attributes %v: CloudTrail takes one", in.LookupAttributes)
	}
	var found []types.Event
	for _, text := range h.events {
		var e struct {
			EventName string    `json:"eventName"`
			EventTime time.Time `json:"eventTime"`
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			h.t.Fatal(err)
		}
		if e.EventName == *in.LookupAttributes[0].AttributeValue && !e.EventTime.Before(*in.StartTime) && !e.EventTime.After(*in.EndTime) {
			found = append(found, types.Event{EventName: &e.EventName, EventTime: &e.EventTime, CloudTrailEvent: &text})
		}
	}
	slices.SortFunc(found, func(a, b types.Event) int { return b.EventTime.Compare(*a.EventTime) })
	from := 0
	if in.NextToken != nil {
		fmt.Sscan(*in.NextToken, &from)
	}
	out := &cloudtrail.LookupEventsOutput{Events: found[from:min(len(found), from+h.page)]}
	if from+h.page < len(found) {
		out.NextToken = aws.String(fmt.Sprint(from + h.page))
	}
	return out, nil
}

const (
	role = `{"type":"AssumedRole","principalId":"AROAEXAMPLE0000000009:aws-cdk-ben","arn":"arn:aws:sts::444455556666:assumed-role/cdk-hnb659fds-deploy-role-444455556666-eu-west-1/aws-cdk-ben",
		"accountId":"444455556666","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE0000000009",
		"arn":"arn:aws:iam::444455556666:role/cdk-hnb659fds-deploy-role-444455556666-eu-west-1","accountId":"444455556666","userName":"cdk-hnb659fds-deploy-role-444455556666-eu-west-1"},
		"attributes":{"creationDate":"2026-03-01T11:00:00Z","mfaAuthenticated":"false"},"sourceIdentity":"ben@example.com"}}`
	user    = `{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000007","arn":"arn:aws:iam::444455556666:user/mallory","accountId":"444455556666","accessKeyId":"AKIAEXAMPLE","userName":"mallory"}`
	forRole = `{"type":"AssumedRole","principalId":"AROAEXAMPLE0000000008:AWSCloudFormation","arn":"arn:aws:sts::444455556666:assumed-role/cdk-hnb659fds-cfn-exec-role/AWSCloudFormation",
		"accountId":"444455556666","invokedBy":"cloudformation.amazonaws.com"}`
)

// called is an event as in CloudTrail's event history. minute is after 11:00.
func called(id, name string, minute int, who, parameters, more string) string {
	return fmt.Sprintf(`{"eventVersion":"1.09","userIdentity":%s,"eventTime":"2026-03-01T11:%02d:00Z","eventSource":"cloudformation.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1",
		"sourceIPAddress":"203.0.113.7","userAgent":"aws-sdk-js/3","requestParameters":%s,"responseElements":null,"eventID":%q,"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,
		"recipientAccountId":"444455556666","eventCategory":"Management"%s}`, who, minute, name, parameters, id, more)
}

func lookUp(t *testing.T, page int, events ...string) ([]string, error) {
	t.Helper()
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	all, err := History{&history{t, events, page}, "curfew"}.Deployers(t.Context(), at, at.Add(time.Hour))
	var got []string
	for _, d := range all {
		got = append(got, strings.Join([]string{d.EventID, d.Session, d.SourceIdentity}, " "))
	}
	return got, err
}

func TestDeployersAreTheCallersOfTheStackAndItsFunctions(t *testing.T) {
	const stack, arn = `{"stackName":"curfew"}`, "arn:aws:cloudformation:eu-west-1:444455556666:stack/"
	got, err := lookUp(t, 2,
		called("set", "ExecuteChangeSet", 1, role, `{"changeSetName":"cdk-deploy-change-set","stackName":"curfew","clientRequestToken":"x"}`, ""),
		called("by-arn", "UpdateStack", 2, user, `{"stackName":"`+arn+`curfew/1a2b"}`, ""),
		called("set-by-arn", "ExecuteChangeSet", 3, user, `{"changeSetName":"arn:aws:cloudformation:eu-west-1:444455556666:changeSet/x/1a2b"}`, ""),
		called("code", updateCode, 4, user, `{"functionName":"arn:aws:lambda:eu-west-1:444455556666:function:curfew-grant:2","dryRun":false}`, ""),
		called("code-by-name", updateCode, 5, user, `{"functionName":"curfew-decide"}`, ""),
		called("folder", updateConfiguration, 6, user, `{"functionName":"444455556666:function:curfew-api"}`, ""),

		called("by-cloudformation", updateCode, 7, forRole, `{"functionName":"curfew-grant"}`, ""),
		called("refused", "UpdateStack", 8, user, stack, `,"errorCode":"AccessDenied","errorMessage":"no"`),
		called("data", "UpdateStack", 9, user, `{"stackName":"curfew-data"}`, ""),
		called("another-stack", "UpdateStack", 10, user, `{"stackName":"`+arn+`shop/curfew"}`, ""),
		called("no-catalog", updateCode, 11, user, `{"functionName":"curfew-notify"}`, ""),
		called("another-installation", updateCode, 12, user, `{"functionName":"curfew-b-grant"}`, ""),
		called("another-name", "DeleteStack", 13, user, stack, ""),
	)
	want := []string{"folder mallory ", "code-by-name mallory ", "code mallory ", "set-by-arn mallory ", "by-arn mallory ", "set aws-cdk-ben ben@example.com"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v\nwant %q", got, err, want)
	}
}

// A caller who floods the history must not hide in what was not read.
func TestMoreEventsThanAreReadIsAnError(t *testing.T) {
	var all []string
	for minute := range mostPages + 1 {
		all = append(all, called(fmt.Sprint(minute), "UpdateStack", minute, role, `{"stackName":"shop"}`, ""))
	}
	if _, err := lookUp(t, 1, all...); fault.KindOf(err) != fault.Quota {
		t.Errorf("%v, want Quota", err)
	}
	if got, err := lookUp(t, 2, all...); err != nil || len(got) != 0 {
		t.Errorf("%q, %v; want none", got, err)
	}
}
