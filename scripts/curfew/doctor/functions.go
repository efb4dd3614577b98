package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functions are all functions of an installation.
func functions() []string {
	return []string{"api", "decide", "wait", "grant", "revoke", "contain", "expire", "reconcile", "trigger", "notify", "correlate", "backfill", "archive", "review", "console"}
}

// revokePerGrant is the ratio of reserved concurrency, revoke to grant: granting must not starve ending.
const revokePerGrant = 3

func (r *round) checkFunctions(ctx context.Context) {
	reserved, client := map[string]int{}, lambda.NewFromConfig(r.aws)
	for _, f := range functions() {
		name := r.resource(f)
		check := "function " + name
		d, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		concurrency, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		variables := map[string]string{}
		if d.Environment != nil {
			variables = d.Environment.Variables
		}
		var m problems
		// Lambda makes a function Inactive after weeks without a call; the next call wakes it.
		m.require(d.State == lambdatypes.StateActive || d.State == lambdatypes.StateInactive, "it is %s", d.State)
		m.require(d.LastUpdateStatus == lambdatypes.LastUpdateStatusSuccessful, "its last update is %s", d.LastUpdateStatus)
		m.require(variables["CURFEW_NAME"] == r.Name, "its CURFEW_NAME is %q", variables["CURFEW_NAME"])
		says := "version " + aws.ToString(d.Version) + ", code " + aws.ToString(d.CodeSha256) + " of " + aws.ToString(d.LastModified)
		if n := concurrency.ReservedConcurrentExecutions; n != nil {
			reserved[f] = int(*n)
			m.require(*n > 0, "its reserved concurrency is 0: it cannot run")
			says += fmt.Sprintf(", %d reserved", *n)
		}
		r.addResult(check, m, says, redeploy)
		if f == "grant" {
			r.noteMembers(variables["CURFEW_MEMBER_ROLE"])
		}
		if f == "reconcile" {
			r.deployed, _ = time.Parse(lambdaTime, aws.ToString(d.LastModified)) // else zero: long ago
		}
	}
	r.reservations(ctx, client, reserved)
}

// lambdaTime is the form of LastModified, 2026-11-30T09:00:00.000+0000.
const lambdaTime = "2006-01-02T15:04:05.000-0700"

func (r *round) reservations(ctx context.Context, client *lambda.Client, reserved map[string]int) {
	const check, do = "reservations", "reserve three times as much for revoke as for grant: context reserved of the stack"
	switch grant, revoke := reserved["grant"], reserved["revoke"]; {
	case len(reserved) == 0:
		limit, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
		if r.isAnswered(check, err) {
			r.add(check, NotSetUp, fmt.Sprintf("no function has reserved concurrency, of the account's %d: others can throttle removals. "+
				"The fence ends grants at the deadline; Revoke is retried, and the sweep repeats it", limit.AccountLimit.ConcurrentExecutions), "set the context reserved of the stack, if the limit allows it")
		}
	case grant == 0 || revoke == 0:
		r.add(check, Wrong, "grant or revoke has no reserved concurrency: granting can starve ending", do)
	case revoke < revokePerGrant*grant:
		r.add(check, Wrong, fmt.Sprintf("revoke has %d and grant %d: granting can starve ending", revoke, grant), do)
	default:
		r.add(check, OK, fmt.Sprintf("revoke has %d, grant %d", revoke, grant), "")
	}
}

// noteMembers: these credentials cannot read the member accounts.
func (r *round) noteMembers(role string) {
	if role == "" {
		r.add("member accounts", NotSetUp, "no account may be entered yet: the functions and the sweep run, and every request is refused", "set the context orgId of the stack, deploy both stacks, and curfew accounts add")
		return
	}
	r.add("member accounts", NotChecked, "only their own credentials can read their roles",
		"curfew accounts list; then in each account aws iam list-roles --query \"Roles[?starts_with(RoleName, '"+r.resource("member-")+"')].Arn\", and curfew onboard for each principal")
}

func (r *round) checkMappings(ctx context.Context) {
	client := lambda.NewFromConfig(r.aws)
	for _, f := range []string{"expire", "notify"} {
		name := r.resource(f)
		check := "stream to " + name
		d, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		stream := r.arn("dynamodb", "table/"+r.resource("access")+"/stream/")
		at := slices.IndexFunc(d.EventSourceMappings, func(m lambdatypes.EventSourceMappingConfiguration) bool {
			return strings.HasPrefix(aws.ToString(m.EventSourceArn), stream)
		})
		if at < 0 {
			r.add(check, Wrong, "nothing maps the stream of "+r.resource("access")+" to it: a net is down", redeploy)
			continue
		}
		got, last := d.EventSourceMappings[at], aws.ToString(d.EventSourceMappings[at].LastProcessingResult)
		var m problems
		m.require(aws.ToString(got.State) == "Enabled", "it is %s: a net is down", aws.ToString(got.State))
		m.require(!strings.HasPrefix(last, "PROBLEM"), "its last result is %s", last)
		dead, to := r.arn("sqs", r.resource("dead-"+f)), got.DestinationConfig
		m.require(to != nil && to.OnFailure != nil && aws.ToString(to.OnFailure.Destination) == dead, "failed records do not go to %s", dead)
		r.addResult(check, m, "enabled", redeploy)
	}
}

// net is a rule and the function that it invokes.
type net struct{ rule, function string }

func (r *round) checkRules(ctx context.Context) {
	client := eventbridge.NewFromConfig(r.aws)
	for _, n := range []net{{"execution-closed", "revoke"}, {"sweep", "reconcile"}} {
		name := r.resource(n.rule)
		check := "rule " + name
		d, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		t, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &name})
		if !r.isAnswered(check, err) {
			continue
		}
		function, dead := r.arn("lambda", "function:"+r.resource(n.function)), r.arn("sqs", r.resource("dead-"+n.function))
		target := eventtypes.Target{}
		if len(t.Targets) == 1 {
			target = t.Targets[0]
		}
		var m problems
		m.require(d.State == eventtypes.RuleStateEnabled, "it is %s: a net is down", d.State)
		m.require(aws.ToString(target.Arn) == function, "its target is not %s alone", function)
		m.require(target.DeadLetterConfig != nil && aws.ToString(target.DeadLetterConfig.Arn) == dead, "undelivered events do not go to %s", dead)
		says := "enabled"
		if n.rule == "sweep" {
			every := aws.ToString(d.ScheduleExpression)
			m.require(slices.Contains(schedules(), every), "it runs at %q, not every one to three minutes", every)
			says += ", " + every
		} else {
			m.require(strings.Contains(aws.ToString(d.EventPattern), r.arn("states", "stateMachine:"+r.resource("elevation"))), "it is not for the state machine")
		}
		r.addResult(check, m, says, redeploy)
	}
}

// schedules are the rates that the sweep may have.
func schedules() []string { return []string{"rate(1 minute)", "rate(2 minutes)", "rate(3 minutes)"} }
