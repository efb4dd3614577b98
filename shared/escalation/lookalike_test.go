package escalation_test

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
)

// services are the roles that lookalikes could pass or take over.
func services() account {
	var all account
	for _, s := range []string{"lambda", "ec2", "ecs-tasks", "glue", "codebuild", "cloudformation", "sagemaker", "states", "datapipeline", "ssm", "events", "batch",
		"tasks.apprunner", "bedrock-agentcore", "codepipeline", "elasticmapreduce"} {
		all = append(all, role(strings.ReplaceAll(s, ".", "-"), `{"Service":"`+s+`.amazonaws.com"}`).with(admin).profile())
	}
	return append(all, role("direct", `{"AWS":"`+arn+`user/else"}`).with(admin), user("else", "").with(admin))
}

// These look like paths, and are none.
func TestLookalikes(t *testing.T) {
	shared := []part{managed("shared", policy(allow("s3:List*", "*")), policy(allow("ec2:Describe*", "*"))), managed("admin", admin), group("admins", admin), group("team")}
	for name, e := range map[string]entity{
		"a pass alone":                      actor(allow("iam:PassRole", "*")),
		"a function that never starts":      actor(allow("iam:PassRole lambda:CreateFunction", "*")),
		"a start without a pass":            actor(allow("lambda:CreateFunction lambda:InvokeFunction ec2:RunInstances", "*")),
		"a job that never starts":           actor(allow("iam:PassRole glue:CreateJob glue:UpdateJob", "*")),
		"a project that never starts":       actor(allow("iam:PassRole codebuild:CreateProject", "*")),
		"a task that never starts":          actor(allow("iam:PassRole ecs:RegisterTaskDefinition ecs:CreateCluster", "*")),
		"a change set that is not executed": actor(allow("iam:PassRole cloudformation:CreateChangeSet cloudformation:CreateStackSet", "*")),
		"a pipeline that is not activated":  actor(allow("iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition", "*")),
		"a machine that never runs":         actor(allow("iam:PassRole states:CreateStateMachine sagemaker:CreatePipeline", "*")),
		"a template":                        actor(allow("iam:PassRole ec2:CreateLaunchTemplate", "*")),
		"a template without a default":      actor(allow("ec2:CreateLaunchTemplateVersion", "*")),
		"a session without a command":       actor(allow("bedrock-agentcore:StartCodeInterpreterSession", "*")),
		"a stopped notebook":                actor(allow("sagemaker:StopNotebookInstance sagemaker:StartNotebookInstance sagemaker:CreateNotebookInstanceLifecycleConfig", "*")),
		"a policy that nothing has":         actor(allow("iam:CreatePolicy iam:CreatePolicyVersion", "*")),
		"a version of AWS's policy":         actor(allow("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/*")).attach("shared"),
		"a weaker version":                  actor(allow("iam:SetDefaultPolicyVersion", "*"), allow("ec2:Describe* s3:List*", "*")).attach("shared"),
		"a group without the actor":         actor(allow("iam:PutGroupPolicy iam:AttachGroupPolicy", "*")),
		"a group without power":             actor(allow("iam:AddUserToGroup", arn+"group/team")),
		"a role in a group":                 role("actor", idle).with(policy(allow("iam:AddUserToGroup", "*"))),
		"a user's action for a role":        role("actor", idle).with(policy(allow("iam:PutUserPolicy", arn+"role/actor"))),
		"a policy for what it cannot be":    actor(allow("iam:PutRolePolicy iam:AttachRolePolicy", arn+"role/direct")),
		"a new role without a policy":       actor(allow("iam:CreateRole iam:TagRole", "*")),
		"a new user without a key":          actor(allow("iam:CreateUser", "*"), allow("iam:AttachUserPolicy", arn+"user/new/*")),
		"an assumption without trust":       actor(allow("sts:AssumeRole", "*")),
		"keys of itself":                    actor(allow("iam:CreateAccessKey", arn+"user/${aws:username}")),
		"an inactive key":                   actor(allow("iam:UpdateAccessKey iam:DeleteAccessKey iam:ListAccessKeys", "*")),
		"reads":                             actor(allow("iam:Get* iam:List* lambda:Get* ec2:Describe* sts:GetCallerIdentity", "*")),
		"an invocation":                     actor(allow("lambda:InvokeFunction states:StartExecution lambda:AddPermission", "*")),
	} {
		s := &scene{account: append(account{e}, services()...), parts: shared}
		for _, p := range s.paths(t) {
			t.Errorf("%s: a path to %s: %s (open: %s)", name, p.To.ARN, p.Steps[len(p.Steps)-1].Text, p.Open)
		}
	}
}

