package permissions

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

	"curfew/shared/iampolicy"
)

// administrator is a principal of an account with the policy AdministratorAccess and no boundary. Only the SCP limits it.
const administrator = "administrator"

// scp is the SCP as shipped, with FullAWSAccess, which every account has. A call needs an Allow in the principal's
// policies and in the SCPs.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func scp(t *testing.T) iampolicy.Policies {
	t.Helper()
	text, err := os.ReadFile("../../infra/scp.json")
	if err != nil {
		t.Fatal(err)
	}
	return iampolicy.Policies{Identity: []iampolicy.Named{
		{Name: "FullAWSAccess", Document: allowAll(t)}, {Name: "curfew-scp", Document: mustParse(t, iampolicy.Parse, text)},
	}}
}

// scpGap is what the SCP still allows an administrator of an account.
type scpGap struct {
	gap                bool // it should be denied
	why                string
	actions, resources []string // as in a policy
	whats              []string // circumstances of an attempt; nil: all
}

// covers reports whether an attempt is among what is left.
func (l scpGap) covers(t *testing.T, a attempt) bool {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": l.actions, "Resource": l.resources},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "left", Document: mustParse(t, iampolicy.Parse, text)}}}
	return iampolicy.Evaluate(p, iampolicy.Call{Action: a.action, Resource: a.resource}).Outcome == iampolicy.Allowed &&
		(l.whats == nil || slices.Contains(l.whats, a.what))
}

// leftByDesign is the account's own.
func leftByDesign() []scpGap {
	own := []string{aRole, aUser, aGroup, aPolicy}
	return []scpGap{
		{
			why: "an administrator manages the principals, groups and policies of the account; marks and boundaries are not among these actions", resources: own,
			actions: []string{"iam:Put*Policy", "iam:Delete*Policy", "iam:UpdateAssumeRolePolicy", "iam:Attach*", "iam:Detach*", "iam:DeleteRole", "iam:DeleteUser",
				"iam:UpdateUser", "iam:AddUserToGroup", "iam:CreatePolicy*", "iam:SetDefaultPolicyVersion", "iam:PassRole"},
		},
		{
			why: "an administrator manages the credentials of the account's users", resources: own,
			actions: []string{"iam:*AccessKey", "iam:*LoginProfile", "iam:*Credential", "iam:ChangePassword", "iam:*MFADevice", "iam:Upload*"},
		},
		{
			why: "an administrator says who may sign in to the account", actions: []string{"iam:*Provider*", "iam:UpdateAccountPasswordPolicy"}, resources: []string{"*"},
		},
		{
			why: "an administrator makes principals, without the mark", resources: own, actions: []string{"iam:CreateRole", "iam:CreateUser"},
			whats: []string{"without a boundary", "with a boundary"},
		},
		{
			why: "an administrator tags principals that are not marked", resources: own, actions: []string{"iam:Tag*", "iam:Untag*"}, whats: []string{ofAnotherTag},
		},
		{
			why: "a trust policy decides: that of each of Curfew's roles names one service or one role", actions: []string{"sts:AssumeRole"},
			resources: []string{aRole, memberRole + "*", homeRole + "*"},
		},
		{
			why: "the policy of that bus names who may send", actions: []string{"events:PutEvents"}, resources: []string{atHome("events", "event-bus/curfew-tasks")},
		},
		{
			why: "it is the account's, not Curfew's", resources: []string{"*"},
			actions: []string{"backup:*", "batch:*", "codebuild:*", "codestar:*", "datapipeline:*", "ec2:*", "glue:*", "sagemaker:*", "secretsmanager:*", "ssm:*"},
		},
		{
			why:       "it is the account's, not Curfew's",
			actions:   []string{"cloudformation:*", "iam:PassRole", "lambda:*", "states:*"},
			resources: []string{inMember("cloudformation", "stack/others/*"), "arn:aws:iam::" + member + ":role/backup-runner", inMember("lambda", "function:others"), inMember("states", "stateMachine:*")},
		},
	}
}

