package functions_test

import (
	"strconv"
	"strings"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"curfew/shared/access"
)

const reporter = "arn:aws:iam::111122223333:role/reporter"

// addReports adds an entitlement and a trigger with a schedule and a job, which the example lacks.
func addReports() fstest.MapFS {
	return fstest.MapFS{
		"entitlements/report.yaml": &fstest.MapFile{Data: []byte(`about: Reading the ledger while the report is written
owners: ["group:platform"]
principals: ["` + reporter + `"]
requesters: ["trigger:report"]
tasks: [{kind: workflow, known: required}]
max: 1h
session: none
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "dynamodb:Query", Resource: "*"}]}
`)},
		"triggers/report.yaml": &fstest.MapFile{Data: []byte(`about: The ledger, from before the report begins to its end
entitlement: report
principals: ["` + reporter + `"]
start:
  source: [aws.states]
  detail-type: [Step Functions Execution Status Change]
  detail: {status: [RUNNING], stateMachineArn: ["arn:aws:states:us-east-1:111122223333:stateMachine:reports"]}
reason: The report is written
max: 1h
schedule: {expression: "cron(0 7 * * ? *)", zone: UTC}
job: {service: states, input: {stateMachineArn: "arn:aws:states:us-east-1:111122223333:stateMachine:reports"}}
`)},
	}
}

// openWindow sends to the queue what EventBridge Scheduler sends when a window opens, by the template.
func (s tale) openWindow(trigger string) {
	s.t.Helper()
	type schedule struct {
		Target struct {
			Input struct {
				Text string `json:"Fn::Sub"`
			}
		}
	}
	for _, of := range resourcesOf[schedule](s.t, "curfew.golden.json", s.member, "AWS::Scheduler::Schedule") {
		event := strings.NewReplacer("${AWS::AccountId}", account, "${AWS::Region}", "us-east-1", "<aws.scheduler.execution-id>", "1",
			"<aws.scheduler.scheduled-time>", time.Now().UTC().Format(time.RFC3339), "nightly-backup", trigger).Replace(of.Target.Input.Text)
		if _, err := s.bus.queues.SendMessage(s.t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(s.bus.queue), MessageBody: aws.String(event)}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// checkWindow: a window opens, the role is elevated, and Curfew starts the job when the grant is usable. The job's own
// events join the elevation and end it.
func (s tale) checkWindow() {
	report := newWorkflow(s.t, s.member, "reports")
	s.openWindow("report")
	s.waitForStart("report")
	s.insert(s.notify, "elevation#"+s.e.ID, "elevation")
	s.waitUntil(func() bool { return report.selectRun(s.t, s.e.ID) }, "the job was started for elevation %s", s.e.ID)
	s.publishRunEvent(report, "states-execution-running")
	s.waitUntilHandled(report.since, 1)
	s.waitForStart("report")
	report.stopRun(s.t)
	s.publishRunEvent(report, "states-execution-aborted", "1785999849875", strconv.FormatInt(time.Now().UnixMilli(), 10))
	s.wantEnded(access.Completed)
}
