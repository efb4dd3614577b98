package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
)

// stateMachine is the machine of one elevation. Its definition is in the template as it is in the file; an execution goes
// by the definition that it was started with, whatever is deployed meanwhile.
func stateMachine(stack awscdk.Stack, s Settings, definition string) {
	awslogs.NewCfnLogGroup(stack, str("MachineLog"), &awslogs.CfnLogGroupProps{
		// A name under /aws/vendedlogs/ needs no line of its own in the account's resource policy, which has room for few.
		LogGroupName: str("/aws/vendedlogs/states/" + s.resource("elevation")), RetentionInDays: num(s.LogRetentionDays),
	})
	r := role(stack, "Machine", s.resource("elevation"), trustedService("states.amazonaws.com"), homeRoles(s).machinePermissions())
	functions := map[string]*string{}
	for _, f := range []string{"wait", "grant", "revoke"} {
		functions[f] = attribute(logicalID(f), "Arn")
	}
	awsstepfunctions.NewCfnStateMachine(stack, str("Machine"), &awsstepfunctions.CfnStateMachineProps{
		StateMachineName:        str(s.resource("elevation")),
		StateMachineType:        str("STANDARD"),
		RoleArn:                 r.AttrArn(),
		DefinitionString:        str(definition),
		DefinitionSubstitutions: functions,
		LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
			Level:                str("ALL"),
			IncludeExecutionData: jsii.Bool(false), // it holds task tokens
			Destinations: []any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
				CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: attribute("MachineLog", "Arn")},
			}},
		},
		TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: jsii.Bool(true)},
	})
}