// knownGaps are calls that the SCP should deny and does not. When one is closed the test fails: remove it from the
// list.
func knownGaps() []scpGap {
	return []scpGap{
		{
			gap: true, why: "the default deployers are name patterns, and an administrator can create a role with such a name", actions: []string{"iam:CreateRole", "sts:AssumeRole"},
			resources: []string{"arn:aws:iam::" + member + ":role/cdk-*", "arn:aws:iam::" + member + ":role/stacksets-exec-*"},
		},
		{
			gap: true, why: "no statement names CloudFormation, which acts with the stack's own role", actions: []string{"cloudformation:*"},
			resources: []string{atHome("cloudformation", "stack/curfew/*"), inMember("cloudformation", "stack/curfew-member/*")},
		},
		{
			gap: true, why: "these actions take no resource, so a statement on Curfew's resources does not match them", resources: []string{"*"},
			actions: []string{"states:SendTaskSuccess", "states:SendTaskFailure"},
		},
		{
			gap: true, why: "these actions take no resource, so a statement on Curfew's resources does not match them", resources: []string{"*"},
			actions: []string{"events:PutPermission", "events:RemovePermission"}, whats: []string{"as it takes no resource"},
		},
		{
			gap: true, why: "no statement names keys, topics, logs and API Gateway", resources: []string{"*"},
			actions: []string{"kms:*", "sns:*", "apigateway:*", "logs:*"},
		},
		{
			gap: true, why: "no statement denies to write records in batches, or to read task tokens", actions: []string{"dynamodb:BatchWriteItem", "dynamodb:Scan"}, resources: []string{atHome("dynamodb", "table/curfew-*")},
		},
		{
			gap: true, why: "no statement denies to receive messages, or to let another account send and receive", actions: []string{"sqs:AddPermission", "sqs:ReceiveMessage"}, resources: []string{atHome("sqs", "curfew-*")},
		},
		{
			gap: true, why: "no statement protects the trail and its bucket, or keeps the account in the organization", actions: []string{"cloudtrail:*", "organizations:LeaveOrganization", "s3:*"}, resources: []string{"*"},
		},
	}
}

// onDeployment are attempts of an administrator only; the boundary is not meant against them.
func onDeployment() []attempt {
	cdk, set := "arn:aws:iam::"+member+":role/cdk-x", "arn:aws:iam::"+member+":role/stacksets-exec-x"
	return slices.Concat(
		each(attempt{resource: cdk}, "iam:CreateRole", "sts:AssumeRole"),
		each(attempt{resource: set}, "iam:CreateRole", "sts:AssumeRole"),
		each(attempt{resource: "*", what: "as it takes no resource"}, "events:PutPermission", "events:RemovePermission"),
	)
}

// TestMatrixUnderTheSCP: the SCP denies Curfew's roles nothing that the design allows, and allows an administrator
// only what is the account's, and the known gaps.
func TestMatrixUnderTheSCP(t *testing.T) {
	principals, above := matrixPrincipals(t), scp(t)
	for _, a := range attempts() {
		for _, name := range slices.Sorted(maps.Keys(principals)) {
			p := principals[name]
			if d := iampolicy.Evaluate(above, a.by(p.arn)); slices.Contains(a.may, name) && d.Outcome != iampolicy.Allowed {
				t.Errorf("%s: the SCP denies it to %s by %v", a, name, d.By)
			}
		}
	}
	lefts := slices.Concat(leftByDesign(), knownGaps())
	used, byDesign, gaps := make([]int, len(lefts)), 0, 0
	all := slices.Concat(attempts(), onDeployment())
	for _, a := range all {
		at := slices.IndexFunc(lefts, func(l scpGap) bool { return l.covers(t, a) })
		d := iampolicy.Evaluate(above, a.by("arn:aws:iam::"+member+":role/"+administrator))
		if got := d.Outcome == iampolicy.Allowed; got != (at >= 0) {
			t.Errorf("%s: left to an administrator = %v (%s by %v), want %v", a, got, d.Outcome, d.By, at >= 0)
		}
		switch {
		case at < 0:
			continue
		case lefts[at].gap:
			gaps++
		default:
			byDesign++
		}
		used[at]++
	}
	for i, n := range used {
		if n == 0 {
			t.Errorf("%v on %v: no attempt is left by it", lefts[i].actions, lefts[i].resources)
		}
		if lefts[i].gap {
			t.Logf("known gap of the SCP, %d attempts: %v on %v: %s", n, lefts[i].actions, lefts[i].resources, lefts[i].why)
		}
	}
	if !t.Failed() {
		t.Logf("SCP: an administrator x %d attempts, %d left by design, %d by known gaps", len(all), byDesign, gaps)
	}
}

// TestTheSCPLetsDeployersMark: without that, no principal could be marked or bounded.
func TestTheSCPLetsDeployersMark(t *testing.T) {
	above := scp(t)
	for _, a := range onMarks() {
		for _, role := range []string{"cdk-deploy", "stacksets-exec-0123"} {
			if d := iampolicy.Evaluate(above, a.by("arn:aws:iam::"+member+":role/"+role)); d.Outcome != iampolicy.Allowed {
				t.Errorf("%s: the SCP denies it to %s by %v", a, role, d.By)
			}
		}
	}
}

// TestSizesOfWhatIsShipped: IAM ignores white space in a managed policy; an SCP counts as written.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
func TestSizesOfWhatIsShipped(t *testing.T) {
	text, err := os.ReadFile(path.Join("..", "..", "infra", "scp.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := iampolicy.Size(boundary(t).Bytes()); n > 6144 {
		t.Errorf("the boundary has %d characters, want at most 6,144", n)
	}
	if len(text) > 5120 {
		t.Errorf("the SCP has %d characters, want at most 5,120", len(text))
	}
}