// A path to a principal without power is there, and is none to an administrator.
func TestLateralPaths(t *testing.T) {
	for name, make := range open {
		s := make()
		last := len(s.account) - 1
		if last == 0 || name == "raises a role and assumes it" {
			continue
		}
		s.account[last].inline = []string{policy(allow("s3:List*", "*"))}
		paths := s.paths(t)
		if len(paths) == 0 || slices.ContainsFunc(paths, func(p escalation.Path) bool { return p.Admin }) {
			t.Errorf("%s: %+v, want paths to no administrator", name, paths)
		}
	}
}

// What the input does not say leaves a path open.
func TestOpenPaths(t *testing.T) {
	mfa := statement("Allow", "iam:PutRolePolicy", "*", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)
	for name, c := range map[string]struct {
		open, want string
		change     func(*scene)
	}{
		"a condition that the input does not have": {"puts a policy on itself", "aws:multifactorauthpresent", func(s *scene) {
			s.account[0] = role("actor", root).with(policy(mfa)) // users may assume it, with a device
		}},
		"an external id":      {"assumes abroad", "sts:externalid", trustsWhen(root, `{"StringEquals":{"sts:ExternalId":"x"}}`)},
		"a source":            {"passes to Lambda", "aws:sourcearn", trustsWhen(`{"Service":"lambda.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:111122223333:*"}}`)},
		"a tag of a function": {"changes code", "aws:resourcetag/team", when("lambda:UpdateFunctionCode", "*", `{"StringEquals":{"aws:ResourceTag/team":"web"}}`)},
		"what it is for": {"passes to Lambda", "iam:associatedresourcearn", instead(allow("lambda:CreateFunction lambda:InvokeFunction", "*"),
			statement("Allow", "iam:PassRole", "*", `{"ArnLike":{"iam:AssociatedResourceArn":"arn:aws:lambda:*:*:function:*"}}`))},
		"keys":        {"makes a key", "fewer than two access keys", func(*scene) {}},
		"what exists": {"changes code", "if there is a Lambda function with this role", func(*scene) {}},
		"a Deny":      {"makes a key", "aws:sourceip", also(statement("Deny", "iam:*", "*", `{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`))},
		"a Region":    {"sends a command", "aws:requestedregion", scp(allow("*", "*"), statement("Deny", "ssm:*", "*", `{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}`))},
		"power by condition": {"makes a key", "aws:sourcevpce", target(func(e *entity) {
			e.inline = []string{policy(statement("Allow", "*", "*", `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`))}
		})},
	} {
		s := open[c.open]()
		c.change(s)
		paths := s.paths(t)
		if len(paths) == 0 || !paths[0].Admin || !strings.Contains(paths[0].Open, c.want) {
			t.Errorf("%s: %+v, want a path that is open about %s", name, paths, c.want)
		}
	}
}

// Two principals together do what neither does alone: one changes the policy of a role that the other may assume.
func TestOneRaisesWhatAnotherBecomes(t *testing.T) {
	s := &scene{account: account{actor(allow("sts:AssumeRole", arn+"role/writer "+arn+"role/runner")),
		role("writer", root).with(policy(allow("iam:PutRolePolicy", arn+"role/worker"))),
		role("runner", root).with(policy(allow("lambda:UpdateFunctionCode", "*"))),
		role("worker", `{"Service":"lambda.amazonaws.com"}`)}}
	paths := s.paths(t)
	if len(paths) != 4 || !paths[0].Admin || paths[0].To.Name != "worker" || len(paths[0].Steps) != 4 {
		t.Errorf("%+v, want one in four steps to worker, and three without power", paths)
	}
}

// A Deny that the principal may take away does not help, nor a boundary that lets a raised principal remove it.
func TestTakesAwayWhatStopsIt(t *testing.T) {
	all := account{actor(allow("iam:AttachUserPolicy iam:DetachUserPolicy", "*")).attach("stop").bounded("bound")}
	s := &scene{account: all, parts: []part{managed("stop", policy(deny("s3:* iam:Put* iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy iam:AttachRolePolicy", "*"))),
		managed("bound", policy(allow("iam:*tach* iam:Get*", "*")))}}
	paths := s.paths(t)
	if len(paths) != 1 || paths[0].Admin {
		t.Errorf("under the boundary: %+v, want one path to more, not to an administrator", paths)
	}
	s.parts[1] = managed("bound", policy(allow("iam:*", "*")))
	if paths := s.paths(t); len(paths) == 0 || !paths[0].Admin {
		t.Errorf("without: %+v, want a path to an administrator", paths)
	}
}

