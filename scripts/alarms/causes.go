package main

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/backoff"
)

// cause is something that alarms are for. Times are since the beginning.
type cause struct {
	name string
	at   time.Duration
	// since: it begins with the next canary of this net after at; or, for removal, when TTL removes a record.
	since access.Net
	after time.Duration // that much later
	lasts time.Duration
	echo  map[string]time.Duration // what it left undone may make these alarms ring so much later
	down  []string                 // see [plant.isDown]
	do    func(*plant)
	quiet bool // no more elevations than at other times
	// rings must ring, may is allowed to: if elevations end at this time, and by how much metrics are late.
	rings, may []string

	from, until time.Duration // when it was; zero: never
}

const (
	removal = access.Net("removal")
	hour    = time.Hour
	day     = 24 * hour
)

// late are the alarms of access that stays: what rings depends on which orders were tried meanwhile.
func late(more ...string) []string {
	return append(more, "overdue", "stuck", "workflow-silent", "revoke-errors", "dead-revoke")
}

// outages take each service away, one after the other.
func outages() []*cause {
	apis := []string{"people-5xx", "machines-5xx"} // they look at principals, read records and start executions
	return []*cause{
		{name: "IAM: no answer", lasts: hour, down: []string{"cloud"}, rings: []string{"overdue", "stuck"}, may: late(apis...)},
		{name: "STS: no role can be assumed", lasts: hour / 2, down: []string{"cloud"}, rings: []string{"overdue", "stuck"}, may: late(apis...)},
		{name: "Step Functions: no step, no start", lasts: 2 * hour, down: []string{"workflow"}, rings: []string{"workflow-silent"}, may: append(apis, "overdue")},
		{name: "DynamoDB: no answer", lasts: hour, down: []string{"store"}, rings: apis,
			may: late("triggers-behind", "dead-triggers", "dead-trail", "trail-behind", "backfill-silent", "notify-behind", "dead-notify", "execution-Failed", "archive-errors")},
		{name: "DynamoDB: no stream", lasts: 75 * time.Minute, down: []string{"stream notify", "stream expire"},
			rings: []string{"notify-silent", "expire-silent", "notify-behind"}, may: []string{"expire-behind"}},
		{name: "EventBridge: no rule, and a stopped execution", lasts: hour, down: []string{"rules"}, do: (*plant).stopOne,
			rings: []string{"rule-silent", "execution-Aborted", "changed"}, may: []string{"overdue"}},
		{name: "EventBridge: no schedule", lasts: hour, down: []string{"schedules"}, rings: []string{"sweep-silent", "backfill-silent"}},
		{name: "SQS: no message is received", lasts: hour / 2, down: []string{"sqs"}, rings: []string{"triggers-behind", "trail-behind"}},
		{name: "Lambda: trigger fails", lasts: hour, down: []string{"errors trigger"}, rings: []string{"triggers-behind", "dead-triggers"}},
		{name: "Lambda: grant is throttled", lasts: hour / 2, down: []string{"throttle grant"}, rings: []string{"grant-throttled"}},
		{name: "Lambda: revoke is throttled", lasts: hour / 2, down: []string{"throttle revoke"}, rings: []string{"revoke-throttled"}, may: late()},
		{name: "Lambda: revoke fails", lasts: hour, down: []string{"errors revoke"}, rings: []string{"revoke-errors", "dead-revoke", "overdue"}, may: late()},
		{name: "Lambda: correlate fails", lasts: 90 * time.Minute, down: []string{"errors correlate"}, rings: []string{"correlate-errors", "trail-behind", "dead-trail"}},
		{name: "Lambda: backfill fails", lasts: hour, down: []string{"errors backfill"}, rings: []string{"backfill-silent"}},
		{name: "Lambda: reconcile fails", lasts: 90 * time.Minute, down: []string{"errors reconcile"}, rings: []string{"sweep-silent", "sweep-unfinished"}, may: late("dead-reconcile")},
		{name: "Lambda: notify fails", lasts: 2 * hour, down: []string{"errors notify"}, rings: []string{"notify-behind", "dead-notify"}},
		{name: "Lambda: the API fails", lasts: hour, down: []string{"errors api"}, rings: apis},
	}
}

