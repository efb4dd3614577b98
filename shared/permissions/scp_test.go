package permissions

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// The administrators are principals with the policy AdministratorAccess and no boundary, who are no deployers. Only the SCPs limit them.
const (
	memberAdministrator = "arn:aws:iam::" + member + ":role/administrator"
	homeAdministrator   = "arn:aws:iam::" + home + ":role/administrator"
)

// scps are the SCPs of an account as shipped, with FullAWSAccess, which every account has. A call needs an Allow in the principal's
// policies and in the SCPs.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func scps(t *testing.T, account string) iampolicy.Policies {
	t.Helper()
	files := []string{"scp.json"}
	if account == home {
		files = append(files, "scp-home.json")
	}
	all := []iampolicy.Named{{Name: "FullAWSAccess", Document: allowAll(t)}}
	for _, file := range files {
		text, err := os.ReadFile("../../infra/" + file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, iampolicy.Named{Name: file, Document: mustParse(t, iampolicy.Parse, text)})
	}
	return iampolicy.Policies{Identity: all}
}

// left is what the SCPs leave to administrators by design.
type left struct {
	why                string
	to                 []string // administrators; nil: both
	actions, resources []string // as in a policy
	whats              []string // circumstances of an attempt; nil: all
	policy             *iampolicy.Document
}

// compile makes the policy of actions and resources.
func (l *left) compile(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17", "Statement": map[string]any{"Effect": "Allow", "Action": l.actions, "Resource": l.resources},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.policy = mustParse(t, iampolicy.Parse, text)
}

// covers reports whether an attempt is among what is left.
func (l *left) covers(by string, a attempt) bool {
	p := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "left", Document: l.policy}}}
	return iampolicy.Evaluate(p, iampolicy.Call{Action: a.action, Resource: a.resource}).Outcome == iampolicy.Allowed &&
		(l.whats == nil || slices.Contains(l.whats, a.what)) && (l.to == nil || slices.Contains(l.to, by))
}

// leftByDesign is the accounts' own.
func leftByDesign() []left {
	own := []string{aRole, aUser, aGroup, aPolicy}
	inMembers := []string{memberAdministrator}
	return []left{
		{
			why: "manage the account's principals, groups and policies, but for marks, boundaries and what is Curfew's", resources: own,
			actions: []string{"iam:Put*Policy", "iam:Delete*Policy*", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole*", "iam:Attach*", "iam:Detach*", "iam:DeleteRole", "iam:DeleteUser",
				"iam:UpdateUser", "iam:AddUserToGroup", "iam:CreatePolicy*", "iam:SetDefaultPolicyVersion", "iam:PassRole"},
		},
		{
			why: "manage credentials of the account's users", resources: own,
			actions: []string{"iam:*AccessKey", "iam:*LoginProfile", "iam:*Credential", "iam:ChangePassword", "iam:*MFADevice", "iam:Upload*", "iam:*SSHPublicKey"},
		},
		{why: "say who may sign in to the account", actions: []string{"iam:*Provider*", "iam:*AccountPasswordPolicy", "iam:*Delegation*", "iam:*WebIdentityFederation", "iam:EnableOrganizationsRoot*"}, resources: []string{"*"}},
		{why: "manage keys of CloudFront, and the root user's email", actions: []string{"iam:*CloudFrontPublicKey", "iam:UpdateAccountEmailAddress", "account:*PrimaryEmailUpdate"}, resources: []string{"*"}},
		{why: "make principals without the mark", resources: own, actions: []string{"iam:CreateRole", "iam:CreateUser"}, whats: []string{"without a boundary", "with a boundary"}},
		{why: "tag principals that are not marked", resources: own, actions: []string{"iam:Tag*", "iam:Untag*"}, whats: []string{ofAnotherTag}},
		{
			why: "ask to assume a role, whose trust policy decides: that of each of Curfew's names one service or role", actions: []string{"sts:AssumeRole"},
			resources: []string{aRole, memberRole + "*", homeRole + "*"},
		},
		{why: "send to the bus of tasks, whose policy names the senders", actions: []string{"events:PutEvents"}, resources: []string{atHome("events", "event-bus/curfew-tasks")}},
		{
			why: "read the log", actions: []string{"s3:Get*"}, resources: []string{"arn:aws:s3:::curfew-log-*", "arn:aws:s3:::curfew-lake-*"},
		},
		{
			why: "read records and evidence", to: []string{homeAdministrator}, actions: []string{"dynamodb:Scan", "kms:Decrypt"},
			resources: []string{atHome("dynamodb", "table/curfew-*"), keyARN, logKeyARN},
		},
		{
			why: "work with what is not Curfew's", resources: []string{"*"},
			actions: []string{"backup:*", "batch:*", "codebuild:*", "codestar:*", "datapipeline:*", "ec2:*", "sagemaker:*", "secretsmanager:*", "ssm:*"},
		},
		{
			why: "work with what is not Curfew's", actions: []string{"cloudformation:*", "glue:*", "iam:PassRole", "lambda:*", "states:*"},
			resources: []string{inMember("cloudformation", "stack/others/*"), "arn:aws:iam::" + member + ":role/backup-runner", inMember("lambda", "function:others"), inMember("states", "stateMachine:*"), inMember("glue", "devEndpoint/*")},
		},
		{
			why: "do what takes no resource, where none is Curfew's: answer tasks, deliver logs, send metrics", to: inMembers,
			actions: []string{"states:SendTask*", "logs:*", "cloudwatch:PutMetricData", "events:PutPermission", "events:RemovePermission", "lambda:CreateEventSourceMapping"}, resources: []string{"*"},
		},
		{
			why: "do what takes no resource, where none is Curfew's: answer tasks, deliver logs, send metrics", to: inMembers, whats: []string{"as it takes no resource"},
			actions: []string{"cloudformation:CreateStackSet", "sns:Unsubscribe", "sns:SetSubscriptionAttributes"}, resources: []string{"*"},
		},
		{
			why: "change trails of the account, and files: the organization's own SCP keeps its trail", to: inMembers, actions: []string{"cloudtrail:*", "s3:*"},
			resources: []string{inMember("cloudtrail", "trail/*"), aLog, "arn:aws:s3:::logs-444455556666/others"},
		},
		{
			why: "change files of others", to: []string{homeAdministrator}, actions: []string{"s3:*"}, resources: []string{aLog, "arn:aws:s3:::logs-444455556666/others"},
		},
	}
}

