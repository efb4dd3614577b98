package verify

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/events"
	"curfew/shared/onaws/ask"
	"curfew/shared/trigger/eventbus"
)

// deployment asks CodeDeploy. It is at work from the instant that it is made: its event says START before it is in
// progress.
// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
func deployment(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	var out struct {
		DeploymentInfo struct {
			Status     string   `json:"status"`
			CreateTime ask.Time `json:"createTime"`
		} `json:"deploymentInfo"`
	}
	call := ask.Call{Service: "codedeploy", Target: "CodeDeploy_20141006.GetDeployment"}
	err := call.Do(ctx, cfg, map[string]string{"deploymentId": s.Task.ID}, &out)
	if missing(err, "DeploymentDoesNotExistException", "InvalidDeploymentIdException") {
		return notSo()
	}
	work, over := []string{"Created", "Queued", "InProgress", "Baking", "Ready"}, []string{"Succeeded", "Failed", "Stopped"}
	return fact{truth: stage(out.DeploymentInfo.Status, work, over), since: out.DeploymentInfo.CreateTime.Time}, err
}

// pipelineExecution asks CodePipeline, which has to be told the pipeline: the last part of what the event is about. Only
// one of the event's own account and Region is asked for. When the execution began is not told.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineExecution.html
func pipelineExecution(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	name, ok := strings.CutPrefix(s.Resource, "arn:aws:codepipeline:"+s.Region+":"+s.Account+":")
	name = strings.TrimPrefix(name, "pipeline:")
	if !ok || name == "" {
		return fact{truth: eventbus.CannotBeAsked}, nil
	}
	var out struct {
		PipelineExecution struct {
			Status string `json:"status"`
		} `json:"pipelineExecution"`
	}
	call := ask.Call{Service: "codepipeline", Target: "CodePipeline_20150709.GetPipelineExecution"}
	err := call.Do(ctx, cfg, map[string]string{"pipelineName": name, "pipelineExecutionId": s.Task.ID}, &out)
	if missing(err, "PipelineNotFoundException", "PipelineExecutionNotFoundException", "ValidationException") {
		return notSo()
	}
	over := []string{"Cancelled", "Failed", "Stopped", "Stopping", "Succeeded", "Superseded"}
	return fact{truth: stage(out.PipelineExecution.Status, []string{"InProgress"}, over)}, err
}
