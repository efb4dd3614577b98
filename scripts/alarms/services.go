package main

import (
	"context"
	"time"

	"curfew/events"
	"curfew/shared/accountreview"
	"curfew/shared/backoff"
	"curfew/shared/inprocess/asl"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// ofMachine counts for Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
func (p *plant) ofMachine(name string) {
	p.watch.put(named("AWS/States", name, dimensions{"StateMachineArn": machine}), 1)
}

// ofRule counts for a rule of EventBridge.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
func (p *plant) ofRule(rule, name string) {
	p.watch.put(named("AWS/Events", name, dimensions{"RuleName": installation + "-" + rule}), 1)
}

// executionClosed is the event of a closed execution, and the rule on it. EventBridge keeps events that it cannot
// deliver; without permission to invoke, it gives up at once.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
func (p *plant) executionClosed(c asl.Closed) {
	if p.alive.Err() != nil {
		return
	}
	p.ofMachine(map[asl.Status]string{
		asl.Succeeded: "ExecutionsSucceeded", asl.Failed: "ExecutionsFailed", asl.TimedOut: "ExecutionsTimedOut", asl.Aborted: "ExecutionsAborted",
	}[c.Status])
	if c.Status == asl.Succeeded {
		return
	}
	at := time.Now().UTC()
	p.running.Go(func() {
		if backoff.Pause(p.alive, time.Second) != nil || p.awaits("rules") != nil {
			return
		}
		p.ofRule("execution-closed", "TriggeredRules")
		if p.isDown("permission of the rule") {
			p.ofRule("execution-closed", "FailedInvocations")
			p.queues["dead-revoke"].send("{}")
			return
		}
		p.lambdas["revoke"].async(encode(object{
			"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "time": at.Format(time.RFC3339),
			"detail": object{"status": c.Status, "input": c.Input},
		}))
	})
}

// schedules run until the end: the sweep each minute, backfill each five minutes, and SQS's metrics.
func (p *plant) schedules() {
	for minute := 0; backoff.Pause(p.alive, time.Minute/2) == nil; minute++ {
		for _, q := range p.queues {
			q.measure()
		}
		if !p.isDown("schedules") {
			p.tick("sweep", "reconcile")
			if minute%5 == 0 {
				p.tick("trail-files", "backfill")
			}
			if minute == 6*60 {
				p.beginCampaign()
			}
			if minute%(24*60) == 12*60 && !p.isDown("the pass") {
				p.lambdas["archive"].async([]byte(`{"pass":true}`))
			}
		}
		if backoff.Pause(p.alive, time.Minute/2) != nil {
			return
		}
	}
}

// beginCampaign is the monthly rule, which sends to the queue.
func (p *plant) beginCampaign() {
	p.ofRule("campaign", "TriggeredRules")
	p.queues["reviews"].send(accountreview.Begin)
}

func (p *plant) tick(rule, function string) {
	p.ofRule(rule, "TriggeredRules")
	if rule == "sweep" && p.isDown("permission of the sweep") {
		p.ofRule(rule, "FailedInvocations")
		p.queues["dead-reconcile"].send("{}")
		return
	}
	p.lambdas[function].async([]byte("{}"))
}

// noTriggers: tasks begin and end, and start no elevation.
type noTriggers struct{}

func (noTriggers) Triggers(context.Context) ([]trigger.Trigger, error) { return nil, nil }

// says confirms every event.
type says struct{}

func (says) Confirm(context.Context, events.Signal) (eventbus.Fact, error) {
	return eventbus.Fact{Confirmation: eventbus.Confirmed}, nil
}

type noJobs struct{}

func (noJobs) Start(context.Context, trigger.Job, string, string) error { return nil }
