package eventbus

import (
	"context"
	"slices"
	"time"

	"curfew/shared/record"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// EventBridge Scheduler sends {"trigger": name, "at": instant} to the queue. No rule may forward this source from a
// bus, where others could send it.
const (
	scheduleSource = "curfew.schedule"
	scheduleType   = "Scheduled"
)

// scheduleWithin limits the delay: later the real task has started, or will.
const scheduleWithin = 15 * time.Minute

func (d *delivery) schedule(ctx context.Context) {
	name, at, err := d.window()
	if err != nil {
		d.add(ctx, Outcome{}, err)
		return
	}
	all := d.triggers(ctx)
	i := slices.IndexFunc(all, func(tr trigger.Trigger) bool { return tr.Name == name && tr.Schedule != nil })
	switch late := d.Tasks.Now().Sub(at); {
	case i < 0:
		d.addIgnored("there is no trigger of this name with a schedule")
	case late > scheduleWithin:
		d.outcomes = append(d.outcomes, Outcome{Trigger: all[i].Name, Why: "its schedule is late by " + late.Truncate(time.Second).String()})
	default:
		d.open(ctx, all[i], at)
	}
}

func (d *delivery) window() (name string, at time.Time, err error) {
	kind, err := textAt(d.raw, "detail-type")
	if err == nil && kind != scheduleType {
		err = suspectErrorf("detail-type", "it is not of type %s", scheduleType)
	}
	if err == nil {
		name, err = textAt(d.raw, "detail.trigger")
	}
	var said string
	if err == nil {
		said, err = textAt(d.raw, "detail.at")
	}
	if err != nil {
		return "", at, suspectErrorf("schedule", "%w", err)
	}
	if at, err = time.Parse(time.RFC3339, said); err != nil {
		return "", at, suspectErrorf("detail.at", "detail.at is not a time of RFC 3339")
	}
	return name, record.Instant(at), nil
}

// open starts a placeholder task, and an elevation for it.
func (d *delivery) open(ctx context.Context, tr trigger.Trigger, at time.Time) {
	o := Outcome{Trigger: tr.Name}
	kinds, err := d.kinds(ctx, tr)
	if err != nil {
		d.add(ctx, o, err)
		return
	}
	r, err := d.fill(tr)
	if err == nil {
		r.Task = trigger.Placeholder(tr, kinds[0], at)
		err = d.Tasks.Start(ctx, r.Task, task.EventSource{Source: scheduleSource}, at)
	}
	if err == nil {
		o.Elevation, o.Started, err = d.Domain.Begin(ctx, r)
	}
	d.add(ctx, o, err)
}
