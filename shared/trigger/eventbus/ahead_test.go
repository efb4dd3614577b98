package eventbus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/trigger"
)

// window is when the example's job is meant to run: noon, when every story begins.
const window = "2026-08-06T12:00:00Z"

// addSchedule gives the trigger a schedule and a job.
func addSchedule(tr *trigger.Trigger) {
	tr.Schedule = &trigger.Schedule{Expression: "cron(0 12 * * ? *)", Zone: "UTC"}
	tr.Job = &trigger.Job{Service: "backup", Input: []byte(`{}`)}
	tr.PrincipalAt = ""
}

// activeEvent is Curfew's announcement that an elevation is active.
func activeEvent(t testing.TB, id, name string) []byte {
	t.Helper()
	return event(t, "elevation-active.json", "detail.elevation", id, "detail.requester", identity.TriggerID(name))
}

func TestScheduleElevatesAheadAndTheJobEndsIt(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		id := h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
		h.WantCan(accesstest.Backup, "any", true)
		if again := h.wantStarted(scheduled(t, "nightly", window), trigger.Repeated); again != id {
			t.Errorf("the same window again: %s, want %s", again, id)
		}
		if got := h.wantStarted(event(t, running), trigger.Joined); got != id {
			t.Errorf("the job joined %s, want %s", got, id)
		}
		h.take(event(t, completed))
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		h.wantStarted(scheduled(t, "nightly", window), trigger.Repeated)
		if n := len(h.facts.asked); n != 1 { // by the job
			t.Errorf("the service was asked %d times, want once", n)
		}
		h.WantClean()
	})
}

func TestScheduleThatComesLateBeginsNothing(t *testing.T) {
	for _, c := range []struct {
		late   time.Duration
		begins bool
	}{{0, true}, {15 * time.Minute, true}, {15*time.Minute + time.Second, false}, {24 * time.Hour, false}} {
		t.Run(c.late.String(), func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				addSchedule(&h.list[0])
				at := time.Now().Add(-c.late).UTC().Format(time.RFC3339)
				if c.begins {
					h.wantStarted(scheduled(t, "nightly", at), trigger.Began)
				} else {
					h.wantNothingStarted(scheduled(t, "nightly", at), "late")
				}
				h.wantFindings()
			})
		})
	}
}

func TestScheduleThatIsNotSoBeginsNothing(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.wantNothingStarted(scheduled(t, "nightly", window), "no trigger of this name with a schedule")
		addSchedule(&h.list[0])
		h.wantNothingStarted(scheduled(t, "weekly", window), "no trigger of this name with a schedule")
		h.wantNothingStarted(scheduled(t, "nightly", "2026-08-07T12:00:00Z"), "is in the future")
		h.list[0].Principals = append(h.list[0].Principals, accesstest.Agent)
		h.wantNothingStarted(scheduled(t, "nightly", window), "2 principals")
		h.WantClean()
	})
}

func TestJobIsStartedOnceItsGrantMayBeReliedUpon(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		id := h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
		ready := h.Elevation(id).ReadyAt
		for range 2 {
			if out, err := h.take(activeEvent(t, id, "nightly")); err != nil || len(out) != 1 || out[0].Elevation != id {
				t.Errorf("%+v, %v; want the job to be started for %s", out, err, id)
			}
			if time.Now().Before(ready) {
				t.Errorf("started at %s, want it ready, at %s", time.Now(), ready)
			}
		}
		if got := h.jobs.started; len(got) != 1 || got[0] != id {
			t.Errorf("started %q, want once, for %s", got, id)
		}
	})
}

// The event is a hint, and the record decides.
func TestAnnouncementsStartNoJobByThemselves(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		id := h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
		people := h.As("ana").Asks("deploy", time.Hour)
		silent := func(raw []byte) {
			t.Helper()
			if out, err := h.take(raw); len(out) != 0 || err != nil {
				t.Errorf("%+v, %v; want nothing to be said of it", out, err)
			}
		}
		silent(event(t, "elevation-ended.json"))
		silent(event(t, "elevation-active.json", "detail.elevation", id))
		silent(event(t, "elevation-active.json", "detail.elevation", id, "detail.requester", "trigger:nightly", "detail.state", "granting"))
		silent(activeEvent(t, id, "weekly"))
		h.wantNothingStarted(activeEvent(t, "01K1YB3Q0N8Z4V6T2R9W5X7M3C", "nightly"), "no such elevation")
		h.wantNothingStarted(activeEvent(t, people, "nightly"), "not active, or another's")
		h.take(event(t, running))
		h.take(event(t, completed))
		h.wantNothingStarted(activeEvent(t, id, "nightly"), "not active")
		if len(h.jobs.started) != 0 {
			t.Errorf("started %q, want none", h.jobs.started)
		}
		h.wantFindings()
	})
}

