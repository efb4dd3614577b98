package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"curfew/scripts/curfew/awsread"
)

// functions are all that there are.
func functions() []string {
	return []string{"api", "decide", "wait", "grant", "revoke", "contain", "expire", "reconcile", "trigger", "notify"}
}

// revokePerGrant is how much of the reservation of grant that of revoke must be, so that granting never starves ending.
const revokePerGrant = 3

func (r *round) functions(ctx context.Context) {
	reserved := map[string]int{}
	for _, f := range functions() {
		check, path := "function "+r.resource(f), url.PathEscape(r.resource(f))
		var d struct {
			State, LastUpdateStatus, CodeSha256, LastModified, Version string
			Environment                                                struct{ Variables map[string]string }
		}
		if !r.asked(check, r.aws.Path(ctx, "GetFunctionConfiguration", "/2015-03-31/functions/"+path+"/configuration", &d)) {
			continue
		}
		var concurrency struct{ ReservedConcurrentExecutions *int }
		if !r.asked(check, r.aws.Path(ctx, "GetFunctionConcurrency", "/2019-09-30/functions/"+path+"/concurrency", &concurrency)) {
			continue
		}
		var m must
		// A function that nobody called for weeks is Inactive, and wakes by the next call.
		m.be(d.State == "Active" || d.State == "Inactive", "it is %s", d.State)
		m.be(d.LastUpdateStatus == "Successful", "its last update is %s", d.LastUpdateStatus)
		m.be(d.Environment.Variables["CURFEW_NAME"] == r.Name, "its CURFEW_NAME is %q", d.Environment.Variables["CURFEW_NAME"])
		says := "version " + d.Version + ", code " + d.CodeSha256 + " of " + d.LastModified
		if n := concurrency.ReservedConcurrentExecutions; n != nil {
			reserved[f] = *n
			m.be(*n > 0, "nothing is reserved for it: it cannot run")
			says += fmt.Sprintf(", %d reserved", *n)
		}
		r.settle(check, m, says, redeploy)
		if f == "grant" {
			r.members(d.Environment.Variables["CURFEW_MEMBER_ACCOUNTS"])
		}
	}
	r.reservations(reserved)
}

func (r *round) reservations(reserved map[string]int) {
	const check, do = "reservations", "give revoke three times what grant has: context reserved of the stack"
	switch grant, revoke := reserved["grant"], reserved["revoke"]; {
	case grant == 0 || revoke == 0:
		r.add(check, Wrong, "grant or revoke has no reserved concurrency: granting can starve ending", do)
	case revoke < revokePerGrant*grant:
		r.add(check, Wrong, fmt.Sprintf("revoke has %d and grant %d: granting can starve ending", revoke, grant), do)
	default:
		r.add(check, OK, fmt.Sprintf("revoke has %d, grant %d", revoke, grant), "")
	}
}

// members are other accounts, which credentials of this one do not see.
func (r *round) members(accounts string) {
	if accounts == "" {
		r.add("member accounts", Wrong, "no account is set up yet: the functions and the sweep run, and every request is refused", "set the context accounts of the stack, and deploy both stacks")
		return
	}
	for account := range strings.SplitSeq(accounts, ",") {
		r.add("member account "+account, NotChecked, "its roles are seen with its own credentials alone",
			"aws iam list-roles --query \"Roles[?starts_with(RoleName, '"+r.resource("member-")+"')].Arn\", and curfew onboard for each principal")
	}
}

// mapping brings a function what its filter lets through of a stream.
type mapping struct {
	State, EventSourceArn, LastProcessingResult string
	DestinationConfig                           struct{ OnFailure struct{ Destination string } }
}

func (r *round) mappings(ctx context.Context) {
	for _, f := range []string{"expire", "notify"} {
		check := "stream to " + r.resource(f)
		var d struct{ EventSourceMappings []mapping }
		query := url.Values{"FunctionName": {r.resource(f)}}
		if !r.asked(check, r.aws.Path(ctx, "ListEventSourceMappings", "/2015-03-31/event-source-mappings?"+query.Encode(), &d)) {
			continue
		}
		stream := r.arn("dynamodb", "table/"+r.resource("access")+"/stream/")
		at := slices.IndexFunc(d.EventSourceMappings, func(m mapping) bool { return strings.HasPrefix(m.EventSourceArn, stream) })
		if at < 0 {
			r.add(check, Wrong, "nothing maps the stream of "+r.resource("access")+" to it: a net is down", redeploy)
			continue
		}
		got := d.EventSourceMappings[at]
		var m must
		m.be(got.State == "Enabled", "it is %s: a net is down", got.State)
		m.be(!strings.HasPrefix(got.LastProcessingResult, "PROBLEM"), "its last result is %s", got.LastProcessingResult)
		dead := r.arn("sqs", r.resource("dead-"+f))
		m.be(got.DestinationConfig.OnFailure.Destination == dead, "what fails does not go to %s", dead)
		r.settle(check, m, "enabled", redeploy)
	}
}

// net is a rule and the function that it invokes.
type net struct{ rule, function string }

func (r *round) rules(ctx context.Context) {
	for _, n := range []net{{"execution-closed", "revoke"}, {"sweep", "reconcile"}} {
		check := "rule " + r.resource(n.rule)
		var d struct{ State, ScheduleExpression, EventPattern string }
		if !r.asked(check, r.aws.JSON(ctx, awsread.EventBridge, "DescribeRule", map[string]string{"Name": r.resource(n.rule)}, &d)) {
			continue
		}
		var t struct {
			Targets []struct {
				Arn              string
				DeadLetterConfig struct{ Arn string }
			}
		}
		if !r.asked(check, r.aws.JSON(ctx, awsread.EventBridge, "ListTargetsByRule", map[string]string{"Rule": r.resource(n.rule)}, &t)) {
			continue
		}
		function, dead := r.arn("lambda", "function:"+r.resource(n.function)), r.arn("sqs", r.resource("dead-"+n.function))
		var m must
		m.be(d.State == "ENABLED", "it is %s: a net is down", d.State)
		m.be(len(t.Targets) == 1 && t.Targets[0].Arn == function, "its target is not %s alone", function)
		m.be(len(t.Targets) == 1 && t.Targets[0].DeadLetterConfig.Arn == dead, "what it cannot deliver does not go to %s", dead)
		says := "enabled"
		if n.rule == "sweep" {
			m.be(slices.Contains(schedules(), d.ScheduleExpression), "it runs at %q, not every one to three minutes", d.ScheduleExpression)
			says += ", " + d.ScheduleExpression
		} else {
			m.be(strings.Contains(d.EventPattern, r.arn("states", "stateMachine:"+r.resource("elevation"))), "it is not for the state machine")
		}
		r.settle(check, m, says, redeploy)
	}
}

// schedules are those that the sweep may have.
func schedules() []string { return []string{"rate(1 minute)", "rate(2 minutes)", "rate(3 minutes)"} }
