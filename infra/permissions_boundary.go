package main

import "slices"

type guardrails Settings

// boundary allows everything except what would outlive or remove the boundary.
func (s guardrails) boundary() []statement {
	tag, true_ := s.markCondition()
	boundary, accepted := s.boundaryCondition()
	return []statement{
		{sid: "AllBut", actions: []string{"*"}, resources: []string{"*"}},
		{
			// Also matches a target without a boundary: negated operators match a missing key.
			sid: "UnboundedTargets", effect: deny, actions: principalWrites(), resources: []string{"*"},
			when: conditions{"StringNotEquals": {boundary: accepted}},
		},
		{
			// A change by an elevated session would outlive the elevation. All tags count: the mark could be removed,
			// and other tags may give permissions.
			sid: "MarkedTargets", effect: deny, resources: []string{"*"}, when: conditions{"StringEquals": {tag: true_}},
			actions: slices.Concat(principalWrites(), tagWrites(), []string{"iam:DeleteRole", "iam:DeleteUser", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateUser"}),
		},
		{
			// IAM has no condition on the target's boundary for these.
			sid: "BoundsAndCredentials", effect: deny, resources: []string{"*"},
			actions: []string{
				"iam:*PermissionsBoundary", "iam:*AccessKey", "iam:*LoginProfile", "iam:*ServiceSpecificCredential", "iam:ChangePassword",
				"iam:*MFADevice", "iam:*SSHPublicKey", "iam:*CloudFrontPublicKey", "iam:*SigningCertificate", "iam:UpdateAccountEmailAddress", "account:*PrimaryEmailUpdate",
				"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
				"iam:CreateSAMLProvider", "iam:UpdateSAMLProvider", "iam:*OpenIDConnectProvider*", "iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy",
				"iam:*DelegationRequest", "iam:SendDelegationToken", "iam:*OutboundWebIdentityFederation", "iam:EnableOrganizationsRoot*",
			},
		},
		{
			sid: "CurfewsTags", effect: deny, actions: append(tagWrites(), "iam:CreateRole", "iam:CreateUser"), resources: []string{"*"},
			when: conditions{"ForAnyValue:StringEqualsIgnoreCase": s.tagKeyCondition()},
		},
		{
			sid: "CurfewsThings", effect: deny, notActions: []string{"iam:Get*", "iam:List*"},
			resources: append(append(s.protectedARNs("*"), s.buckets()...), "arn:aws:iam::*:policy/"+s.Name+"/*", s.inAnyAccount("lambda", "function:"), s.inAnyAccount("states", "*:"),
				s.inAnyAccount("dynamodb", "table/"), s.inAnyAccount("sqs", ""), s.inAnyAccount("sns", ""), s.inAnyAccount("events", "rule/"), s.rulesOfBus(),
				"arn:aws:events:*:*:event-bus/"+s.Name, s.inAnyAccount("events", "event-bus/"), s.inAnyAccount("scheduler", "schedule/*/"), s.inAnyAccount("logs", "log-group:/aws/*/"), s.inAnyAccount("cloudwatch", "alarm:"),
				"arn:aws:cloudformation:*:*:stack/"+s.Name+"/*", s.inAnyAccount("cloudformation", "stack/"), s.inAnyAccount("cloudformation", "stack/StackSet-")),
		},
		s.mappings(nil),
	}
}

func (s guardrails) buckets() []string {
	log := []string{"arn:aws:s3:::" + s.resource("log-*"), "arn:aws:s3:::" + s.resource("lake-*")}
	if s.Log.Bucket != "" {
		log = []string{"arn:aws:s3:::" + s.Log.Bucket, "arn:aws:s3:::" + s.Log.Bucket + "/*", "arn:aws:s3:::" + s.Log.lake(s.Names) + "*"}
	}
	return append(log, "arn:aws:s3:::"+s.resource("stage-*"))
}

// mappings have no name of ours; the condition is on their function.
func (s guardrails) mappings(butBy map[string][]string) statement {
	when := conditions{"ArnLike": {"lambda:FunctionArn": {s.inAnyAccount("lambda", "function:")}}}
	if butBy != nil {
		when["ArnNotLike"] = butBy
	}
	return statement{
		sid: "CurfewsMappings", effect: deny, actions: []string{"lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"},
		resources: []string{"*"}, when: when,
	}
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func principalWrites() []string {
	return []string{
		"iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
		"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:UpdateAssumeRolePolicy",
	}
}

func tagWrites() []string {
	return []string{"iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser"}
}
