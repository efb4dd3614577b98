package main

import (
	"bytes"
	"encoding/json"
	"slices"
)

// The organization attaches the SCPs, no stack does. They also bind administrators, all but the deployers, who may
// not be made or assumed by others. SCPs do not bind service-linked roles, and the management account.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html

// homeSCP is for home, which has scp too, and for no other account: some of its statements are about every key, API and trail.
func (s guardrails) homeSCP() []statement {
	functions := "arn:aws:iam::*:role/" + s.resource("*")
	all := []statement{
		{
			// Auditors may read. Statement Runbooks is about what the runbook does.
			sid: "Machinery", effect: deny, notActions: append(readsAtHome(), runbook()...), resources: s.ownAtHome(),
			when: s.allBut(functions),
		},
		{
			// Not the bus tasks: its own policy names the senders.
			sid: "Operations", effect: deny, actions: append(operations(), "events:PutEvents"), when: s.allBut(functions),
			resources: append(s.notOperated(), "arn:aws:events:*:*:event-bus/"+s.Name, "arn:aws:events:*:*:event-bus/"+s.resource("members"), "arn:aws:events:*:*:event-bus/"+s.resource("trail")),
		},
		{
			sid: "Runbooks", effect: deny, actions: runbook(), when: s.allBut(append(slices.Clone(s.OperatorRoles), functions)...),
			resources: []string{"arn:aws:lambda:*:*:function:" + s.resource("re*"), "arn:aws:sqs:*:*:" + s.resource("dead-*"), s.inAnyAccount("events", "rule/")},
		},
		{
			// These take no resource. False metrics would keep an alarm quiet.
			sid: "WithoutResource", effect: deny, resources: []string{"*"}, when: s.allBut(functions),
			actions: []string{
				"states:SendTask*", "events:PutPermission", "events:RemovePermission", "cloudwatch:PutMetricData", "logs:*LogDelivery", "logs:*AccountPolicy", "logs:*ResourcePolicy",
				"cloudformation:CreateStackSet", "sns:SetSubscriptionAttributes", "sns:Unsubscribe",
			},
		},
		// The files that are deployed, also by way of an access point.
		{sid: "Assets", effect: deny, notActions: []string{"s3:Get*", "s3:List*"}, resources: []string{"arn:aws:s3:::cdk-*", "arn:aws:s3:*:*:accesspoint/*"}, when: s.allBut()},
		s.mappings(s.allBut()["ArnNotLike"]),
	}
	if len(s.CodeSigning.Profiles) > 0 {
		// Not even a function: who takes one over must not deploy others. The ARN of a configuration has no name.
		all = append(all, statement{
			sid: "CodeSigning", effect: deny, when: s.allBut(), resources: []string{"*"},
			actions: []string{"lambda:Delete*CodeSigningConfig", "lambda:PutFunctionCodeSigningConfig", "lambda:UpdateCodeSigningConfig"},
		})
	}
	return all
}

// scp is for all accounts. They have workloads, so it names what is Curfew's there, and no service as a whole.
func (s guardrails) scp() []statement {
	tag, true_ := s.markCondition()
	marks := s.allBut()
	marks["ForAnyValue:StringEqualsIgnoreCase"] = s.tagKeyCondition()
	marked := s.allBut()
	marked["StringEquals"] = map[string][]string{tag: true_}
	return []statement{
		// PassRole: no other has a service act as one of Curfew's roles.
		{sid: "RolesAndBoundary", effect: deny, actions: iamWrites(), resources: s.protectedARNs("*"), when: s.allBut()},
		{
			// protectedARNs does not contain the canary's role: functions grant to it.
			sid: "GrantedPolicies", effect: deny, actions: iamWrites(),
			resources: []string{"arn:aws:iam::*:policy/" + s.Name + "/*", "arn:aws:iam::*:role/canary/" + s.resource("*")},
			when:      s.allBut("arn:aws:iam::*:role/" + s.memberRole("*")),
		},
		{sid: "Marks", effect: deny, actions: append(tagWrites(), "iam:CreateRole", "iam:CreateUser"), resources: []string{"*"}, when: marks},
		{
			// Every key is denied, so no spelling of the tag helps.
			sid: "MarkedPrincipals", effect: deny, resources: []string{"*"}, when: marked,
			actions: append(tagWrites(), "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"),
		},
		{
			sid: "Routes", effect: deny, when: s.allBut(),
			notActions: []string{"events:Describe*", "events:EnableRule", "events:List*", "sns:Get*", "sns:List*", "cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"},
			resources:  append([]string{s.inAnyAccount("events", "rule/"), s.rulesOfBus(), "arn:aws:sns:*:*:" + s.resource(emergencyAlarm)}, append(s.stacks(), s.logTopics()...)...),
		},
		{sid: "EnableRule", effect: deny, actions: []string{"events:EnableRule"}, resources: []string{s.inAnyAccount("events", "rule/"), s.rulesOfBus()}, when: s.allBut(s.OperatorRoles...)},
		{
			// ENABLED, these rules would see no read-only events.
			sid: "ReadOnlyRules", effect: deny, actions: []string{"events:EnableRule"}, when: s.allBut(),
			resources: []string{"arn:aws:events:*:*:rule/" + s.resource("route-*"), "arn:aws:events:*:*:rule/" + s.resource(emergencyAlarm)},
		},
		{sid: "Log", effect: deny, notActions: []string{"glue:Get*", "s3:Get*", "s3:List*"}, resources: append(s.buckets(), "arn:aws:glue:*:*:*/"+s.Log.database(s.Names)+"*"), when: s.allBut("arn:aws:iam::*:role/" + s.resource("archive"))},
		// An administrator who could make, change or assume a deployer would be one.
		{sid: "Deployers", effect: deny, actions: append(roleWrites(), "sts:AssumeRole"), resources: s.Deployers, when: s.allBut()},
		{sid: "DefaultBus", effect: deny, actions: []string{"events:UpdateEventBus"}, resources: []string{"arn:aws:events:*:*:event-bus/default"}, when: s.allBut()},
		{sid: "Leave", effect: deny, actions: []string{"account:CloseAccount", "account:DisableRegion", "organizations:LeaveOrganization"}, resources: []string{"*"}, when: s.allBut()},
	}
}

