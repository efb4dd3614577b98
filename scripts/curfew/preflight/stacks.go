package preflight

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	stacktypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/sdk"
)

// bootstrapStack is made by "cdk bootstrap". The CDK needs version 6 of it.
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
const bootstrapStack, bootstrapVersion = "CDKToolkit", 6

// checkBootstrap finds the CDK's roles, which deploy: they are the deployers of the SCPs.
func (r *round) checkBootstrap(ctx context.Context) {
	const check = "CDK bootstrap"
	do := fmt.Sprintf("npx --prefix infra cdk bootstrap aws://%s/%s", r.Account, r.Region)
	s, err := sdk.Stack(ctx, r.aws, bootstrapStack)
	if !r.isAnswered(check, err) {
		return
	}
	if s == nil {
		r.add(check, doctor.Wrong, "there is no stack "+bootstrapStack+" in "+r.Region, do)
		return
	}
	version := 0
	for _, o := range s.Outputs {
		if aws.ToString(o.OutputKey) == "BootstrapVersion" {
			version, _ = strconv.Atoi(aws.ToString(o.OutputValue)) // else it is too old
		}
	}
	if version < bootstrapVersion {
		r.addf(check, doctor.Wrong, do, "its version is %d, and the CDK needs %d", version, bootstrapVersion)
		return
	}
	d, err := cloudformation.NewFromConfig(r.aws).DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: s.StackName})
	if !r.isAnswered(check, err) {
		return
	}
	for _, one := range d.StackResources {
		if aws.ToString(one.ResourceType) == "AWS::IAM::Role" {
			r.Deployers = append(r.Deployers, "arn:aws:iam::"+r.Account+":role/"+aws.ToString(one.PhysicalResourceId))
		}
	}
	slices.Sort(r.Deployers)
	r.addf(check, doctor.OK, "", "version %d; its %d roles deploy: name them in deployers, with the role that starts the deployment", version, len(r.Deployers))
}

// checkStack says whether a stack can be deployed.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func (r *round) checkStack(ctx context.Context, name, deploy string) {
	check := "stack " + name
	s, err := sdk.Stack(ctx, r.aws, name)
	if !r.isAnswered(check, err) {
		return
	}
	switch {
	case s == nil:
		r.add(check, doctor.OK, "not there yet: npx --prefix infra cdk deploy "+deploy+" makes it", "")
	case s.StackStatus == stacktypes.StackStatusRollbackComplete || s.StackStatus == stacktypes.StackStatusRollbackFailed || s.StackStatus == stacktypes.StackStatusReviewInProgress || s.StackStatus == stacktypes.StackStatusDeleteFailed:
		r.addf(check, doctor.Wrong, "aws cloudformation delete-stack --stack-name "+name+", then deploy again: infra/README.md, \"If the first deployment failed\"", "its first deployment failed: it is %s, and cannot be updated", s.StackStatus)
	case strings.HasSuffix(string(s.StackStatus), "_IN_PROGRESS"):
		r.addf(check, doctor.Wrong, "wait: aws cloudformation describe-stacks --stack-name "+name, "it is %s", s.StackStatus)
	case s.StackStatus == stacktypes.StackStatusUpdateRollbackFailed:
		r.addf(check, doctor.Wrong, "aws cloudformation continue-update-rollback --stack-name "+name, "it is %s", s.StackStatus)
	default:
		r.addf(check, doctor.OK, "", "%s", s.StackStatus)
	}
}
