package sdk

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Stack finds a stack by its name; nil: there is none.
func Stack(ctx context.Context, cfg aws.Config, name string) (*types.Stack, error) {
	d, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil && strings.Contains(err.Error(), "does not exist") { // CloudFormation calls it a ValidationError
		return nil, nil
	}
	if err != nil || len(d.Stacks) == 0 {
		return nil, err
	}
	return &d.Stacks[0], nil
}
