package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
)

// The sizes of the made-up accounts together.
const (
	roles    = 5000
	users    = 500
	groups   = 50
	managed  = 3000
	inlines  = 7000 // of roles and users
	maxNames = 1 << 20
)

type generator struct {
	*rand.Rand
	accounts int
	id       string
}

func newGenerator(seed int64, accounts int) *generator {
	return &generator{Rand: rand.New(rand.NewSource(seed)), accounts: accounts}
}

type object = map[string]any

func (g *generator) account(i int) object {
	g.id = fmt.Sprintf("%012d", 100000000000+i)
	var roleList, userList, groupList, policies []object
	for n := range managed / g.accounts {
		policies = append(policies, g.managed(n))
	}
	for n := range groups / g.accounts {
		groupList = append(groupList, object{"GroupName": fmt.Sprint("group", n), "Arn": g.arn("group/group", n), "AttachedManagedPolicies": g.attached(2), "GroupPolicyList": []object{}})
	}
	for n := range roles / g.accounts {
		roleList = append(roleList, object{"RoleName": fmt.Sprint("role", n), "RoleId": fmt.Sprintf("AROAEXAMPLE%010d", n), "Arn": g.arn("role/role", n), "Path": "/",
			"AssumeRolePolicyDocument": g.trust(), "RolePolicyList": g.inline(inlines * 9 / 10 / roles), "AttachedManagedPolicies": g.attached(4),
			"InstanceProfileList": []object{{"Arn": g.arn("instance-profile/role", n)}}, "CreateDate": "2025-01-02T03:04:05+00:00"})
	}
	for n := range users / g.accounts {
		userList = append(userList, object{"UserName": fmt.Sprint("user", n), "UserId": fmt.Sprintf("AIDAEXAMPLE%010d", n), "Arn": g.arn("user/user", n), "Path": "/",
			"UserPolicyList": g.inline(2), "AttachedManagedPolicies": g.attached(2), "GroupList": []string{fmt.Sprint("group", g.Intn(groups/g.accounts))}})
	}
	return object{"RoleDetailList": roleList, "UserDetailList": userList, "GroupDetailList": groupList, "Policies": policies, "IsTruncated": false}
}

func (g *generator) arn(what string, n int) string {
	return fmt.Sprintf("arn:aws:iam::%s:%s%d", g.id, what, n)
}

func (g *generator) managed(n int) object {
	return object{"Arn": g.arn("policy/policy", n), "DefaultVersionId": "v1", "PolicyVersionList": []object{{"VersionId": "v1", "Document": g.document(), "IsDefaultVersion": true}}}
}

func (g *generator) attached(most int) (all []object) {
	for range g.Intn(most + 1) {
		all = append(all, object{"PolicyArn": g.arn("policy/policy", g.Intn(managed/g.accounts))})
	}
	return all
}

func (g *generator) inline(mean int) (all []object) {
	for n := range max(1, mean) + g.Intn(2) {
		all = append(all, object{"PolicyName": fmt.Sprint("inline", n), "PolicyDocument": g.document()})
	}
	return all
}

// trust is of a service, of the account, of one role, or of a provider.
func (g *generator) trust() json.RawMessage {
	principal := ""
	switch g.Intn(10) {
	case 0, 1, 2:
		principal = `{"Service":"lambda.amazonaws.com"}`
	case 3, 4:
		principal = `{"Service":"ec2.amazonaws.com"}`
	case 5:
		principal = `{"Service":"` + pick(g, "ecs-tasks", "glue", "codebuild", "cloudformation", "states", "sagemaker", "ssm", "events") + `.amazonaws.com"}`
	case 6, 7:
		principal = fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:root"}`, g.id)
	case 8:
		principal = `{"AWS":"` + g.arn("role/role", g.Intn(roles/g.accounts)) + `"}`
	default:
		principal = `{"Federated":"arn:aws:iam::` + g.id + `:saml-provider/corp"}`
	}
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:AssumeRoleWithSAML"]}]}`)
}

func pick(g *generator, from ...string) string { return from[g.Intn(len(from))] }

// document has one to six statements; one in a hundred has power over others.
func (g *generator) document() json.RawMessage {
	var all []string
	for range 1 + g.Intn(6) {
		all = append(all, g.ordinary())
	}
	switch g.Intn(100) {
	case 0:
		all = append(all, g.powerful())
	case 1, 2, 3:
		all = append(all, statement("Allow", `"iam:PassRole"`, g.arn("role/role", g.Intn(roles))))
	}
	if g.Intn(20) == 0 {
		all = append(all, statement("Deny", `"iam:*","organizations:*"`, fmt.Sprintf("arn:aws:iam::%s:role/protected-%d", g.id, g.Intn(maxNames))))
	}
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`)
}

func statement(effect, actions, resource string) string {
	return `{"Effect":"` + effect + `","Action":[` + actions + `],"Resource":["` + resource + `"]}`
}

func (g *generator) ordinary() string {
	name := g.Intn(maxNames)
	switch g.Intn(8) {
	case 0:
		return statement("Allow", `"s3:GetObject","s3:PutObject","s3:ListBucket"`, fmt.Sprintf("arn:aws:s3:::bucket-%d/*", name))
	case 1:
		return statement("Allow", `"dynamodb:*Item","dynamodb:Query"`, fmt.Sprintf("arn:aws:dynamodb:eu-west-1:%s:table/table-%d", g.id, name))
	case 2:
		return statement("Allow", `"logs:Create*","logs:PutLogEvents"`, "*")
	case 3:
		return statement("Allow", `"lambda:InvokeFunction"`, fmt.Sprintf("arn:aws:lambda:*:%s:function:f-%d", g.id, name))
	case 4:
		return `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`
	case 5:
		return statement("Allow", `"ec2:Describe*","cloudwatch:Get*","iam:Get*","iam:List*"`, "*")
	case 6:
		return statement("Allow", `"sts:AssumeRole"`, g.arn("role/role", g.Intn(roles)))
	}
	return statement("Allow", `"sqs:SendMessage","sns:Publish","states:StartExecution"`, fmt.Sprintf("arn:aws:states:*:%s:*-%d", g.id, name))
}

func (g *generator) powerful() string {
	switch g.Intn(12) {
	case 0:
		return statement("Allow", `"*"`, "*")
	case 1:
		return statement("Allow", `"iam:*"`, "*")
	case 2:
		return statement("Allow", `"iam:PassRole","lambda:*"`, "*")
	case 3:
		return statement("Allow", `"iam:PassRole","ec2:RunInstances","ec2:*Tags"`, "*")
	case 4:
		return statement("Allow", `"ssm:*"`, "*")
	case 5:
		return statement("Allow", `"sts:AssumeRole"`, "*")
	case 6:
		return statement("Allow", `"iam:CreateAccessKey","iam:UpdateLoginProfile"`, "*")
	case 7:
		return statement("Allow", `"iam:PutRolePolicy","iam:AttachRolePolicy"`, g.arn("role/role", g.Intn(roles)))
	case 8:
		return `{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*","Condition":{"ArnLike":{"iam:PolicyARN":"` + g.arn("policy/policy1*", 0) + `"}}}`
	case 9:
		return `{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}`
	case 10:
		return statement("Allow", `"glue:*","iam:PassRole"`, "*")
	}
	return statement("Allow", `"lambda:UpdateFunctionCode"`, "*")
}
