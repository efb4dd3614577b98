package verify

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"curfew/events"
	"curfew/shared/trigger/eventbus"
)

// deployment asks CodeDeploy. A created deployment is at work: its START event precedes InProgress.
// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
func deployment(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	out, err := codedeploy.NewFromConfig(cfg).GetDeployment(ctx, &codedeploy.GetDeploymentInput{DeploymentId: aws.String(s.Task.ID)})
	if isUnknownTask(err, "DeploymentDoesNotExistException", "InvalidDeploymentIdException") || err == nil && out.DeploymentInfo == nil {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	work, over := []string{"Created", "Queued", "InProgress", "Baking", "Ready"}, []string{"Succeeded", "Failed", "Stopped"}
	return fact{confirmation: stage(out.DeploymentInfo.Status, work, over), startedAt: aws.ToTime(out.DeploymentInfo.CreateTime)}, nil
}

// pipelineExecution asks CodePipeline, which needs the pipeline's name: the last part of the event's resource, which
// must be in the event's account and Region. The start is unknown.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineExecution.html
func pipelineExecution(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	name, ok := strings.CutPrefix(s.Resource, "arn:aws:codepipeline:"+s.Region+":"+s.Account+":")
	name = strings.TrimPrefix(name, "pipeline:")
	if !ok || name == "" {
		return fact{confirmation: eventbus.Unconfirmable}, nil
	}
	out, err := codepipeline.NewFromConfig(cfg).GetPipelineExecution(ctx, &codepipeline.GetPipelineExecutionInput{
		PipelineName: aws.String(name), PipelineExecutionId: aws.String(s.Task.ID),
	})
	if isUnknownTask(err, "PipelineNotFoundException", "PipelineExecutionNotFoundException", "ValidationException") || err == nil && out.PipelineExecution == nil {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	over := []string{"Cancelled", "Failed", "Stopped", "Stopping", "Succeeded", "Superseded"}
	return fact{confirmation: stage(out.PipelineExecution.Status, []string{"InProgress"}, over)}, nil
}
