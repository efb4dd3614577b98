package main

// memberRoles makes the permissions in a member account.
type memberRoles Settings

const (
	anyRole = "arn:aws:iam::${AWS::AccountId}:role/*"
	anyUser = "arn:aws:iam::${AWS::AccountId}:user/*"
)

func (s memberRoles) looks() []statement {
	return []statement{{
		sid: "Look", actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
			"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		resources: []string{anyRole, anyUser},
	}}
}

// measures allows reading remaining quotas.
func (s memberRoles) measures() []statement {
	return []statement{
		{sid: "Measure", actions: []string{"iam:ListRolePolicies", "iam:ListUserPolicies"}, resources: []string{anyRole, anyUser}},
		{sid: "Quotas", actions: []string{"iam:GetAccountSummary"}, resources: []string{"*"}},
	}
}

func (s memberRoles) readsOwnPolicies() []statement {
	return []statement{{sid: "ReadOwnPolicies", actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion"}, resources: []string{s.ownPolicies()}}}
}

func (s memberRoles) surveys() []statement {
	return []statement{{sid: "Survey", actions: []string{"iam:GetAccountAuthorizationDetails"}, resources: []string{"*"}}}
}

// onlyMarkedAndBounded: IAM cannot check an inline policy's content, so the boundary is the cap.
func (s memberRoles) onlyMarkedAndBounded() map[string][]string {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	return map[string][]string{tag: true_, boundary: accepted}
}

// addsInline is for grant and contain. IAM has no condition on the name or content of an inline policy. An attacker
// who controls either function can put any policy on a marked principal; the boundary and neverOwn limit that.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s memberRoles) addsInline() statement {
	return statement{
		sid: "AddInline", actions: []string{"iam:PutRolePolicy", "iam:PutUserPolicy"}, resources: []string{anyRole, anyUser},
		when: conditions{"StringEquals": s.onlyMarkedAndBounded()},
	}
}

// contains cannot remove: revoke cleans up.
func (s memberRoles) contains() []statement { return []statement{s.addsInline()} }

// adds cannot remove. It attaches only managed policies under Curfew's path.
func (s memberRoles) adds() []statement {
	return []statement{
		s.addsInline(),
		{
			sid: "AddManaged", actions: []string{"iam:AttachRolePolicy", "iam:AttachUserPolicy"}, resources: []string{anyRole, anyUser},
			when: conditions{"StringEquals": s.onlyMarkedAndBounded(), "ArnLike": {"iam:PolicyARN": {s.ownPolicies()}}},
		},
		{sid: "MakePolicies", actions: []string{"iam:CreatePolicy"}, resources: []string{s.ownPolicies()}},
	}
}

// removes cannot add. Tag or boundary is enough: a principal that lost one of them is still cleaned up.
func (s memberRoles) removes() []statement {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
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

// neverOwn protects Curfew's roles and boundaries from every function.
func (s memberRoles) neverOwn() []statement {
	return []statement{
		{sid: "NeverOwnThings", effect: deny, actions: []string{"iam:*"}, resources: s.ownThings("${AWS::AccountId}")},
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
