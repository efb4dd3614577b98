package eventbus_test

import (
	"testing"
	"time"

	"curfew/shared/trigger"
)

// Any sender of curfew.task ended the tasks of others. An end counts from the account that started the task.
func TestSenderOfAnotherAccountDoesNotEndATask(t *testing.T) {
	tell(t, func(h *readerWorld) {
		const other = "999988887777"
		h.reader.Governs = governs(account, other)
		h.list[0].Start = []byte(`{"source":["curfew.task"]}`)
		h.list[0].PrincipalAt, h.list[0].Principals = "", h.list[0].Principals[:1]
		told := func(from, state string) []byte {
			return event(t, "curfew-task-started.json", "account", from, "detail.kind", "backup", "detail.id", "nightly", "detail.state", state, "time", time.Now().UTC().Format(time.RFC3339))
		}
		id := h.wantStarted(told(account, "started"), trigger.Began)
		h.Advance(time.Minute)
		h.take(told(other, "ended"))
		h.Advance(time.Minute)
		h.Want(id, "active")
		h.take(told(account, "ended"))
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
	})
}
