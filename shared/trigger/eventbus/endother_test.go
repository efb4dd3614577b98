package eventbus_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/task"
	"curfew/shared/trigger"
)

// An end pattern of nightly, by an event of a source of one's own, ends what ana has for a task of the same id.
func TestEndPatternEndsOnlyItsOwn(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list[0].Ends = []trigger.End{{Pattern: []byte(`{"source":["my.jobs"],"detail":{"over":[true]}}`), TaskAt: "detail.job"}}
		h.Catalog.Change("deploy", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "workflow"}} })
		id := h.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "workflow", ID: "nightly-load"} })
		h.Want(id, "active")
		h.take(event(t, "curfew-task-started.json", "source", "my.jobs", "detail.over", true, "detail.job", "nightly-load"))
		h.Want(id, "active")
	})
}
