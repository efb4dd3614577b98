package eventbus

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// ends ends what the end patterns of triggers say, on the word of the event alone: it can only take away.
func (t *taking) ends(ctx context.Context) {
	for _, tr := range t.triggers(ctx) {
		for _, end := range tr.Ends {
			matches, err := t.matches(end.Pattern)
			if err == nil && matches {
				err = t.end(ctx, tr, end)
			}
			if err != nil {
				t.add(ctx, Outcome{Trigger: tr.Name}, err)
			}
		}
	}
}

func (t *taking) end(ctx context.Context, tr trigger.Trigger, end trigger.End) error {
	if !slices.Contains(tr.Accounts, t.signal.Account) {
		return suspect("account", "account %s is not one of its accounts", t.signal.Account)
	}
	id, err := textAt(t.raw, end.TaskAt)
	if err != nil {
		return suspect("task", "task: %w", err)
	}
	kinds, err := t.kinds(ctx, tr)
	if err != nil {
		return err
	}
	kinds = slices.DeleteFunc(kinds, func(kind string) bool { return task.Task{Kind: kind, ID: id}.Check() != nil })
	if len(kinds) == 0 {
		return suspect("task", "what stands in %s cannot be a task's id", end.TaskAt)
	}
	for _, kind := range kinds {
		if err := t.Domain.EndServing(ctx, task.Task{Kind: kind, ID: id}, tr.Name); err != nil {
			return err
		}
	}
	return nil
}

// kinds are the kinds of task that a trigger's entitlement serves: all there are, if it is not in the catalog any more.
func (t *taking) kinds(ctx context.Context, tr trigger.Trigger) ([]string, error) {
	kinds, err := t.Domain.TaskKinds(ctx, tr.Entitlement)
	switch {
	case fault.KindOf(err) == fault.NotFound, err == nil && len(kinds) == 0:
		return task.Kinds(), nil
	case err != nil:
		return nil, fault.Errorf(fault.Transient, "reading entitlement %s: %w", tr.Entitlement, err)
	}
	return kinds, nil
}
