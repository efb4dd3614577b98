package runbook

import (
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// The accounts of infra's examples.
const scpHome, scpMember = "444455556666", "111122223333"

// call is what a command asks AWS for. {x} is the value of the flag --x.
type call struct {
	isMembers bool // its account is a member account
	actions   []string
	resource  string
	others    string // a resource of the same kind that operators may not use
	context   iampolicy.Context
}

// calls are those of each command. The actions are those of the service authorization reference.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
// Log tails read with FilterLogEvents.
// https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html
// A move of messages reads and deletes in the source and sends to its queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
var calls = map[string]call{
	"cloudwatch describe-alarms":           {actions: []string{"cloudwatch:DescribeAlarms"}, resource: "arn:aws:cloudwatch:us-east-1:444455556666:alarm:{alarm-name-prefix}stuck"},
	"logs tail":                            {actions: []string{"logs:FilterLogEvents"}, resource: "arn:aws:logs:us-east-1:444455556666:log-group:/aws/lambda/curfew-revoke"},
	"events describe-rule":                 {actions: []string{"events:DescribeRule"}, resource: "arn:aws:events:us-east-1:444455556666:rule/{name}"},
	"events enable-rule":                   {actions: []string{"events:EnableRule"}, resource: "arn:aws:events:us-east-1:444455556666:rule/{name}"},
	"lambda get-function-concurrency":      {actions: []string{"lambda:GetFunctionConcurrency"}, resource: function},
	"lambda put-function-concurrency":      {actions: []string{"lambda:PutFunctionConcurrency"}, resource: function},
	"lambda list-event-source-mappings":    {actions: []string{"lambda:ListEventSourceMappings"}, resource: "*"},
	"lambda invoke curfew-reconcile":       {actions: []string{"lambda:InvokeFunction"}, resource: function},
	"lambda invoke curfew-review":          {actions: []string{"lambda:InvokeFunction"}, resource: function},
	"lambda invoke curfew-revoke":          {actions: []string{"lambda:InvokeFunction"}, resource: function},
	"stepfunctions list-executions":        {actions: []string{"states:ListExecutions"}, resource: "{state-machine-arn}"},
	"sqs get-queue-url":                    {actions: []string{"sqs:GetQueueUrl"}, resource: "arn:aws:sqs:us-east-1:444455556666:{queue-name}"},
	"sqs receive-message":                  {actions: []string{"sqs:ReceiveMessage"}, resource: deadQueue, others: otherQueue},
	"sqs delete-message":                   {actions: []string{"sqs:DeleteMessage"}, resource: deadQueue, others: otherQueue},
	"sqs start-message-move-task":          {actions: []string{"sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, resource: "{source-arn}"},
	"cloudformation describe-stack-events": {actions: []string{"cloudformation:DescribeStackEvents"}, resource: "arn:aws:cloudformation:us-east-1:444455556666:stack/{stack-name}/1"},
	"dynamodb describe-table":              {actions: []string{"dynamodb:DescribeTable"}, resource: "arn:aws:dynamodb:us-east-1:444455556666:table/{table-name}"},
	"iam list-role-policies":               {isMembers: true, actions: []string{"iam:ListRolePolicies"}, resource: aRole, context: marked},
	"iam delete-role-policy":               {isMembers: true, actions: []string{"iam:DeleteRolePolicy"}, resource: aRole, context: marked},
	"iam list-attached-role-policies":      {isMembers: true, actions: []string{"iam:ListAttachedRolePolicies"}, resource: aRole, context: marked},
	"iam detach-role-policy":               {isMembers: true, actions: []string{"iam:DetachRolePolicy"}, resource: aRole, context: marked},
	"iam attach-role-policy":               {isMembers: true, actions: []string{"iam:AttachRolePolicy"}, resource: aRole},
	"iam create-role":                      {isMembers: true, actions: []string{"iam:CreateRole"}, resource: aRole},
	"iam list-policies":                    {isMembers: true, actions: []string{"iam:ListPolicies"}, resource: "*"},
	"iam delete-policy":                    {isMembers: true, actions: []string{"iam:DeletePolicy"}, resource: "arn:aws:iam::111122223333:policy/curfew-boundary"},
	"iam tag-role":                         {isMembers: true, actions: []string{"iam:TagRole"}, resource: aRole, context: iampolicy.Context{"aws:TagKeys": {"curfew:managed"}}},
	"iam put-role-permissions-boundary":    {isMembers: true, actions: []string{"iam:PutRolePermissionsBoundary"}, resource: aRole, context: marked},
	"sts assume-role":                      {isMembers: true, actions: []string{"sts:AssumeRole"}, resource: "{role-arn}"},
}

const (
	function   = "arn:aws:lambda:us-east-1:444455556666:function:{function-name}"
	deadQueue  = "arn:aws:sqs:us-east-1:444455556666:curfew-dead-revoke"
	otherQueue = "arn:aws:sqs:us-east-1:444455556666:curfew-changes"
	aRole      = "arn:aws:iam::111122223333:role/{role-name}"
)

var marked = iampolicy.Context{"aws:ResourceTag/curfew:managed": {"true"}, "aws:TagKeys": {}}

// fill replaces the flags in a resource. REGION and the accounts are those of the SCPs' examples.
func (c instruction) fill(resource string) string {
	for _, part := range strings.Split(resource, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		resource = strings.Replace(resource, "{"+name+"}", c.flag(name), 1)
	}
	return strings.NewReplacer("REGION", region, "HOME", scpHome, "ACCOUNT", scpMember).Replace(resource)
}

// markUnderSCPs returns who the SCPs leave an action to: "" to all, ‡ to operators and deployers, † to deployers.
func markUnderSCPs(t *testing.T, isMembers bool, actions []string, resource string, context iampolicy.Context) string {
	t.Helper()
	account := scpHome
	if isMembers {
		account = scpMember
	}
	for _, by := range []struct{ mark, role string }{{"", "administrator"}, {"‡", "on-call"}, {"†", "stacksets-exec-0123"}} {
		arn := "arn:aws:iam::" + account + ":role/" + by.role
		with := iampolicy.Context{"aws:PrincipalArn": {arn}}
		for key, values := range context {
			with[key] = values
		}
		if !slices.ContainsFunc(actions, func(action string) bool {
			d := iampolicy.Evaluate(scps(t, isMembers), iampolicy.Call{Action: action, Resource: resource, Context: with})
			return d.Outcome != iampolicy.Allowed
		}) {
			return by.mark
		}
	}
	return "not even a deployer's"
}

// scps are those of an account, with the operators' role on-call at home.
func scps(t *testing.T, isMembers bool) (p iampolicy.Policies) {
	t.Helper()
	texts := map[string]string{"FullAWSAccess": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`}
	files := []string{"operators-scp.json", "operators-scp-home.json"}
	if isMembers {
		files = files[:1]
	}
	for _, file := range files {
		b, err := os.ReadFile("../../../infra/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(b)
	}
	for name, text := range texts {
		d, err := iampolicy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p.Identity = append(p.Identity, iampolicy.Named{Name: name, Document: d})
	}
	return p
}

// TestTheRunbooksMarksAreWhatTheSCPsSay: a mark that is missing or superfluous fails.
func TestTheRunbooksMarksAreWhatTheSCPsSay(t *testing.T) {
	found := map[string]int{}
	for _, i := range instructions(t) {
		if i.words[0] != "aws" {
			continue
		}
		c := calls[i.key()] // all are there: see the test of commands
		got := markUnderSCPs(t, c.isMembers, c.actions, i.fill(c.resource), c.context)
		found[got]++
		if got != i.mark {
			t.Errorf("%s: the mark is %q; by the SCPs it is %q", i.text, i.mark, got)
		}
		if c.others == "" {
			continue
		}
		if got := markUnderSCPs(t, c.isMembers, c.actions, c.others, c.context); got != i.others {
			t.Errorf("%s, of another queue: the mark is %q; by the SCPs it is %q", i.text, i.others, got)
		}
	}
	if found[""] < 10 || found["†"] < 5 || found["‡"] < 3 {
		t.Errorf("commands by mark: %v, want some of each", found)
	}
}
