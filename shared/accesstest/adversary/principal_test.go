package adversary

import "curfew/shared/inprocess"

// principals are requests for a principal that may not be elevated, or not by this entitlement.
func principals() []attempt {
	const (
		linked   = account + "role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
		identity = account + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developer_0123456789abcdef"
	)
	anyRole := func(arn string) string { return with(askTwo, "two-leads", "any-role", engineer, arn) }
	admin := func(arn string) string { return with(askAdmin, engineer, arn) }
	var all []attempt
	for _, p := range []struct {
		name, body, reason string
		prepare            func(*inprocess.IAM) error
	}{
		{"role of somebody else", admin(backup), "curfew.principal", nil},
		{"role of an account that is no member", admin("arn:aws:iam::444455556666:role/engineer-deploy"), "curfew.account", nil},
		{"role that does not exist", admin(account + "role/engineer-nobody"), "curfew.principal", nil},
		{"user in place of a role", admin(account + "user/ci-user"), "curfew.principal", nil},
		{"user with the name of a role", admin(account + "user/engineer-deploy"), "curfew.principal", nil},
		{"role with a way out of its path", admin(account + "role/engineer-x/../legacy-admin"), "curfew.principal", nil},
		{"role under a path that looks right", admin(account + "role/engineer-x/legacy-admin"), "curfew.principal", nil},
		{"role behind an empty path", admin(account + "role//engineer-deploy"), "curfew.principal", nil},
		{"name of a role in another case", admin(account + "role/Engineer-deploy"), "curfew.principal", nil},
		{"name of a role in another case, which the entitlement lets pass", admin(account + "role/engineer-DEPLOY"), "curfew.principal", nil},
		{"role of another partition", admin("arn:aws-cn:iam::111122223333:role/engineer-deploy"), "curfew.principal", nil},
		{"service-linked role", admin(linked), "curfew.principal", nil},
		{"service-linked role, where all roles are meant", anyRole(linked), "curfew.principal", nil},
		{"role of Identity Center, where all roles are meant", anyRole(identity), "curfew.principal", nil},
		{"role of Identity Center, without its path", anyRole(account + "role/AWSReservedSSO_Developer_0123456789abcdef"), "curfew.principal", nil},
		// IAM ignores the path of a name, the entitlement does not.
		{"role under a path that it does not have", with(askTwo, "two-leads", "team", engineer, account+"role/team/backup-runner"), "curfew.principal", nil},
		{"role that is not marked, with admin of its own", anyRole(legacy), "curfew.managed", nil},
		{"role whose mark was taken away", askAdmin, "curfew.managed", func(iam *inprocess.IAM) error { return iam.RemoveTag(engineer, "curfew:managed") }},
		{"role whose mark says no", askAdmin, "curfew.managed", func(iam *inprocess.IAM) error { return iam.SetTag(engineer, "curfew:managed", "TRUE") }},
		{"role marked for another installation", askAdmin, "curfew.managed", func(iam *inprocess.IAM) error {
			if err := iam.RemoveTag(engineer, "curfew:managed"); err != nil {
				return err
			}
			return iam.SetTag(engineer, "curfew2:managed", "true")
		}},
		{"role without a boundary", askAdmin, "curfew.boundary", func(iam *inprocess.IAM) error { return iam.SetBoundary(engineer, "") }},
		{"role under a boundary of its own", askAdmin, "curfew.boundary", func(iam *inprocess.IAM) error {
			const boundary = account + "policy/not-curfew-boundary"
			const all = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`
			if err := iam.CreatePolicyByHand(boundary, all); err != nil {
				return err
			}
			return iam.SetBoundary(engineer, boundary)
		}},
	} {
		a := attempt{name: p.name, who: ana(), body: p.body, status: 403, kind: "denied", reasons: []string{p.reason}, leaves: denied}
		if p.prepare != nil {
			a.prepare = func(w *world) {
				if err := p.prepare(w.iam); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		all = append(all, a)
	}
	for _, p := range []struct{ name, arn string }{
		{"ARN in another case", "ARN:AWS:IAM::111122223333:ROLE/ENGINEER-DEPLOY"},
		{"kind of principal in another case", account + "Role/engineer-deploy"},
		{"ARN with a wildcard", account + "role/engineer-*"},
		{"ARN with a look-alike letter", account + "role/\u0435ngineer-deploy"},
		{"ARN with a space", account + "role/engineer-deploy "},
		{"ARN of a session", "arn:aws:sts::111122223333:assumed-role/engineer-deploy/ana"},
		{"ARN of the account's root", account + "root"},
		{"ARN of a group", account + "group/pipelines"},
		{"ARN of a policy", account + "policy/curfew-boundary"},
		{"two ARNs", engineer + "," + backup},
		{"id in place of an ARN", "AROAEXAMPLE0000000001"},
		{"no principal", ""},
	} {
		all = append(all, attempt{name: p.name, who: ana(), body: admin(p.arn), status: 400, kind: "invalid", leaves: nothing})
	}
	return all
}
