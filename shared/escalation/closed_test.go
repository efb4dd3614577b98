package escalation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
	"curfew/shared/iampolicy"
)

// scene is an account whose first entity is the actor.
type scene struct {
	account
	parts []part
	escalation.Options
}

const (
	own    = "111122223333"
	abroad = "444455556666"
	arn    = "arn:aws:iam::111122223333:"
	idle   = `{"Service":"ops.example.amazonaws.com"}`
	root   = `{"AWS":"arn:aws:iam::111122223333:root"}`
)

var admin = policy(allow("*", "*"))

func (s *scene) paths(t *testing.T) []escalation.Path {
	t.Helper()
	d := s.details(s.parts...)
	if len(d.Problems) > 0 {
		t.Fatal(d.Problems)
	}
	s.Now = now
	return escalation.Find(d, s.Options).Paths(find(d, s.account[0].arn))
}

func find(d *authdetails.Details, arn string) *authdetails.Principal {
	return d.Principals[slices.IndexFunc(d.Principals, func(p *authdetails.Principal) bool { return p.ARN == arn })]
}

// actor gives the first entity one policy of statements.
func actor(statements ...string) entity { return user("actor", "").with(policy(statements...)) }

// open are scenes with a path to an administrator.
var open = map[string]func() *scene{
	"puts a policy on itself": func() *scene {
		return &scene{account: account{role("actor", idle).with(policy(allow("iam:PutRolePolicy", arn+"role/actor")))}}
	},
	"attaches to itself": func() *scene {
		return &scene{account: account{actor(allow("iam:AttachUserPolicy", arn+"user/actor"))}}
	},
	"writes a version": func() *scene {
		return &scene{account: account{actor(allow("iam:CreatePolicyVersion", arn+"policy/shared")).attach("shared")}, parts: []part{managed("shared", policy(allow("s3:List*", "*")))}}
	},
	"sets a version": func() *scene {
		return &scene{account: account{actor(allow("iam:SetDefaultPolicyVersion", arn+"policy/*")).attach("shared")}, parts: []part{managed("shared", policy(allow("s3:List*", "*")), admin)}}
	},
	"joins a group": func() *scene {
		return &scene{account: account{actor(allow("iam:AddUserToGroup", arn+"group/admins"))}, parts: []part{group("admins", admin)}}
	},
	"changes its group": func() *scene {
		return &scene{account: account{actor(allow("iam:PutGroupPolicy", "*")).member("team")}, parts: []part{group("team")}}
	},
	"makes a key": func() *scene {
		return &scene{account: account{actor(allow("iam:CreateAccessKey", arn+"user/other")), user("other", "").with(admin).tag("team", "web")}}
	},
	"changes a password": func() *scene {
		return &scene{account: account{actor(allow("iam:UpdateLoginProfile", "*")), user("other", "").with(admin)}}
	},
	"assumes by the account": func() *scene {
		return &scene{account: account{actor(allow("sts:AssumeRole", "*")).tag("team", "web"), role("target", root).with(admin).tag("kind", "admin")}}
	},
	"assumes by its name": func() *scene {
		return &scene{account: account{actor(allow("s3:List*", "*")), role("target", `{"AWS":"`+arn+`user/actor"}`).with(admin)}}
	},
	"a role assumes by its name": func() *scene {
		return &scene{account: account{role("actor", idle).with(policy(allow("s3:List*", "*"))), role("target", `{"AWS":"`+arn+`role/actor"}`).with(admin)}}
	},
	"assumes abroad": func() *scene {
		return &scene{account: account{actor(allow("sts:AssumeRole", "*")), role("target", root).in(abroad).with(admin)}}
	},
	"changes trust": func() *scene {
		return &scene{account: account{actor(allow("iam:UpdateAssumeRolePolicy", arn+"role/target")), role("target", idle).with(admin)}}
	},
	"passes to Lambda": func() *scene {
		return &scene{account: account{actor(allow("iam:PassRole", arn+"role/target"), allow("lambda:CreateFunction lambda:InvokeFunction", "*")),
			role("target", `{"Service":"lambda.amazonaws.com"}`).with(admin)}}
	},
	"passes to EC2": func() *scene {
		return &scene{account: account{actor(allow("iam:PassRole", "*"), allow("ec2:RunInstances", "*")), role("target", `{"Service":"ec2.amazonaws.com"}`).with(admin).profile()}}
	},
	"changes code": func() *scene {
		return &scene{account: account{actor(allow("lambda:UpdateFunctionCode", "*")), role("target", `{"Service":"lambda.amazonaws.com"}`).with(admin)}}
	},
	"sends a command": func() *scene {
		return &scene{account: account{actor(allow("ssm:SendCommand", "*")), role("target", `{"Service":"ec2.amazonaws.com"}`).with(admin).profile()}}
	},
	"raises a role and assumes it": func() *scene {
		return &scene{account: account{actor(allow("sts:AssumeRole iam:PutRolePolicy", arn+"role/target")), role("target", root)}}
	},
	"makes a new role": func() *scene {
		return &scene{account: account{actor(allow("iam:CreateRole iam:AttachRolePolicy", "*"))}}
	},
	"removes its boundary": func() *scene {
		return &scene{account: account{user("actor", "").with(admin).bounded("bound")},
			parts: []part{managed("bound", policy(allow("s3:List* iam:DeleteUserPermissionsBoundary", "*")))}}
	},
	"two roles on the way": func() *scene {
		return &scene{account: account{actor(allow("sts:AssumeRole", arn+"role/first")), role("first", root).with(policy(allow("codebuild:StartBuild", "*"))),
			role("target", `{"Service":"codebuild.amazonaws.com"}`).with(admin)}}
	},
}

