package permissions

import (
	"slices"

	"curfew/shared/iampolicy"
)

// Why the boundary leaves some calls to the account that it is in.
const (
	whyBounded = "principals under an accepted boundary may be managed, unless Curfew manages them"
	whyOthers  = "it is the account's, not Curfew's: the boundary takes away no work on it, and an entitlement refuses sts:AssumeRole and iam:PassRole unless it names them"
)

// onPrincipals are attempts to add, change or remove a principal's permissions, and to become one with new
// credentials.
func onPrincipals() []attempt {
	return slices.Concat(
		// Targets that Curfew has not marked and that have no accepted boundary.
		each(attempt{resource: aRole, context: target(false, false, ""), what: "neither marked nor bounded"},
			"iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy"),
		each(attempt{resource: aUser, context: target(false, false, ""), what: "neither marked nor bounded"}, "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
		each(attempt{resource: aRole, context: target(false, false, adminARN), what: "neither marked nor bounded"}, "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
		each(attempt{resource: aUser, context: target(false, false, adminARN), what: "neither marked nor bounded"}, "iam:AttachUserPolicy", "iam:DetachUserPolicy"),
		each(attempt{resource: aRole, context: target(false, true, ""), what: "bounded, not marked", may: []string{elevated}, why: whyBounded},
			"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
		// Targets that Curfew manages.
		each(attempt{resource: aRole, context: target(true, false, ""), what: "marked, not bounded"}, "iam:PutRolePolicy"),
		each(attempt{resource: aUser, context: target(true, false, ""), what: "marked, not bounded"}, "iam:PutUserPolicy"),
		each(attempt{resource: aRole, context: target(true, true, ""), what: "marked and bounded", may: []string{"member-contain", "member-grant"}, why: "grant adds, and contain puts what is closed in its place: IAM does not tell inline policies apart"}, "iam:PutRolePolicy"),
		each(attempt{resource: aUser, context: target(true, true, ""), what: "marked and bounded", may: []string{"member-contain", "member-grant"}, why: "grant adds, and contain puts what is closed in its place: IAM does not tell inline policies apart"}, "iam:PutUserPolicy"),
		each(attempt{resource: aRole, context: target(true, true, adminARN), what: "marked and bounded, of a policy of others"}, "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
		each(attempt{resource: aUser, context: target(true, true, adminARN), what: "marked and bounded, of a policy of others"}, "iam:AttachUserPolicy", "iam:DetachUserPolicy"),
		each(attempt{resource: aRole, context: target(true, true, aGrant), what: "marked and bounded, of a grant", may: []string{"member-grant"}, why: "grant adds"}, "iam:AttachRolePolicy"),
		each(attempt{resource: aRole, context: target(true, false, aGrant), what: "marked, not bounded, of a grant"}, "iam:AttachRolePolicy"),
		each(attempt{resource: aRole, context: target(true, false, ""), what: "marked, not bounded", may: []string{"member-revoke"}, why: "revoke removes, by either mark"}, "iam:DeleteRolePolicy"),
		each(attempt{resource: aRole, context: target(false, true, ""), what: "bounded, not marked", may: []string{"member-revoke", elevated}, why: "revoke removes, by either mark; " + whyBounded}, "iam:DeleteRolePolicy"),
		each(attempt{resource: aRole, context: target(true, true, ""), what: "marked and bounded"}, "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:UpdateRole", "iam:UpdateRoleDescription"),
		each(attempt{resource: aUser, context: target(true, true, ""), what: "marked and bounded"}, "iam:DeleteUser", "iam:UpdateUser"),
		// Groups, and policies shared with other principals.
		each(attempt{resource: aGroup}, "iam:AddUserToGroup", "iam:PutGroupPolicy"),
		each(attempt{resource: aGroup, context: target(false, false, adminARN)}, "iam:AttachGroupPolicy"),
		each(attempt{resource: aPolicy}, "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
		each(attempt{resource: aPolicy, may: []string{elevated}, why: "what it is attached to is bounded: see above"}, "iam:CreatePolicy"),
		each(attempt{resource: aGrant}, "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
		each(attempt{resource: aGrant, may: []string{"member-grant"}, why: "grant adds"}, "iam:CreatePolicy"),
		each(attempt{resource: aGrant, may: []string{"member-revoke"}, why: "revoke removes"}, "iam:DeletePolicy"),
		// Credentials, and sign-in.
		each(attempt{resource: aUser}, "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:ChangePassword",
			"iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential", "iam:DeactivateMFADevice", "iam:EnableMFADevice",
			"iam:UploadSSHPublicKey", "iam:DeleteSSHPublicKey", "iam:UploadSigningCertificate"),
		each(attempt{resource: "arn:aws:iam::" + member + ":saml-provider/people"}, "iam:CreateSAMLProvider", "iam:UpdateSAMLProvider"),
		each(attempt{resource: "arn:aws:iam::" + member + ":oidc-provider/id.example.com"}, "iam:CreateOpenIDConnectProvider",
			"iam:UpdateOpenIDConnectProviderThumbprint", "iam:AddClientIDToOpenIDConnectProvider"),
		each(attempt{resource: "*"}, "iam:UpdateAccountPasswordPolicy", "iam:DeleteAccountPasswordPolicy", "iam:UploadCloudFrontPublicKey", "iam:UpdateAccountEmailAddress",
			"account:StartPrimaryEmailUpdate", "account:AcceptPrimaryEmailUpdate", "iam:EnableOutboundWebIdentityFederation", "iam:DisableOutboundWebIdentityFederation",
			"iam:EnableOrganizationsRootSessions", "iam:EnableOrganizationsRootCredentialsManagement"),
		each(attempt{resource: "arn:aws:iam::" + member + ":delegation-request/1"}, "iam:CreateDelegationRequest", "iam:AssociateDelegationRequest",
			"iam:AcceptDelegationRequest", "iam:UpdateDelegationRequest", "iam:SendDelegationToken"),
	)
}

// onCanary are attempts on the canaries' principal. The SCP keeps administrators off it; functions treat it like any
// principal.
func onCanary() []attempt {
	like := attempt{resource: "arn:aws:iam::" + member + ":role" + CanaryPath + "curfew-canary", context: target(true, true, "")}
	puts, removes := like, like
	puts.may, puts.why = []string{"member-contain", "member-grant"}, "grant adds, and contain puts what is closed in its place"
	removes.may, removes.why = []string{"member-revoke"}, "revoke removes"
	return slices.Concat(
		each(like, "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
		each(puts, "iam:PutRolePolicy"),
		each(removes, "iam:DeleteRolePolicy"),
	)
}

func inOrg(id string) iampolicy.Context { return iampolicy.Context{"aws:ResourceOrgID": {id}} }

// onPasses are attempts to have a service or another role act.
func onPasses() []attempt {
	own := func(function string) attempt {
		return attempt{action: "sts:AssumeRole", resource: memberRole + function, context: inOrg("o-abc1234567"), may: []string{function}, why: "each function enters by its own role"}
	}
	others := attempt{may: []string{elevated}, why: whyOthers}
	on := func(resource string, actions ...string) []attempt {
		like := others
		like.resource = resource
		return each(like, actions...)
	}
	return slices.Concat(
		[]attempt{own("api"), own("grant"), own("revoke"), own("contain"), own("reconcile"), own("trigger")},
		each(attempt{resource: homeRole + "grant"}, "sts:AssumeRole", "iam:PassRole"),
		each(attempt{resource: homeRole + "decide"}, "sts:AssumeRole", "iam:PassRole"),
		each(attempt{resource: memberRole + "grant"}, "iam:PassRole"),
		each(attempt{resource: memberRole + "contain"}, "iam:PassRole"),
		on(aRole, "sts:AssumeRole", "iam:PassRole"),
		onJobs(),
		on(inMember("lambda", "function:others"), "lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
		on(inMember("ec2", "instance/*"), "ec2:RunInstances", "ssm:SendCommand"),
		on(inMember("glue", "devEndpoint/others"), "glue:CreateDevEndpoint", "glue:UpdateDevEndpoint"),
		on(inMember("cloudformation", "stack/others/1"), "cloudformation:CreateStack"),
		on(inMember("sagemaker", "notebook-instance/others"), "sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
		on(inMember("codestar", "project/others"), "codestar:CreateProject"),
		on("*", "datapipeline:CreatePipeline"),
	)
}

// onJobs are attempts to make trigger start a job outside the catalog. The templates' catalog has a job of each
// service.
func onJobs() []attempt {
	passed := func(service string) iampolicy.Context {
		return iampolicy.Context{"iam:PassedToService": {service}}
	}
	const whyJob = "the catalog starts this job, with this role"
	runner, job := "arn:aws:iam::"+member+":role/backup-runner", []string{"member-trigger", elevated}
	why := whyJob + "; " + whyOthers
	return slices.Concat(
		each(attempt{resource: runner, context: passed("backup.amazonaws.com"), what: "to AWS Backup", may: job, why: why}, "iam:PassRole"),
		each(attempt{resource: runner, context: passed("lambda.amazonaws.com"), what: "to Lambda", may: []string{elevated}, why: whyOthers}, "iam:PassRole"),
		each(attempt{resource: aRole, context: passed("backup.amazonaws.com"), what: "of another, to AWS Backup", may: []string{elevated}, why: whyOthers}, "iam:PassRole"),
		each(attempt{resource: inMember("backup", "backup-vault:nightly"), may: job, why: why}, "backup:StartBackupJob"),
		each(attempt{resource: inMember("backup", "backup-vault:others"), may: []string{elevated}, why: whyOthers}, "backup:StartBackupJob", "backup:StartRestoreJob", "backup:DeleteBackupVault"),
		each(attempt{resource: inMember("states", "stateMachine:reports"), may: job, why: why}, "states:StartExecution"),
		each(attempt{resource: inMember("states", "stateMachine:others"), may: []string{elevated}, why: whyOthers}, "states:StartExecution"),
		each(attempt{resource: inMember("codebuild", "project/release"), may: job, why: why}, "codebuild:StartBuild"),
		each(attempt{resource: inMember("codebuild", "project/release"), may: []string{elevated}, why: whyOthers}, "codebuild:UpdateProject"),
		each(attempt{resource: inMember("batch", "job-definition/others:1"), may: []string{elevated}, why: whyOthers}, "batch:SubmitJob", "batch:RegisterJobDefinition"),
		each(attempt{resource: inMember("secretsmanager", "secret:signing/key-WoDpmU"), may: []string{elevated}, why: whyOthers}, "secretsmanager:GetSecretValue", "secretsmanager:RotateSecret"),
		each(attempt{resource: memberRole + "trigger", context: passed("backup.amazonaws.com")}, "iam:PassRole"),
	)
}

// onBounds are attempts on the boundary, and Curfew's own roles.
func onBounds() []attempt {
	return slices.Concat(
		each(attempt{resource: aRole, context: target(true, true, "")}, "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
		each(attempt{resource: aUser, context: target(true, true, "")}, "iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
		each(attempt{resource: aRole, context: target(false, false, ""), what: "without a boundary"}, "iam:CreateRole"),
		each(attempt{resource: aUser, context: target(false, false, ""), what: "without a boundary"}, "iam:CreateUser"),
		each(attempt{resource: aRole, context: target(false, true, ""), what: "with a boundary", may: []string{elevated}, why: whyBounded}, "iam:CreateRole"),
		each(attempt{resource: boundaryARN}, "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"),
		each(attempt{resource: memberRole + "grant", context: target(true, true, ""), what: "though marked and bounded"},
			"iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:TagRole", "iam:PutRolePermissionsBoundary"),
		each(attempt{resource: memberRole + "contain", context: target(true, true, ""), what: "though marked and bounded"}, "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
		each(attempt{resource: memberRole + "revoke", context: target(true, true, aGrant), what: "though marked and bounded"}, "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
		each(attempt{resource: homeRole + "decide", context: target(true, true, ""), what: "though marked and bounded"}, "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
	)
}
