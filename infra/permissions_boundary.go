package main

import "slices"

// guardrails are the permissions boundary and the SCP: what principals that are not Curfew's may never do.
type guardrails Settings

// boundary is what a principal that may be elevated is bounded by: everything, but for what would outlive or undo the
// bound itself. It is intersected with what the principal is allowed, and allows nothing by itself.
func (s guardrails) boundary() []statement {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	return []statement{
		{sid: "AllBut", actions: []string{"*"}, resources: []string{"*"}},
		{
			// True as well of a target without any boundary, because a negated operator is true of a missing key.
			sid: "UnboundedTargets", effect: deny, actions: principalWrites(), resources: []string{"*"},
			when: conditions{"StringNotEquals": {boundary: accepted}},
		},
		{
			// Only Curfew changes a marked principal: a change by an elevated session would outlive the elevation. Tags of any key
			// are among the changes: the mark would come off, and other tags may decide what the principal is allowed.
			sid: "MarkedTargets", effect: deny, resources: []string{"*"}, when: conditions{"StringEquals": {tag: true_}},
			actions: slices.Concat(principalWrites(), tagWrites(), []string{"iam:DeleteRole", "iam:DeleteUser", "iam:UpdateUser"}),
		},
		{
			// None of these can be told by the target's boundary: boundaries themselves, keys and passwords, groups, policies
			// that others bear, and who may sign in.
			sid: "BoundsAndCredentials", effect: deny, resources: []string{"*"},
			actions: []string{
				"iam:*PermissionsBoundary", "iam:*AccessKey", "iam:*LoginProfile", "iam:*ServiceSpecificCredential", "iam:ChangePassword",
				"iam:*MFADevice", "iam:UploadSSHPublicKey", "iam:UpdateSSHPublicKey", "iam:*SigningCertificate",
				"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
				"iam:CreateSAMLProvider", "iam:UpdateSAMLProvider", "iam:*OpenIDConnectProvider*", "iam:UpdateAccountPasswordPolicy",
			},
		},
		{
			sid: "CurfewsTags", effect: deny, actions: append(tagWrites(), "iam:CreateRole", "iam:CreateUser"), resources: []string{"*"},
			when: conditions{"ForAnyValue:StringEqualsIgnoreCase": s.namesTheMark()},
		},
		{
			// Everything but to look: to assume or pass its roles, to invoke its functions, to change any of it.
			sid: "CurfewsThings", effect: deny, but: []string{"iam:Get*", "iam:List*"},
			resources: append(s.ownThings("*"), "arn:aws:iam::*:policy/"+s.Name+"/*", s.everywhere("lambda", "function:"), s.everywhere("states", "*:"),
				s.everywhere("dynamodb", "table/"), s.everywhere("sqs", ""), s.everywhere("sns", ""), s.everywhere("events", "rule/"),
				"arn:aws:events:*:*:event-bus/"+s.Name, s.everywhere("events", "event-bus/"), s.everywhere("scheduler", "schedule/*/"), s.everywhere("logs", "log-group:/aws/*/"), s.everywhere("cloudwatch", "alarm:"),
				"arn:aws:cloudformation:*:*:stack/"+s.Name+"/*", s.everywhere("cloudformation", "stack/")),
		},
		s.mappings(nil),
	}
}

// mappings bear no name of ours, and are told by the function that they invoke.
func (s guardrails) mappings(butBy map[string][]string) statement {
	when := conditions{"ArnLike": {"lambda:FunctionArn": {s.everywhere("lambda", "function:")}}}
	if butBy != nil {
		when["ArnNotLike"] = butBy
	}
	return statement{
		sid: "CurfewsMappings", effect: deny, actions: []string{"lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"},
		resources: []string{"*"}, when: when,
	}
}

// principalWrites are the writes on a role or user for which IAM knows the target's boundary.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func principalWrites() []string {
	return []string{
		"iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
		"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:UpdateAssumeRolePolicy",
	}
}

// tagWrites are the changes of the tags of a role or user. IAM knows the tags that the target bears.
func tagWrites() []string {
	return []string{"iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser"}
}
