package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
)

// newRegion is for one governed Region of every member account and of home. It has rules and the role of their
// target. It has no assets and needs no bootstrap: its template also works as a StackSet.
func newRegion(app awscdk.App, s Settings, region string) {
	stack := awscdk.NewStack(app, str(s.resource("region-"+region)), &awscdk.StackProps{
		Description: str("Curfew: rules that send CloudTrail's events of this Region to home"),
		Env:         &awscdk.Environment{Region: str(region)}, Synthesizer: awscdk.NewBootstraplessSynthesizer(nil),
	})
	r := role(stack, "Route", s.resource("route-"+region), trustedService("events.amazonaws.com"), memberRoles(s).routePermissions())
	for _, to := range routes(s).rules(region) {
		state := "ENABLED"
		if to.readOnly {
			state = withReadOnly
		}
		awsevents.NewCfnRule(stack, str(logicalID(to.name)), &awsevents.CfnRuleProps{
			Name: str(s.resource(to.name)), Description: str("Curfew: " + to.about), State: str(state), EventPattern: to.pattern,
			Targets: []any{&awsevents.CfnRule_TargetProperty{
				Id: str("home"), Arn: str(routes(s).busARN()), RoleArn: r.AttrArn(),
				RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{MaximumEventAgeInSeconds: num(deliveredWithin), MaximumRetryAttempts: num(deliveryTries)},
			}},
		})
	}
	emergencyParts(stack, s)
}
