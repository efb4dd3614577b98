package eventbus

import (
	"context"
	"slices"
	"time"

	"curfew/shared/record"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// What EventBridge Scheduler puts into the queue when a trigger's window opens: an event whose detail is
// {"trigger": its name, "at": the scheduled instant}. No rule may bring this source from a bus, where others could put it:
// who may send to the queue may open windows.
const (
	scheduleSource = "curfew.schedule"
	scheduleType   = "Scheduled"
)

// scheduleWithin is how late a schedule may come. Later the work itself has told of its start, or will.
const scheduleWithin = 15 * time.Minute

// schedule elevates ahead of a window. The same window begins once, however often it is told.
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
		d.nothing("there is no trigger of this name with a schedule")
	case late > scheduleWithin:
		d.outcomes = append(d.outcomes, Outcome{Trigger: all[i].Name, Why: "its schedule comes late by " + late.Truncate(time.Second).String()})
	default:
		d.open(ctx, all[i], at)
	}
}

// window is which trigger's, and when.
func (d *delivery) window() (name string, at time.Time, err error) {
	kind, err := textAt(d.raw, "detail-type")
	if err == nil && kind != scheduleType {
		err = suspect("detail-type", "it is not of type %s", scheduleType)
	}
	if err == nil {
		name, err = textAt(d.raw, "detail.trigger")
	}
	var said string
	if err == nil {
		said, err = textAt(d.raw, "detail.at")
	}
	if err != nil {
		return "", at, suspect("schedule", "%w", err)
	}
	if at, err = time.Parse(time.RFC3339, said); err != nil {
		return "", at, suspect("detail.at", "what stands in detail.at is no instant")
	}
	return name, record.Instant(at), nil
}

// open makes the window a task, under way until the work itself tells of one, and begins by it.
func (d *delivery) open(ctx context.Context, tr trigger.Trigger, at time.Time) {
	o := Outcome{Trigger: tr.Name}
	kinds, err := d.kinds(ctx, tr)
	if err != nil {
		d.add(ctx, o, err)
		return
	}
	r, err := d.fill(tr)
	if err == nil {
		r.Task = trigger.Ahead(tr, kinds[0], at)
		err = d.Tasks.Start(ctx, r.Task, task.Teller{Source: scheduleSource}, at)
	}
	if err == nil {
		o.Elevation, o.Begun, err = d.Domain.Begin(ctx, r)
	}
	d.add(ctx, o, err)
}
