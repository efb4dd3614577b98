package jobs

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/batch"
	batchtypes "github.com/aws/aws-sdk-go-v2/service/batch/types"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/trigger"
)

// Start is [eventbus.Jobs.Start]. The token is an elevation id. A second start with it does nothing:
//
//   - backup: while AWS Backup knows the token (undocumented).
//   - batch: while Batch lists the job, at least a day; two simultaneous starts may both run.
//   - codebuild: for five minutes.
//   - states: while the execution's name is taken, 90 days.
func (j *Jobs) Start(ctx context.Context, job trigger.Job, account, token string) error {
	switch job.Service {
	case "backup":
		return j.backup(ctx, job.Input, account, token)
	case "batch":
		return j.batch(ctx, job.Input, account, token)
	case "codebuild":
		return j.build(ctx, job.Input, account, token)
	case "states":
		return j.execution(ctx, job.Input, account, token)
	}
	return fault.Errorf(fault.Invalid, "Curfew cannot start jobs of %q", job.Service)
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
// The role's ARN comes first: some resources' ARNs have no account.
func (j *Jobs) backup(ctx context.Context, input json.RawMessage, account, token string) error {
	in, err := decode[backup.StartBackupJobInput](input)
	if err != nil {
		return err
	}
	if err := requireUnset("IdempotencyToken", in.IdempotencyToken); err != nil {
		return err
	}
	cfg, err := j.configFor(ctx, account, in.IamRoleArn, in.ResourceArn)
	if err != nil {
		return err
	}
	in.IdempotencyToken = aws.String(token)
	_, err = backup.NewFromConfig(cfg).StartBackupJob(ctx, in)
	return startError("starting a backup job", err)
}

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
// The token is the name. An existing execution is an earlier start.
func (j *Jobs) execution(ctx context.Context, input json.RawMessage, account, token string) error {
	in, err := decode[sfn.StartExecutionInput](input)
	if err != nil {
		return err
	}
	if err := requireUnset("name", in.Name); err != nil {
		return err
	}
	cfg, err := j.configFor(ctx, account, in.StateMachineArn)
	if err != nil {
		return err
	}
	in.Name = aws.String(token)
	if _, err = sfn.NewFromConfig(cfg).StartExecution(ctx, in); onaws.ErrorCode(err) == "ExecutionAlreadyExists" {
		return nil
	}
	return startError("starting an execution", err)
}

// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
// A project's ARN gives account and Region; the call takes its name.
func (j *Jobs) build(ctx context.Context, input json.RawMessage, account, token string) error {
	in, err := decode[codebuild.StartBuildInput](input)
	if err != nil {
		return err
	}
	if err := requireUnset("idempotencyToken", in.IdempotencyToken); err != nil {
		return err
	}
	cfg, err := j.configFor(ctx, account, in.ProjectName, in.ServiceRoleOverride)
	if err != nil {
		return err
	}
	if _, name, ok := strings.Cut(aws.ToString(in.ProjectName), ":project/"); ok {
		in.ProjectName = aws.String(name)
	}
	in.IdempotencyToken = aws.String(token)
	_, err = codebuild.NewFromConfig(cfg).StartBuild(ctx, in)
	return startError("starting a build", err)
}

// https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
// Batch has no token: the job's name carries it and is looked up first. The SDK does not retry: the first try may have
// succeeded.
func (j *Jobs) batch(ctx context.Context, input json.RawMessage, account, token string) error {
	in, err := decode[batch.SubmitJobInput](input)
	if err != nil {
		return err
	}
	cfg, err := j.configFor(ctx, account, in.JobQueue, in.JobDefinition)
	if err != nil {
		return err
	}
	in.JobName = aws.String(jobName(aws.ToString(in.JobName), token))
	client := batch.NewFromConfig(cfg)
	listed, err := client.ListJobs(ctx, &batch.ListJobsInput{
		JobQueue: in.JobQueue, Filters: []batchtypes.KeyValuesPair{{Name: aws.String("JOB_NAME"), Values: []string{*in.JobName}}},
	})
	if err != nil {
		return startError("listing jobs", err)
	}
	if len(listed.JobSummaryList) > 0 {
		return nil
	}
	_, err = client.SubmitJob(ctx, in, func(o *batch.Options) { o.Retryer = aws.NopRetryer{} })
	return startError("submitting a job", err)
}

const maxName = 128

func jobName(name, token string) string {
	if name == "" {
		return token
	}
	return name[:min(len(name), max(0, maxName-len(token)-1))] + "-" + token
}
