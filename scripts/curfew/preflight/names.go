package preflight

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	watchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/sdk"
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
		{"bucket", buckets, "adopt it if it is yours (infra/README.md, \"If the first deployment failed\"), else another account has it"},
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
		if s, err := sdk.Stack(ctx, r.aws, name); err != nil || s != nil {
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

// pager is a paginator of the SDK, whose page is Page and whose client has options Opt.
type pager[Page, Opt any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Opt)) (Page, error)
}

// collect returns the names of all pages.
func collect[Page, Opt any](ctx context.Context, p pager[Page, Opt], names func(Page) []string) (all []string, err error) {
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, names(page)...)
	}
	return all, nil
}

// each returns one text of each thing.
func each[T any](things []T, text func(T) *string) (all []string) {
	for _, one := range things {
		all = append(all, aws.ToString(text(one)))
	}
	return all
}

func tables(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, dynamodb.NewListTablesPaginator(dynamodb.NewFromConfig(r.aws), &dynamodb.ListTablesInput{}), func(p *dynamodb.ListTablesOutput) []string {
		return p.TableNames
	})
	return r.ours(all, itself), err
}

// buckets have names that another account can guess and take. S3 answers 404 only for one that is free.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func buckets(ctx context.Context, r *round) (all []string, err error) {
	client := s3.NewFromConfig(r.aws)
	for _, what := range []string{"log", "stage"} {
		name := r.resource(what) + "-" + r.Account + "-" + r.Region
		_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
		if sdk.IsUnavailable(err) {
			return nil, err
		}
		if !sdk.IsMissing(err) {
			all = append(all, name)
		}
	}
	return all, nil
}

func rolesTaken(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, iam.NewListRolesPaginator(iam.NewFromConfig(r.aws), &iam.ListRolesInput{}), func(p *iam.ListRolesOutput) []string {
		return each(p.Roles, func(x iamtypes.Role) *string { return x.RoleName })
	})
	return r.ours(all, itself), err
}

func policies(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, iam.NewListPoliciesPaginator(iam.NewFromConfig(r.aws), &iam.ListPoliciesInput{Scope: "Local"}), func(p *iam.ListPoliciesOutput) []string {
		return each(p.Policies, func(x iamtypes.Policy) *string { return x.Arn })
	})
	return r.ours(all, last), err
}

func functionsTaken(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, lambda.NewListFunctionsPaginator(lambda.NewFromConfig(r.aws), &lambda.ListFunctionsInput{}), func(p *lambda.ListFunctionsOutput) []string {
		return each(p.Functions, func(x lambdatypes.FunctionConfiguration) *string { return x.FunctionName })
	})
	return r.ours(all, itself), err
}

func queues(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, sqs.NewListQueuesPaginator(sqs.NewFromConfig(r.aws), &sqs.ListQueuesInput{QueueNamePrefix: &r.Name}), func(p *sqs.ListQueuesOutput) []string {
		return p.QueueUrls
	})
	return r.ours(all, last), err
}

func topics(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, sns.NewListTopicsPaginator(sns.NewFromConfig(r.aws), &sns.ListTopicsInput{}), func(p *sns.ListTopicsOutput) []string {
		return each(p.Topics, func(x snstypes.Topic) *string { return x.TopicArn })
	})
	return r.ours(all, last), err
}

// buses and rules: one page has 100, and names that begin as ours are few.
func buses(ctx context.Context, r *round) ([]string, error) {
	d, err := eventbridge.NewFromConfig(r.aws).ListEventBuses(ctx, &eventbridge.ListEventBusesInput{NamePrefix: &r.Name})
	if err != nil {
		return nil, err
	}
	return r.ours(each(d.EventBuses, func(x eventtypes.EventBus) *string { return x.Name }), itself), nil
}

func rules(ctx context.Context, r *round) ([]string, error) {
	d, err := eventbridge.NewFromConfig(r.aws).ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: &r.Name})
	if err != nil {
		return nil, err
	}
	return r.ours(each(d.Rules, func(x eventtypes.Rule) *string { return x.Name }), itself), nil
}

func machines(ctx context.Context, r *round) ([]string, error) {
	all, err := collect(ctx, sfn.NewListStateMachinesPaginator(sfn.NewFromConfig(r.aws), &sfn.ListStateMachinesInput{}), func(p *sfn.ListStateMachinesOutput) []string {
		return each(p.StateMachines, func(x sfntypes.StateMachineListItem) *string { return x.StateMachineArn })
	})
	return r.ours(all, last), err
}

// logGroups: a function that runs once more after its stack was deleted makes its log group again.
func logGroups(ctx context.Context, r *round) (all []string, err error) {
	client := cloudwatchlogs.NewFromConfig(r.aws)
	for _, under := range []string{"/aws/lambda/", "/aws/vendedlogs/states/", "/aws/apigateway/", "/aws/vendedlogs/apigateway/"} {
		in := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(under + r.Name)}
		some, err := collect(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(client, in), func(p *cloudwatchlogs.DescribeLogGroupsOutput) []string {
			return each(p.LogGroups, func(x logtypes.LogGroup) *string { return x.LogGroupName })
		})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return r.ours(all, last), nil
}

func alarms(ctx context.Context, r *round) ([]string, error) {
	in := &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String(r.Name + "-")}
	all, err := collect(ctx, cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(r.aws), in), func(p *cloudwatch.DescribeAlarmsOutput) []string {
		return each(p.MetricAlarms, func(x watchtypes.MetricAlarm) *string { return x.AlarmName })
	})
	return r.ours(all, itself), err
}