// A failed start is retried for ten minutes if that may help. Then it is a finding.
func TestJobThatDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		fails error
		after time.Duration
		final bool
	}{
		"throttled":                 {fault.Errorf(fault.Transient, "throttled"), 0, false},
		"an error that has no name": {fmt.Errorf("connection reset"), 9 * time.Minute, false},
		"throttled for too long":    {fault.Errorf(fault.Transient, "throttled"), 11 * time.Minute, true},
		"refused":                   {fault.Errorf(fault.Denied, "not authorized"), 0, true},
		"not understood":            {fault.Errorf(fault.Invalid, "no such vault"), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				addSchedule(&h.list[0])
				id := h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
				h.jobs.err = c.fails
				h.Advance(c.after)
				out, err := h.take(activeEvent(t, id, "nightly"))
				if c.final {
					if err != nil || !strings.Contains(out[0].Why, "could not be started") {
						t.Errorf("%+v, %v; want it to be given up", out, err)
					}
					h.wantFindings("event curfew of 111122223333 for trigger nightly: job")
					return
				}
				if fault.KindOf(err) != fault.Transient {
					t.Errorf("%+v, %v; want it to be taken again", out, err)
				}
				h.wantFindings()
				h.jobs.err = nil
				if _, err := h.take(activeEvent(t, id, "nightly")); err != nil || len(h.jobs.started) != 1 {
					t.Errorf("taken again: %v, started %q, want it once", err, h.jobs.started)
				}
			})
		})
	}
}

func TestGrantThatIsReadyMuchLaterIsWaitedForInTheQueue(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		h.Service.Settings.ReadyAfter = time.Minute
		id := h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
		began := time.Now()
		if _, err := h.take(activeEvent(t, id, "nightly")); fault.KindOf(err) != fault.Transient || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %s, want it to be taken again, at once", err, time.Since(began))
		}
		h.Advance(50 * time.Second)
		if _, err := h.take(activeEvent(t, id, "nightly")); err != nil || len(h.jobs.started) != 1 {
			t.Errorf("%v, started %q, want it once", err, h.jobs.started)
		}
	})
}

// A trigger starts the job whose event starts the trigger. If each elevation started one more job, there would be no
// end. The job here is over before its events come, so that they join no elevation.
func TestJobNeverStartsItselfAgain(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		for round := range 3 {
			job := fmt.Sprint("job-", round)
			now := time.Now().UTC().Format(time.RFC3339)
			id := h.wantStarted(event(t, running, "detail.backupJobId", job, "detail.creationDate", now), trigger.Began)
			h.wantNothingStarted(activeEvent(t, id, "nightly"), "which may be the job")
			h.take(event(t, completed, "detail.backupJobId", job, "detail.completionDate", now))
			h.Advance(2 * time.Minute)
		}
		if len(h.jobs.started) != 0 {
			t.Errorf("jobs were started for %q, want none but ahead of a window", h.jobs.started)
		}
	})
}

// A task of another kind than the job's cannot be the job: it starts one.
func TestJobIsStartedForAnotherTask(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		h.list[0].Start = []byte(`{"source":["curfew.task"]}`)
		h.Catalog.Change("nightly", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "change", Known: true}} })
		id := h.wantStarted(event(t, "curfew-task-started.json", "time", window), trigger.Began)
		h.take(activeEvent(t, id, "nightly"))
		if got := h.jobs.started; len(got) != 1 || got[0] != id {
			t.Errorf("started %q, want one for %s", got, id)
		}
	})
}

// The domain's answer names the placeholder task.
func TestAheadIsTold(t *testing.T) {
	raw := scheduled(t, "nightly", window)
	if _, err := events.Read(raw); err != events.ErrNotATask {
		t.Errorf("a schedule is read with %v, want no task", err)
	}
	if id := trigger.Placeholder(trigger.Trigger{Name: "nightly"}, "backup", time.Now()).ID; !strings.HasPrefix(id, "schedule/nightly/") {
		t.Errorf("the task ahead of a window is %s", id)
	}
}
