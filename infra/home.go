package main

import "github.com/aws/aws-cdk-go/awscdk/v2"

func newHome(app awscdk.App, s Settings, files repository, machine string) (awscdk.Stack, error) {
	stack := awscdk.NewStack(app, str(s.Name), s.atHome("Curfew: just-in-time privileged access for AWS"))
	published(stack, s, "Key", "key")
	published(stack, s, "Stream", "stream")
	published(stack, s, "AuditStream", "audit-stream")
	for _, n := range s.Log.made() {
		published(stack, s, "LogKey"+n, "log-key-"+n)
	}
	channels(stack, s)
	if err := deploy(stack, s, files); err != nil {
		return nil, err
	}
	stateMachine(stack, s, machine)
	nets(stack, s)
	onEvents(stack, s)
	onTrail(stack, s)
	onReviews(stack, s)
	onEvidence(stack, s)
	onLake(stack, s)
	restAPI(stack, s)
	httpAPI(stack, s)
	watchParts(stack, s)
	alarms(stack, s)
	computedAlarms(stack, s)
	silenceAlarms(stack, s)
	dashboard(stack, s)
	return stack, nil
}
