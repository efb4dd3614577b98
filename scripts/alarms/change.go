package main

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/backoff"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
	"curfew/statemachines"
)

// call is a call to AWS by a person or a deployment: the rules on CloudTrail's events see it.
func (p *plant) call(service, name string, parameters object) {
	event := encode(object{
		"source": "aws." + service, "detail-type": "AWS API Call via CloudTrail", "account": account, "region": region,
		"detail": object{"eventName": name, "requestParameters": parameters, "responseElements": nil},
	})
	for rule, pattern := range p.template.rules {
		if match, err := pattern.Match(event); match && err == nil {
			p.ofRule(strings.TrimPrefix(rule, installation+"-"), "TriggeredRules")
		}
	}
}

// deploy changes code and catalog, as CloudFormation does.
func (p *plant) deploy() {
	for _, f := range []string{"api", "decide", "grant", "reconcile"} {
		p.call("lambda", "UpdateFunctionCode20150331v2", object{"functionName": installation + "-" + f})
	}
	all, _ := p.catalog.Entitlements(p.alive) // in memory: cannot fail
	p.catalog.Publish(slices.Clone(all)...)
}

// changeAll makes one call on each kind of part.
func (p *plant) changeAll() {
	p.call("events", "DisableRule", object{"name": "curfew-sweep"})
	p.call("scheduler", "DeleteSchedule", object{"name": "curfew-ahead-nightly-backup"})
	p.call("dynamodb", "UpdateTimeToLive", object{"tableName": "curfew-access"})
	p.call("monitoring", "DisableAlarmActions", object{"alarmNames": []string{"curfew-stuck"}})
	p.call("sqs", "PurgeQueue", object{"queueUrl": "https://sqs." + region + ".amazonaws.com/" + account + "/curfew-triggers"})
	p.call("sns", "Unsubscribe", object{"subscriptionArn": "arn:aws:sns:" + region + ":" + account + ":curfew-alarms:1"})
	p.call("kms", "DisableKey", object{"keyId": "arn:aws:kms:" + region + ":" + account + ":key/Key"})
	p.call("iam", "PutRolePolicy", object{"roleName": "curfew-revoke"})
}

// otherStacks changes what is not Curfew's.
func (p *plant) otherStacks() {
	p.call("lambda", "UpdateFunctionCode20150331v2", object{"functionName": "reports"})
	p.call("events", "PutRule", object{"name": "reports-nightly"})
	p.call("iam", "PutRolePolicy", object{"roleName": "reports"})
	p.call("states", "StopExecution", object{"executionArn": "arn:aws:states:" + region + ":" + account + ":execution:reports:1"})
}

// stopOne stops an execution, as a person could, half an hour later.
func (p *plant) stopOne() {
	p.running.Go(func() {
		if backoff.Pause(p.alive, hour/2) != nil {
			return
		}
		if all := p.flow.Engine().Running(); len(all) > 0 {
			p.call("states", "StopExecution", object{"executionArn": "arn:aws:states:" + region + ":" + account + ":execution:curfew-elevation:1"})
			_ = p.flow.Engine().Stop(all[len(all)-1], "stopped", "by hand")
		}
	})
}

// timeOut ends new executions before Revoke.
func (p *plant) timeOut() {
	p.redefine(`"StartAt": "Route",`, `"StartAt": "Route", "TimeoutSeconds": 300,`)
}

// fail makes new executions fail that are ended before their deadline.
func (p *plant) fail() {
	p.redefine("      \"Next\": \"Revoke\"\n", "      \"Next\": \"Broken\"\n", `"Closed": {`, `"Broken": {"Type": "Fail", "Error": "Broken"}, "Closed": {`)
}

func (p *plant) redefine(replace ...string) {
	m, err := definition(replace...)
	if err != nil {
		panic(err) // a mistake in this package
	}
	p.flow.Engine().Update(m)
	p.call("states", "UpdateStateMachine", object{"stateMachineArn": machine})
}

// definition returns the shipped state machine, with texts replaced: old, new, old, new.
func definition(replace ...string) (*asl.Machine, error) {
	text := strings.NewReplacer(replace...).Replace(string(statemachines.Elevation()))
	return asl.Parse([]byte(text), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
}

// repair brings back the definition, and empties the dead-letter queues after an hour, as an operator does.
func (p *plant) repair() {
	if m, err := definition(); err == nil {
		p.flow.Engine().Update(m)
	}
	if backoff.Pause(p.alive, time.Hour) != nil {
		return
	}
	for name, q := range p.queues {
		if strings.HasPrefix(name, "dead-") {
			q.purge()
		}
	}
}

// damage puts terms that cannot be read, for a day, and sends late evidence of their elevation.
func (p *plant) damage() {
	id := p.newID()
	p.store.Overwrite(record.Row{Key: access.TermsKey(id), Version: 1, Body: []byte("?")}, record.Form)
	p.running.Go(func() {
		time.Sleep(day)
		p.store.Erase(access.TermsKey(id))
	})
	p.queues["late"].send(string(encode(access.Late{Elevation: id})))
}
