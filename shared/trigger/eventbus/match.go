package eventbus

import (
	"context"

	"curfew/shared/eventpattern"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// matches may return a [suspectError].
func (d *delivery) matches(pattern []byte) (bool, error) {
	p, err := eventpattern.Parse(pattern)
	if err != nil { // the catalog checked it: Curfew did not build this one
		return false, suspectErrorf("pattern", "its pattern cannot be read")
	}
	matches, err := p.Match(d.raw)
	if err != nil {
		return false, suspectErrorf("lists", "its lists are too long to match a pattern")
	}
	return matches, nil
}

// triggers returns none after an error, and the event is retried.
func (d *delivery) triggers(ctx context.Context) []trigger.Trigger {
	all, err := d.Triggers.Triggers(ctx)
	if err != nil {
		d.failed = append(d.failed, err)
	}
	return all
}

func (d *delivery) eventSource() task.EventSource {
	return task.EventSource{Source: d.signal.Source, Account: d.signal.Account, Unconfirmed: !d.signal.Confirmed}
}
