package eventbus

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// ends applies the triggers' end patterns.
func (d *delivery) ends(ctx context.Context) {
	for _, tr := range d.triggers(ctx) {
		for _, end := range tr.Ends {
			matches, err := d.matches(end.Pattern)
			if err == nil && matches {
				err = d.end(ctx, tr, end)
			}
			if err != nil {
				d.add(ctx, Outcome{Trigger: tr.Name}, err)
			}
		}
	}
}

func (d *delivery) end(ctx context.Context, tr trigger.Trigger, end trigger.End) error {
	if !slices.Contains(tr.Accounts, d.signal.Account) {
		return suspectErrorf("account", "account %s is not one of its accounts", d.signal.Account)
	}
	id, err := textAt(d.raw, end.TaskAt)
	if err != nil {
		return suspectErrorf("task", "task: %w", err)
	}
	kinds, err := d.kinds(ctx, tr)
	if err != nil {
		return err
	}
	kinds = slices.DeleteFunc(kinds, func(kind string) bool { return task.Task{Kind: kind, ID: id}.Check() != nil })
	if len(kinds) == 0 {
		return suspectErrorf("task", "the text at %s cannot be the id of a task", end.TaskAt)
	}
	for _, kind := range kinds {
		if err := d.Domain.EndServing(ctx, task.Task{Kind: kind, ID: id}, tr.Name); err != nil {
			return err
		}
	}
	return nil
}

// kinds returns all kinds if the catalog no longer has the entitlement.
func (d *delivery) kinds(ctx context.Context, tr trigger.Trigger) ([]string, error) {
	kinds, err := d.Domain.TaskKinds(ctx, tr.Entitlement)
	switch {
	case fault.KindOf(err) == fault.NotFound, err == nil && len(kinds) == 0:
		return task.Kinds(), nil
	case err != nil:
		return nil, fault.Errorf(fault.Transient, "reading entitlement %s: %w", tr.Entitlement, err)
	}
	return kinds, nil
}
