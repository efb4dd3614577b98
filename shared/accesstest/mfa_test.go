package accesstest_test

import (
	"context"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// chainedCloud is IAM where only sessions of a role assume roles, with their own names: so Identity Center reaches them.
type chainedCloud struct{ access.Cloud }

func (c chainedCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	sight, err := c.Cloud.Look(ctx, arn)
	sight.Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{
		"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*"},"StringEquals":{"sts:RoleSessionName":"${aws:PrincipalTag/UserName}"}}}]}`
	return sight, err
}

func withMFA(e *access.Entitlement) { e.MFA = true }

// calls reports whether a call of ana's session is allowed.
func calls(s *story, mfa string) bool {
	c := inprocess.DataCall{Principal: accesstest.Engineer, SessionName: "ana", Action: "s3:GetObject", Resource: "arn:aws:s3:::deployments/plan.json", Context: iampolicy.Context{}}
	if mfa != "" {
		c.Context["aws:MultiFactorAuthPresent"] = []string{mfa}
	}
	return s.IAM.Allowed(c).Outcome == iampolicy.Allowed
}

func TestMFAIsAskedForAtSignInWhereSessionsCannotShowIt(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", withMFA)
		s.Service.Cloud = chainedCloud{s.Service.Cloud}
		weak := s.As("ana")
		weak.MFA = false
		_, err := weak.Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.Want(id, "active")
		if !calls(s, "") {
			t.Error("active, and every call is denied")
		}
	})
}

func TestMFAIsAskedForInCallsWhereAUserMayBeginTheSession(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", withMFA)
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.Want(id, "active")
		if calls(s, "") || calls(s, "false") || !calls(s, "true") {
			t.Error("a session without MFA is allowed, or one with it is denied")
		}
	})
}

func TestTrustPolicyThatLetsUsersInBeforeTheStart(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", withMFA)
		cloud := s.Service.Cloud
		s.Service.Cloud = chainedCloud{cloud}
		id := s.As("ana").Asks("deploy", time.Hour, startsIn(10*time.Minute))
		s.Service.Cloud = cloud
		s.Advance(11 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestMachineIsRefusedMFAThatItCannotHave(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("agent", withMFA)
		_, err := s.As("agent").Tries("agent", time.Hour)
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.mfa")
	})
}
