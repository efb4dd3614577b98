package verify

import (
	"cmp"
	"slices"

	"curfew/shared/access"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// Handler is the handler of the queue through which the events of the bus come.
func Handler(f *onaws.Function, s *access.Service, c eventbus.Catalog, in *onaws.Accounts, cfg onaws.TriggerConfig, facts eventbus.Facts, jobs eventbus.Jobs) onaws.Handler {
	r := &eventbus.Reader{
		Domain: access.Triggers{Service: s}, Tasks: s.Tasks(), Source: s.Settings.Name, Triggers: c, Facts: facts, Jobs: jobs,
		Accounts: slices.Concat(in.IDs(), cfg.TaskAccounts), StateMachine: cfg.StateMachine,
	}
	return onaws.Messages(f, r.Take, outcome)
}

// outcome is what an event is counted under: what began by it, else a job that was started, else nothing.
func outcome(o eventbus.Outcome) string {
	if o.Begun == "" && o.Elevation != "" && o.Why == "" {
		return "job"
	}
	return cmp.Or(string(o.Begun), "nothing")
}
