package catalog

import (
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/trigger"
)

// jobCall is the call that starts a job.
type jobCall struct {
	needs  []string // required members of the input
	token  string   // the idempotency token; empty: the call has none
	source string   // source of the job's events
	kind   string   // kind of task that the job is; empty: no event reports it
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
// https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func jobCallOf(service string) jobCall {
	switch service {
	case "backup":
		return jobCall{[]string{"BackupVaultName", "IamRoleArn", "ResourceArn"}, "IdempotencyToken", "aws.backup", "backup"}
	case "batch":
		return jobCall{[]string{"jobDefinition", "jobName", "jobQueue"}, "", "aws.batch", "workflow"}
	case "codebuild":
		return jobCall{[]string{"projectName"}, "idempotencyToken", "aws.codebuild", ""}
	case "states":
		return jobCall{[]string{"stateMachineArn"}, "name", "aws.states", "workflow"}
	}
	return jobCall{}
}

func readJob(v value, principals []string) *trigger.Job {
	f, job := v.fields("service", "input"), &trigger.Job{}
	if service, ok := f.need("service"); ok {
		job.Service, _ = service.oneOf(trigger.JobServices()...)
	}
	input, ok := f.need("input")
	if !ok {
		return job
	}
	if job.Input, ok = asJSON(input).document(); ok && job.Service != "" {
		jobInput{input}.checkCall(jobCallOf(job.Service), job.Service)
		jobInput{input}.checkUse(job.Service, principals)
	}
	return job
}

type jobInput struct{ value }

func (v jobInput) checkCall(call jobCall, service string) {
	for _, name := range call.needs {
		if at, ok := v.child(name); ok {
			at.text()
			continue
		}
		v.report("lacks %s, which %s requires", name, service)
	}
	if at, ok := v.child(call.token); ok {
		at.report("must be absent: Curfew sets it, so that a retry starts no second job")
	}
}

// checkUse refuses a job that does not use the grant, or that is Curfew's own state machine.
func (v jobInput) checkUse(service string, principals []string) {
	switch service {
	case "backup":
		at, there := v.child("IamRoleArn")
		if arn, ok := textIf(at, there); ok && !slices.Contains(principals, arn) {
			at.report("%q is not one of the principals", arn)
		}
	case "states":
		at, there := v.child("stateMachineArn")
		if arn, ok := textIf(at, there); ok {
			at.badStateMachine(arn)
		}
	}
}

func textIf(v value, there bool) (string, bool) {
	if !there {
		return "", false
	}
	return v.text()
}

// stateMachineARN has no version or alias.
var stateMachineARN = fault.Pattern(`^arn:aws[a-z-]*:states:[a-z0-9-]{1,32}:[0-9]{12}:stateMachine:[A-Za-z0-9_-]{1,80}$`)

// ownStateMachine is the suffix of the state machine's name in every installation.
const ownStateMachine = "-elevation"

// badStateMachine reports an invalid ARN, or one that may be Curfew's own state machine: every elevation is an
// execution of it, so a trigger could start itself.
func (v value) badStateMachine(arn string) (bad bool) {
	switch {
	case !stateMachineARN().MatchString(arn):
		v.report("%q is not the ARN of a state machine", arn)
	case strings.HasSuffix(arn, ownStateMachine):
		v.report("%q ends in -elevation like Curfew's own state machine: a grant must never cause a grant", arn)
	default:
		return false
	}
	return true
}
