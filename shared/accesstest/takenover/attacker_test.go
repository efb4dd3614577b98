package takenover

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/permissions"
)

const infra = "../../../infra"

// attacker holds the roles of one function.
type attacker struct {
	name  string
	roles []permissions.Role
	above map[string][]iampolicy.Named // the SCPs of each account
	used  map[string]bool              // actions that a move used, and partitions as "put elevation#*"
}

// call is one call to AWS.
type call struct {
	action, resource string
	context          iampolicy.Context
}

// attackers are the functions, and the roles that only a service of AWS takes.
func attackers(t *testing.T) []*attacker {
	t.Helper()
	all, err := permissions.Roles(infra)
	if err != nil {
		t.Fatal(err)
	}
	scps := map[string][]iampolicy.Named{permissions.Home: above(t, permissions.Home), permissions.Member: above(t, permissions.Member)}
	byName := map[string]*attacker{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		function := strings.TrimPrefix(strings.TrimPrefix(name, "curfew-"), "member-")
		if byName[function] == nil {
			byName[function] = &attacker{name: function, used: map[string]bool{}, above: scps}
		}
		byName[function].roles = append(byName[function].roles, all[name])
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *attacker) int { return strings.Compare(a.name, b.name) })
}

// above are the shipped SCPs of an account: they only deny.
func above(t *testing.T, account string) (all []iampolicy.Named) {
	t.Helper()
	files := []string{"scp.json"}
	if account == permissions.Home {
		files = append(files, "scp-home.json")
	}
	for _, file := range files {
		text, err := os.ReadFile(infra + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := iampolicy.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, iampolicy.Named{Name: file, Document: d})
	}
	return all
}

// may reports whether one of the roles allows a call.
func (a *attacker) may(c call) bool {
	c.resource = strings.Replace(c.resource, "<function>", a.name, 1)
	for _, r := range a.roles {
		account := strings.Split(r.ARN, ":")[4]
		if in := strings.Split(c.resource, ":"); len(in) > 4 && in[2] == "iam" && in[4] != account && c.action != "sts:AssumeRole" {
			continue
		}
		context := iampolicy.Context{"aws:PrincipalArn": {r.ARN}, "aws:ResourceOrgID": {"o-abc1234567"}, "aws:ResourceAccount": {permissions.Home}}
		maps.Copy(context, c.context)
		p := r.Policies()
		p.Identity = append(p.Identity, a.above[account]...)
		if iampolicy.Evaluate(p, iampolicy.Call{Action: c.action, Resource: c.resource, Context: context}).Outcome == iampolicy.Allowed {
			a.used[c.action] = true
			if keys := c.context["dynamodb:LeadingKeys"]; len(keys) == 1 && strings.HasSuffix(c.resource, "curfew-access") {
				kind, _, several := strings.Cut(keys[0], "#")
				if several {
					kind += "#*"
				}
				a.used["put "+kind] = true
			}
			return true
		}
	}
	return false
}

// mayMake reports whether the attacker may make a move: all of its calls if it is made in memory, and else one.
func (a *attacker) mayMake(m move) bool {
	n := 0
	for _, c := range m.needs {
		if a.may(c) {
			n++
		}
	}
	return n == len(m.needs) || m.do == nil && n > 0
}

func atHome(service, resource string) string {
	return "arn:aws:" + service + ":" + permissions.Region + ":" + permissions.Home + ":" + resource
}

// put is the call that writes a row of the access table; remove deletes one.
func put(partition string) call {
	return call{"dynamodb:PutItem", atHome("dynamodb", "table/curfew-access"), iampolicy.Context{"dynamodb:LeadingKeys": {partition}}}
}

func remove(partition string) call {
	c := put(partition)
	c.action = "dynamodb:DeleteItem"
	return c
}

func putEvidence(partition string) call {
	return call{"dynamodb:PutItem", atHome("dynamodb", "table/curfew-audit"), iampolicy.Context{"dynamodb:LeadingKeys": {partition}}}
}

var (
	start  = call{action: "states:StartExecution", resource: atHome("states", "stateMachine:curfew-elevation")}
	answer = call{action: "states:SendTaskSuccess", resource: "*"}
	fail   = call{action: "states:SendTaskFailure", resource: "*"}
	beat   = call{action: "states:SendTaskHeartbeat", resource: "*"}
)

func invoke(function string) call {
	return call{action: "lambda:InvokeFunction", resource: atHome("lambda", "function:curfew-"+function)}
}

func queue(action, name string) call {
	return call{action: "sqs:" + action, resource: atHome("sqs", "curfew-"+name)}
}
