package verify

import (
	"cmp"
	"context"
	"slices"

	"curfew/shared/access"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// Handler handles the queue of the bus's events.
func Handler(f *onaws.Function, s *access.Service, c eventbus.Catalog, cfg onaws.TriggerConfig, facts eventbus.Facts, jobs eventbus.Jobs) onaws.Handler {
	r := &eventbus.Reader{
		Domain: access.Triggers{Service: s}, Tasks: s.Tasks(), Source: s.Settings.Name, Triggers: c, Facts: facts, Jobs: jobs,
		StateMachine: cfg.StateMachine,
		Governs: func(ctx context.Context, account string) (bool, error) {
			if slices.Contains(cfg.TaskAccounts, account) {
				return true, nil
			}
			return access.Accounts(s).IsGoverned(ctx, account)
		},
	}
	return onaws.Messages(f, r.Take, outcome)
}

func outcome(o eventbus.Outcome) string {
	if o.Started == "" && o.Elevation != "" && o.Why == "" {
		return "job"
	}
	return cmp.Or(string(o.Started), "nothing")
}
