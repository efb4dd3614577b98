package runbook

import (
	"archive/zip"
	"bytes"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

const (
	elevation = "01k6y3m1x8q2v4t6w8y0a2c4e6"
	keyARN    = "arn:aws:kms:us-east-1:123456789012:key/0f5c3a52-1d2e-4f60-8b7a-93c4d5e6f708"
)

func homeEffects() map[string]effect {
	return map[string]effect{
		"cloudwatch describe-alarms": showsRingingAlarms,
		"logs tail":                  showsTheLog,
		"events describe-rule": func(s stage, c instruction) {
			s.rule(c.flag("name"))
			s.shows(c, []string{`"State": "DISABLED"`})
		},
		"events enable-rule": func(s stage, c instruction) {
			s.rule(c.flag("name"))
			s.output(c)
			out, err := eventbridge.NewFromConfig(s.cfg).DescribeRule(s.Context(), &eventbridge.DescribeRuleInput{Name: aws.String(c.flag("name"))})
			s.must(err)
			if out.State != eventtypes.RuleStateEnabled {
				s.Errorf("state = %s, want it enabled", out.State)
			}
		},
		"lambda get-function-concurrency": func(s stage, c instruction) {
			s.function(c.flag("function-name"))
			_, err := lambda.NewFromConfig(s.cfg).PutFunctionConcurrency(s.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String(c.flag("function-name")), ReservedConcurrentExecutions: aws.Int32(97)})
			s.must(err)
			s.shows(c, []string{"97"})
		},
		"lambda put-function-concurrency": func(s stage, c instruction) {
			s.function(c.flag("function-name"))
			s.output(c)
			out, err := lambda.NewFromConfig(s.cfg).GetFunctionConcurrency(s.Context(), &lambda.GetFunctionConcurrencyInput{FunctionName: aws.String(c.flag("function-name"))})
			s.must(err)
			if n := out.ReservedConcurrentExecutions; n == nil || *n != 0 {
				s.Errorf("reserved = %v, want 0: nothing is granted", n)
			}
		},
		"lambda list-event-source-mappings": func(s stage, c instruction) {
			s.function(c.flag("function-name"))
			s.mapping(c.flag("function-name"))
			s.shows(c, []string{`"State": "Enabled"`})
		},
		"lambda invoke curfew-reconcile": func(s stage, c instruction) {
			got := s.register("curfew-reconcile")
			s.shows(c, []string{"answered"})
			if p := <-got; p != `{"survey":true}` { // functions: TestTheTrailOnTheBus shows that it surveys then
				s.Errorf("payload = %s", p)
			}
		},
		"lambda invoke curfew-review": func(s stage, c instruction) {
			got := s.register("curfew-review")
			s.shows(c, []string{"answered"})
			if p := <-got; !strings.Contains(p, `"body":"{\"begin\":true}"`) { // as the schedule's message
				s.Errorf("payload = %s", p)
			}
		},
		"stepfunctions list-executions":        showsFailedExecutions,
		"cloudformation describe-stack-events": showsEventsOfTheStack,
		"dynamodb describe-table": func(s stage, c instruction) {
			s.table(c.flag("table-name"))
			s.shows(c, []string{keyARN})
		},
	}
}

// showsRingingAlarms makes the alarms with the AWS CLI: moto does not speak the protocol in which the SDK calls CloudWatch.
// With a prefix moto ignores --state-value, so it shows both: when one is missing, moto has it, and the state is to be set.
func showsRingingAlarms(s stage, c instruction) {
	for _, name := range []string{"curfew-stuck", "curfew-overdue", "other-stuck"} {
		_, err := s.run(strings.Fields("cloudwatch put-metric-alarm --alarm-name " + name + " --alarm-description about-" + name +
			" --metric-name m --namespace n --period 60 --evaluation-periods 1 --threshold 1 --statistic Sum --comparison-operator GreaterThanThreshold"))
		s.must(err)
	}
	s.shows(c, []string{"about-curfew-stuck", "about-curfew-overdue"}, "other-stuck")
}

