package adversary

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// The reason of a policy is told to whom it denies, and stays in the record and in the evidence; who may not ask does not learn it.
func TestTheReasonOfAPolicyIsToldToWhomItDenies(t *testing.T) {
	const reason = "Changes on weekends need MFA"
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		who := weak(ana())
		got := w.call(who, "POST", "/v1/elevations", askAdmin)
		if !strings.Contains(got.raw, `window.weekend says \"`+reason) {
			t.Errorf("the answer does not tell it: %s", got.raw)
		}
		l, err := w.Service.Show(t.Context(), who, got.problem.Elevation)
		if err != nil || !strings.Contains(l.Elevation.Why, reason) {
			t.Errorf("the elevation does not tell it: %+v, %v", l, err)
		}
		rows, err := w.Store.Partition(t.Context(), record.AuditTable, evidence.CallerChain(who.ID, time.Now()), "")
		if err != nil || len(rows) != 1 || !strings.Contains(string(rows[0].Body), reason) {
			t.Errorf("the evidence does not tell it: %v, %v", rows, err)
		}
		if got := w.call(ben(), "POST", "/v1/elevations", askAdmin); strings.Contains(got.raw, reason) {
			t.Errorf("told to one who may not ask: %s", got.raw)
		}
	})
}
