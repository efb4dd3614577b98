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

const (
	// readyWithin is the longest wait for IAM propagation; then retry the event.
	readyWithin = 15 * time.Second
	// jobWithin limits retries of a start. Later the job is not wanted.
	jobWithin = 10 * time.Minute
)

const announcedActive = "active"

// announcement starts a job. The record decides: events are forged, duplicated and late.
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
	err = j.Jobs.Start(ctx, *j.trigger.Job, ready.Account, j.elevation)
	if err != nil && isRetryable(err) && j.Tasks.Now().Before(ready.At.Add(jobWithin)) {
		err = fault.Errorf(fault.Transient, "starting the job of %s: %w", j.trigger.Name, err)
	} else if err != nil {
		j.Tasks.Log.ErrorContext(ctx, "job not started", "trigger", j.trigger.Name, "elevation", j.elevation, "error", err)
		err = suspectErrorf("job", "the job of elevation %s could not be started: %s", j.elevation, fault.KindOf(err))
	}
	j.add(ctx, o, err)
}

// ready waits until the grant is usable, or says why not.
func (j job) ready(ctx context.Context) (r trigger.ReadyElevation, why string, err error) {
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
			return r, "", fault.Errorf(fault.Transient, "the grant of elevation %s is usable in %s (IAM propagation)", j.elevation, left)
		}
		wait := time.NewTimer(left)
		select {
		case <-ctx.Done():
			wait.Stop()
			return r, "", fault.Errorf(fault.Transient, "waiting for elevation %s: %w", j.elevation, ctx.Err())
		case <-wait.C: // it may have ended
		}
	}
}

// ownStart says why not to start a job: the job itself may have begun this elevation. Otherwise a late event starts job
// after job.
func (j job) ownStart(began task.Task) (why string) {
	if began.Kind != kindOf(j.trigger.Job.Service) || strings.HasPrefix(began.ID, trigger.PlaceholderPrefix(j.trigger.Name)) {
		return ""
	}
	return "a task of the job's own kind began it, which may be the job"
}

// kindOf is for a service's events; "": no tasks.
func kindOf(service string) string {
	switch service {
	case "backup":
		return "backup"
	case "batch", "states":
		return "workflow"
	}
	return ""
}

// isRetryable reports whether to retry.
func isRetryable(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Transient || kind == fault.Internal
}
