package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"
)

type function struct {
	name, about string
	// timeout, in seconds: grant < attach_by (20) < its task (25); revoke, wait < their tasks (30).
	timeout int
	reads   []variables
	catalog bool
	// loops: it sends messages to its own queue, more than the 16 after which Lambda would stop it. A row bounds them.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
	loops bool
	// retries of an asynchronous invocation. 0: the next invocation does the work. -1: not invoked asynchronously.
	retries int
	// dead: after the retries it goes to dead-<name>.
	dead bool
	// maxAge of an asynchronous invocation, in seconds.
	maxAge int
}

// memory, in MiB. Less makes cold starts slower; more did not help. The sweep reads a thousand accounts in a pass; archive
// has bundles of 16 MB several times; review has an account whole: 5,000 roles take 430 MB and 15 s
// of CPU (go run ./scripts/standingbench -review), 1,000 take 80 MB and 2 s (with -accounts 5).
const memory, archiveMemory, sweepMemory, reviewMemory = 256, 512, 1024, 1024

func (f function) memory() int {
	switch f.name {
	case "reconcile":
		return sweepMemory
	case "archive":
		return archiveMemory
	case "review":
		return reviewMemory
	}
	return memory
}

func functions() []function {
	const never = -1
	return []function{
		{name: "api", about: "submit, withdraw, end, heartbeat, queries", timeout: 15, retries: never, catalog: true,
			reads: []variables{installation, records, members, executions, orders, people, catalogVars, homeVars}},
		{name: "decide", about: "the only writer of decisions", timeout: 15, retries: never, catalog: true,
			reads: []variables{installation, records, people, catalogVars}},
		{name: "wait", about: "stores the tokens of AskApprovers and Hold; Lapse", timeout: 20, retries: never,
			reads: []variables{installation, records}},
		{name: "grant", about: "decides again, compiles, attaches, reads back", timeout: 18, retries: never, catalog: true,
			reads: []variables{installation, records, members, orders, catalogVars}},
		// NotYet is normal and is retried. maxAge drops old orders: the sweep repeats each every minute, and old ones
		// must not delay newer ones while the function fails.
		{name: "revoke", about: "ends access, for every net", timeout: 25, retries: 2, dead: true, maxAge: 15 * 60,
			reads: []variables{installation, records, members, lateQueueVars, containments, canaries}},
		// Revoke repeats its order at its own next try, correlate does not.
		{name: "contain", about: "closes a grant that AWS refuses to remove, and denies changed principals, if the catalog allows it", timeout: 20, retries: 2, maxAge: 5 * 60, catalog: true,
			reads: []variables{installation, records, members, catalogVars}},
		{name: "expire", about: "TTL removals of the stream", timeout: 30, retries: never,
			reads: []variables{installation, records, orders, canaries}},
		{name: "reconcile", about: "the sweep, and late evidence", timeout: 300, retries: 0, maxAge: 60, catalog: true,
			reads: []variables{installation, records, members, executions, orders, lateQueueVars, catalogVars, canaries, governed, homeVars, trailFiles}},
		{name: "trigger", about: "tasks and triggers from events; starts jobs", timeout: 30, retries: never, catalog: true,
			reads: []variables{installation, records, members, executions, orders, senders, catalogVars}},
		{name: "correlate", about: "CloudTrail's records from the bus", timeout: 30, retries: never, catalog: true,
			reads: []variables{installation, records, orders, containments, catalogVars, homeVars}},
		// Shorter than the schedule's interval: passes do not overlap.
		{name: "backfill", about: "CloudTrail's records from the trail's files", timeout: 280, retries: 0, maxAge: 60, catalog: true,
			reads: []variables{installation, records, catalogVars, homeVars, governed, trailFiles}},
		// The daily pass reads the whole audit table.
		{name: "archive", about: "evidence into the log, and its checkpoints", timeout: 900, retries: 2, maxAge: 6 * 60 * 60,
			reads: []variables{installation, records, homeVars, logVars, lakeVars}},
		// One account in each message: see infra/review.go.
		{name: "review", about: "standing privilege, account by account, for campaigns", timeout: reviewTimeout, retries: never, catalog: true, loops: true,
			reads: []variables{installation, records, members, reviewsQueueVars, catalogVars}},
		{name: "console", about: "the page for people: static files", timeout: 5, retries: never, reads: []variables{people, pageVars}},
		{name: "notify", about: "the outbox: messages and events", timeout: 30, retries: never,
			reads: []variables{installation, records, notifierVars}},
	}
}

