package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"curfew/shared/iampolicy"
)

// everything is a policy of somebody who does not ask.
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// region is where all calls of the rehearsal are made.
const region = "us-east-1"

// madeCall is a call to AWS as CloudTrail records it.
type madeCall struct {
	call
	id          string // of the event
	principalID string
	account     string
	opened      time.Time // when the session's credentials were made
	at          time.Time
	outcome     iampolicy.Outcome
}

// object is a JSON object of a record.
type object map[string]any

// record is the CloudTrail record of a call.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (m madeCall) record() ([]byte, error) {
	service, name, _ := strings.Cut(m.Action, ":")
	parameters, resources := m.parameters()
	r := object{
		"eventVersion": "1.11", "userIdentity": m.identity(), "eventTime": m.at.UTC().Format(time.RFC3339), "eventSource": sourceOf(service), "eventName": name,
		"awsRegion": region, "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.31.4", "requestParameters": parameters, "responseElements": nil,
		"requestID": m.id, "eventID": m.id, "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": m.account, "eventCategory": "Management",
	}
	if resources != nil {
		r["resources"] = resources
	}
	if m.outcome != iampolicy.Allowed {
		r["errorCode"], r["errorMessage"] = "AccessDenied", m.refusal()
	}
	return json.Marshal(r)
}

// identity is userIdentity.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (m madeCall) identity() object {
	name := m.Principal[strings.LastIndexByte(m.Principal, '/')+1:]
	if strings.Contains(m.Principal, ":user/") {
		return object{"type": "IAMUser", "principalId": m.principalID, "arn": m.Principal, "accountId": m.account, "accessKeyId": "AKIAEXAMPLE000000001", "userName": name}
	}
	session := object{
		"sessionIssuer": object{"type": "Role", "principalId": m.principalID, "arn": m.Principal, "accountId": m.account, "userName": name},
		"attributes":    object{"creationDate": m.opened.UTC().Format(time.RFC3339), "mfaAuthenticated": "false"},
	}
	if m.SourceIdentity != "" {
		session["sourceIdentity"] = m.SourceIdentity
	}
	return object{"type": "AssumedRole", "principalId": m.principalID + ":" + m.Session, "arn": m.sessionARN(), "accountId": m.account, "accessKeyId": "ASIAEXAMPLE000000001", "sessionContext": session}
}

// sessionARN is the ARN of the caller: a session's has the name of the role without its path.
func (m madeCall) sessionARN() string {
	if m.Session == "" || strings.Contains(m.Principal, ":user/") {
		return m.Principal
	}
	return fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", m.account, m.Principal[strings.LastIndexByte(m.Principal, '/')+1:], m.Session)
}

// refusal is the message of a denied call.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (m madeCall) refusal() string {
	why := "because no identity-based policy allows the " + m.Action + " action"
	if m.outcome == iampolicy.ExplicitDeny {
		why = "with an explicit deny in an identity-based policy"
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", m.sessionARN(), m.Action, m.Resource, why)
}

// parameters are requestParameters as the service writes them, for the calls of the stories; of any other call the resource is listed.
func (m madeCall) parameters() (parameters, resources any) {
	last := m.Resource[strings.LastIndexAny(m.Resource, "/:")+1:]
	switch m.Action {
	case "ec2:TerminateInstances":
		return object{"instancesSet": object{"items": []object{{"instanceId": last}}}}, nil
	case "ec2:CreateSnapshot":
		return object{"volumeId": "vol-0123456789abcdef0"}, nil
	case "iam:PutUserPolicy":
		return object{"userName": last, "policyName": "everything", "policyDocument": everything}, nil
	case "secretsmanager:GetSecretValue":
		return object{"secretId": m.Resource}, nil
	case "logs:FilterLogEvents":
		group := strings.TrimSuffix(m.Resource, ":*")
		return object{"logGroupName": group[strings.LastIndexByte(group, ':')+1:]}, nil
	}
	if !strings.HasPrefix(m.Resource, "arn:") || strings.ContainsAny(m.Resource, "*?") {
		return nil, nil
	}
	return nil, []object{{"accountId": m.account, "ARN": m.Resource}}
}

// sourceOf is the event source of a service, by the prefix of its actions.
func sourceOf(service string) string {
	switch service {
	case "cloudwatch": // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/logging_cw_api_calls.html
		service = "monitoring"
	case "tag": // https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/logging-using-cloudtrail.html
		service = "tagging"
	}
	return service + ".amazonaws.com"
}
