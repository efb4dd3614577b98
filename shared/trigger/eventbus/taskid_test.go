package eventbus_test

import (
	"fmt"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/trigger"
)

// An alarm's name may have spaces, signs and letters of any script: its end ends the elevation.
func TestEndOfAnAlarmWithASpaceInItsNameIsNotLost(t *testing.T) {
	for _, name := range []string{"Cpu High", "[prod] errors (5xx) > 80%", "障害 é"} {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, known %v", name, known), func(t *testing.T) {
				tell(t, func(h *readerWorld) {
					arn := "arn:aws:cloudwatch:us-east-1:" + account + ":alarm:" + name
					h.Catalog.Change("incident", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "incident", Known: known}} })
					if known {
						h.take(event(t, "alarm-alarm.json", "resources", []string{arn}))
					}
					id := h.As("ana").Asks("incident", time.Hour, func(r *access.Request) { r.Task.ID = arn })
					h.Advance(5 * time.Minute)
					h.WantCan(accesstest.Responder, "ana", true)
					h.take(event(t, "alarm-ok.json", "resources", []string{arn}))
					h.Advance(2 * time.Minute)
					h.Want(id, "ended completed")
					h.WantCan(accesstest.Responder, "ana", false)
				})
			})
		}
	}
}

// The path of an end pattern may lead to an ARN: its service determines the kind of the task.
func TestEndPatternThatLeadsToAnAlarm(t *testing.T) {
	for _, c := range []struct{ arn, finding string }{
		{"arn:aws:cloudwatch:us-east-1:" + account + ":alarm:Cpu High", "event my.pager of " + account + " for trigger nightly: task"},
		{"arn:aws:states:us-east-1:" + account + ":execution:machine:run", ""},
	} {
		tell(t, func(h *readerWorld) {
			h.list[0].Ends = []trigger.End{{Pattern: []byte(`{"source":["my.pager"]}`), TaskAt: "resources"}}
			if _, err := h.take(event(t, "alarm-ok.json", "source", "my.pager", "resources", []string{c.arn})); err != nil {
				t.Error(err)
			}
			if c.finding == "" {
				h.wantFindings()
			} else {
				h.wantFindings(c.finding)
			}
		})
	}
}