// TestAdministratorsUnderTheSCPs: the SCPs deny Curfew's roles nothing that the design allows, and allow administrators of home and of a
// member account, who are no deployers, only what is the accounts' own.
func TestAdministratorsUnderTheSCPs(t *testing.T) {
	principals := matrixPrincipals(t)
	above := map[string]iampolicy.Policies{member: scps(t, member), home: scps(t, home)}
	for _, a := range attempts() {
		for _, name := range slices.Sorted(maps.Keys(principals)) {
			p := principals[name]
			if name == elevated || !slices.Contains(a.may, name) {
				continue
			}
			if d := iampolicy.Evaluate(above[accountOf(p.arn)], a.by(p.arn)); d.Outcome != iampolicy.Allowed {
				t.Errorf("%s: the SCPs deny it to %s by %v", a, name, d.By)
			}
		}
	}
	lefts, actions, byDesign := leftByDesign(), map[string]bool{}, 0
	used := make([]int, len(lefts))
	for i := range lefts {
		lefts[i].compile(t)
	}
	all := slices.Concat(attempts(), onDeployment(), onOwnThings(t))
	for _, by := range []string{memberAdministrator, homeAdministrator} {
		for _, a := range all {
			actions[a.action] = true
			if !a.reachable(by) {
				continue
			}
			at := slices.IndexFunc(lefts, func(l left) bool { return l.covers(by, a) })
			d := iampolicy.Evaluate(above[accountOf(by)], a.by(by))
			if got := d.Outcome == iampolicy.Allowed; got != (at >= 0) {
				t.Errorf("%s: left to %s = %v (%s by %v), want %v", a, by, got, d.Outcome, d.By, at >= 0)
			}
			if at >= 0 {
				used[at]++
				byDesign++
			}
		}
	}
	for i, n := range used {
		if n == 0 {
			t.Errorf("%v on %v: no attempt is left by it", lefts[i].actions, lefts[i].resources)
		}
	}
	if len(actions) < 250 {
		t.Errorf("%d actions, want at least 250", len(actions))
	}
	if !t.Failed() {
		t.Logf("SCPs: 2 administrators x %d attempts of %d actions, %d left by design", len(all), len(actions), byDesign)
	}
}

// TestSECURITYSaysWhatTheSCPsLeave: its table is that of leftByDesign.
func TestSECURITYSaysWhatTheSCPsLeave(t *testing.T) {
	var table strings.Builder
	var last string
	for _, l := range leftByDesign() {
		who := "both"
		switch {
		case len(l.to) == 0:
		case l.to[0] == memberAdministrator:
			who = "members"
		default:
			who = "home"
		}
		if l.why != last {
			fmt.Fprintf(&table, "| %s | %s |\n", who, l.why)
		}
		last = l.why
	}
	t.Logf("what administrators may still do\n%s", table.String())
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), table.String()) {
		t.Error("SECURITY.md does not have the table that go test ./shared/permissions -run SECURITY -v prints")
	}
}

// TestTheSCPLetsDeployersMark: without that, no principal could be marked or bounded.
func TestTheSCPLetsDeployersMark(t *testing.T) {
	for _, a := range onMarks() {
		for _, role := range []string{"stacksets-exec-0123"} {
			if d := iampolicy.Evaluate(scps(t, member), a.by("arn:aws:iam::"+member+":role/"+role)); d.Outcome != iampolicy.Allowed {
				t.Errorf("%s: the SCP denies it to %s by %v", a, role, d.By)
			}
		}
	}
}

// TestSizesOfWhatIsShipped: IAM ignores white space in a managed policy; an SCP counts as written.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
func TestSizesOfWhatIsShipped(t *testing.T) {
	if n := iampolicy.Size(boundary(t).Bytes()); n > 6144 {
		t.Errorf("the boundary has %d characters, want at most 6,144", n)
	}
	for _, file := range []string{"scp.json", "scp-home.json"} {
		text, err := os.ReadFile("../../infra/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 5120 {
			t.Errorf("%s has %d characters, want at most 5,120", file, len(text))
		}
	}
}
