package eventbus_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/trigger"
)

// A redriven execution has the startDate of its first run, and got nothing. Its start is redriveDate.
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func TestRedrivenExecutionStartsAgain(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list[0].Start = []byte(`{"source":["aws.states"],"detail":{"status":["RUNNING"]}}`)
		h.Catalog.Change("backup", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "workflow"}} })
		h.list[0].PrincipalAt, h.list[0].Principals = "", h.list[0].Principals[:1]
		start := time.Now().UTC()
		run := func(example string, more ...any) []byte {
			return event(t, example, append([]any{"time", time.Now().UTC().Format(time.RFC3339), "detail.startDate", start.UnixMilli()}, more...)...)
		}
		first := h.wantStarted(run("states-execution-running.json", "detail.redriveDate", nil), trigger.Began)
		h.Advance(2 * time.Minute)
		h.take(run("states-execution-failed.json", "detail.stopDate", time.Now().UnixMilli()))
		h.Advance(2 * time.Minute)
		h.Want(first, "ended completed")
		redriven := run("states-execution-running.json", "detail.redriveCount", 1, "detail.redriveDate", time.Now().UnixMilli())
		second := h.wantStarted(redriven, trigger.Began)
		h.wantStarted(redriven, trigger.Repeated)
		h.Advance(2 * time.Minute)
		h.take(run("states-execution-failed.json", "detail.redriveDate", time.Now().UnixMilli(), "detail.stopDate", time.Now().UnixMilli()))
		h.Advance(2 * time.Minute)
		h.Want(second, "ended completed")
	})
}