func showsTheLog(s stage, c instruction) {
	client, group, stream := cloudwatchlogs.NewFromConfig(s.cfg), c.words[3], "a"
	_, err := client.CreateLogGroup(s.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group})
	s.must(err)
	_, err = client.CreateLogStream(s.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	s.must(err)
	now := aws.Int64(time.Now().UnixMilli())
	_, err = client.PutLogEvents(s.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: []logtypes.InputLogEvent{
		{Timestamp: now, Message: aws.String(`{"elevation":"` + elevation + `","msg":"wanted"}`)}, {Timestamp: now, Message: aws.String(`{"elevation":"another","msg":"unwanted"}`)},
	}})
	s.must(err)
	s.values["ID"] = elevation
	s.shows(c, []string{"wanted"}, "unwanted")
}

func showsFailedExecutions(s stage, c instruction) {
	client := sfn.NewFromConfig(s.cfg)
	machine, err := client.CreateStateMachine(s.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("curfew-elevation"), RoleArn: aws.String("arn:aws:iam::" + homeAccount + ":role/curfew-machine"),
		Definition: aws.String(`{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Died","Cause":"a test"}}}`),
	})
	s.must(err)
	_, err = client.StartExecution(s.Context(), &sfn.StartExecutionInput{StateMachineArn: machine.StateMachineArn, Name: aws.String(elevation), Input: aws.String("{}")})
	s.must(err)
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		if strings.Contains(s.output(c), elevation) {
			return
		}
	}
	s.Error("the failed execution is not shown")
}

func showsEventsOfTheStack(s stage, c instruction) {
	_, err := cloudformation.NewFromConfig(s.cfg).CreateStack(s.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String(c.flag("stack-name")), TemplateBody: aws.String(`{"Resources":{"Alarms":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"runbook-alarms"}}}}`),
	})
	s.must(err)
	s.shows(c, []string{"ResourceStatus", "CREATE_COMPLETE"}) // moto's stacks do not fail
}

// rule makes a rule that is disabled.
func (s stage) rule(name string) {
	s.Helper()
	_, err := eventbridge.NewFromConfig(s.cfg).PutRule(s.Context(), &eventbridge.PutRuleInput{Name: &name, ScheduleExpression: aws.String("rate(1 minute)"), State: eventtypes.RuleStateDisabled})
	s.must(err)
}

// function makes one, if it is not there.
func (s stage) function(name string) {
	s.Helper()
	client := lambda.NewFromConfig(s.cfg)
	if _, err := client.GetFunction(s.Context(), &lambda.GetFunctionInput{FunctionName: &name}); err == nil {
		return
	}
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	w, err := z.Create("bootstrap")
	s.must(err)
	_, err = w.Write([]byte("none"))
	s.must(err)
	s.must(z.Close())
	s.role("runbook-function")
	_, err = client.CreateFunction(s.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Role: aws.String("arn:aws:iam::" + homeAccount + ":role/runbook-function"),
		Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
	})
	s.must(err)
}

// table makes one with a key and a stream, if it is not there.
func (s stage) table(name string) (stream string) {
	s.Helper()
	client := dynamodb.NewFromConfig(s.cfg)
	if out, err := client.DescribeTable(s.Context(), &dynamodb.DescribeTableInput{TableName: &name}); err == nil {
		return *out.Table.LatestStreamArn
	}
	out, err := client.CreateTable(s.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: dynamotypes.BillingModePayPerRequest,
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: dynamotypes.KeyTypeHash}},
		StreamSpecification:  &dynamotypes.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: dynamotypes.StreamViewTypeNewImage},
		SSESpecification:     &dynamotypes.SSESpecification{Enabled: aws.Bool(true), SSEType: dynamotypes.SSETypeKms, KMSMasterKeyId: aws.String(keyARN)},
	})
	s.must(err)
	return *out.TableDescription.LatestStreamArn
}

func (s stage) mapping(function string) {
	s.Helper()
	stream := s.table("curfew-access")
	_, err := lambda.NewFromConfig(s.cfg).CreateEventSourceMapping(s.Context(), &lambda.CreateEventSourceMappingInput{
		FunctionName: &function, EventSourceArn: &stream, StartingPosition: lambdatypes.EventSourcePositionLatest,
	})
	s.must(err)
}
