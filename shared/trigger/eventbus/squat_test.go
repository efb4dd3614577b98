package eventbus_test

import (
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/trigger"
)

// squattingEvent is an event of curfew.task about a backup job.
func squattingEvent(t *testing.T, id, state, at string) []byte {
	return event(t, "curfew-task-started.json", "detail.kind", "backup", "detail.id", id, "detail.state", state, "time", at)
}

const victim = "C0A80101-1111-2222-3333-444455556666"

func TestSquattedTaskKeepsAccess(t *testing.T) {
	tell(t, func(h *readerWorld) {
		started := event(t, running, "detail.backupJobId", victim, "detail.creationDate", "2026-08-06T11:59:50Z")
		ended := event(t, completed, "detail.backupJobId", victim, "detail.completionDate", "2026-08-06T12:05:00Z")
		h.take(squattingEvent(t, victim, "started", "2026-08-06T11:59:00Z"))
		id := h.wantStarted(started, trigger.Began)
		h.Advance(5 * time.Minute)
		h.take(ended)
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		h.WantCan(accesstest.Backup, "any", false)
	})
}

func TestSquattedEndKeepsJobOut(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.take(squattingEvent(t, victim, "ended", "2026-08-06T12:04:59Z"))
		started := event(t, running, "detail.backupJobId", victim, "detail.creationDate", "2026-08-06T12:00:01Z")
		h.Advance(2 * time.Second)
		h.wantStarted(started, trigger.Began)
	})
}

func TestSquattedWindow(t *testing.T) {
	tell(t, func(h *readerWorld) {
		addSchedule(&h.list[0])
		h.take(squattingEvent(t, "schedule/nightly/"+"2026-08-06T12-00-00Z", "ended", "2026-08-06T12:00:00Z"))
		h.wantStarted(scheduled(t, "nightly", window), trigger.Began)
	})
}
