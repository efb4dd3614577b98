package permissions

import (
	"maps"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// leftToPrincipals are the writes of IAM that an administrator under the shipped boundary may make on a principal that is marked, with
// the reason.
var leftToPrincipals = map[string]string{
	"CreateAccountAlias": whyName, "DeleteAccountAlias": whyName, "UpdateAccountName": whyName, "PutAccountProperties": whyName,
	"CreateServiceLinkedRole": whyLinked, "DeleteServiceLinkedRole": whyLinked,
	"DisableOrganizationsRootCredentialsManagement": whyLess, "DisableOrganizationsRootSessions": whyLess,
	"SetSecurityTokenServicePreferences": whyWhere, "SetSTSRegionalEndpointStatus": whyWhere,
	"PassRole": whyOthers,
}

const (
	whyName   = "names the account, and lets no principal in"
	whyLinked = "AWS fixes what a service-linked role may do"
	whyLess   = "takes access away"
	whyWhere  = "says where tokens are valid, not whose"
)

// TestTheBoundaryKeepsMarkedPrincipalsAsTheyAre asks of every action of IAM that writes to a role or user: an elevated session could
// change itself, or another marked principal, for longer than its elevation. New data may bring a new one.
func TestTheBoundaryKeepsMarkedPrincipalsAsTheyAre(t *testing.T) {
	who := matrixPrincipals(t)[elevated].policies
	found := map[string]bool{}
	asked := 0
	for _, a := range iamdata.Actions("iam") {
		if a.Level == iamdata.Read || a.Level == iamdata.List {
			continue
		}
		for _, arn := range targetsOf(a) {
			context := target(true, true, adminARN)
			maps.Copy(context, iampolicy.Context{"aws:PrincipalArn": {aRole}, "aws:TagKeys": {"team"}, "aws:RequestTag/team": {"a"}})
			asked++
			if d := iampolicy.Evaluate(who, iampolicy.Call{Action: "iam:" + a.Name, Resource: arn, Context: context}); d.Outcome != iampolicy.Allowed {
				continue
			}
			found[a.Name] = true
			if leftToPrincipals[a.Name] == "" {
				t.Errorf("iam:%s on %s is allowed: deny it in the boundary, or say why not", a.Name, arn)
			}
		}
	}
	for name := range leftToPrincipals {
		if !found[name] {
			t.Errorf("iam:%s is denied: it needs no reason", name)
		}
	}
	t.Logf("%d calls", asked)
}

// targetsOf returns a marked role or user for an action of them, or "*" for one without resources.
func targetsOf(a iamdata.Action) (arns []string) {
	for _, r := range a.Resources {
		switch r.Name {
		case "role":
			arns = append(arns, aRole)
		case "user":
			arns = append(arns, aUser)
		}
	}
	if a.Resources == nil && !strings.HasPrefix(a.Name, "Generate") {
		arns = append(arns, "*")
	}
	return arns
}
