package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// newData is for what outlives home: the keys, the tables and the log. A deployment that fails deletes what it made; a stack that
// is deleted leaves them, and cdk import adopts the tables.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
func newData(app awscdk.App, s Settings) awscdk.Stack {
	stack := awscdk.NewStack(app, str(s.resource("data")), s.atHome("Curfew: the keys, the tables and the log, which stay"))
	id := str(s.Key[strings.LastIndexByte(s.Key, '/')+1:])
	if s.Key == "" {
		id = key(stack).Ref()
	}
	tables(stack, s, id)
	logData(stack, s)
	publish(stack, s, "key", id)
	publish(stack, s, "stream", attribute("AccessTable", "StreamArn"))
	publish(stack, s, "audit-stream", attribute("AuditTable", "StreamArn"))
	return stack
}

// atHome returns the properties of a stack of home. The CDK sets termination protection before it creates resources. What
// a failed first deployment leaves could not be deleted, so protection comes with the second.
func (s Settings) atHome(about string) *awscdk.StackProps {
	props := &awscdk.StackProps{Description: str(about), TerminationProtection: jsii.Bool(s.Protect)}
	if s.Home != "" { // the CLI then refuses credentials of another account
		props.Env = &awscdk.Environment{Account: str(s.Home)}
		if s.HomeRegion != "" {
			props.Env.Region = str(s.HomeRegion)
		}
	}
	return props
}

func key(stack awscdk.Stack) awskms.CfnKey {
	k := awskms.NewCfnKey(stack, str("Key"), &awskms.CfnKeyProps{
		Description:       str("Curfew: tables and topics"),
		EnableKeyRotation: jsii.Bool(true),
		KeyPolicy:         document(keyPolicy()...),
	})
	k.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	return k
}
