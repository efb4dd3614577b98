package preflight

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/scripts/curfew/doctor"
)

// kind is a kind of thing with a name of the installation. CloudFormation refuses to make one whose name is taken.
type kind struct {
	what   string // "role"
	taken  func(context.Context, *round) ([]string, error)
	remedy string // for a thing NAME
}

// kinds are listed, not looked up by name, so that no list of names can be out of date. A name that begins as ours may be
// another installation's, such as curfew-two: the remedy asks.
func kinds() []kind {
	return []kind{
		{"table", tables, "adopt it (infra/README.md, \"If the first deployment failed\"), or, if its records are of no use: aws dynamodb delete-table --table-name NAME"},
		{"role", rolesTaken, "aws iam delete-role --role-name NAME, after its policies"},
		{"function", functionsTaken, "aws lambda delete-function --function-name NAME"},
		{"queue", queues, "aws sqs delete-queue --queue-url NAME"},
		{"topic", topics, "aws sns delete-topic --topic-arn NAME"},
		{"bus", buses, "aws events delete-event-bus --name NAME"},
		{"rule", rules, "aws events remove-targets, then aws events delete-rule --name NAME"},
		{"state machine", machines, "aws stepfunctions delete-state-machine --state-machine-arn NAME"},
		{"log group", logGroups, "aws logs delete-log-group --log-group-name NAME, if its text is of no use"},
		{"alarm", alarms, "aws cloudwatch delete-alarms --alarm-names NAME"},
	}
}

// checkNames looks for things with names of the installation, where no stack of it is there to own them.
func (r *round) checkNames(ctx context.Context) {
	r.checkKinds(ctx, kinds(), r.Name, r.resource("data"))
}

// checkNamesOfMember does the same in a member account.
func (r *round) checkNamesOfMember(ctx context.Context) {
	var some []kind
	for _, k := range kinds() {
		if k.what == "role" || k.what == "rule" {
			some = append(some, k)
		}
	}
	r.checkKinds(ctx, append(some, kind{"policy", policies, "aws iam delete-policy --policy-arn NAME, when nothing is bounded by it"}), r.resource("member"))
}

func (r *round) checkKinds(ctx context.Context, all []kind, stacks ...string) {
	const check = "names"
	for _, name := range stacks {
		if s, err := r.stack(ctx, name); err != nil || s != nil {
			return // its own check says what there is to say; what is there is its own
		}
	}
	free := true
	for _, k := range all {
		names, err := k.taken(ctx, r)
		if !r.isAnswered(check+": "+k.what, err) {
			free = false
			continue
		}
		if len(names) > 0 {
			free = false
			r.addf(check+": "+k.what, doctor.Wrong, strings.ReplaceAll(k.remedy, "NAME", names[0])+"; or choose another -c name", "taken, and of no stack of Curfew here: %s", some(names))
		}
	}
	if free {
		r.add(check, doctor.OK, "none that begins with "+r.Name+" is taken", "")
	}
}

// ours are the names that begin as the installation's.
func (r *round) ours(all []string, of func(string) string) []string {
	return slices.DeleteFunc(all, func(s string) bool {
		name := of(s)
		return name != r.Name && !strings.HasPrefix(name, r.Name+"-")
	})
}

func itself(s string) string { return s }

// last is what follows the last separator of an ARN or a URL.
func last(s string) string { return s[strings.LastIndexAny(s, ":/")+1:] }

func tables(ctx context.Context, r *round) (all []string, err error) {
	pages := dynamodb.NewListTablesPaginator(dynamodb.NewFromConfig(r.aws), &dynamodb.ListTablesInput{})
	for pages.HasMorePages() && err == nil {
		var page *dynamodb.ListTablesOutput
		if page, err = pages.NextPage(ctx); err == nil {
			all = append(all, page.TableNames...)
		}
	}
	return r.ours(all, itself), err
}

