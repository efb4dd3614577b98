package escalation

// The actions outside of the table.
const (
	passRole      = "iam:PassRole"
	assumeRole    = "sts:AssumeRole"
	updateTrust   = "iam:UpdateAssumeRolePolicy"
	createKey     = "iam:CreateAccessKey"
	deleteKey     = "iam:DeleteAccessKey"
	createLogin   = "iam:CreateLoginProfile"
	updateLogin   = "iam:UpdateLoginProfile"
	createProfile = "iam:CreateInstanceProfile"
	addToProfile  = "iam:AddRoleToInstanceProfile"
	createVersion = "iam:CreatePolicyVersion"
	deleteVersion = "iam:DeletePolicyVersion"
	setVersion    = "iam:SetDefaultPolicyVersion"
	addToGroup    = "iam:AddUserToGroup"
	leaveGroup    = "iam:RemoveUserFromGroup"
	putGroup      = "iam:PutGroupPolicy"
	attachGroup   = "iam:AttachGroupPolicy"
	tagRole       = "iam:TagRole"
	tagUser       = "iam:TagUser"
	deleteGroup   = "iam:DeleteGroupPolicy"
	detachGroup   = "iam:DetachGroupPolicy"
	createRole    = "iam:CreateRole"
	createUser    = "iam:CreateUser"
	putSet        = "sso:PutInlinePolicyToPermissionSet"
	attachSet     = "sso:AttachManagedPolicyToPermissionSet"
	provision     = "sso:ProvisionPermissionSet"
	anything      = "curfew-probe:Anything" // only a wildcard or a NotAction covers it
)

// The beginnings of condition keys of tags, in lower case.
const (
	principalTag = "aws:principaltag/"
	requestTag   = "aws:requesttag/"
	resourceTag  = ":resourcetag/"
)

// kinds of principals have actions of their own.
type kindActions struct{ put, attach, remove, detach, bound, unbound string }

var (
	ofRole = kindActions{"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
		"iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"}
	ofUser = kindActions{"iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:DeleteUserPolicy", "iam:DetachUserPolicy",
		"iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary"}
)
