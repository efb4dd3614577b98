package permissions

import (
	"maps"
	"slices"
	"testing"

	"curfew/shared/iampolicy"
)

// elevated is a principal of a member account with AdministratorAccess under the shipped boundary.
const elevated = "elevated"

// attempt is one known way to escalate, or to tamper with Curfew.
type attempt struct {
	action, resource string
	context          iampolicy.Context
	what             string // the circumstance, if not clear from action and resource
	// may lists roles that the design allows (without "curfew-", or elevated); why is the reason.
	may []string
	why string
}

func (a attempt) String() string {
	if a.what == "" {
		return a.action + " on " + a.resource
	}
	return a.action + " on " + a.resource + ", " + a.what
}

// TestMatrix: no role of Curfew and no administrator under its boundary can do what an attacker would, except what
// the design allows. Something that the design allows and the policies deny is also an error.
func TestMatrix(t *testing.T) {
	principals, attempts := matrixPrincipals(t), attempts()
	actions := map[string]bool{}
	byDesign := 0
	for _, a := range attempts {
		actions[a.action] = true
		if (len(a.may) > 0) != (a.why != "") {
			t.Errorf("%s: allowed to %v because %q: want both or neither", a, a.may, a.why)
		}
		for _, m := range a.may {
			if _, ok := principals[m]; !ok {
				t.Errorf("%s: there is no principal %q", a, m)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(principals)) {
			p := principals[name]
			d := iampolicy.Evaluate(p.policies, a.by(p.arn))
			got, want := d.Outcome == iampolicy.Allowed, slices.Contains(a.may, name)
			if got != want {
				t.Errorf("%s: allowed to %s = %v (%s by %v), want %v", a, name, got, d.Outcome, d.By, want)
			}
			if got && want {
				byDesign++
			}
		}
	}
	if len(actions) < 45 {
		t.Errorf("%d actions, want at least 45", len(actions))
	}
	if !t.Failed() {
		t.Logf("%d roles x %d attempts of %d actions, %d allowed by design", len(principals), len(attempts), len(actions), byDesign)
	}
}

// attempts are all of the table.
func attempts() []attempt {
	return slices.Concat(onPrincipals(), onCanary(), onPasses(), onBounds(), onMarks(), onRecords(), onMachinery())
}

// by is the call of an attempt by this principal.
func (a attempt) by(arn string) iampolicy.Call {
	c := iampolicy.Context{"aws:PrincipalArn": {arn}}
	maps.Copy(c, a.context)
	return iampolicy.Call{Action: a.action, Resource: a.resource, Context: c}
}

// caller is who makes an attempt.
type caller struct {
	arn      string
	policies iampolicy.Policies
}

// matrixPrincipals are Curfew's roles, without "curfew-" in their names, and elevated.
func matrixPrincipals(t *testing.T) map[string]caller {
	t.Helper()
	all := map[string]caller{}
	for name, r := range roles(t) {
		all[name[len("curfew-"):]] = caller{r.arn, r.policies()}
	}
	all[elevated] = caller{aRole, iampolicy.Policies{
		Identity: []iampolicy.Named{{Name: "AdministratorAccess", Document: allowAll(t)}}, Boundary: boundary(t),
	}}
	return all
}

// allowAll is the policy that allows all.
func allowAll(t *testing.T) *iampolicy.Document {
	t.Helper()
	return mustParse(t, iampolicy.Parse, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
}

// TestTheBoundaryGivesNothing: alone it is no permission.
func TestTheBoundaryGivesNothing(t *testing.T) {
	d := iampolicy.Evaluate(iampolicy.Policies{Boundary: boundary(t)}, iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/key"})
	if d.Outcome != iampolicy.ImplicitDeny {
		t.Errorf("outcome = %s, want %s", d.Outcome, iampolicy.ImplicitDeny)
	}
}

// Targets of attempts in a member account. Curfew's things there and at home are under its name.
const (
	aRole      = "arn:aws:iam::" + member + ":role/engineer"
	aUser      = "arn:aws:iam::" + member + ":user/ana"
	aGroup     = "arn:aws:iam::" + member + ":group/admins"
	aPolicy    = "arn:aws:iam::" + member + ":policy/others"
	aGrant     = "arn:aws:iam::" + member + ":policy/curfew/curfew-01k6s3v0w8q2m4n6p8r0t2v4x6-1"
	memberRole = "arn:aws:iam::" + member + ":role/curfew-member-"
	homeRole   = "arn:aws:iam::" + home + ":role/curfew-"
	adminARN   = "arn:aws:iam::aws:policy/AdministratorAccess"
)

// atHome returns the ARN of a resource of Curfew.
func atHome(service, resource string) string {
	return "arn:aws:" + service + ":" + region + ":" + home + ":" + resource
}

// inMember returns the ARN of another owner's resource in a member account.
func inMember(service, resource string) string {
	return "arn:aws:" + service + ":" + region + ":" + member + ":" + resource
}

// target returns the context of a call on a principal: its marks, and the policy put on it.
func target(marked, bounded bool, policy string) iampolicy.Context {
	c := iampolicy.Context{}
	if marked {
		c[tagKey] = []string{"true"}
	}
	if bounded {
		c[boundaryKey] = []string{boundaryARN}
	}
	if policy != "" {
		c["iam:PolicyARN"] = []string{policy}
	}
	return c
}

// each makes one attempt per action.
func each(like attempt, actions ...string) []attempt {
	var all []attempt
	for _, a := range actions {
		like.action = a
		all = append(all, like)
	}
	return all
}