func rolesTaken(ctx context.Context, r *round) (all []string, err error) {
	pages := iam.NewListRolesPaginator(iam.NewFromConfig(r.aws), &iam.ListRolesInput{})
	for pages.HasMorePages() && err == nil {
		var page *iam.ListRolesOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.Roles {
				all = append(all, aws.ToString(one.RoleName))
			}
		}
	}
	return r.ours(all, itself), err
}

func policies(ctx context.Context, r *round) (all []string, err error) {
	pages := iam.NewListPoliciesPaginator(iam.NewFromConfig(r.aws), &iam.ListPoliciesInput{Scope: "Local"})
	for pages.HasMorePages() && err == nil {
		var page *iam.ListPoliciesOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.Policies {
				all = append(all, aws.ToString(one.Arn))
			}
		}
	}
	return r.ours(all, last), err
}

func functionsTaken(ctx context.Context, r *round) (all []string, err error) {
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(r.aws), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() && err == nil {
		var page *lambda.ListFunctionsOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.Functions {
				all = append(all, aws.ToString(one.FunctionName))
			}
		}
	}
	return r.ours(all, itself), err
}

func queues(ctx context.Context, r *round) (all []string, err error) {
	pages := sqs.NewListQueuesPaginator(sqs.NewFromConfig(r.aws), &sqs.ListQueuesInput{QueueNamePrefix: &r.Name})
	for pages.HasMorePages() && err == nil {
		var page *sqs.ListQueuesOutput
		if page, err = pages.NextPage(ctx); err == nil {
			all = append(all, page.QueueUrls...)
		}
	}
	return r.ours(all, last), err
}

func topics(ctx context.Context, r *round) (all []string, err error) {
	pages := sns.NewListTopicsPaginator(sns.NewFromConfig(r.aws), &sns.ListTopicsInput{})
	for pages.HasMorePages() && err == nil {
		var page *sns.ListTopicsOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.Topics {
				all = append(all, aws.ToString(one.TopicArn))
			}
		}
	}
	return r.ours(all, last), err
}

// buses and rules: one page has 100, and names that begin as ours are few.
func buses(ctx context.Context, r *round) (all []string, err error) {
	d, err := eventbridge.NewFromConfig(r.aws).ListEventBuses(ctx, &eventbridge.ListEventBusesInput{NamePrefix: &r.Name})
	if err != nil {
		return nil, err
	}
	for _, one := range d.EventBuses {
		all = append(all, aws.ToString(one.Name))
	}
	return r.ours(all, itself), nil
}

func rules(ctx context.Context, r *round) (all []string, err error) {
	d, err := eventbridge.NewFromConfig(r.aws).ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: &r.Name})
	if err != nil {
		return nil, err
	}
	for _, one := range d.Rules {
		all = append(all, aws.ToString(one.Name))
	}
	return r.ours(all, itself), nil
}

func machines(ctx context.Context, r *round) (all []string, err error) {
	pages := sfn.NewListStateMachinesPaginator(sfn.NewFromConfig(r.aws), &sfn.ListStateMachinesInput{})
	for pages.HasMorePages() && err == nil {
		var page *sfn.ListStateMachinesOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.StateMachines {
				all = append(all, aws.ToString(one.StateMachineArn))
			}
		}
	}
	return r.ours(all, last), err
}

// logGroups: a function that runs once more after its stack was deleted makes its log group again.
func logGroups(ctx context.Context, r *round) (all []string, err error) {
	for _, under := range []string{"/aws/lambda/", "/aws/vendedlogs/states/", "/aws/apigateway/", "/aws/vendedlogs/apigateway/"} {
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(r.aws), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(under + r.Name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, one := range page.LogGroups {
				all = append(all, aws.ToString(one.LogGroupName))
			}
		}
	}
	return r.ours(all, last), nil
}

func alarms(ctx context.Context, r *round) (all []string, err error) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(r.aws), &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String(r.Name + "-")})
	for pages.HasMorePages() && err == nil {
		var page *cloudwatch.DescribeAlarmsOutput
		if page, err = pages.NextPage(ctx); err == nil {
			for _, one := range page.MetricAlarms {
				all = append(all, aws.ToString(one.AlarmName))
			}
		}
	}
	return r.ours(all, itself), err
}
