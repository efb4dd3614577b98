package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

func newHome(app awscdk.App, s Settings, files repository, machine string) awscdk.Stack {
	props := &awscdk.StackProps{
		Description:           str("Curfew: just-in-time privileged access for AWS"),
		TerminationProtection: jsii.Bool(true),
	}
	if s.Home != "" { // the CLI then refuses credentials of another account
		props.Env = &awscdk.Environment{Account: str(s.Home)}
		if s.HomeRegion != "" {
			props.Env.Region = str(s.HomeRegion)
		}
	}
	stack := awscdk.NewStack(app, str(s.Name), props)
	key(stack)
	tables(stack, s)
	channels(stack, s)
	deploy(stack, s, files)
	stateMachine(stack, s, machine)
	nets(stack, s)
	onEvents(stack, s)
	onTrail(stack, s)
	restAPI(stack, s)
	httpAPI(stack, s)
	watchParts(stack, s)
	alarms(stack, s)
	computedAlarms(stack, s)
	dashboard(stack, s)
	return stack
}

// key stays when the stack is deleted: without it the evidence is unreadable.
func key(stack awscdk.Stack) {
	k := awskms.NewCfnKey(stack, str("Key"), &awskms.CfnKeyProps{
		Description:       str("Curfew: tables and topics"),
		EnableKeyRotation: jsii.Bool(true),
		KeyPolicy:         document(keyPolicy()...),
	})
	k.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
}
