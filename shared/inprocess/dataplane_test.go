package inprocess_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

func get(arn string) inprocess.DataCall {
	return inprocess.DataCall{Principal: arn, SessionName: "ana", Action: "s3:GetObject", Resource: "arn:aws:s3:::example/x"}
}

func wantOutcome(t testing.TB, c *inprocess.Cloud, call inprocess.DataCall, want iampolicy.Outcome) {
	t.Helper()
	if got := c.IAM.Allowed(call); got.Outcome != want {
		t.Errorf("at %s %s may %s on %s: %+v, want %s", time.Now(), call.Principal, call.Action, call.Resource, got, want)
	}
}

func TestEnforcementLagsBehindTheControlPlane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := example(t, inprocess.IAMSettings{Propagation: func() time.Duration { return 4 * time.Second }})
		g := grantOn(t, c, deploy, access.Inline)
		if err := c.Attach(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, c, get(deploy), iampolicy.ImplicitDeny)
		time.Sleep(4 * time.Second)
		wantOutcome(t, c, get(deploy), iampolicy.Allowed)
		if _, err := c.Remove(t.Context(), g.Principal, g.Name); err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, c, get(deploy), iampolicy.Allowed)
		if control, enforced := len(c.Grants()), len(c.EnforcedGrants(time.Time{})); control != 0 || enforced != 1 {
			t.Errorf("%d grants and %d enforced, want 0 and 1", control, enforced)
		}
		time.Sleep(4 * time.Second)
		wantOutcome(t, c, get(deploy), iampolicy.ImplicitDeny)
		if n := len(c.EnforcedGrants(time.Time{})); n != 0 {
			t.Errorf("%d grants are enforced, want none", n)
		}
	})
}

// A fast write does not overtake a slow one before it.
func TestWritesAreEnforcedInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := []time.Duration{0, 10 * time.Second, time.Second}
		c := example(t, inprocess.IAMSettings{Propagation: func() time.Duration {
			d := delays[0]
			delays = delays[1:]
			return d
		}})
		for _, do := range []func() error{
			func() error { return c.IAM.PutRolePolicyByHand(deploy, "slow", allowGet) },
			func() error { return c.IAM.DeleteRolePolicyByHand(deploy, "slow") },
			func() error { return c.IAM.SetTag(deploy, "fast", "x") },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10*time.Second - 1)
		wantOutcome(t, c, get(deploy), iampolicy.Allowed)
		time.Sleep(time.Nanosecond)
		wantOutcome(t, c, get(deploy), iampolicy.ImplicitDeny)
	})
}

func TestAPolicyIsReplacedWithinAFullBudget(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	full := strings.Replace(allowGet, "example", "example"+strings.Repeat("x", 10240-len(allowGet)-400), 1)
	for _, document := range []string{full, strings.Replace(full, "GetObject", "PutObject", 1)} {
		if err := c.IAM.PutRolePolicyByHand(deploy, "full", document); err != nil {
			t.Errorf("put = %v, want nil", err)
		}
	}
	if err := c.IAM.PutRolePolicyByHand(deploy, "more", full); fault.KindOf(err) != fault.Quota {
		t.Errorf("put another = %v, want Quota", err)
	}
	if _, err := c.Look(t.Context(), account+"role/AWSReservedSSO_Other_0"); fault.KindOf(err) != fault.Denied {
		t.Errorf("Look = %v, want Denied by the name alone", err)
	}
}