// variables returns one group of a function's environment variables.
type variables func(s Settings, function string) map[string]string

func installation(s Settings, _ string) map[string]string {
	return map[string]string{
		"CURFEW_NAME":          s.Name,
		"CURFEW_BOUNDARIES":    strings.Join(s.boundaryARNs("*"), ","),
		"CURFEW_OPERATORS":     strings.Join(s.Operators, ","),
		"CURFEW_OPEN_REQUESTS": strconv.Itoa(s.OpenRequests),
		"CURFEW_GROUPS_HOURS":  strconv.Itoa(s.GroupsHours),
	}
}

func records(s Settings, _ string) map[string]string {
	env := map[string]string{"CURFEW_ACCESS_TABLE": s.resource("access"), "CURFEW_AUDIT_TABLE": s.resource("audit")}
	for name, days := range map[string]int{"CURFEW_EVIDENCE_DAYS": s.EvidenceDays, "CURFEW_REFUSAL_DAYS": s.RefusalDays} {
		if days > 0 {
			env[name] = strconv.Itoa(days)
		}
	}
	return env
}

func members(s Settings, function string) map[string]string {
	if s.OrgID == "" {
		return nil
	}
	return map[string]string{"CURFEW_MEMBER_ROLE": s.memberRole(function), "CURFEW_EXTERNAL_ID": s.ExternalID}
}

func executions(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_STATE_MACHINE": s.machineARN()}
}

func orders(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_REVOKE_FUNCTION": s.resource("revoke")}
}

func reviewsQueueVars(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_REVIEWS_QUEUE": s.queueURL("reviews")}
}

func containments(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_CONTAIN_FUNCTION": s.resource("contain")}
}

func lateQueueVars(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_LATE_QUEUE": s.queueURL("late")}
}

func canaries(s Settings, _ string) map[string]string {
	account := s.canaryAccount()
	if account == "" {
		return nil
	}
	path, name := s.canaryRole()
	return map[string]string{"CURFEW_CANARY_PRINCIPAL": "arn:aws:iam::" + account + ":role" + path + name}
}

func senders(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_TASK_ACCOUNTS": strings.Join(intake(s).taskAccounts(), ",")}
}

func homeVars(Settings, string) map[string]string {
	return map[string]string{"CURFEW_HOME": "${AWS::AccountId}"}
}

func governed(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_REGIONS": strings.Join(routes(s).regions(), ",")}
}

func trailFiles(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_TRAIL": s.Trail}
}

func notifierVars(s Settings, _ string) map[string]string {
	all := map[string]string{"CURFEW_TOPIC": s.topicARN("messages"), "CURFEW_APPROVALS_TOPIC": s.topicARN("approvals"), "CURFEW_EVENT_BUS": s.Name, "CURFEW_CONSOLE": s.ConsoleURL}
	if s.SecurityHub {
		all["CURFEW_SECURITY_HUB"] = productARN
	}
	return all
}

func catalogVars(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_CATALOGS": "/var/task/catalog", "CURFEW_CATALOG_SIGNATURE": map[bool]string{true: "on", false: "off"}[s.CatalogSignature]}
}

func people(s Settings, _ string) map[string]string {
	return map[string]string{"CURFEW_ISSUER": s.JWTIssuer, "CURFEW_AUDIENCE": s.JWTAudience}
}

