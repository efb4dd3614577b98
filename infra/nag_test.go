package main

import (
	"regexp"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// accepted are the findings of cdk-nag that stay, with reasons. One that no longer occurs is an error.
var accepted = []struct{ rule, resource, reason string }{
	{`AwsSolutions-SQS3:`, `^/curfew/Dead`, "they are dead-letter queues, of functions and rules, and not of another queue: nothing is behind them but an alarm"},
	{`AwsSolutions-SQS3:`, `^/curfew/Changes`, "nothing takes messages from it but people, who delete what they have read; there is nothing that could fail"},
	{`AwsSolutions-APIG2:`, `^/curfew/Machines$`, "the handler reads every body strictly, against the document that it serves; a second check would drift from it"},
	{`AwsSolutions-APIG4:`, `^/curfew/PeopleRoutePage(Files|Folder)?$`, "the page signs people in, so it is there before they are; it is static files without a secret, of a function without a right"},
	{`AwsSolutions-APIG3:`, `^/curfew/MachinesStage$`, "a call is signed by a principal of the organization before it reaches anything, and throttled; a web ACL costs more a month than the rest, and may be added"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:logs:.*:\*\]`, `Role$`, "the streams of the function's own log group: Lambda names them"},
	{`AwsSolutions-IAM5\[Resource::.*table/curfew-(access|audit)/(index|stream)/\*\]`, `^/curfew/(Api|Archive|Reconcile|Expire|Notify)Role$`, "all indexes of one table; a stream's name is the instant it was made"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:s3:::.*/\*/CloudTrail(-Digest)?/\*\]`, `^/curfew/BackfillRole$`, "the log files and digests of all accounts under one trail: CloudTrail names them"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:s3:::curfew-(log|stage)-.*/(tile|altered|stage)/\*\]`, `^/curfew/ArchiveRole$`, "the objects of the log have the names of the tiles and hashes"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:s3:::curfew-(lake|results)-.*/\*\]`, `^/curfew/(ArchiveRole|AuditReader)$`, "rows have the names of days and of windows of the log, answers those that Athena gives"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:glue:.*:table/curfew_audit/\*\]`, `^/curfew/AuditReader$`, "all tables and views of the one database"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew/BackfillRole$`, "CloudTrail's public keys take no resource"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:iam::\*:role/curfew-member-\w+\]`, `^/curfew/(Api|Grant|Revoke|Contain|Reconcile|Review|Trigger)Role$`, "one role in each account of the organization, by a condition: the accounts are in the registry"},
	{`AwsSolutions-IAM5\[Resource::.*execution:curfew-elevation:\*\]`, `^/curfew/(Api|Reconcile|Trigger)Role$`, "executions are named by elevations, and this only looks at them"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew/(Api|Decide|Wait|Reconcile|Trigger)Role$`, "states:SendTask* takes no resource; a token gives no authority"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew/(Archive|Expire|Notify)Role$`, "dynamodb:ListStreams takes no resource"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew/MachineRole$`, "deliveries of logs, and traces, take no resource"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew/GatewayRole$`, "API Gateway refuses a role that may not write to all log groups"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:iam::<AWS::AccountId>:(role|user)/\*\]`, `^/curfew-member/`, "which principals is said by tag and boundary, in conditions, where it changes anything; looking is for all"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:iam::<AWS::AccountId>:policy/curfew/\*\]`, `^/curfew-member/`, "Curfew's own policies, one for each elevation, under a path of their own"},
	{`AwsSolutions-IAM5\[Resource::\*\]`, `^/curfew-member/(Api|Reconcile|Review|Trigger)Role$`, "iam:GetAccountSummary and iam:GetAccountAuthorizationDetails take no resource, nor do the Describe calls of Backup and Batch, or ListJobs; alarms of alarms are shown only to who may see all"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:(codedeploy|codepipeline|ecs|secretsmanager|states):\*:<AWS::AccountId>:(deploymentgroup:|task/|secret:|execution:|)\*\]`, `^/curfew-member/TriggerRole$`, "what an event names is looked at, and nothing more: the catalog says which events count"},
	{`AwsSolutions-IAM5\[Resource::arn:aws:(backup|batch|codebuild):.*\]`, `^/curfew-member/TriggerRole$`, "a job's input that names a thing without its Region, or a job definition without its revision, means that of each"},
	{`AwsSolutions-IAM5\[(Action|Resource)::\*\]`, `^/curfew-member/Boundary$`, "a boundary allows nothing by itself: it is what is left of what a principal is allowed, and its Deny statements are the point"},
}

func TestNag(t *testing.T) {
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: str(t.TempDir()), AnalyticsReporting: jsii.Bool(false)})
	if err := build(app, exampleSettings(t), built(t)); err != nil {
		t.Fatalf("build: %v", err)
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true), Reports: jsii.Bool(false)}), nil)
	used := map[int]bool{}
	for _, id := range []string{"curfew", "curfew-member", "curfew-region-us-east-1"} {
		stack := app.Node().FindChild(str(id)).(awscdk.Stack)
		anything, rules := str("*"), assertions.Match_StringLikeRegexp(str("AwsSolutions-.*"))
		found := assertions.Annotations_FromStack(stack)
		for _, f := range append(*found.FindError(anything, rules), *found.FindWarning(anything, rules)...) {
			text, _ := f.Entry.Data.(string)
			if !isAccepted(*f.Id, text, used) {
				t.Errorf("%s: %s", *f.Id, text)
			}
		}
	}
	for i, a := range accepted {
		if !used[i] {
			t.Errorf("%s at %s is found no more: take it off the list", a.rule, a.resource)
		}
	}
}

func isAccepted(resource, text string, used map[int]bool) bool {
	ok := false
	for i, a := range accepted {
		if regexp.MustCompile("^"+a.rule).MatchString(text) && regexp.MustCompile(a.resource).MatchString(resource) {
			used[i], ok = true, true
		}
	}
	return ok
}
