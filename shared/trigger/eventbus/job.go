package eventbus

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// Bounds of starting a job.
const (
	// readyWithin is how long one event waits for a grant to be relied upon; longer, and it is to come again.
	readyWithin = 15 * time.Second
	// jobWithin is how long after that a start may fail before it is given up: a job that starts much later is not the one
	// that anybody waits for, and whoever put it in the queue may have lost patience before.
	jobWithin = 10 * time.Minute
)

// announcedActive is what an announcement says of an elevation whose grant is there: the domain's word for the state.
const announcedActive = "active"

// announcement starts a job when we announced that the elevation for it is active. The event only hints, the record
// decides: anybody may put an event, and one of ours may come twice or late.
func (d *delivery) announcement(ctx context.Context) {
	said := func(path string) string {
		text, err := textAt(d.raw, path)
		if err != nil {
			return ""
		}
		return text
	}
	name, ok := strings.CutPrefix(said("detail.requester"), identity.TriggerID(""))
	if said("detail-type") != "Elevation State Change" || said("detail.state") != announcedActive || !ok {
		return
	}
	all := d.triggers(ctx)
	i := slices.IndexFunc(all, func(tr trigger.Trigger) bool { return tr.Name == name && tr.Job != nil })
	if i < 0 {
		return
	}
	job{d, all[i], said("detail.elevation")}.start(ctx)
}

// job is the start of the job that waits for an elevation.
type job struct {
	*delivery
	trigger   trigger.Trigger
	elevation string
}

func (j job) start(ctx context.Context) {
	o := Outcome{Trigger: j.trigger.Name}
	ready, why, err := j.ready(ctx)
	if err == nil && why == "" {
		why = j.ownStart(ready.Task)
	}
	if err != nil || why != "" {
		o.Why = why
		j.add(ctx, o, err)
		return
	}
	o.Elevation = j.elevation
	if err := j.Domain.StartingJob(ctx, j.elevation); err != nil {
		j.add(ctx, o, err)
		return
	}
	err = j.Jobs.Start(ctx, *j.trigger.Job, j.elevation)
	if err != nil && again(err) && j.Tasks.Now().Before(ready.At.Add(jobWithin)) {
		err = fault.Errorf(fault.Transient, "starting the job of %s: %w", j.trigger.Name, err)
	} else if err != nil {
		j.Tasks.Log.ErrorContext(ctx, "job not started", "trigger", j.trigger.Name, "elevation", j.elevation, "error", err)
		err = suspect("job", "the job of elevation %s could not be started: %s", j.elevation, fault.KindOf(err))
	}
	j.add(ctx, o, err)
}

// ready waits until the grant may be relied upon. why: nothing waits for it.
func (j job) ready(ctx context.Context) (r trigger.Ready, why string, err error) {
	for {
		r, err := j.Domain.Ready(ctx, j.elevation)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return r, "there is no such elevation", nil
		case err != nil:
			return r, "", err
		case r.Trigger != j.trigger.Name:
			return r, "its elevation is not active, or another's", nil
		}
		left := r.At.Sub(j.Tasks.Now())
		if left <= 0 {
			return r, "", nil
		}
		if left > readyWithin {
			return r, "", fault.Errorf(fault.Transient, "elevation %s may be relied upon in %s", j.elevation, left)
		}
		wait := time.NewTimer(left)
		select {
		case <-ctx.Done():
			wait.Stop()
			return r, "", fault.Errorf(fault.Transient, "waiting for elevation %s: %w", j.elevation, ctx.Err())
		case <-wait.C: // and look again: it may have ended meanwhile
		}
	}
}

// ownStart says why no job is started for an elevation that the job itself may have begun, by this task. A job that Curfew
// starts is told of by its service, and if that comes too late to join, the next elevation begins by it: were a job started
// for that one as well, there would be no end of them.
func (j job) ownStart(began task.Task) (why string) {
	if began.Kind != kindOf(j.trigger.Job.Service) || strings.HasPrefix(began.ID, trigger.AheadPrefix(j.trigger.Name)) {
		return ""
	}
	return "it began by a task of the job's own kind, which may be the job"
}

// kindOf is the kind of task that the events of a service tell of; empty: they tell of none.
func kindOf(service string) string {
	switch service {
	case "backup":
		return "backup"
	case "batch", "states":
		return "workflow"
	}
	return ""
}

// again reports whether a call may succeed when it is made again. An error without a kind is one that nobody could name.
func again(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Transient || kind == fault.Internal
}
