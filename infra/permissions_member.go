package main

// memberRoles makes the permissions in a member account.
type memberRoles Settings

const (
	anyRole = "arn:aws:iam::${AWS::AccountId}:role/*"
	anyUser = "arn:aws:iam::${AWS::AccountId}:user/*"
)

func (s memberRoles) allowRead() []statement {
	return []statement{{
		sid: "Look", actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
			"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		resources: []string{anyRole, anyUser},
	}}
}

func (s memberRoles) allowReadQuotas() []statement {
	return []statement{
		{sid: "Measure", actions: []string{"iam:ListRolePolicies", "iam:ListUserPolicies"}, resources: []string{anyRole, anyUser}},
		{sid: "Quotas", actions: []string{"iam:GetAccountSummary"}, resources: []string{"*"}},
	}
}

func (s memberRoles) allowReadOwnPolicies() []statement {
	return []statement{{sid: "ReadOwnPolicies", actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"}, resources: []string{s.ownPolicies()}}}
}

func (s memberRoles) allowSurvey() []statement {
	return []statement{{sid: "Survey", actions: []string{"iam:GetAccountAuthorizationDetails"}, resources: []string{"*"}}}
}

const startAccessed = "iam:GenerateServiceLastAccessedDetails"

// allowAccessed is for review. A job may be read by the session that started it alone, so reading needs no resource.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s memberRoles) allowAccessed() []statement {
	return []statement{
		{sid: "StartAccessed", actions: []string{startAccessed}, resources: []string{anyRole, anyUser}},
		{sid: "ReadAccessed", actions: []string{"iam:GetServiceLastAccessedDetails"}, resources: []string{"*"}},
	}
}

// markAndBoundary: IAM cannot check an inline policy's content, so the boundary is the cap.
func (s memberRoles) markAndBoundary() map[string][]string {
	tag, true_ := s.markCondition()
	boundary, accepted := s.boundaryCondition()
	return map[string][]string{tag: true_, boundary: accepted}
}

// allowPutInline is for grant and contain. IAM has no condition on the name or content of an inline policy. An attacker
// who controls either function can put any policy on a marked principal; the boundary and denyOwnThings limit that.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s memberRoles) allowPutInline() statement {
	return statement{
		sid: "AddInline", actions: []string{"iam:PutRolePolicy", "iam:PutUserPolicy"}, resources: []string{anyRole, anyUser},
		when: conditions{"StringEquals": s.markAndBoundary()},
	}
}

// allowContain cannot remove: revoke cleans up.
func (s memberRoles) allowContain() []statement { return []statement{s.allowPutInline()} }

// allowAttach cannot remove. It attaches only managed policies under Curfew's path.
func (s memberRoles) allowAttach() []statement {
	return []statement{
		s.allowPutInline(),
		{
			sid: "AddManaged", actions: []string{"iam:AttachRolePolicy", "iam:AttachUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": s.markAndBoundary(), "ArnLike": {"iam:PolicyARN": {s.ownPolicies()}}},
		},
		{sid: "MakePolicies", actions: []string{"iam:CreatePolicy"}, resources: []string{s.ownPolicies()}},
	}
}

// allowRemove cannot add. Tag or boundary is enough: a principal that lost one of them is still cleaned up.
func (s memberRoles) allowRemove() []statement {
	tag, true_ := s.markCondition()
	boundary, accepted := s.boundaryCondition()
	all := []statement{{
		sid: "DeletePolicies", actions: []string{"iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListEntitiesForPolicy", "iam:ListPolicyVersions"}, resources: []string{s.ownPolicies()},
	}}
	for _, by := range []struct {
		sid, key string
		values   []string
	}{{"ByTag", tag, true_}, {"ByBoundary", boundary, accepted}} {
		on := map[string][]string{by.key: by.values}
		all = append(all, statement{
			sid: "RemoveInline" + by.sid, actions: []string{"iam:DeleteRolePolicy", "iam:DeleteUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": on},
		}, statement{
			sid: "RemoveManaged" + by.sid, actions: []string{"iam:DetachRolePolicy", "iam:DetachUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": on, "ArnLike": {"iam:PolicyARN": {s.ownPolicies()}}},
		})
	}
	return all
}

// denyOwnThings protects Curfew's roles and boundaries from every function, but for these reads.
func (s memberRoles) denyOwnThings(reads ...string) []statement {
	own := statement{sid: "NeverOwnThings", effect: deny, actions: []string{"iam:*"}, resources: s.protectedARNs("${AWS::AccountId}")}
	if len(reads) > 0 {
		own.actions, own.notActions = nil, reads
	}
	return []statement{
		own,
		{sid: "NeverOtherRoles", effect: deny, actions: []string{"sts:AssumeRole"}, resources: []string{"*"}},
	}
}

func (s memberRoles) forwardPermissions() []statement {
	return []statement{{sid: "Forward", actions: []string{"events:PutEvents"}, resources: []string{s.homeBusARN("members")}}}
}

// trust names home as principal and the function's role in a condition on its ARN. As principal, IAM would store the
// role's unique id: a role recreated with the same name would be locked out and could revoke nothing, and a role that
// does not exist yet would be refused.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
//
// An attacker who can create that role in home, or change its trust policy, acts as the function here. The SCP denies
// both to all but the deployers.
func (s memberRoles) trust(function string) []statement {
	return []statement{{
		sid: "Trust", principal: map[string]string{"AWS": "arn:aws:iam::" + s.Home + ":root"},
		actions: []string{"sts:AssumeRole"},
		when: conditions{
			"ArnEquals":    {"aws:PrincipalArn": {"arn:aws:iam::" + s.Home + ":role/" + s.resource(function)}},
			"StringEquals": {"sts:ExternalId": {s.ExternalID}},
		},
	}}
}

// canaryTrust denies everyone to assume the canary's role.
func canaryTrust() []statement {
	return []statement{{sid: "Nobody", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sts:AssumeRole"}}}
}
