package audittest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// world is who is there.
type world struct {
	accounts                   []string
	people, leads, operators   []identity.Caller
	machines, triggers, oncall []identity.Caller
	roles                      []access.Principal // of people
	work                       []access.Principal // of machines and triggers, in their order
	rights                     []right
}

// right is an entitlement.
type right struct {
	name, task, review string
	need               int
	actions, resources []string
}

func newWorld(r *rand.Rand) (w world) {
	for i := range 6 {
		w.accounts = append(w.accounts, strings.Repeat(fmt.Sprint(i+1), 12))
	}
	for i := range 60 {
		p := identity.Caller{ID: identity.PersonID("https://id.example.com", fmt.Sprintf("%04d", i)), Kind: identity.Person, Name: fmt.Sprintf("person-%02d", i), Groups: []string{"engineers"}, MFA: true}
		switch {
		case i < 10:
			p.Groups = []string{"leads"}
			w.leads = append(w.leads, p)
		case i < 14:
			p.Groups = []string{"operators", "security"}
			w.operators = append(w.operators, p)
		case i < 22:
			p.Groups = []string{"engineers", "oncall"}
			w.oncall = append(w.oncall, p)
		}
		w.people = append(w.people, p)
	}
	for i, account := range w.accounts {
		for j := range 5 {
			w.roles = append(w.roles, role(account, fmt.Sprintf("engineer-%d", j), i*10+j))
		}
	}
	for i := range 12 {
		of := role(w.accounts[i%len(w.accounts)], fmt.Sprintf("job-%02d", i), 100+i)
		w.work = append(w.work, of)
		w.machines = append(w.machines, identity.Caller{ID: identity.MachineID(of.ID), Kind: identity.Machine, Name: fmt.Sprintf("job-%02d-%d", i, r.IntN(100)), ARN: of.ARN, Groups: []string{"agents"}})
	}
	for i, name := range []string{"agent-run", "nightly-backup", "rotation", "deploy"} {
		w.work = append(w.work, role(w.accounts[i], name, 200+i))
		w.triggers = append(w.triggers, identity.Caller{ID: identity.TriggerID(name), Kind: identity.Machine, Name: name})
	}
	w.rights = []right{
		{"admin-30m", "change", "", 1, []string{"iam:PassRole", "ec2:RunInstances", "rds:ModifyDBInstance"}, []string{"arn:aws:rds:us-east-1:%s:db:orders", "arn:aws:ec2:us-east-1:%s:instance/*"}},
		{"database-repair", "change", "always", 2, []string{"rds-data:ExecuteStatement", "rds:RebootDBInstance"}, []string{"arn:aws:rds:us-east-1:%s:cluster:orders"}},
		{"read-customer", "incident", "findings", 1, []string{"s3:GetObject", "s3:ListBucket"}, []string{"arn:aws:s3:::customers-%s/*"}},
		{"incident-logs", "incident", "", 0, []string{"logs:FilterLogEvents", "logs:StartQuery"}, []string{"arn:aws:logs:us-east-1:%s:log-group:/checkout:*"}},
		{"agent-job", "workflow", "", 0, []string{"secretsmanager:GetSecretValue"}, []string{"arn:aws:secretsmanager:us-east-1:%s:secret:tickets-AbCdEf"}},
		{"backup-run", "backup", "", 0, []string{"ec2:CreateSnapshot", "ec2:CopySnapshot"}, []string{"arn:aws:ec2:us-east-1:%s:volume/*"}},
		{"rotation-job", "rotation", "", 0, []string{"kms:EnableKey", "kms:Decrypt"}, []string{"arn:aws:kms:us-east-1:%s:key/1234abcd-12ab-34cd-56ef-1234567890ab"}},
	}
	return w
}

func role(account, name string, n int) access.Principal {
	return access.Principal{ARN: "arn:aws:iam::" + account + ":role/" + name, ID: fmt.Sprintf("AROAEXAMPLE%010d", n), Account: account}
}

// breakGlass is the entitlement of emergencies; the ones before it have approvers, those after it are for machines.
const breakGlass = 3

func callerOf(c identity.Caller) Caller { return Caller{c.ID, string(c.Kind), c.Name} }
