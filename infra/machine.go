package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
)

// stateMachine: a running execution keeps the definition that it started with.
func stateMachine(stack awscdk.Stack, s Settings, definition string) {
	awslogs.NewCfnLogGroup(stack, str("MachineLog"), &awslogs.CfnLogGroupProps{
		// Names under /aws/vendedlogs/ need no entry in the log resource policy, whose size is limited.
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
			IncludeExecutionData: jsii.Bool(false), // contains task tokens
			Destinations: []any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
				CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: attribute("MachineLog", "Arn")},
			}},
		},
		TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: jsii.Bool(true)},
	})
}