func TestTheContextOfACall(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	only := func(operator, key, value string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"` +
			operator + `":{"` + key + `":"` + value + `"}}}]}`
	}
	for _, test := range []struct {
		name, policy string
		call         inprocess.DataCall
		want         iampolicy.Outcome
	}{
		{"a role's session", only("StringEquals", "aws:userid", "AROAEXAMPLE0000000001:ana"), get(deploy), iampolicy.Allowed},
		{"another session", only("StringEquals", "aws:userid", "AROAEXAMPLE0000000001:ben"), get(deploy), iampolicy.ImplicitDeny},
		{"a user", only("StringEquals", "aws:userid", "AIDAEXAMPLE0000000001"), get(ciUser), iampolicy.Allowed},
		{"a user's name", only("StringEquals", "aws:username", "ci-user"), get(ciUser), iampolicy.Allowed},
		{"a role has no user name", only("StringLike", "aws:username", "*"), get(deploy), iampolicy.ImplicitDeny},
		{"not yet", only("DateGreaterThanEquals", "aws:CurrentTime", "2026-03-01T12:00:01Z"), get(deploy), iampolicy.ImplicitDeny},
		{"in time", only("DateLessThan", "aws:CurrentTime", "2026-03-01T12:00:01Z"), get(deploy), iampolicy.Allowed},
		{"too late", only("DateLessThan", "aws:CurrentTime", "2026-03-01T12:00:00Z"), get(deploy), iampolicy.ImplicitDeny},
		{"seconds since 1970", only("NumericLessThanEquals", "aws:EpochTime", "1772366400"), get(deploy), iampolicy.Allowed},
		{"the account", only("StringEquals", "aws:PrincipalAccount", "111122223333"), get(deploy), iampolicy.Allowed},
		{"the principal", only("ArnEquals", "aws:PrincipalArn", deploy), get(deploy), iampolicy.Allowed},
		{"a tag", only("StringEquals", "aws:PrincipalTag/curfew:managed", "true"), get(deploy), iampolicy.Allowed},
		{"no source identity", only("StringLike", "aws:SourceIdentity", "*"), get(deploy), iampolicy.ImplicitDeny},
		{"a source identity", only("StringEquals", "aws:SourceIdentity", "ana"),
			inprocess.DataCall{Principal: deploy, SourceIdentity: "ana", Action: "s3:GetObject", Resource: "arn:aws:s3:::x"}, iampolicy.Allowed},
		{"what the caller says of the request", only("Bool", "aws:MultiFactorAuthPresent", "true"),
			inprocess.DataCall{Principal: deploy, Action: "s3:GetObject", Resource: "arn:aws:s3:::x",
				Context: iampolicy.Context{"aws:multifactorauthpresent": {"true"}}}, iampolicy.Allowed},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := example(t, inprocess.IAMSettings{Now: func() time.Time { return at }})
			if err := c.IAM.PutRolePolicyByHand(test.call.Principal, "test", test.policy); err != nil {
				t.Fatal(err)
			}
			wantOutcome(t, c, test.call, test.want)
		})
	}
}

