package escalation_test

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/escalation"
)

// setting is an account whose first principal may or may not become "power", or an administrator.
type setting struct {
	name  string
	all   account
	parts []part
	o     escalation.Options
}

const (
	powerARN  = "arn:aws:iam::111122223333:role/power"
	selfARN   = "arn:aws:iam::111122223333:user/caller"
	readOnly  = `{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`
	rootTrust = `{"AWS":"arn:aws:iam::111122223333:root"}`
)

func star() string                       { return policy(allow("*", "*")) }
func caller(statements ...string) entity { return user("caller", "").with(policy(statements...)) }
func power(trust string) entity          { return role("power", trust).with(star()) }
func boss() entity                       { return user("power", "").with(star()) }
func allowIf(actions, resource, condition string) string {
	return statement("Allow", actions, resource, condition)
}
func trusting(statements string) entity {
	return power(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
}

const lambdaAll = "iam:PassRole lambda:CreateFunction lambda:InvokeFunction"

var lambdaPower = power(service("lambda.amazonaws.com"))

var harmless = []setting{
	{name: "passed to another service", all: account{caller(allowIf("iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}`), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "passed, not to this service", all: account{caller(allowIf("iam:PassRole", "*", `{"StringNotEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}`), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "passes another role", all: account{caller(allow("iam:PassRole", "arn:aws:iam::111122223333:role/power-not"), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "passes roles of a path", all: account{caller(allow("iam:PassRole", "arn:aws:iam::111122223333:role/apps/*"), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "passes roles of another account", all: account{caller(allow("iam:PassRole", "arn:aws:iam::444455556666:role/*"), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "passes users", all: account{caller(allow("iam:PassRole", "arn:aws:iam::111122223333:user/*"), allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "denied role", all: account{caller(allow(lambdaAll, "*"), deny("iam:PassRole", powerARN)), lambdaPower}},
	{name: "denied all but one role", all: account{caller(allow(lambdaAll, "*"), `{"Effect":"Deny","Action":"iam:PassRole","NotResource":"arn:aws:iam::111122223333:role/small"}`), lambdaPower}},
	{name: "allows all but this role", all: account{caller(`{"Effect":"Allow","Action":"iam:PassRole","NotResource":"`+powerARN+`"}`, allow("lambda:CreateFunction lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "trusts another service alone", all: account{caller(allow("iam:PassRole lambda:*", "*")), power(service("edgelambda.amazonaws.com"))}},
	{name: "role without power", all: account{caller(allow(lambdaAll, "*")), role("small", service("lambda.amazonaws.com")).with(policy(allow("s3:GetObject", "*")))}},
	{name: "role with a boundary", all: account{caller(allow(lambdaAll, "*")), role("small", service("lambda.amazonaws.com")).with(star()).bounded("b")}, parts: []part{managed("b", policy(allow("s3:*", "*")))}},
	{name: "trust denies the service", all: account{caller(allow(lambdaAll, "*")), trusting(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`)}},
	{name: "trust of a service for another account", all: account{caller(allow(lambdaAll, "*")), trusting(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"444455556666"}}}`)}},
	{name: "trust lets tag sessions alone", all: account{caller(allow(lambdaAll, "*")), trusting(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:TagSession"}`)}},
	{name: "functions of a name", all: account{caller(allow("iam:PassRole", powerARN), allow("lambda:CreateFunction", "arn:aws:lambda:*:111122223333:function:app-*"), allow("lambda:InvokeFunction", "arn:aws:lambda:*:444455556666:function:*")), lambdaPower}},
	{name: "lambda, reads", all: account{caller(allow("iam:PassRole lambda:Get* lambda:List* lambda:CreateAlias lambda:PublishVersion lambda:TagResource", "*")), lambdaPower}},
	{name: "lambda, URL alone", all: account{caller(allow("iam:PassRole lambda:CreateFunction lambda:CreateFunctionUrlConfig lambda:InvokeFunctionUrl", "*")), lambdaPower}},
	{name: "lambda, layers", all: account{caller(allow("lambda:PublishLayerVersion lambda:AddLayerVersionPermission lambda:InvokeFunction", "*")), lambdaPower}},
	{name: "group launches from a template", all: account{caller(allow("iam:PassRole ec2:CreateLaunchTemplate autoscaling:CreateAutoScalingGroup", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "old template, updated group", all: account{caller(allow("ec2:CreateLaunchTemplateVersion autoscaling:UpdateAutoScalingGroup", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "ec2, starts", all: account{caller(allow("iam:PassRole ec2:StartInstances ec2:StopInstances ec2:RebootInstances ec2:Describe* ec2:CreateTags ec2:GetConsoleOutput", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "ec2, no profile", all: account{caller(allow("iam:PassRole ec2:RunInstances", "*")), power(service("ec2.amazonaws.com"))}},
	{name: "ec2, no profile, may not fill one", all: account{caller(allow("iam:PassRole ec2:RunInstances iam:CreateInstanceProfile", "*")), power(service("ec2.amazonaws.com"))}},
	{name: "ec2, disassociates", all: account{caller(allow("iam:PassRole ec2:DisassociateIamInstanceProfile", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "ssm, reads", all: account{caller(allow("ssm:Get* ssm:Describe* ssm:List* ssm:TerminateSession ssm:CancelCommand ssm:PutParameter", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "ssm, documents alone", all: account{caller(allow("ssm:SendCommand", "arn:aws:ssm:*:*:document/*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "ssm, automation without passing", all: account{caller(allow("ssm:StartAutomationExecution", "*")), power(service("ssm.amazonaws.com"))}},
	{name: "cloudformation, execute alone", all: account{caller(allow("iam:PassRole cloudformation:ExecuteChangeSet cloudformation:Describe*", "*")), power(service("cloudformation.amazonaws.com"))}},
	{name: "cloudformation, create alone", all: account{caller(allow("cloudformation:CreateChangeSet cloudformation:CreateStack", "*")), power(service("cloudformation.amazonaws.com"))}},
	{name: "codebuild, stops", all: account{caller(allow("codebuild:StopBuild codebuild:BatchGet* codebuild:RetryBuild", "*")), power(service("codebuild.amazonaws.com"))}},
	{name: "glue, creates alone", all: account{caller(allow("iam:PassRole glue:CreateJob glue:GetJob glue:CreateCrawler glue:StartCrawler", "*")), power(service("glue.amazonaws.com"))}},
	{name: "sagemaker, reads", all: account{caller(allow("iam:PassRole sagemaker:Describe* sagemaker:List* sagemaker:StopNotebookInstance sagemaker:CreateModel", "*")), power(service("sagemaker.amazonaws.com"))}},
	{name: "ecs, definition alone", all: account{caller(allow("iam:PassRole ecs:RegisterTaskDefinition ecs:CreateCluster ecs:Describe*", "*")), power(service("ecs-tasks.amazonaws.com"))}},

	{name: "trusts another user", all: account{caller(allow("sts:AssumeRole", "*")), power(`{"AWS":"arn:aws:iam::111122223333:user/other"}`), user("other", "")}},
	{name: "trusts the account, caller has no action", all: account{caller(allow("s3:*", "*")), power(rootTrust)}},
	{name: "trusts another account", all: account{caller(allow("sts:AssumeRole", "*")), power(`{"AWS":"arn:aws:iam::444455556666:root"}`)}},
	{name: "caller assumes another", all: account{caller(allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/other")), power(rootTrust)}},
	{name: "trust denies the caller", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":{"AWS":"` + selfARN + `"},"Action":"sts:AssumeRole"}`)}},
	{name: "trust denies all but one", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/other"}}}`)}},
	{name: "trust asks for a tag", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalTag/team":"ops"}}}`)}},
	{name: "caller's condition asks for a tag of the role", all: account{caller(allowIf("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceTag/open":"yes"}}`)), power(rootTrust).tag("open", "no")}},
	{name: "federated trust", all: account{caller(allow("sts:*", "*")), power(saml)}},
	{name: "web identity", all: account{caller(allow("sts:*", "*")), power(cognito)}},
	{name: "trust expired", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-05-31T00:00:00Z"}}}`)}},
	{name: "expired fence", all: account{caller(allowIf("*", "*", `{"DateLessThan":{"aws:CurrentTime":"2026-05-31T00:00:00Z"}}`)), power(rootTrust)}},
	{name: "fence not begun", all: account{caller(allowIf("iam:*", "*", `{"DateGreaterThan":{"aws:CurrentTime":"2026-07-01T00:00:00Z"}}`)), power(rootTrust)}},
	{name: "sessions without roles", all: account{caller(allow("sts:GetFederationToken sts:GetSessionToken sts:GetCallerIdentity sts:DecodeAuthorizationMessage sts:TagSession", "*")), power(rootTrust)}},
	{name: "service-linked role", all: account{caller(allow("sts:AssumeRole iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy iam:PassRole lambda:*", "*")), role("aws-service-role/lambda.amazonaws.com/power", service("lambda.amazonaws.com")).with(star())}},
	{name: "permission set's role", all: account{caller(allow("iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy", "*")), role("aws-reserved/sso.amazonaws.com/power", identity).with(star())}},

	{name: "attaches one policy", all: account{caller(allowIf("iam:AttachUserPolicy iam:AttachRolePolicy iam:AttachGroupPolicy", "*", readOnly))}},
	{name: "attaches policies of a prefix", all: account{caller(allowIf("iam:AttachUserPolicy", "*", `{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::111122223333:policy/team-*"}}`))}, parts: []part{managed("team-a", policy(allow("s3:*", "*"))), managed("all", star())}},
	{name: "puts on another user", all: account{caller(allow("iam:PutUserPolicy iam:AttachUserPolicy", "arn:aws:iam::111122223333:user/other")), user("other", "")}},
	{name: "removes a Deny that hides nothing", all: account{caller(allow("iam:DeleteUserPolicy", "*"), deny("s3:*", "*"))}},
	{name: "changes of a policy that is not attached", all: account{caller(allow("iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:CreatePolicy", "*"))}, parts: []part{managed("loose", policy(allow("s3:*", "*")), star())}},
	{name: "version of AWS's policy", all: account{caller(allow("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/*")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")))}},
	{name: "older version is smaller", all: account{caller(allow("iam:SetDefaultPolicyVersion", "*")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")), policy(allow("s3:GetObject", "*")))}},
	{name: "group without members", all: account{caller(allow("iam:PutGroupPolicy iam:AttachGroupPolicy", "arn:aws:iam::111122223333:group/empty"))}, parts: []part{group("empty", star())}},
	{name: "adds to a weak group", all: account{caller(allow("iam:AddUserToGroup", "*"))}, parts: []part{group("weak", policy(allow("s3:*", "*")))}},
	{name: "leaves a strong group", all: account{caller(allow("iam:RemoveUserFromGroup", "*"))}, parts: []part{group("strong", star())}},
	{name: "keys of its own", all: account{caller(allow("iam:CreateAccessKey iam:UpdateLoginProfile iam:CreateLoginProfile", "arn:aws:iam::111122223333:user/${aws:username}")), boss()}},
	{name: "credentials without power", all: account{caller(allow("iam:UpdateAccessKey iam:DeleteAccessKey iam:ListAccessKeys iam:GetLoginProfile iam:DeleteLoginProfile iam:ChangePassword iam:GetAccessKeyLastUsed", "*")), boss()}},
	{name: "MFA devices and SSH keys", all: account{caller(allow("iam:DeactivateMFADevice iam:CreateVirtualMFADevice iam:EnableMFADevice iam:ResyncMFADevice iam:UploadSSHPublicKey iam:UploadServerCertificate", "*")), boss()}},
	{name: "provider's certificate", all: account{caller(allow("iam:UpdateServerCertificate iam:TagSAMLProvider iam:GetSAMLProvider iam:ListSAMLProviders", "*")), power(saml)}},
	{name: "role's description", all: account{caller(allow("iam:UpdateRole iam:UpdateRoleDescription iam:GetRole iam:SimulatePrincipalPolicy iam:GenerateServiceLastAccessedDetails iam:DeleteRole", "*")), power(rootTrust)}},
	{name: "role without its policies", all: account{caller(allow("iam:CreateRole iam:CreatePolicy iam:CreateUser iam:CreateGroup", "*"))}},
	{name: "new service-linked role", all: account{caller(allow("iam:CreateServiceLinkedRole iam:PassRole", "*"))}},
	{name: "puts a boundary", all: account{caller(allow("iam:PutUserPermissionsBoundary iam:PutRolePermissionsBoundary", "*"))}},
	{name: "boundary forbids", all: account{caller(allow("*", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("s3:* iam:Get*", "*")))}},
	{name: "boundary denies", all: account{caller(allow("iam:PutUserPolicy", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("*", "*"), deny("iam:* sts:*", "*")))}},
	{name: "boundary keeps what it gives itself small", all: account{caller(allow("iam:PutUserPolicy", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("iam:PutUserPolicy", "*")))}},
	{name: "group denies", all: account{caller(allow("iam:*", "*")).member("fenced")}, parts: []part{group("fenced", policy(deny("iam:* sts:*", "*")))}},
	{name: "SCP lacks", all: account{caller(allow(lambdaAll, "*")), lambdaPower}, o: under(allow("s3:* lambda:*", "*"))},
	{name: "SCP denies", all: account{caller(allow("iam:PutUserPolicy", "*"))}, o: under(allow("*", "*"), deny("iam:PutUserPolicy", "*"))},
	{name: "SCP denies all but one principal", all: account{caller(allow("sts:AssumeRole", "*")), power(rootTrust)}, o: under(allow("*", "*"), statement("Deny", "sts:AssumeRole", "*", `{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}`))},
	{name: "NotAction without IAM", all: account{caller(`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`), power(rootTrust)}},
	{name: "denied all but S3", all: account{caller(allow("*", "*"), `{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`), power(rootTrust)}},
	{name: "actions of like names", all: account{caller(allow("iam:GetUserPolicy iam:ListAttachedUserPolicies iam:GetPolicyVersion iam:ListPolicyVersions iam:PutUserPolic", "*"))}},
	{name: "MFA asked of a role", all: account{role("worker", service("ec2.amazonaws.com")).with(policy(allowIf("iam:PutRolePolicy", "*", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)))}},
	{name: "tags of the target missing", all: account{caller(allowIf("iam:AttachRolePolicy iam:UpdateAssumeRolePolicy", "*", `{"StringEquals":{"aws:ResourceTag/team":"ops"}}`)), power(rootTrust).tag("team", "dev")}},
	{name: "tags of the caller missing", all: account{caller(allowIf("iam:PutUserPolicy", "*", `{"StringEquals":{"aws:PrincipalTag/team":"ops"}}`))}},
	{name: "already administrator", all: account{user("all", "").with(star()), role("other", rootTrust).with(policy(allow("s3:*", "*")))}},
	{name: "only a boundary's name asked", all: account{caller(allowIf("iam:CreateRole iam:PutRolePolicy", "arn:aws:iam::111122223333:role/x-*", `{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/b"}}`))}, parts: []part{managed("b", policy(allow("s3:*", "*")))}},
	{name: "permission set without sign-in", all: account{caller(allow("sso:PutInlinePolicyToPermissionSet sso:ProvisionPermissionSet", "*")), role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_0123456789abcdef", identity)}},
	{name: "permission set without provisioning", all: account{role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_0123456789abcdef", identity).with(policy(allow("sso:AttachManagedPolicyToPermissionSet", "*")))}},
	{name: "MFA asked of a role of a role", all: account{role("worker", `{"AWS":"arn:aws:iam::111122223333:role/other"}`).with(policy(allowIf("iam:PutRolePolicy", "*", `{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}`)))}},
	{name: "older version of a boundary is no larger", all: account{caller(allow("iam:SetDefaultPolicyVersion iam:PutUserPolicy", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("iam:SetDefaultPolicyVersion", "*")), policy(allow("s3:*", "*")))}},
	{name: "group's Deny that is attached, deleted as inline", all: account{caller(allow("iam:PutUserPolicy iam:DeleteUserPolicy iam:DetachUserPolicy", "*")).member("no")}, parts: []part{group("no", policy(deny("iam:Put*", "*")))}},
	{name: "tags of another key", all: account{caller(allowIf("iam:TagUser", "*", `{"ForAllValues:StringEquals":{"aws:TagKeys":["cost"]}}`), allowIf("*", "*", `{"StringEquals":{"aws:PrincipalTag/team":"ops"}}`))}},
	{name: "tags of the target, of another key", all: account{caller(allowIf("iam:TagRole", "*", `{"StringEquals":{"aws:RequestTag/cost":"1"}}`), allowIf("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceTag/team":"ops"}}`)), power(rootTrust)}},
	{name: "tags of another role", all: account{caller(allow("iam:TagRole", "arn:aws:iam::111122223333:role/other"), allowIf("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceTag/team":"ops"}}`)), power(rootTrust)}},
	{name: "a tag that protects its target", all: account{caller(allow("iam:TagRole sts:AssumeRole", "*"), statement("Deny", "iam:* sts:*", "*", `{"StringEquals":{"aws:ResourceTag/fixed":"yes"}}`)), power(rootTrust).tag("fixed", "yes")}},
	{name: "roles of a session's name", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}}`)}},
	{name: "trusts a role's session", all: account{caller(allow("sts:AssumeRole", "*")), power(`{"AWS":"arn:aws:sts::111122223333:assumed-role/other/session"}`)}},
	{name: "makes one function, invokes another", all: account{caller(allow("iam:PassRole", "*"), allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:a"), allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:b")), lambdaPower}},
	{name: "functions of another account", all: account{caller(allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:444455556666:function:*")), lambdaPower}},
	{name: "policies of a role that it cannot be", all: account{caller(allow("iam:PutRolePolicy iam:AttachRolePolicy", "*")), role("weak", service("other.example.amazonaws.com"))}},
	{name: "session, documents alone", all: account{caller(allow("ssm:StartSession", "arn:aws:ssm:*:*:document/*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "instances, volumes alone", all: account{caller(allow("iam:PassRole", "*"), allow("ec2:RunInstances", "arn:aws:ec2:*:*:volume/*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "instances without images", all: account{caller(allow("iam:PassRole", "*"), allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/* arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:network-interface/* arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:volume/*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "denied all roles but some", all: account{caller(allow("sts:AssumeRole", "*"), `{"Effect":"Deny","Action":"sts:AssumeRole","NotResource":["arn:aws:iam::111122223333:role/dev-*"]}`), power(rootTrust)}},
	{name: "role that is not trusted", all: account{role("worker", service("ec2.amazonaws.com")).with(policy(allow("sts:AssumeRole", "*"))), power(`{"AWS":"arn:aws:iam::111122223333:user/x"}`)}},
	{name: "trust denies everyone", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`)}},
	{name: "trust of tags alone", all: account{caller(allow("sts:*", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:TagSession"}`)}},
	{name: "trust denies everyone, services too", all: account{caller(allow(lambdaAll, "*")), trusting(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`)}},
	{name: "role that its boundary denies all", all: account{caller(allow("sts:AssumeRole", "*")), role("x", rootTrust).with(star()).bounded("b")}, parts: []part{managed("b", policy(deny("*", "*")))}},
	{name: "role that denies itself all", all: account{caller(allow("sts:AssumeRole", "*")), role("x", rootTrust).with(star(), policy(deny("*", "*")))}},
	{name: "version of another policy", all: account{caller(allow("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/other")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*"))), managed("other", policy(allow("s3:*", "*")))}},
	{name: "no room for a version", all: account{caller(allow("iam:CreatePolicyVersion", "*")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")), policy(allow("s3:*", "*")), policy(allow("s3:*", "*")), policy(allow("s3:*", "*")), policy(allow("s3:*", "*")))}},
	{name: "new role, with a boundary alone", all: account{caller(allowIf("iam:CreateRole iam:AttachRolePolicy iam:PutRolePolicy", "*", `{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/b"}}`))}, parts: []part{managed("b", policy(allow("s3:*", "*")))}},
	{name: "denied all policies but one", all: account{caller(allow("iam:AttachUserPolicy", "*"), statement("Deny", "iam:AttachUserPolicy", "*", `{"ArnNotEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`))}},
	{name: "keys of users of a path", all: account{caller(allow("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/svc/*")), boss()}},
	{name: "IAM of another account", all: account{caller(allow("iam:*", "arn:aws:iam::444455556666:*")), power(rootTrust)}},
	{name: "abroad, trusts another", all: account{caller(allow("sts:AssumeRole", "*")), power(`{"AWS":"arn:aws:iam::111122223333:role/other"}`).in("444455556666")}},
	{name: "abroad, named, without the action", all: account{caller(allow("s3:*", "*")), role("power", "x").in("444455556666").with(star()).withTrust(`{"AWS":"` + selfARN + `"}`)}},
	{name: "passing denied by service", all: account{caller(allow(lambdaAll, "*"), statement("Deny", "iam:PassRole", "*", `{"StringLike":{"iam:PassedToService":"*"}}`)), lambdaPower}},
	{name: "Bedrock is not AgentCore", all: account{caller(allow("iam:PassRole bedrock-agentcore:*", "*")), power(service("bedrock.amazonaws.com"))}},
	{name: "role of ECS, not of a task", all: account{caller(allow("iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask", "*")), power(service("ecs.amazonaws.com"))}},
	{name: "DataBrew is not Glue", all: account{caller(allow("iam:PassRole glue:CreateJob glue:StartJobRun", "*")), power(service("databrew.amazonaws.com"))}},
	{name: "data alone", all: account{caller(allow("kms:* s3:* secretsmanager:GetSecretValue ecr:* logs:*", "*")), power(rootTrust)}},
	{name: "only by a service", all: account{caller(allowIf("sts:AssumeRole", "*", `{"Bool":{"aws:ViaAWSService":"true"}}`)), power(rootTrust)}},
	{name: "only by CloudFormation", all: account{caller(allowIf("iam:PutUserPolicy", "*", `{"ForAnyValue:StringEquals":{"aws:CalledVia":["cloudformation.amazonaws.com"]}}`))}},
	{name: "tag that it has not", all: account{caller(allowIf("iam:PutUserPolicy", "*", `{"Null":{"aws:PrincipalTag/admin":"false"}}`))}},
	{name: "another kind of principal", all: account{caller(allowIf("iam:PutUserPolicy", "*", `{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`))}},
}

var harmful = []setting{
	{name: "chain", all: account{caller(allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/mid")), role("mid", rootTrust).with(policy(allow("sts:AssumeRole", powerARN))), power(rootTrust)}},
	{name: "trusts the caller, no action", all: account{caller(allow("s3:*", "*")), power(`{"AWS":"` + selfARN + `"}`)}},
	{name: "role of another account", all: account{caller(allow("sts:AssumeRole", "*")), power(rootTrust).in("444455556666").withTrust(rootTrust)}},
	{name: "trust everyone in a condition", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/c*"}}}`)}},
	{name: "external id", all: account{caller(allow("sts:AssumeRole", "*")), trusting(`{"Effect":"Allow","Principal":` + rootTrust + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}`)}},
	{name: "key replaced", all: account{caller(allow("iam:CreateAccessKey iam:DeleteAccessKey", "*")), boss()}},
	{name: "put and assume", all: account{caller(allow("iam:PutRolePolicy sts:AssumeRole", "*")), role("weak", rootTrust)}},
	{name: "attach and assume", all: account{caller(allow("iam:AttachRolePolicy sts:AssumeRole", "*")), role("weak", rootTrust)}},
	{name: "version and assume", all: account{caller(allow("iam:CreatePolicyVersion sts:AssumeRole", "*")), role("weak", rootTrust).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")))}},
	{name: "own role's attachment", all: account{role("worker", service("ec2.amazonaws.com")).with(policy(allow("iam:AttachRolePolicy", "*")))}},
	{name: "older version", all: account{caller(allow("iam:SetDefaultPolicyVersion", "*")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")), star())}},
	{name: "older version of a group's policy", all: account{caller(allow("iam:SetDefaultPolicyVersion iam:CreatePolicyVersion", "*")).attach("mine")}, parts: []part{managed("mine", policy(allow("s3:*", "*")))}},
	{name: "boundary removed", all: account{caller(allow("*", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("s3:* iam:DeleteUserPermissionsBoundary", "*")))}},
	{name: "boundary replaced", all: account{caller(allow("*", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("iam:PutUserPermissionsBoundary", "*")))}},
	{name: "boundary rewritten", all: account{caller(allow("*", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("iam:CreatePolicyVersion", "*")))}},
	{name: "boundary's older version", all: account{caller(allow("*", "*")).bounded("b")}, parts: []part{managed("b", policy(allow("iam:SetDefaultPolicyVersion", "*")), star())}},
	{name: "inline Deny removed", all: account{caller(allow("*", "*")).with(policy(deny("iam:Put* iam:Attach* iam:Create* iam:Update* sts:* iam:PassRole iam:AddUserToGroup", "*")))}},
	{name: "attached Deny removed", all: account{caller(allow("*", "*")).attach("no")}, parts: []part{managed("no", policy(deny("iam:Put* iam:Attach* iam:Create* iam:Update* sts:* iam:Add*", "*")))}},
	{name: "group with a Deny left", all: account{caller(allow("*", "*")).member("no")}, parts: []part{group("no", policy(`{"Effect":"Deny","NotAction":["iam:RemoveUserFromGroup","s3:*"],"Resource":"*"}`))}},
	{name: "group's Deny deleted", all: account{caller(allow("*", "*")).member("no")}, parts: []part{group("no", policy(`{"Effect":"Deny","NotAction":["iam:DeleteGroupPolicy","s3:*"],"Resource":"*"}`))}},
	{name: "own tag", all: account{caller(allow("iam:TagUser", "*"), allowIf("*", "*", `{"StringEquals":{"aws:PrincipalTag/team":"ops"}}`))}},
	{name: "tag of the target", all: account{caller(allow("iam:TagRole", "*"), allowIf("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceTag/team":"ops"}}`)), power(rootTrust)}},
	{name: "new role", all: account{caller(allow("iam:CreateRole iam:AttachRolePolicy", "*"))}},
	{name: "new user", all: account{caller(allow("iam:CreateUser iam:PutUserPolicy iam:CreateAccessKey", "arn:aws:iam::111122223333:user/tmp-*"))}},
	{name: "new user of a strong group", all: account{caller(allow("iam:CreateUser iam:AddUserToGroup iam:CreateAccessKey", "arn:aws:iam::111122223333:user/tmp-* arn:aws:iam::111122223333:group/*"))}, parts: []part{group("strong", star())}},
	{name: "new profile", all: account{caller(allow("iam:PassRole ec2:RunInstances iam:CreateInstanceProfile iam:AddRoleToInstanceProfile", "*")), power(service("ec2.amazonaws.com"))}},
	{name: "passed to this service", all: account{caller(allowIf("iam:PassRole", "arn:aws:iam::*:role/*", `{"StringLike":{"iam:PassedToService":"lambda.*"}}`), allow("lambda:CreateFunction lambda:InvokeFunction", "arn:aws:lambda:*:*:function:app-*")), lambdaPower}},
	{name: "wildcards in actions", all: account{caller(allow("iam:Pass* lambda:*Function", "*")), lambdaPower}},
	{name: "of a group", all: account{user("caller", "").member("g"), lambdaPower}, parts: []part{group("g", policy(allow(lambdaAll, "*")))}},
	{name: "permission set changed", all: account{caller(allow("sso:CreateAccountAssignment sso:PutInlinePolicyToPermissionSet sso:ProvisionPermissionSet", "*")), role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_0123456789abcdef", identity)}},
	{name: "own permission set", all: account{role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_0123456789abcdef", identity).with(policy(allow("sso:AttachManagedPolicyToPermissionSet sso:ProvisionPermissionSet", "*")))}},
	{name: "NotAction that leaves IAM", all: account{caller(`{"Effect":"Allow","NotAction":["s3:*","ec2:*"],"Resource":"` + powerARN + `"}`), power(rootTrust)}},
	{name: "command on one instance", all: account{caller(allow("ssm:SendCommand", "arn:aws:ec2:*:*:instance/i-0123456789abcdef0 arn:aws:ssm:*:*:document/AWS-RunShellScript")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "MFA asked of a user", all: account{caller(allowIf("iam:PutUserPolicy", "*", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`))}},
	{name: "Deny without MFA", all: account{caller(allow("iam:PutUserPolicy", "*"), statement("Deny", "*", "*", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`))}},
	{name: "one function", all: account{caller(allow("lambda:UpdateFunctionCode lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:target-fn")), lambdaPower}},
	{name: "session on instances", all: account{caller(allow("ssm:StartSession", "arn:aws:ec2:*:111122223333:instance/*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "command in a cluster", all: account{caller(allow("ecs:ExecuteCommand ecs:DescribeTasks", "arn:aws:ecs:us-east-1:111122223333:cluster/c arn:aws:ecs:us-east-1:111122223333:task/c/*")), power(service("ecs-tasks.amazonaws.com"))}},
	{name: "one endpoint", all: account{caller(allow("glue:UpdateDevEndpoint", "arn:aws:glue:us-east-1:111122223333:devEndpoint/x")), power(service("glue.amazonaws.com"))}},
	{name: "user data of one instance", all: account{caller(allow("ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i-1")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "one project", all: account{caller(allow("codebuild:StartBuild", "arn:aws:codebuild:us-east-1:111122223333:project/x")), power(service("codebuild.amazonaws.com"))}},
	{name: "change set of one stack", all: account{caller(allow("cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", "arn:aws:cloudformation:us-east-1:111122223333:stack/x/*")), power(service("cloudformation.amazonaws.com"))}},
	{name: "event source, role by name", all: account{caller(allow("iam:PassRole", powerARN), allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:*"), allow("lambda:CreateEventSourceMapping", "*")), lambdaPower}},
	{name: "training jobs of a Region", all: account{caller(allow("iam:PassRole", powerARN), allow("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:us-east-1:111122223333:training-job/*")), power(service("sagemaker.amazonaws.com"))}},
	{name: "sessions by ARN", all: account{caller(allow("iam:PassRole", powerARN), allow("glue:CreateSession glue:RunStatement", "arn:aws:glue:*:*:session/*")), power(service("glue.amazonaws.com"))}},
	{name: "jobs and triggers by ARN", all: account{caller(allow("iam:PassRole", powerARN), allow("glue:CreateJob glue:CreateTrigger", "arn:aws:glue:*:*:job/* arn:aws:glue:*:*:trigger/*")), power(service("glue.amazonaws.com"))}},
	{name: "interpreters by ARN", all: account{caller(allow("iam:PassRole", powerARN), allow("bedrock-agentcore:*CodeInterpreter*", "arn:aws:bedrock-agentcore:*:*:code-interpreter*/*")), power(service("bedrock-agentcore.amazonaws.com"))}},
	{name: "several services trusted", all: account{caller(allow(lambdaAll, "*")), power(`{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"],"AWS":"arn:aws:iam::111122223333:root"}`)}},
	{name: "trusted by its id", all: account{caller(allow("s3:*", "*")), power(`{"AWS":"AIDAEXAMPLE0"}`)}},
	{name: "own Deny detached", all: account{caller(allow("iam:DetachUserPolicy iam:PutUserPolicy", "*")).attach("no")}, parts: []part{managed("no", policy(deny("iam:PutUserPolicy", "*")))}},
	{name: "own inline Deny deleted, of a role", all: account{role("worker", service("ec2.amazonaws.com")).with(policy(allow("*", "*")), policy(`{"Effect":"Deny","NotAction":["iam:DeleteRolePolicy"],"Resource":"*"}`))}},
	{name: "trust of a provider changed", all: account{caller(allow("iam:UpdateAssumeRolePolicy", "*")), power(cognito)}},
	{name: "role of a profile swapped", all: account{caller(allow("iam:PassRole iam:RemoveRoleFromInstanceProfile iam:AddRoleToInstanceProfile", "*")), power(service("ec2.amazonaws.com")).profile()}},
	{name: "chain of users", all: account{caller(allow("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/mid")), user("mid", "").with(policy(allow("iam:UpdateLoginProfile", "*"))), boss()}},
	{name: "service, then user", all: account{caller(allow(lambdaAll, "*")), role("mid", service("lambda.amazonaws.com")).with(policy(allow("iam:CreateLoginProfile", "*"))), boss()}},
	{name: "put on one role and assume it", all: account{caller(allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/weak"), allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/weak")), role("weak", rootTrust)}},
	{name: "put on a role that it passes", all: account{caller(allow("iam:PutRolePolicy iam:PassRole lambda:CreateFunction lambda:InvokeFunction", "*")), role("weak", service("lambda.amazonaws.com"))}},
}

func (e entity) withTrust(principal string) entity {
	e.trust = role("x", principal).trust
	return e
}

func TestHarmless(t *testing.T) {
	for _, s := range harmless {
		t.Run(s.name, func(t *testing.T) {
			if reaches(t, s.all, s.o, s.parts...) {
				t.Error("a path that does not exist")
			}
		})
	}
}

func TestHarmful(t *testing.T) {
	for _, s := range harmful {
		t.Run(s.name, func(t *testing.T) {
			if !reaches(t, s.all, s.o, s.parts...) {
				t.Error("no path")
			}
		})
	}
}

// A path by tags says which tags must be right, and what gives them.
func TestTagsAreSaid(t *testing.T) {
	for name, want := range map[string][]string{
		"own tag":           {"aws:principaltag/team", "gives itself the tags"},
		"tag of the target": {"aws:resourcetag/team; after iam:TagRole", "assumes role power"},
	} {
		s := harmful[slices.IndexFunc(harmful, func(s setting) bool { return s.name == name })]
		s.o.Now = now
		d := s.all.details()
		for _, p := range escalation.Find(d, s.o).Paths(find(d, selfARN)) {
			if !strings.Contains(p.Open, want[0]) || !strings.Contains(p.Steps[0].Text, want[1]) {
				t.Errorf("%s: open %q, %+v", name, p.Open, p.Steps)
			}
		}
	}
}
