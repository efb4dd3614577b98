package permissions

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// trusts models how IAM stores roles and trust policies. For a role or user named as principal it stores the unique
// id, and refuses one that does not exist; a recreated role has another id. An account is stored as it is.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
type trusts struct {
	made   int
	ids    map[string]string              // of the roles that are there, by ARN
	trusts map[string]*iampolicy.Document // by ARN, as they were written
	stored map[string][]string            // by ARN: trusted unique ids or accounts
}

func newTrusts() *trusts {
	return &trusts{ids: map[string]string{}, trusts: map[string]*iampolicy.Document{}, stored: map[string][]string{}}
}

// makeRole creates a role, or recreates it.
func (w *trusts) makeRole(arn string) {
	w.made++
	w.ids[arn] = fmt.Sprintf("AROAEXAMPLE%010d", w.made)
}

func (w *trusts) deleteRole(arn string) { delete(w.ids, arn) }

// putTrust makes a role with a trust policy of one statement.
func (w *trusts) putTrust(t *testing.T, arn string, trust *iampolicy.Document) error {
	t.Helper()
	if len(trust.Statements) != 1 {
		t.Fatalf("%s has %d statements, and this stand-in knows one", arn, len(trust.Statements))
	}
	var stored []string
	for _, p := range trust.Statements[0].Principals {
		switch id, there := w.ids[p.Value]; {
		case p.Type != "AWS":
			t.Fatalf("%s trusts %v", arn, p)
		case strings.HasSuffix(p.Value, ":root"):
			stored = append(stored, strings.Split(p.Value, ":")[4])
		case !there:
			return fmt.Errorf("MalformedPolicyDocument: invalid principal in policy: %s", p.Value)
		default:
			stored = append(stored, id)
		}
	}
	w.makeRole(arn)
	w.trusts[arn], w.stored[arn] = trust, stored
	return nil
}

// assume reports whether a role with these policies can assume another.
func (w *trusts) assume(by string, may iampolicy.Policies, into, externalID string) bool {
	id, there := w.ids[by]
	account := strings.Split(by, ":")[4]
	if !there || !slices.Contains(w.stored[into], id) && !slices.Contains(w.stored[into], account) {
		return false
	}
	call := iampolicy.Call{Action: "sts:AssumeRole", Resource: into, Context: iampolicy.Context{"aws:PrincipalArn": {by}, "sts:ExternalId": {externalID}, "aws:ResourceOrgID": {"o-abc1234567"}}}
	trust := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "trust", Document: w.trusts[into]}}}
	return iampolicy.Evaluate(may, call).Outcome == iampolicy.Allowed && iampolicy.Evaluate(trust, call).Outcome == iampolicy.Allowed
}

// entered are the functions that act in member accounts.
var entered = []string{"api", "contain", "grant", "reconcile", "revoke", "trigger"}

// deployHome creates or recreates the functions' roles in home.
func (w *trusts) deployHome() {
	for _, f := range entered {
		w.makeRole(homeRole + f)
	}
}

// deployMember makes the functions' roles of the member account.
func (w *trusts) deployMember(t *testing.T, all map[string]role) {
	t.Helper()
	for _, f := range entered {
		if err := w.putTrust(t, memberRole+f, all["curfew-member-"+f].trust); err != nil {
			t.Errorf("the member stack cannot be deployed: %v", err)
		}
	}
}

// If home's roles are recreated, for example by a new deployment of a deleted stack, every function can still act in
// the member accounts: grants can be revoked.
func TestHomeMadeAnewCanStillRevoke(t *testing.T) {
	all := roles(t)
	for name, deploy := range map[string]func(w *trusts){
		"home first":        func(w *trusts) { w.deployHome(); w.deployMember(t, all) },
		"the member first":  func(w *trusts) { w.deployMember(t, all); w.deployHome() },
		"home is made anew": func(w *trusts) { w.deployHome(); w.deployMember(t, all); w.deployHome() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTrusts()
			deploy(w)
			for _, by := range entered {
				for _, into := range entered {
					if got := w.assume(homeRole+by, all["curfew-"+by].policies(), memberRole+into, "curfew"); got != (by == into) {
						t.Errorf("%s gets into the role of %s = %v", by, into, got)
					}
				}
			}
		})
	}
}

// No other principal of home can assume it, nor a role of that name in another account, even if its own policies
// allow all.
func TestOnlyTheFunctionsRoleIsTrusted(t *testing.T) {
	w, all := newTrusts(), roles(t)
	w.deployHome()
	w.deployMember(t, all)
	anything := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "all", Document: mustParse(t, iampolicy.Parse, []byte(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))}}}
	for _, by := range []string{
		homeRole + "grant", homeRole + "revoke-2", "arn:aws:iam::" + home + ":role/path/curfew-revoke", "arn:aws:iam::" + home + ":user/curfew-revoke",
		"arn:aws:iam::" + home + ":root", "arn:aws:iam::" + member + ":role/curfew-revoke", "arn:aws:iam::999988887777:role/curfew-revoke",
	} {
		w.makeRole(by)
		if w.assume(by, anything, memberRole+"revoke", "curfew") {
			t.Errorf("%s gets into the role of revoke", by)
		}
	}
	if w.assume(homeRole+"revoke", anything, memberRole+"revoke", "another") {
		t.Error("another external id is good enough")
	}
	w.deleteRole(homeRole + "revoke")
	if w.assume(homeRole+"revoke", anything, memberRole+"revoke", "curfew") {
		t.Error("a role that was deleted gets in")
	}
}

// A role of the same name in another organization, or one whose organization is not known, is not entered: the policy
// names the organization, and no account.
func TestNoFunctionEntersAnotherOrganization(t *testing.T) {
	all := roles(t)
	for _, f := range entered {
		for id, want := range map[string]iampolicy.Outcome{"o-abc1234567": iampolicy.Allowed, "o-another123": iampolicy.ImplicitDeny, "": iampolicy.ImplicitDeny} {
			call := iampolicy.Call{Action: "sts:AssumeRole", Resource: "arn:aws:iam::999988887777:role/curfew-member-" + f}
			if id != "" {
				call.Context = inOrg(id)
			}
			if got := iampolicy.Evaluate(all["curfew-"+f].policies(), call).Outcome; got != want {
				t.Errorf("%s enters organization %q = %s, want %s", f, id, got, want)
			}
		}
	}
}

// The model keeps ids as IAM does: a trust in a missing role is refused, and is lost when the role is recreated.
func TestATrustThatNamesARoleIsLostWithIt(t *testing.T) {
	named := mustParse(t, iampolicy.ParseTrust, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
		"Principal":{"AWS":"`+homeRole+`revoke"},"Condition":{"StringEquals":{"sts:ExternalId":"curfew"}}}]}`))
	w, may := newTrusts(), roles(t)["curfew-revoke"].policies()
	if err := w.putTrust(t, memberRole+"revoke", named); err == nil {
		t.Error("a role that is not there is taken for a principal")
	}
	w.deployHome()
	if err := w.putTrust(t, memberRole+"revoke", named); err != nil || !w.assume(homeRole+"revoke", may, memberRole+"revoke", "curfew") {
		t.Errorf("the role does not get in, %v", err)
	}
	w.makeRole(homeRole + "revoke")
	if w.assume(homeRole+"revoke", may, memberRole+"revoke", "curfew") {
		t.Error("the role that was made anew gets in")
	}
}