// changes are made by people and deployments. The heartbeat of the rule may come later than Step Functions' metric of
// the execution that died: then rule-silent rings until it comes.
func changes() []*cause {
	return []*cause{
		{name: "deployment of code and catalog", do: (*plant).deploy, rings: []string{"changed"}},
		{name: "each part is changed by hand", do: (*plant).changeAll, rings: []string{"changed"}},
		{name: "the rule may not invoke revoke", lasts: hour, down: []string{"permission of the rule"}, do: func(p *plant) {
			p.call("lambda", "RemovePermission20150331v2", object{"functionName": "curfew-revoke"})
			p.stopOne()
		}, rings: []string{"rule-failed", "rule-silent", "dead-revoke", "execution-Aborted", "changed"}, may: []string{"overdue"}},
		{name: "the sweep may not be invoked", lasts: hour, down: []string{"permission of the sweep"}, do: func(p *plant) {
			p.call("lambda", "RemovePermission20150331v2", object{"functionName": "curfew-reconcile"})
		}, rings: []string{"sweep-silent", "dead-reconcile", "changed"}},
		{name: "a definition with a time-out", lasts: hour, do: (*plant).timeOut, rings: []string{"execution-TimedOut", "changed"}, may: []string{"workflow-silent", "rule-silent"}},
		{name: "a definition that fails", lasts: hour, do: (*plant).fail, rings: []string{"execution-Failed", "changed"}, may: []string{"workflow-silent", "rule-silent"}},
		{name: "executions may not invoke revoke", lasts: 2 * hour, down: []string{"step revoke"}, rings: []string{"workflow-silent"}, may: []string{"overdue"}},
		{name: "another deployment", do: (*plant).deploy, rings: []string{"changed"}},
	}
}

// slow need days, or a canary.
func slow() []*cause {
	return []*cause{
		{name: "expire fails when TTL removes a canary's record", since: removal, at: 5 * day, lasts: 3 * hour, down: []string{"errors expire"},
			rings: []string{"expire-behind", "dead-expire"}, echo: map[string]time.Duration{"overdue": access.NetTTL.Patience(), "canary-ttl-silent": 8 * day}},
		{name: "IAM: no answer at the end of the workflow's canary", since: access.NetWorkflow, at: 4 * day, after: time.Minute, lasts: 10 * time.Minute,
			down: []string{"cloud"}, rings: []string{"canary-workflow-late"}, may: late("people-5xx", "machines-5xx")},
		{name: "IAM: no answer at the end of the rule's canary", since: access.NetExecution, at: 4 * day, after: time.Minute, lasts: 6 * time.Minute,
			down: []string{"cloud"}, rings: []string{"canary-execution-late"}, may: late("people-5xx", "machines-5xx")},
		{name: "no schedule at the end of the sweep's canary", since: access.NetSweep, at: 4 * day, after: time.Minute, lasts: 4*time.Minute + 30*time.Second,
			down: []string{"schedules"}, rings: []string{"canary-sweep-late"}, may: []string{"sweep-silent"}},
		{name: "no stream for two days after a TTL canary", since: access.NetTTL, at: 12 * day, lasts: 49*hour + 30*time.Minute, down: []string{"stream expire"},
			rings: []string{"canary-ttl-late", "expire-silent", "expire-behind"}},
		{name: "late evidence of an elevation that cannot be read", at: 18 * day, lasts: 19 * hour, do: (*plant).damage, rings: []string{"dead-late"}},
		{name: "Lambda: archive fails", at: 20 * day, lasts: 7 * hour, down: []string{"errors archive"}, rings: []string{"archive-errors", "archive-behind"}},
		{name: "no daily pass over the evidence", at: 23 * day, lasts: 59 * hour, down: []string{"the pass"}, rings: []string{"archive-silent"}},
		{name: "a daily pass that cannot write the rows", at: 27 * day, lasts: 25 * hour, down: []string{"the rows"}, rings: []string{"archive-undone"}},
		{name: "Lambda: review fails when a campaign begins", at: 16 * day, lasts: 6 * hour, down: []string{"errors review"}, do: (*plant).beginCampaign, rings: []string{"dead-reviews"}},
		{name: "the canary's role is deleted", at: 21 * day, lasts: 9 * day, do: func(p *plant) { _ = p.iam.DeleteRole(canaryRole) },
			rings: []string{"canary-workflow-silent", "canary-execution-silent", "canary-sweep-silent", "canary-ttl-silent"}},
	}
}

// spaced begins one cause after the other, from the second day, and none within the night hours: canaries begin at
// midnight.
func spaced(all []*cause, apart, night time.Duration) []*cause {
	for i, c := range all {
		c.at = day + 10*hour + time.Duration(i)*apart
		if c.at%day < night || c.at%day > day-night {
			c.at += 2 * night
		}
	}
	return all
}

// play begins the cause at its time, and ends it.
func (c *cause) play(p *plant, began time.Time) {
	if backoff.Pause(p.alive, c.at) != nil || c.since != "" && c.awaitNet(p) != nil {
		return
	}
	c.from = time.Since(began) + 1
	c.until = c.from + c.lasts
	for _, what := range c.down {
		p.turn(what, 1)
	}
	if c.do != nil {
		c.do(p)
	}
	_ = backoff.Pause(p.alive, c.lasts)
	for _, what := range c.down {
		p.turn(what, -1)
	}
	if p.alive.Err() == nil {
		p.repair()
	}
}

// awaitNet waits for the canary, or for the removal of its record.
func (c *cause) awaitNet(p *plant) error {
	begins := make(chan struct{})
	p.mu.Lock()
	p.hooks[c.since] = func() { close(begins) }
	p.mu.Unlock()
	select {
	case <-begins:
	case <-p.alive.Done():
	}
	return backoff.Pause(p.alive, c.after)
}