func pageVars(s Settings, _ string) map[string]string {
	return map[string]string{
		"CURFEW_CONSOLE_CLIENT": s.ConsoleClient, "CURFEW_CLI_CLIENT": s.CLIClient,
		"CURFEW_SCOPES": strings.Join(s.Scopes, ","), "CURFEW_SIGNIN_ORIGINS": strings.Join(s.SignInOrigins, ","),
	}
}

func (f function) environment(s Settings) map[string]string {
	all := map[string]string{}
	for _, group := range f.reads {
		maps.Copy(all, group(s, f.name))
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

func deploy(stack awscdk.Stack, s Settings, files repository) error {
	may, signers := homeRoles(s).permissions(), codeSigning(stack, s)
	for _, f := range functions() {
		awslogs.NewCfnLogGroup(stack, str(logicalID(f.name, "log")), &awslogs.CfnLogGroupProps{
			LogGroupName: str(s.logGroup(f.name)), RetentionInDays: num(s.LogRetentionDays),
		})
		r := role(stack, logicalID(f.name), s.resource(f.name), trustedService("lambda.amazonaws.com"), may[f.name])
		code, err := f.code(stack, s, files)
		if err != nil {
			return err
		}
		props := &awslambda.CfnFunctionProps{
			FunctionName:         str(s.resource(f.name)),
			Description:          str("Curfew: " + f.about),
			Role:                 r.AttrArn(),
			Runtime:              str("provided.al2023"),
			Architectures:        jsii.Strings("arm64"),
			Handler:              str("bootstrap"),
			Code:                 code,
			CodeSigningConfigArn: signers,
			Timeout:              num(f.timeout),
			MemorySize:           num(f.memory()),
			Environment:          &awslambda.CfnFunction_EnvironmentProperty{Variables: filledAll(f.environment(s))},
			LoggingConfig:        &awslambda.CfnFunction_LoggingConfigProperty{LogGroup: reference(logicalID(f.name, "log"))},
		}
		if n := s.Reserved[f.name]; n > 0 {
			props.ReservedConcurrentExecutions = num(n)
		}
		if f.loops {
			props.RecursiveLoop = str("Allow")
		}
		awslambda.NewCfnFunction(stack, str(logicalID(f.name)), props)
		if f.retries >= 0 {
			asynchronous(stack, s, f)
		}
	}
	return nil
}

func (f function) code(stack awscdk.Stack, s Settings, files repository) (*awslambda.CfnFunction_CodeProperty, error) {
	if s.CodeSigning.Folder != "" {
		bucket, key, err := files.signedCode(s, f.name)
		return &awslambda.CfnFunction_CodeProperty{S3Bucket: str(bucket), S3Key: str(key)}, err
	}
	a := awss3assets.NewAsset(stack, str(logicalID(f.name, "code")), &awss3assets.AssetProps{Path: str(files.asset(f.name))})
	return &awslambda.CfnFunction_CodeProperty{S3Bucket: a.S3BucketName(), S3Key: a.S3ObjectKey()}, nil
}

// asynchronous sets retries and the dead-letter queue of asynchronous invocations.
func asynchronous(stack awscdk.Stack, s Settings, f function) {
	props := &awslambda.CfnEventInvokeConfigProps{
		FunctionName:             reference(logicalID(f.name)),
		Qualifier:                str("$LATEST"),
		MaximumRetryAttempts:     num(f.retries),
		MaximumEventAgeInSeconds: num(f.maxAge),
	}
	if f.dead {
		props.DestinationConfig = &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: attribute(logicalID("dead", f.name), "Arn")},
		}
	}
	awslambda.NewCfnEventInvokeConfig(stack, str(logicalID(f.name, "invocations")), props)
}

func filledAll(all map[string]string) map[string]*string {
	out := map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out[name] = str(all[name])
		if hasReference(all[name]) {
			out[name] = substitute(all[name])
		}
	}
	return out
}
