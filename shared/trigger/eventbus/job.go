package eventbus

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
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

// announcement starts a job when we announced that the elevation for it is active. The event only hints, the record
// decides: anybody may put an event, and one of ours may come twice or late.
func (t *taking) announcement(ctx context.Context) {
	said := func(path string) string {
		text, err := textAt(t.raw, path)
		if err != nil {
			return ""
		}
		return text
	}
	name, ok := strings.CutPrefix(said("detail.requester"), identity.TriggerID(""))
	if said("detail-type") != "Elevation State Change" || said("detail.state") != string(access.Active) || !ok {
		return
	}
	all := t.triggers(ctx)
	i := slices.IndexFunc(all, func(tr trigger.Trigger) bool { return tr.Name == name && tr.Job != nil })
	if i < 0 {
		return
	}
	t.job(ctx, all[i], said("detail.elevation"))
}

func (t *taking) job(ctx context.Context, tr trigger.Trigger, id string) {
	o := Outcome{Trigger: tr.Name}
	readyAt, why, err := t.ready(ctx, tr, id)
	if err == nil && why == "" {
		why, err = t.ownStart(ctx, tr, id)
	}
	if err != nil || why != "" {
		o.Why = why
		t.add(ctx, o, err)
		return
	}
	o.Elevation = id
	if err := t.Service.StartingJob(ctx, id); err != nil {
		t.add(ctx, o, err)
		return
	}
	err = t.Jobs.Start(ctx, *tr.Job, id)
	if err != nil && again(err) && t.Now().Before(readyAt.Add(jobWithin)) {
		err = fault.Errorf(fault.Transient, "starting the job of %s: %w", tr.Name, err)
	} else if err != nil {
		t.Log.ErrorContext(ctx, "job not started", "trigger", tr.Name, "elevation", id, "error", err)
		err = suspect("job", "the job of elevation %s could not be started: %s", id, fault.KindOf(err))
	}
	t.add(ctx, o, err)
}

// ready waits until the grant may be relied upon. why: nothing waits for it.
func (t *taking) ready(ctx context.Context, tr trigger.Trigger, id string) (readyAt time.Time, why string, err error) {
	for {
		name, at, err := t.Service.ReadyFor(ctx, id)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return at, "there is no such elevation", nil
		case err != nil:
			return at, "", err
		case name != tr.Name:
			return at, "its elevation is not active, or another's", nil
		}
		left := at.Sub(t.Now())
		if left <= 0 {
			return at, "", nil
		}
		if left > readyWithin {
			return at, "", fault.Errorf(fault.Transient, "elevation %s may be relied upon in %s", id, left)
		}
		wait := time.NewTimer(left)
		select {
		case <-ctx.Done():
			wait.Stop()
			return at, "", fault.Errorf(fault.Transient, "waiting for elevation %s: %w", id, ctx.Err())
		case <-wait.C: // and look again: it may have ended meanwhile
		}
	}
}

// ownStart says why no job is started for an elevation that the job itself may have begun. A job that Curfew starts is
// told of by its service, and if that comes too late to join, the next elevation begins by it: were a job started for that
// one as well, there would be no end of them.
func (t *taking) ownStart(ctx context.Context, tr trigger.Trigger, id string) (why string, err error) {
	// Read as the one that asked for it.
	v, err := t.Service.Show(ctx, identity.Caller{ID: identity.TriggerID(tr.Name), Kind: identity.Machine, Name: tr.Name}, id)
	if err != nil {
		return "", err
	}
	task := v.Terms.Task
	if task.Kind != kindOf(tr.Job.Service) || strings.HasPrefix(task.ID, "schedule/"+tr.Name+"/") {
		return "", nil
	}
	return "it began by a task of the job's own kind, which may be the job", nil
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