// Changes that close a path.
func also(statements ...string) func(*scene) {
	return func(s *scene) { s.account[0] = s.account[0].with(policy(statements...)) }
}

func instead(statements ...string) func(*scene) {
	return func(s *scene) { s.account[0].inline = []string{policy(statements...)} }
}

func bound(statements ...string) func(*scene) {
	return func(s *scene) {
		s.account[0] = s.account[0].bounded("bound")
		s.parts = append(s.parts, managed("bound", policy(statements...)))
	}
}

func scp(statements ...string) func(*scene) {
	return func(s *scene) {
		levels := [][]*iampolicy.Document{{parsed(admin)}, {parsed(policy(statements...))}}
		s.SCPs = map[string][][]*iampolicy.Document{own: levels}
	}
}

func rcp(statements ...string) func(*scene) {
	return func(s *scene) {
		s.RCPs = map[string][][]*iampolicy.Document{own: {{parsed(policy(append(statements, allow("*", "*"))...))}}}
	}
}

func parsed(text string) *iampolicy.Document {
	d, err := iampolicy.Parse([]byte(text))
	if err != nil {
		panic(err) // of a test's own text
	}
	return d
}

// when gives the actor's statement a condition.
func when(actions, resource, condition string) func(*scene) {
	return instead(statement("Allow", actions, resource, condition))
}

func target(change func(*entity)) func(*scene) {
	return func(s *scene) { change(&s.account[len(s.account)-1]) }
}

func trusts(principal string) func(*scene) {
	return target(func(e *entity) { e.trust = role("", principal).trust })
}

