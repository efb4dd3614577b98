package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/oklog/ulid/v2"
)

// factBound is the longest time of the facts, which are checked at once.
const factBound = 2 * time.Minute

const iamPages = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

// facts are what the code assumes of AWS, and AWS's documents do not say, or the authors did not see.
func facts() []step {
	all := slices.Concat(factsOfIAM(), factsOfCalls(), factsOfPages())
	for i := range all {
		all[i].bound = factBound
	}
	return append(all, uncheckable()...)
}

// factsOfCalls are answers of single calls.
func factsOfCalls() []step {
	const math = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
	return []step{
		{name: "delete-twice", proves: "deleting or detaching a policy that is not there is NoSuchEntity, and attaching one twice is no error", place: "shared/onaws/iam/remove.go; shared/onaws/iam/attach.go",
			page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html", do: deleteTwice},
		{name: "delete-attached", proves: "a policy that is attached cannot be deleted", place: "shared/onaws/iam/remove.go", needs: []need{conflicts},
			page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html", do: deleteAttached},
		{name: "new-role-id", proves: "a role that is made again under its name has another id", place: "shared/iampolicy/fence.go: aws:userid",
			page: iamPages + "reference_identifiers.html#identifiers-unique-ids", do: newRoleID},
		{name: "userid", proves: "aws:userid of a session is the role's id, a colon and the session's name", place: "shared/iampolicy/fence.go",
			page: iamPages + "reference_policies_variables.html#principaltable", do: userID},
		{name: "tag-keys", proves: "IAM compares the keys of a role's tags without case", place: "infra/names.go: tagKeyCondition; shared/access/mark.go",
			page: iamPages + "id_tags.html#case-sensitivity", do: tagKeys},
		{name: "quotas", proves: "GetAccountSummary has the quotas of policies", place: "shared/onaws/iam/look.go",
			page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html", do: quotas},
		{name: "execution-name", proves: "a closed execution's name cannot be used again with another input", place: "shared/onaws/workflow.go",
			needs: []need{installed}, page: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html", do: executionName},
		{name: "error-name", proves: "Lambda reports the name that the state machine catches", place: "shared/onaws/task.go", needs: []need{installed},
			page: "https://docs.aws.amazon.com/lambda/latest/dg/golang-exceptions.html", do: errorName},
		{name: "bus-organization", proves: "a rule's role of another account satisfies aws:PrincipalOrgID and ArnLike aws:PrincipalArn of a bus", place: "infra/permissions_resources.go: organizationSends",
			page: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html", needs: []need{installed, rules}, do: busOrganization},
		{name: "claims", proves: "the JWT authorizer copies iss and sub unchanged", place: "shared/onaws/apigateway/caller.go: person", needs: []need{installed, gateway},
			page: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html", do: claims},
		{name: "fill", proves: "FILL gives a metric without points the value 0", place: "infra/metric.go: sumOf; infra/silence.go; infra/watch.go", needs: []need{metricMath}, page: math,
			do: func(ctx context.Context, w *world) (string, error) { return w.evaluates(ctx, "FILL(m1,0)", 0) }},
		{name: "precedence", proves: "in metric math, comparison binds closer than AND, and AND closer than OR", place: "scripts/alarms/formula.go", needs: []need{metricMath}, page: math,
			do: func(ctx context.Context, w *world) (string, error) {
				return w.evaluates(ctx, "FILL(m1,0)==0 OR FILL(m1,0)==0 AND FILL(m1,0)==1", 1)
			}},
		{name: "ttl-on", proves: "TTL is on for the access table's expiry", place: "infra/tables.go", needs: []need{installed, ttl},
			page: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html", do: ttlOn},
	}
}

// uncheckable are facts that no program checks within the plan's time.
func uncheckable() []step {
	return []step{
		{name: "ttl-delay", proves: "TTL removes an expired item within days", place: "infra/README.md: Canaries", unchecked: "up to days: the canary of the net ttl measures it",
			page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html"},
		{name: "name-90-days", proves: "a closed execution's name stays taken for 90 days", place: "shared/onaws/workflow.go", unchecked: "90 days",
			page: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"},
		{name: "iam-outage", proves: "conditions are evaluated while IAM's control plane is down", place: "shared/iampolicy/fence.go", unchecked: "AWS has no switch for it",
			page: "https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"},
		{name: "bus-loss", proves: "EventBridge loses few of services' events", place: "scripts/local/trail.go", unchecked: "best effort: a loss cannot be provoked",
			page: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html"},
		{name: "late-allow", proves: "no call to IAM takes effect over 30 s after it was sent", place: "shared/access/grant.go: AttachBy; SECURITY.md", unchecked: "AWS has no switch for it"},
		{name: "iam-rates", proves: "IAM accepts tens of writes a second", place: "shared/accesstest/simulation/accounts.go", unchecked: "AWS publishes no rate; a test of it would throttle the account"},
		{name: "session-names", proves: "EC2, ECS, EKS, CodeBuild and Step Functions name their sessions themselves", place: "shared/access/pins.go: namingServices", unchecked: "needs a workload of each"},
		{name: "rotation-events", proves: "the secret's ARN stands where events.Read looks", place: "events/README.md: Unconfirmed", unchecked: "needs a trail and a rotation",
			page: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html"},
		{name: "alarm-lookback", proves: "an alarm without FILL looks back at most an hour", place: "infra/silence.go: missingAlarm", unchecked: "needs hours",
			page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"},
	}
}

// attach makes a role with a managed policy of its name, and returns the policy's ARN.
func (w *world) attach(ctx context.Context, role string) (arn *string, err error) {
	if err := w.makeRole(ctx, w.member, role, iam.CreateRoleInput{}); err != nil {
		return nil, err
	}
	client, name := w.member.iam(), aws.String(role+"-"+w.name)
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: name, Path: aws.String(w.path()), PolicyDocument: aws.String(allowWitness)})
	if err != nil {
		return nil, err
	}
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: made.Policy.Arn})
	return made.Policy.Arn, err
}

func deleteAttached(ctx context.Context, w *world) (string, error) {
	arn, err := w.attach(ctx, "conflict")
	if err != nil {
		return "", err
	}
	if _, err := w.member.iam().DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}); code(err) != "DeleteConflict" {
		return "", differs("DeletePolicy: %v", err)
	}
	return "DeleteConflict", nil
}

func deleteTwice(ctx context.Context, w *world) (string, error) {
	arn, err := w.attach(ctx, "twice")
	if err != nil {
		return "", err
	}
	client, role := w.member.iam(), aws.String("twice-"+w.name)
	if _, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: arn}); err != nil {
		return "", differs("AttachRolePolicy: %v", err)
	}
	if _, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: aws.String("not-there")}); code(err) != "NoSuchEntity" {
		return "", differs("DeleteRolePolicy: %v", err)
	}
	detach := &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: arn}
	if _, err := client.DetachRolePolicy(ctx, detach); err != nil {
		return "", err
	}
	if _, err := client.DetachRolePolicy(ctx, detach); code(err) != "NoSuchEntity" {
		return "", differs("DetachRolePolicy: %v", err)
	}
	return "NoSuchEntity", nil
}

func newRoleID(ctx context.Context, w *world) (string, error) {
	name := aws.String("again-" + w.name)
	var ids []string
	for range 2 {
		if err := w.makeRole(ctx, w.member, "again", iam.CreateRoleInput{}); err != nil {
			return "", err
		}
		r, err := w.member.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: name})
		if err != nil {
			return "", err
		}
		ids = append(ids, aws.ToString(r.Role.RoleId))
		if _, err := w.member.iam().DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}); err != nil {
			return "", err
		}
	}
	if ids[0] == ids[1] {
		return "", differs("both have %s", ids[0])
	}
	return "two ids", nil
}

