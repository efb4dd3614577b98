package main

// memberRoles are the roles in a member account.
type memberRoles Settings

const (
	anyRole = "arn:aws:iam::${AWS::AccountId}:role/*"
	anyUser = "arn:aws:iam::${AWS::AccountId}:user/*"
)

// looks reads principals and what is on them.
func (s memberRoles) looks() []statement {
	return []statement{{
		sid: "Look", actions: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
			"iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"},
		resources: []string{anyRole, anyUser},
	}}
}

// measures tells, at request, how much room there is on a principal.
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

// onlyMarkedAndBounded: IAM cannot see what an inline policy says, so the boundary is the cap, and a principal without
// both is never granted anything.
func (s memberRoles) onlyMarkedAndBounded() map[string][]string {
	tag, true_ := s.marked()
	boundary, accepted := s.bounded()
	return map[string][]string{tag: true_, boundary: accepted}
}

// addsInline is for grant and contain. IAM has no condition for the name or the content of an inline policy: both write
// none but <name>-<id> and <name>-q-<id>, because of their code alone, and whoever took over either could put anything on a
// marked principal, under any name, over its other policies too. What bounds that is the boundary, and neverOwn.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s memberRoles) addsInline() statement {
	return statement{
		sid: "AddInline", actions: []string{"iam:PutRolePolicy", "iam:PutUserPolicy"}, resources: []string{anyRole, anyUser},
		when: conditions{"StringEquals": s.onlyMarkedAndBounded()},
	}
}

// contains closes the fence of a grant, under the grant's own name, or puts a Deny beside it. Both are inline: it needs no
// managed policy, and it can take nothing away, so that it is revoke that clears up after it.
func (s memberRoles) contains() []statement { return []statement{s.addsInline()} }

// adds can add and can take nothing away. Of managed policies it attaches only what lies under Curfew's own path.
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

// removes can take away and can add nothing: grants, and what contain put there. The tag or the boundary is enough, in a statement each: taking one of them
// off a principal locks nobody in.
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

// neverOwn keeps every function off Curfew's own roles and off the boundaries, whatever their tags say.
func (s memberRoles) neverOwn() []statement {
	return []statement{
		{sid: "NeverOwnThings", effect: deny, actions: []string{"iam:*"}, resources: s.ownThings("${AWS::AccountId}")},
		{sid: "NeverOtherRoles", effect: deny, actions: []string{"sts:AssumeRole"}, resources: []string{"*"}},
	}
}

// forwardPermissions is for the rules of a member account.
func (s memberRoles) forwardPermissions() []statement {
	return []statement{{sid: "Forward", actions: []string{"events:PutEvents"}, resources: []string{s.homeBusARN("members")}}}
}

// trust lets in the one function of home whose role this is. It names home, and the role by a condition on its ARN.
// As a principal, IAM would store the role's unique id: a role made anew under the same name has another id and would be
// locked out, so that nothing in the account could be revoked, and a role that is not there yet would be refused.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
//
// What it trusts: any principal with exactly that ARN. So a principal that may make a role of this name in home, or change its
// trust policy, can act as the function here; the SCP keeps everybody but the deployers from both. Home's root user and home's
// other principals have other ARNs. To name home delegates to home's IAM: the function's role also needs, and has, its own
// permission to assume this one.
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

// canaryTrust lets nobody become the canary: what is granted to it nobody can use.
func canaryTrust() []statement {
	return []statement{{sid: "Nobody", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sts:AssumeRole"}}}
}