// Policies that cannot be read may allow everything, and a trust policy may trust every principal.
func TestUnknownIsNotLess(t *testing.T) {
	broken := account{user("actor", "").with(`{"Statement":"?"}`)}.details()
	paths := escalation.Find(broken, escalation.Options{Now: now}).Paths(broken.Principals[0])
	if len(paths) != 1 || !paths[0].Admin || !strings.Contains(paths[0].Open, "cannot be read") {
		t.Errorf("%+v, want a path that is open", paths)
	}
	d := account{actor(allow("sts:AssumeRole", "*")), role("target", `{"Statement":"?"}`).with(admin)}.details()
	paths = escalation.Find(d, escalation.Options{Now: now}).Paths(find(d, arn+"user/actor"))
	if len(paths) != 1 || !paths[0].Admin || !strings.Contains(paths[0].Open, "its trust policy cannot be read") {
		t.Errorf("%+v, want a path that is open", paths)
	}
}

// Administrators need no path, but to other accounts.
func TestAdministrators(t *testing.T) {
	d := account{user("actor", "").with(admin), user("other", "").with(policy(allow("iam:*", "*"))), role("near", root).with(admin), role("far", root).in(abroad).with(admin),
		role("far2", `{"AWS":"`+own+`"}`).in(abroad)}.details()
	g := escalation.Find(d, escalation.Options{Now: now})
	for _, p := range d.Principals {
		is, open := g.Admin(p)
		if want := p.Name == "actor" || p.Name == "near" || p.Name == "far"; is != want || open != "" {
			t.Errorf("%s: administrator %v (%q), want %v", p.Name, is, open, want)
		}
	}
	paths := g.Paths(find(d, arn+"user/actor"))
	if len(paths) != 2 || paths[0].To.Name != "far" || !paths[0].Admin || paths[1].To.Name != "far2" || paths[1].Admin {
		t.Errorf("%+v, want those to far and far2", paths)
	}
	if paths := g.Paths(&authdetails.Principal{}); paths != nil {
		t.Errorf("a principal of other details: %+v", paths)
	}
}

// PowerUserAccess has no IAM, and is no administrator.
func TestPowerUser(t *testing.T) {
	power := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}`
	s := &scene{account: account{user("actor", "").with(power), role("target", `{"Service":"lambda.amazonaws.com"}`).with(policy(allow("iam:*", "*")))}}
	paths := s.paths(t)
	if len(paths) != 3 || !paths[0].Admin || len(paths[0].Steps) != 2 || paths[2].Admin || len(paths[2].Steps) != 1 {
		t.Errorf("%+v, want one to the role, and further ones to all power", paths)
	}
}

// An administrator of another account does not end the search of the principal's own.
func TestAdministratorAbroad(t *testing.T) {
	s := &scene{account: account{actor(allow("sts:AssumeRole", "*")), role("far", root).in(abroad).with(admin), role("first", root),
		role("second", `{"AWS":"`+arn+`role/first"}`), role("third", `{"AWS":"`+arn+`role/second"}`).with(admin)}}
	var names []string
	for _, p := range s.paths(t) {
		names = append(names, p.To.Name+strings.Repeat("'", len(p.Steps)))
	}
	if want := []string{"far'", "third'''", "first'", "second''"}; !slices.Equal(names, want) {
		t.Errorf("paths to %q, want %q", names, want)
	}
}

// A role without an instance profile gets one, if the principal may make it or change another.
func TestMakesAnInstanceProfile(t *testing.T) {
	for actions, want := range map[string]int{"": 0, " iam:CreateInstanceProfile": 0, " iam:AddRoleToInstanceProfile": 0,
		" iam:CreateInstanceProfile iam:AddRoleToInstanceProfile": 1, " iam:RemoveRoleFromInstanceProfile iam:AddRoleToInstanceProfile": 1} {
		s := open["passes to EC2"]()
		s.account[0] = actor(allow("iam:PassRole ec2:RunInstances"+actions, "*"))
		s.account[1].profiles = 0
		if paths := s.paths(t); len(paths) != want || want > 0 && !slices.Contains(paths[0].Steps[0].Actions, "iam:AddRoleToInstanceProfile") {
			t.Errorf("with%s: %+v, want %d paths", actions, paths, want)
		}
	}
}