func userID(ctx context.Context, w *world) (string, error) {
	if err := w.makeRole(ctx, w.member, "userid", iam.CreateRoleInput{}); err != nil {
		return "", err
	}
	cfg, err := w.session(ctx, w.member, "userid", "Ana.b@c")
	if err != nil {
		return "", err
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	role, err := w.member.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("userid-" + w.name)})
	if err != nil {
		return "", err
	}
	if got, want := aws.ToString(who.UserId), aws.ToString(role.Role.RoleId)+":Ana.b@c"; got != want {
		return "", differs("%s, want %s", got, want)
	}
	return "as GetCallerIdentity says", nil
}

func quotas(ctx context.Context, w *world) (string, error) {
	got, err := w.member.iam().GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return "", err
	}
	for _, key := range []string{"AttachedPoliciesPerRoleQuota", "AttachedPoliciesPerUserQuota", "RolePolicySizeQuota", "UserPolicySizeQuota", "PolicySizeQuota", "PoliciesQuota"} {
		if got.SummaryMap[key] == 0 {
			return "", differs("there is no %s", key)
		}
	}
	return "all there", nil
}

func executionName(ctx context.Context, w *world) (string, error) {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed == "" {
		return "", errors.New("the step workflow left no closed execution: run both")
	}
	arn := "arn:aws:states:" + w.home.Region + ":" + w.home.id + ":stateMachine:" + w.resource("elevation")
	_, err := sfn.NewFromConfig(w.home.Config).StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &arn, Name: &closed, Input: aws.String(`{"acceptance":true}`)})
	if code(err) != "ExecutionAlreadyExists" {
		return "", differs("StartExecution: %v", err)
	}
	return "ExecutionAlreadyExists", nil
}

func errorName(ctx context.Context, w *world) (string, error) {
	_, err := w.invoke(ctx, "revoke", `{"id":"acceptance"}`)
	if e, ok := errors.AsType[functionError](err); !ok || e.ErrorType != "Invalid" {
		return "", differs("revoke of half an order: %v", err)
	}
	return "Invalid", nil
}

func isFunctionError(err error) bool {
	_, ok := errors.AsType[functionError](err)
	return ok
}

func claims(ctx context.Context, w *world) (string, error) {
	c, err := w.as(ana())
	if err != nil {
		return "", err
	}
	if _, err := c.Me(ctx); err != nil {
		return "", differs("%v", err)
	}
	return "a call was accepted", nil
}

func busOrganization(_ context.Context, w *world) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.triggered {
		return "", errors.New("the step trigger did not elevate: run both, and see its error")
	}
	return "the event of the step trigger came", nil
}

// evaluates wants this value of an expression over m1, a metric without points.
func (w *world) evaluates(ctx context.Context, expression string, want float64) (string, error) {
	now := time.Now().Truncate(time.Minute)
	got, err := cloudwatch.NewFromConfig(w.home.Config).GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-10 * time.Minute)), EndTime: &now,
		MetricDataQueries: []types.MetricDataQuery{
			{Id: aws.String("m1"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Period: aws.Int32(60), Stat: aws.String("Sum"),
				Metric: &types.Metric{Namespace: aws.String(w.name), MetricName: aws.String(ulid.Make().String())}}},
			{Id: aws.String("e1"), Expression: &expression},
		},
	})
	if err != nil {
		return "", err
	}
	if len(got.MetricDataResults) != 1 || len(got.MetricDataResults[0].Values) == 0 {
		return "", differs("%s has no values", expression)
	}
	for _, value := range got.MetricDataResults[0].Values {
		if value != want {
			return "", differs("%s is %v, want %v", expression, value, want)
		}
	}
	return fmt.Sprintf("%s is %v", expression, want), nil
}
