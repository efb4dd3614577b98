package onboard

// knownActions are the examples for wildcards: in the services that Curfew's boundary names, the calls that change
// permissions, and the parts of an installation.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func knownActions() []string {
	return []string{
		"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:ChangePassword",
		"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicyVersion", "iam:CreateRole",
		"iam:CreateSAMLProvider", "iam:CreateServiceSpecificCredential", "iam:CreateUser", "iam:DeactivateMFADevice",
		"iam:DeletePolicy", "iam:DeleteRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DeleteUser",
		"iam:DeleteUserPermissionsBoundary", "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:EnableMFADevice",
		"iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:PutUserPermissionsBoundary",
		"iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:TagPolicy", "iam:TagRole", "iam:TagUser", "iam:UntagPolicy", "iam:UntagRole",
		"iam:UntagUser", "iam:UpdateAccessKey", "iam:UpdateAccountPasswordPolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
		"iam:UpdateSAMLProvider", "iam:UpdateSSHPublicKey", "iam:UploadSSHPublicKey", "iam:UploadSigningCertificate",
		"sts:AssumeRole",
		"cloudformation:DeleteStack", "cloudformation:UpdateStack", "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions",
		"dynamodb:DeleteItem", "dynamodb:PutItem", "events:DisableRule", "events:PutEvents", "lambda:DeleteEventSourceMapping",
		"lambda:InvokeFunction", "lambda:UpdateEventSourceMapping", "lambda:UpdateFunctionCode", "logs:DeleteLogGroup", "s3:DeleteObject",
		"s3:PutObject", "sns:Publish", "sqs:PurgeQueue", "sqs:SendMessage", "states:StartExecution", "states:StopExecution",
	}
}