// allBut is the condition of a Deny that binds all but the deployers and these roles.
func (s guardrails) allBut(more ...string) conditions {
	return conditions{"ArnNotLike": {"aws:PrincipalArn": append(slices.Clone(s.Deployers), more...)}}
}

// ownAtHome are Curfew's things at home, and the keys, APIs and trails there, whose ARNs have no name of ours.
func (s guardrails) ownAtHome() []string {
	return append([]string{
		s.inAnyAccount("states", "*:"), s.inAnyAccount("lambda", "function:"), s.inAnyAccount("dynamodb", "table/"), s.inAnyAccount("sqs", ""), s.inAnyAccount("sns", ""),
		s.inAnyAccount("events", "rule/"), s.rulesOfBus(), "arn:aws:events:*:*:event-bus/" + s.Name, s.inAnyAccount("events", "event-bus/"), s.inAnyAccount("scheduler", "schedule/*/"),
		s.inAnyAccount("logs", "log-group:/aws/*/"), s.inAnyAccount("cloudwatch", "alarm:"), "arn:aws:cloudwatch::*:dashboard/" + s.Name + "*",
		"arn:aws:ssm:*:*:parameter/" + s.Name + "/*", "arn:aws:kms:*:*:key/*", "arn:aws:apigateway:*::/*", "arn:aws:cloudtrail:*:*:trail/*",
	}, s.stacks()...)
}

func (s guardrails) stacks() []string {
	return []string{
		"arn:aws:cloudformation:*:*:stack/" + s.Name + "/*", s.inAnyAccount("cloudformation", "stack/"), s.inAnyAccount("cloudformation", "stack/StackSet-"), "arn:aws:cloudformation:*:*:stackset/" + s.Name + "*",
	}
}

// logTopics are in a log account.
func (s guardrails) logTopics() []string {
	if s.Log.Bucket == "" {
		return nil
	}
	return []string{"arn:aws:sns:*:*:" + s.resource(logAlarm)}
}

// readsAtHome change nothing; statement Operations is about events:PutEvents. kms:Decrypt: DynamoDB uses the reader's right to the key.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
func readsAtHome() []string {
	return []string{
		"apigateway:GET", "cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*", "cloudtrail:Describe*", "cloudtrail:Get*", "cloudtrail:List*",
		"cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:Get*", "dynamodb:List*", "dynamodb:PartiQLSelect",
		"dynamodb:Query", "dynamodb:Scan", "events:Describe*", "events:List*", "events:PutEvents", "kms:Decrypt", "kms:Describe*", "kms:Get*", "kms:List*", "lambda:Get*", "lambda:List*",
		"logs:Describe*", "logs:Filter*", "logs:Get*", "logs:List*", "logs:Start*", "scheduler:Get*", "scheduler:List*", "sns:Get*", "sns:List*", "ssm:Describe*", "ssm:Get*",
		"sqs:Get*", "sqs:List*", "states:Describe*", "states:Get*", "states:List*",
	}
}

// runbook is what infra/README.md lets operators do at home: turn rules on again, repeat ends and sweeps, and empty
// dead-letter queues.
func runbook() []string { return append([]string{"events:EnableRule"}, operations()...) }

// operations are refused to operators on notOperated.
func operations() []string {
	return []string{"lambda:InvokeFunction", "sqs:DeleteMessage", "sqs:ReceiveMessage"}
}

// notOperated are functions and queues that operators may not use: decide would believe them any approver, and late any evidence.
func (s guardrails) notOperated() (all []string) {
	for _, f := range functions() {
		if f.name != "revoke" && f.name != "reconcile" {
			all = append(all, "arn:aws:lambda:*:*:function:"+s.resource(beginning(f.name))+"*") // with any qualifier
		}
	}
	for _, q := range Settings(s).queues() {
		if !q.dead() {
			all = append(all, "arn:aws:sqs:*:*:"+s.resource(beginning(q.name)))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// beginning is what names share: an SCP has few characters. Nothing else of an installation begins so.
func beginning(name string) string {
	switch name {
	case "console", "contain", "correlate":
		return "co"
	case "trail", "triggers":
		return "tr*"
	}
	return name
}

func roleWrites() []string {
	return []string{"iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:Put*", "iam:Tag*", "iam:Untag*", "iam:Update*"}
}

func iamWrites() []string { return append(roleWrites(), "iam:Set*") }

// scpFiles are the SCPs by the names of their files.
func scpFiles(s Settings) map[string][]byte {
	return map[string][]byte{"scp.json": scpFile(guardrails(s).scp()), "scp-home.json": scpFile(guardrails(s).homeSCP())}
}

// scpFile writes one statement a line: Organizations counts white space.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
func scpFile(statements []statement) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i, st := range statements {
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
