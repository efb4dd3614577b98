package main

import (
	"bytes"
	"encoding/json"
)

// scp is attached by the organization, to home as well; no stack attaches it. It also binds administrators, all but
// the deployers.
func (s guardrails) scp() []statement {
	tag, true_ := s.markCondition()
	but := func(more ...string) map[string][]string {
		return map[string][]string{"aws:PrincipalArn": append(append([]string{}, s.Deployers...), more...)}
	}
	functions := "arn:aws:iam::*:role/" + s.resource("*")
	return []statement{
		{
			sid: "RolesAndBoundary", effect: deny, actions: iamWrites(), resources: s.protectedARNs("*"), when: conditions{"ArnNotLike": but()},
		},
		{
			// protectedARNs does not contain the canary's role: functions grant to it.
			sid: "GrantedPolicies", effect: deny, actions: iamWrites(),
			resources: []string{"arn:aws:iam::*:policy/" + s.Name + "/*", "arn:aws:iam::*:role/canary/" + s.resource("*")},
			when:      conditions{"ArnNotLike": but("arn:aws:iam::*:role/" + s.memberRole("*"))},
		},
		{
			sid: "Marks", effect: deny, actions: append(tagWrites(), "iam:CreateRole", "iam:CreateUser"), resources: []string{"*"},
			when: conditions{"ForAnyValue:StringEqualsIgnoreCase": s.tagKeyCondition(), "ArnNotLike": but()},
		},
		{
			// Every key is denied, so no spelling of the tag helps.
			sid: "MarkedPrincipals", effect: deny, resources: []string{"*"}, when: conditions{"StringEquals": {tag: true_}, "ArnNotLike": but()},
			actions: append(tagWrites(), "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"),
		},
		{
			sid: "Machinery", effect: deny,
			actions: []string{
				"states:Delete*", "states:RedriveExecution", "states:SendTask*", "states:StartExecution", "states:StopExecution", "states:Update*",
				"lambda:Add*", "lambda:Create*", "lambda:Delete*", "lambda:InvokeFunction", "lambda:Put*", "lambda:Remove*", "lambda:Update*",
				"dynamodb:Delete*", "dynamodb:PartiQL*", "dynamodb:PutItem", "dynamodb:PutResourcePolicy", "dynamodb:RestoreTable*", "dynamodb:Update*",
				"sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:SendMessage", "sqs:SetQueueAttributes",
				"cloudwatch:Delete*", "cloudwatch:DisableAlarmActions", "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState",
				"events:Delete*", "events:DisableRule", "events:PutPermission", "events:PutRule", "events:PutTargets", "events:Remove*",
				"scheduler:Delete*", "scheduler:Update*",
			},
			resources: []string{
				s.inAnyAccount("states", "*:"), s.inAnyAccount("lambda", "function:"), s.inAnyAccount("dynamodb", "table/"), s.inAnyAccount("sqs", ""),
				s.inAnyAccount("events", "rule/"), "arn:aws:events:*:*:event-bus/" + s.Name, s.inAnyAccount("events", "event-bus/"), s.inAnyAccount("scheduler", "schedule/*/"), s.inAnyAccount("cloudwatch", "alarm:"),
			},
			when: conditions{"ArnNotLike": but(functions)},
		},
		{
			// Not the bus tasks: its own policy names the senders.
			sid: "Buses", effect: deny, actions: []string{"events:PutEvents"},
			resources: []string{"arn:aws:events:*:*:event-bus/" + s.Name, "arn:aws:events:*:*:event-bus/" + s.resource("members"), "arn:aws:events:*:*:event-bus/" + s.resource("trail")},
			when:      conditions{"ArnNotLike": but(functions)},
		},
		s.mappings(but()),
	}
}

func iamWrites() []string {
	return []string{
		"iam:Add*", "iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:Put*", "iam:Remove*", "iam:Set*",
		"iam:Tag*", "iam:Untag*", "iam:Update*",
	}
}

// scpFile writes one statement a line: Organizations counts white space.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
func scpFile(s Settings) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i, st := range guardrails(s).scp() {
		text, err := json.Marshal(st.value())
		if err != nil { // maps, lists and strings: cannot fail
			return nil
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(text)
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}
