package eventbus_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

const (
	backupID      = "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945" // of the examples
	elevenMonths  = "2025-09-06T12:00:00Z"
	yesterday     = "2026-08-05T11:59:59Z" // a second more than a day before the stories begin
	almostADayAgo = "2026-08-05T12:01:00Z"
)

// wantNotKnown wants a request that serves the backup job to be refused: its entitlement demands that the task is known.
func (h *readerWorld) wantNotKnown() {
	h.t.Helper()
	_, err := h.As("backup").Tries("backup", 4*time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "backup", ID: backupID} })
	h.WantKind(err, fault.Denied)
	h.WantCan(accesstest.Backup, "any", false)
}

// An event of eleven months ago is replayed, its service says that the task is over, and then a request uses it.
func TestRunOfLongAgoThatIsOverIsNotKnown(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.facts.confirmation = eventbus.Finished
		h.wantNothingStarted(event(t, running, "detail.creationDate", elevenMonths), "more than 24h0m0s ago")
		h.wantNotKnown()
		h.wantFindings("event aws.backup of 111122223333: Invalid")
	})
}

func TestRunThatItsServiceSaysIsOverIsNotKnown(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.facts.confirmation = eventbus.Finished
		h.wantNothingStarted(event(t, running), "is over")
		h.wantNotKnown()
		h.wantFindings()
		h.facts.confirmation = eventbus.Confirmed // the next run of the id is another
		h.wantStarted(event(t, running, "detail.creationDate", "2026-08-06T11:00:00Z"), trigger.Began)
	})
}

// A task that its service calls over also ends what was granted meanwhile: the end event may be lost.
func TestServiceThatSaysOverEndsWhatServedTheTask(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list = nil
		h.take(event(t, running))
		id := h.As("backup").Asks("backup", time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "backup", ID: backupID} })
		h.Advance(time.Minute)
		h.Want(id, "active")
		h.list, h.facts.confirmation = list{nightlyTrigger()}, eventbus.Finished
		h.wantNothingStarted(event(t, running), "is over")
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
	})
}

func TestStartOfLongAgoMakesNoTaskKnown(t *testing.T) {
	for name, c := range map[string]struct {
		raw   []byte
		known bool
	}{
		"eleven months ago":             {event(t, running, "detail.creationDate", elevenMonths), false},
		"a day and a second ago":        {event(t, running, "detail.creationDate", yesterday), false},
		"almost a day ago":              {event(t, running, "detail.creationDate", almostADayAgo), true},
		"by the envelope alone":         {event(t, running, "detail.creationDate", nil, "time", elevenMonths), false},
		"of a sender of tasks":          {squattingEvent(t, backupID, "started", elevenMonths), false},
		"of a sender of tasks, in time": {squattingEvent(t, backupID, "started", almostADayAgo), true},
		"to come":                       {event(t, running, "detail.creationDate", "2026-08-06T13:00:00Z"), false},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				h.list = nil // no trigger: nothing is asked back
				if _, err := h.take(c.raw); err != nil {
					t.Fatal(err)
				}
				if !c.known {
					h.wantNotKnown()
					if n := len(h.findings()); n != 1 {
						t.Errorf("findings %q, want one", h.findings())
					}
					return
				}
				h.As("backup").Asks("backup", time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "backup", ID: backupID} })
			})
		})
	}
}

// The event is of today; its service says when the task began.
func TestFactOfLongAgoBeginsNothing(t *testing.T) {
	for name, c := range map[string]struct{ since, why string }{
		"eleven months ago": {elevenMonths, "too long ago"},
		"to come":           {"2026-08-07T12:00:00Z", "denies it"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				since, err := time.Parse(time.RFC3339, c.since)
				if err != nil {
					t.Fatal(err)
				}
				h.facts.since = since
				h.wantNothingStarted(event(t, running), c.why)
				h.wantNotKnown()
				if n := len(h.findings()); n != 1 {
					t.Errorf("findings %q, want one", h.findings())
				}
			})
		})
	}
}

// A container of a task that has run for days changes, and the task sends another event: nothing new begins, and the
// known task stays.
func TestTaskThatRunsForDaysIsToldOfAgain(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list = nil
		task := task.Task{Kind: "workflow", ID: "arn:aws:ecs:us-east-1:" + account + ":task/jobs/c13b4cb40f1f4fe4a2971f76ae5a47ad"}
		h.Catalog.Change("agent", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "workflow", Known: true}} })
		since := time.Now()
		h.take(event(t, "ecs-task-running.json", "detail.updatedAt", since.UTC().Format(time.RFC3339)))
		h.Advance(72 * time.Hour)
		tr := nightlyTrigger()
		tr.PrincipalAt, tr.Start = "", []byte(`{"source":["aws.ecs"]}`)
		h.list, h.facts.since = list{tr}, since
		h.wantNothingStarted(event(t, "ecs-task-running.json", "detail.updatedAt", time.Now().UTC().Format(time.RFC3339)), "too long ago")
		h.As("agent").Asks("agent", time.Hour, func(r *access.Request) { r.Task = task })
	})
}

// A later run of the id is active: the event of the earlier one begins nothing, and does not end the later one.
func TestEarlierRunDoesNotEndTheLater(t *testing.T) {
	tell(t, func(h *readerWorld) {
		id := h.wantStarted(event(t, running), trigger.Began)
		h.facts.confirmation = eventbus.Restarted
		h.list[0].Name = "weekly" // has served no run
		h.wantNothingStarted(event(t, running), "is over")
		h.Advance(2 * time.Minute)
		h.Want(id, "active")
	})
}

// The sender's clock is fast: an end is an end.
func TestEndOfAFastClockIsNotLost(t *testing.T) {
	tell(t, func(h *readerWorld) {
		id := h.wantStarted(event(t, running), trigger.Began)
		h.take(event(t, completed, "detail.completionDate", "2026-08-06T13:00:00Z"))
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		h.wantFindings()
	})
}
