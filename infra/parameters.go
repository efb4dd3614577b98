package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
)

// publish stores what AWS names, for home to read. An export could not change while home uses it, and a restored table
// has another stream.
func publish(stack awscdk.Stack, s Settings, name string, value *string) {
	awsssm.NewCfnParameter(stack, str(logicalID("parameter", name)), &awsssm.CfnParameterProps{
		Name: str(s.parameter(name)), Type: str("String"), Value: value, Description: str("Curfew: read by the stack " + s.Name + " at each deployment"),
	})
}

// published makes a parameter of the template, which CloudFormation reads at each deployment.
func published(stack awscdk.Stack, s Settings, id, name string) {
	awscdk.NewCfnParameter(stack, str(id), &awscdk.CfnParameterProps{
		Type: str("AWS::SSM::Parameter::Value<String>"), Default: str(s.parameter(name)), Description: str("Written by the stack " + s.resource("data")),
	})
}