func trustsWhen(principal, condition string) func(*scene) {
	return trusts(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole","Condition":` + condition + `}]}`)
}

var closed = []struct {
	open, why string
	close     func(*scene)
}{
	// Deny.
	{"puts a policy on itself", "deny", also(deny("iam:Put*", "*"))},
	{"attaches to itself", "deny of one policy is not enough, of all it is", also(deny("iam:AttachUserPolicy", "*"))},
	{"writes a version", "deny", also(deny("iam:CreatePolicyVersion", arn+"policy/sha*"))},
	{"sets a version", "deny", also(deny("iam:SetDefault*", "*"))},
	{"joins a group", "deny of the group", also(deny("iam:AddUserToGroup", arn+"group/admins"))},
	{"makes a key", "deny with a tag of the user", also(statement("Deny", "iam:*", "*", `{"StringEquals":{"aws:ResourceTag/team":"web"}}`))},
	{"assumes by the account", "deny", also(deny("sts:AssumeRole", arn+"role/tar*"))},
	{"assumes by its name", "deny", also(deny("sts:*", "*"))},
	{"passes to Lambda", "deny of the start", also(deny("lambda:InvokeFunction", "*"))},
	{"passes to Lambda", "deny of the pass", also(deny("iam:PassRole", arn+"role/target"))},
	{"changes code", "deny", also(deny("lambda:Update*", "arn:aws:lambda:*:*:function:*"))},
	{"raises a role and assumes it", "deny of the policy", also(deny("iam:*", "*"), deny("sts:AssumeRole", "*"))},
	{"makes a new role", "deny of policies", also(deny("iam:AttachRolePolicy", "*"))},
	{"two roles on the way", "deny on the first", also(deny("sts:AssumeRole", arn+"role/first"))},
	// Conditions.
	{"attaches to itself", "one harmless policy", when("iam:AttachUserPolicy", "*", `{"ArnEquals":{"iam:PolicyARN":"`+arn+`policy/harmless"}}`)},
	{"makes a key", "another tag", when("iam:CreateAccessKey", "*", `{"StringEquals":{"iam:ResourceTag/team":"ops"}}`)},
	{"puts a policy on itself", "only with a boundary", when("iam:PutRolePolicy", "*", `{"StringEquals":{"iam:PermissionsBoundary":"`+arn+`policy/bound"}}`)},
	{"makes a new role", "only with a boundary", when("iam:CreateRole iam:AttachRolePolicy", "*", `{"StringEquals":{"iam:PermissionsBoundary":"`+arn+`policy/bound"}}`)},
	{"passes to Lambda", "passed to another service", func(s *scene) {
		instead(statement("Allow", "iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"glue.amazonaws.com"}}`), allow("lambda:CreateFunction lambda:InvokeFunction", "*"))(s)
	}},
	{"passes to EC2", "passed to another service", instead(statement("Allow", "iam:PassRole", "*", `{"StringLike":{"iam:PassedToService":"*.ecs.amazonaws.com"}}`), allow("ec2:RunInstances", "*"))},
	{"assumes by the account", "another tag of the caller", when("sts:AssumeRole", "*", `{"StringEquals":{"aws:PrincipalTag/team":"ops"}}`)},
	{"assumes by the account", "another tag of the role", when("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceTag/kind":"reader"}}`)},
	{"assumes by the account", "its own account alone", when("sts:AssumeRole", "*", `{"StringNotEquals":{"aws:ResourceAccount":"`+own+`"}}`)},
	{"assumes abroad", "its own account alone", when("sts:AssumeRole", "*", `{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}`)},
	{"changes code", "another person", when("lambda:UpdateFunctionCode", "*", `{"StringEquals":{"aws:username":"ann"}}`)},
	{"sends a command", "only through a service", when("ssm:SendCommand", "*", `{"Bool":{"aws:ViaAWSService":"true"}}`)},
	{"makes a key", "a tag that the call cannot give", when("iam:CreateAccessKey", "*", `{"StringEquals":{"aws:RequestTag/team":"web"}}`)},
	{"passes to Lambda", "a key of another service", instead(statement("Allow", "iam:PassRole lambda:CreateFunction lambda:InvokeFunction", "*", `{"StringEquals":{"ec2:InstanceType":"t3.nano"}}`))},
	// Resources.
	{"puts a policy on itself", "another role", instead(allow("iam:PutRolePolicy", arn+"role/other"))},
	{"writes a version", "another policy", instead(allow("iam:CreatePolicyVersion", arn+"policy/other"))},
	{"joins a group", "another group", instead(allow("iam:AddUserToGroup", arn+"group/readers"))},
	{"makes a key", "itself alone", instead(allow("iam:CreateAccessKey", arn+"user/${aws:username}"))},
	{"changes trust", "another path", instead(allow("iam:UpdateAssumeRolePolicy", arn+"role/apps/*"))},
	{"passes to Lambda", "another role", instead(allow("iam:PassRole", arn+"role/app-*"), allow("lambda:CreateFunction lambda:InvokeFunction", "*"))},
	{"passes to Lambda", "start of another function", instead(allow("iam:PassRole", "*"), allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:new-*"), allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:old"))},
	{"changes code", "another account", instead(allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:"+abroad+":function:*"))},
	{"changes code", "no function", instead(allow("lambda:UpdateFunctionCode", "arn:aws:s3:::code/*"))},
	{"sends a command", "the document alone", instead(allow("ssm:SendCommand", "arn:aws:ssm:*:*:document/*"))},
	{"raises a role and assumes it", "of different roles", func(s *scene) {
		instead(allow("sts:AssumeRole", arn+"role/target"), allow("iam:PutRolePolicy", arn+"role/other"))(s)
		s.account = append(s.account, role("other", idle))
		s.account[1] = role("target", `{"AWS":"`+arn+`user/else"}`)
	}},
	{"sends a command", "a harmless document", instead(allow("ssm:SendCommand", "arn:aws:ssm:*::document/AWS-UpdateSSMAgent arn:aws:ec2:*:*:instance/*"))},
	// Boundaries.
	{"puts a policy on itself", "boundary without the action", bound(allow("s3:*", "*"))},
	{"attaches to itself", "a boundary of what it has", bound(allow("iam:AttachUserPolicy", arn+"user/actor"))},
	{"makes a key", "boundary", bound(allow("iam:Get*", "*"))},
	{"a role assumes by its name", "boundary of the role", bound(allow("s3:*", "*"))},
	{"assumes by the account", "boundary", bound(allow("*", "*"), deny("sts:AssumeRole", "*"))},
	{"passes to EC2", "boundary without PassRole", bound(allow("ec2:*", "*"))},
	{"removes its boundary", "a boundary that refuses it", func(s *scene) {
		s.parts = []part{managed("bound", policy(allow("s3:List*", "*"), deny("iam:*", "*")))}
	}},
	// Service control policies.
	{"puts a policy on itself", "SCP", scp(allow("*", "*"), deny("iam:PutRolePolicy", "*"))},
	{"makes a key", "SCP without an Allow", scp(allow("s3:*", "*"))},
	{"assumes by its name", "SCP", scp(allow("*", "*"), deny("sts:AssumeRole", "*"))},
	{"assumes abroad", "SCP with a condition", scp(allow("*", "*"), statement("Deny", "sts:AssumeRole", "*", `{"StringNotEquals":{"aws:ResourceAccount":"`+own+`"}}`))},
	{"changes code", "SCP for all but one", scp(allow("*", "*"), statement("Deny", "lambda:Update*", "*", `{"ArnNotLike":{"aws:PrincipalArn":"`+arn+`role/deploy"}}`))},
	{"two roles on the way", "SCP on the second step", scp(allow("*", "*"), deny("codebuild:*", "*"))},
	{"assumes by the account", "RCP", rcp(deny("sts:AssumeRole", "*"))},
	// Fences.
	{"puts a policy on itself", "its window is over", when("iam:PutRolePolicy", "*", fence("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z", "AROAEXAMPLE0:*"))},
	{"puts a policy on itself", "its window has not begun", when("iam:PutRolePolicy", "*", fence("2026-06-01T13:00:00Z", "2026-06-01T14:00:00Z", "AROAEXAMPLE0:*"))},
	{"puts a policy on itself", "of another role", when("iam:PutRolePolicy", "*", fence("2026-06-01T11:00:00Z", "2026-06-01T14:00:00Z", "AROAOTHER:*"))},
	{"assumes by its name", "the target's power is over", target(func(e *entity) {
		e.inline = []string{policy(statement("Allow", "*", "*", fence("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z", "AROAEXAMPLE1:*")))}
		e.trust = role("", idle).trust
	})},
	// Trust.
	{"assumes by the account", "trust of another user", trusts(`{"AWS":"` + arn + `user/else"}`)},
	{"assumes by the account", "trust of another account", trusts(`{"AWS":"` + abroad + `"}`)},
	{"assumes by the account", "trust of another caller by condition", trustsWhen(root, `{"ArnLike":{"aws:PrincipalArn":"`+arn+`role/ci-*"}}`)},
	{"assumes by the account", "trust of another tag", trustsWhen(root, `{"StringEquals":{"aws:PrincipalTag/team":"ops"}}`)},
	{"assumes abroad", "trust of another organization", func(s *scene) {
		s.Organizations = map[string]string{own: "o-one"}
		trustsWhen(root, `{"StringEquals":{"aws:PrincipalOrgID":"o-two"}}`)(s)
	}},
	{"assumes abroad", "no permission", instead(allow("s3:*", "*"))},
	{"passes to Lambda", "trust of another service", trusts(`{"Service":"glue.amazonaws.com"}`)},
	{"passes to EC2", "trust for another account's service", trustsWhen(`{"Service":"ec2.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"`+abroad+`"}}`)},
	{"changes code", "trust of another service", trusts(`{"Service":"edgelambda.amazonaws.com"}`)},
	{"sends a command", "no instance profile", target(func(e *entity) { e.profiles = 0 })},
	{"passes to EC2", "no instance profile, and none can be made", target(func(e *entity) { e.profiles = 0 })},
	{"two roles on the way", "trust on the second step", trusts(`{"Service":"lambda.amazonaws.com"}`)},
	{"changes trust", "a role that AWS keeps", target(func(e *entity) { e.arn = arn + "role/aws-reserved/sso.amazonaws.com/target" })},
	{"passes to Lambda", "a service-linked role", target(func(e *entity) { e.arn = arn + "role/aws-service-role/lambda.amazonaws.com/target" })},
}

func fence(from, to, id string) string {
	return `{"DateGreaterThanEquals":{"aws:CurrentTime":"` + from + `"},"DateLessThan":{"aws:CurrentTime":"` + to + `"},"StringLike":{"aws:userid":"` + id + `"}}`
}

// Every scene has a path to an administrator.
func TestOpenScenes(t *testing.T) {
	for name, make := range open {
		paths := make().paths(t)
		if len(paths) == 0 || !paths[0].Admin {
			t.Errorf("%s: paths %+v, want one to an administrator", name, paths)
			continue
		}
		for _, s := range paths[0].Steps {
			if len(s.Actions) == 0 || s.On == "" || !strings.HasSuffix(s.Text, ".") || s.Technique == "" {
				t.Errorf("%s: step %+v", name, s)
			}
		}
	}
}

// One change closes the path.
func TestClosedPaths(t *testing.T) {
	for _, c := range closed {
		s := open[c.open]()
		c.close(s)
		for _, p := range s.paths(t) {
			if p.Admin || c.open != "two roles on the way" {
				t.Errorf("%s, closed by %s: a path to %s: %s (open: %s)", c.open, c.why, p.To.ARN, p.Steps[len(p.Steps)-1].Text, p.Open)
			}
		}
	}
	t.Logf("%d closed paths, each open without its change", len(closed))
}

// A fence that is open now does not close a path.
func TestOpenFence(t *testing.T) {
	for id, want := range map[string]string{"AROAEXAMPLE0:*": "", "AROAEXAMPLE0:night-job": "if the call has the right aws:userid"} {
		s := open["puts a policy on itself"]()
		when("iam:PutRolePolicy", "*", fence("2026-06-01T11:00:00Z", now.Add(time.Hour).Format(time.RFC3339), id))(s)
		if paths := s.paths(t); len(paths) != 1 || !paths[0].Admin || paths[0].Open != want {
			t.Errorf("%s: %+v, want one path, open %q", id, paths, want)
		}
	}
}
