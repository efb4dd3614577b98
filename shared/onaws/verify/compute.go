package verify

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/batch"
	batchtypes "github.com/aws/aws-sdk-go-v2/service/batch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"curfew/events"
	"curfew/shared/trigger/eventbus"
)

// batchJob asks Batch. A job waiting for a retry is not at work: the next try has its own event. Only single-container
// jobs report a role.
// https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html
func batchJob(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	out, err := batch.NewFromConfig(cfg).DescribeJobs(ctx, &batch.DescribeJobsInput{Jobs: []string{s.Task.ID}})
	if err != nil {
		return fact{}, err
	}
	if len(out.Jobs) != 1 {
		return noSuchTask()
	}
	j := out.Jobs[0]
	f := fact{confirmation: eventbus.Finished, resource: aws.ToString(j.JobDefinition)}
	if j.Status == batchtypes.JobStatusRunning {
		f.confirmation = eventbus.Confirmed
	}
	if j.StartedAt != nil {
		f.startedAt = time.UnixMilli(*j.StartedAt)
	}
	if j.Container != nil {
		f.role, f.roleKnown = aws.ToString(j.Container.JobRoleArn), true
	}
	return f, nil
}

// execution asks Step Functions, and for the state machine's role only if the event names one.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
func execution(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	client, arn := sfn.NewFromConfig(cfg), aws.String(s.Task.ID)
	out, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: arn, IncludedData: sfntypes.IncludedDataMetadataOnly})
	if isUnknownTask(err, "ExecutionDoesNotExist", "InvalidArn") {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	f := fact{confirmation: eventbus.Finished, startedAt: aws.ToTime(out.StartDate), resource: aws.ToString(out.StateMachineArn)}
	if again := aws.ToTime(out.RedriveDate); again.After(f.startedAt) {
		f.startedAt = again
	}
	if out.Status == sfntypes.ExecutionStatusRunning {
		f.confirmation = eventbus.Confirmed
	}
	if s.Role == "" || f.confirmation != eventbus.Confirmed {
		return f, nil
	}
	machine, err := client.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{
		ExecutionArn: arn, IncludedData: sfntypes.IncludedDataMetadataOnly,
	})
	if err != nil {
		return fact{}, err
	}
	f.role, f.roleKnown = aws.ToString(machine.RoleArn), true
	return f, nil
}

// ecsTask asks ECS. A task ARN in the old form names no cluster, so ECS cannot be asked. The role is the run's override
// or the definition's, asked for only if the event names one.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
func ecsTask(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	parts := strings.Split(s.Task.ID, "/") // arn:aws:ecs:us-east-1:111122223333:task/cluster/id
	if len(parts) != 3 {
		return fact{confirmation: eventbus.Unconfirmable}, nil
	}
	client := ecs.NewFromConfig(cfg)
	out, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(parts[1]), Tasks: []string{s.Task.ID}})
	if isUnknownTask(err, "ClusterNotFoundException", "InvalidParameterException") || err == nil && len(out.Tasks) != 1 {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	t, over := out.Tasks[0], []string{"DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED", "DELETED"}
	f := fact{confirmation: stage(aws.ToString(t.LastStatus), []string{"RUNNING"}, over), startedAt: aws.ToTime(t.StartedAt), resource: aws.ToString(t.TaskDefinitionArn)}
	if s.Role == "" || f.confirmation != eventbus.Confirmed {
		return f, nil
	}
	f.roleKnown = true
	if t.Overrides != nil && aws.ToString(t.Overrides.TaskRoleArn) != "" {
		f.role = *t.Overrides.TaskRoleArn
		return f, nil
	}
	defined, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: t.TaskDefinitionArn})
	if err == nil && defined.TaskDefinition != nil {
		f.role = aws.ToString(defined.TaskDefinition.TaskRoleArn)
	}
	return f, err
}
