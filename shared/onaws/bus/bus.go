// Package bus is the way from the event bus, through its queue, into the function trigger.
package bus

import (
	"cmp"

	"curfew/shared/access"
	"curfew/shared/onaws"
	"curfew/shared/trigger"
)

// Take is the handler of the queue. machine is the ARN of Curfew's own state machine, by which nothing begins.
func Take(f *onaws.Function, s *access.Service, c trigger.Catalog, machine string, facts trigger.Facts, jobs trigger.Jobs) onaws.Handler {
	r := &trigger.Reader{Service: s, Triggers: c, Facts: facts, Jobs: jobs, StateMachine: machine, Log: f.Log, Now: s.Now}
	return onaws.Messages(f, r.Take, outcome)
}

// outcome is what an event is counted under: what began by it, else a job that was started, else nothing.
func outcome(o trigger.Outcome) string {
	if o.Begun == "" && o.Elevation != "" && o.Why == "" {
		return "job"
	}
	return cmp.Or(string(o.Begun), "nothing")
}
