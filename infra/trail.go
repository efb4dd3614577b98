package main

import "github.com/aws/aws-cdk-go/awscdk/v2"

// onTrail adds the bus of CloudTrail's events with their queue, and the schedule of backfill.
func onTrail(stack awscdk.Stack, s Settings) {
	if s.OrgID != "" {
		eventBus(stack, s, "trail", resourcePolicies(s).trailBusPolicy())
	}
	for _, r := range routes(s).onRules() {
		toQueue(stack, s, r, "trail", withReadOnly)
	}
	fromQueue(stack, s, "correlate", "trail", batchSize, trailBatch)
	if s.Trail != "" {
		rule(stack, s, net{name: "trail-files", function: "backfill", about: "the files of the trail", schedule: "rate(5 minutes)", repeats: true})
	}
}