func TestTheExampleWorldIsWhatItSays(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	everything := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	for _, arn := range []string{deploy, ciUser} {
		if err := c.IAM.PutRolePolicyByHand(arn, "everything", everything); err != nil {
			t.Fatal(err)
		}
	}
	bounded := account + "role/backup-runner"
	if err := errors.Join(c.IAM.RemoveTag(bounded, "curfew:managed"), c.IAM.SetBoundary(bounded, bounds)); err != nil {
		t.Fatal(err)
	}
	with := func(key, value string) iampolicy.Context { return iampolicy.Context{key: {value}} }
	for _, test := range []struct {
		name, principal, action, resource string
		context                           iampolicy.Context
		want                              iampolicy.Outcome
	}{
		{"the boundary lets work through", deploy, "s3:PutObject", "arn:aws:s3:::example/x", nil, iampolicy.Allowed},
		{"and reads of IAM", deploy, "iam:GetRole", legacy, nil, iampolicy.Allowed},
		{"and writes on bounded roles that are not marked", deploy, "iam:PutRolePolicy", bounded, nil, iampolicy.Allowed},
		{"but not on marked ones", deploy, "iam:PutRolePolicy", responder, nil, iampolicy.ExplicitDeny},
		{"but not on who has none", deploy, "iam:PutRolePolicy", legacy, nil, iampolicy.ExplicitDeny},
		{"nor to make a user without it", ciUser, "iam:CreateUser", account + "user/x", nil, iampolicy.ExplicitDeny},
		{"nor a new version of a policy", deploy, "iam:CreatePolicyVersion", account + "policy/x", nil, iampolicy.ExplicitDeny},
		{"nor to take a boundary away", deploy, "iam:DeleteRolePermissionsBoundary", deploy, with("iam:PermissionsBoundary", bounds), iampolicy.ExplicitDeny},
		{"nor access keys", deploy, "iam:CreateAccessKey", ciUser, with("iam:PermissionsBoundary", bounds), iampolicy.ExplicitDeny},
		{"nor login profiles", deploy, "iam:CreateLoginProfile", ciUser, with("iam:PermissionsBoundary", bounds), iampolicy.ExplicitDeny},
		{"nor our tag", deploy, "iam:TagRole", bounded, with("aws:TagKeys", "curfew:managed"), iampolicy.ExplicitDeny},
		{"nor our tag in another case", deploy, "iam:TagRole", legacy, with("aws:TagKeys", "CURFEW:Managed"), iampolicy.ExplicitDeny},
		{"nor any tag of a marked role", deploy, "iam:TagRole", responder, with("aws:TagKeys", "team"), iampolicy.ExplicitDeny},
		{"other tags of others are fine", deploy, "iam:TagRole", legacy, with("aws:TagKeys", "team"), iampolicy.Allowed},
		{"nor our functions", deploy, "lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:curfew-revoke", nil, iampolicy.ExplicitDeny},
		{"nor our policies", deploy, "iam:DeletePolicy", bounds, nil, iampolicy.ExplicitDeny},
		{"but to look at them", deploy, "iam:GetPolicy", bounds, nil, iampolicy.Allowed},
		{"legacy-admin has no boundary", legacy, "iam:CreateAccessKey", ciUser, nil, iampolicy.Allowed},
		{"a service role reads a little", account + "role/backup-runner", "backup:ListBackupJobs", "*", nil, iampolicy.Allowed},
		{"and no more", account + "role/backup-runner", "backup:DeleteRecoveryPoint", "*", nil, iampolicy.ImplicitDeny},
		{"a role without policies", account + "role/nobody", "s3:GetObject", "*", nil, iampolicy.ImplicitDeny},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantOutcome(t, c, inprocess.DataCall{
				Principal: test.principal, SessionName: "ana", Action: test.action, Resource: test.resource, Context: test.context,
			}, test.want)
		})
	}
}

func TestPoliciesOfAUsersGroupsCount(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	call := inprocess.DataCall{Principal: ciUser, Action: "s3:GetObject", Resource: "arn:aws:s3:::example-artifacts/x"}
	wantOutcome(t, c, call, iampolicy.Allowed)
}

func TestADeletedPrincipalMayNothing(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	call := inprocess.DataCall{Principal: legacy, SessionName: "ana", Action: "s3:GetObject", Resource: "*"}
	wantOutcome(t, c, call, iampolicy.Allowed)
	if err := c.IAM.DeleteRole(legacy); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, c, call, iampolicy.ImplicitDeny)
}

func TestProtectedRolesWithstandHandsToo(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	for _, arn := range c.IAM.Principals() {
		err := c.IAM.SetTag(arn, "team", "x")
		if _, look := c.Look(t.Context(), arn); fault.KindOf(look) != fault.KindOf(err) {
			t.Errorf("%s: by hand %v, by the port %v; want both to be refused or neither", arn, err, look)
		}
	}
}

func TestWhatIsDoneByHand(t *testing.T) {
	c := example(t, inprocess.IAMSettings{})
	policy := account + "policy/by-hand"
	for _, step := range []struct {
		name string
		do   func() error
		want iampolicy.Outcome
	}{
		{"put", func() error { return c.IAM.PutRolePolicyByHand(deploy, "by-hand", allowGet) }, iampolicy.Allowed},
		{"deleted", func() error { return c.IAM.DeleteRolePolicyByHand(deploy, "by-hand") }, iampolicy.ImplicitDeny},
		{"created", func() error { return c.IAM.CreatePolicyByHand(policy, allowGet) }, iampolicy.ImplicitDeny},
		{"attached", func() error { return c.IAM.AttachByHand(deploy, policy) }, iampolicy.Allowed},
		{"detached", func() error { return c.IAM.DetachByHand(deploy, policy) }, iampolicy.ImplicitDeny},
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v, want nil", step.name, err)
		}
		wantOutcome(t, c, get(deploy), step.want)
	}
	if err := c.IAM.DetachByHand(deploy, policy); fault.KindOf(err) != fault.NotFound {
		t.Errorf("detached again: %v, want NotFound", err)
	}
}
