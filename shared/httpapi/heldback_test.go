package httpapi

import (
	"net/http"
	"strings"
	"testing"
)

// TestRequesterIsToldThatTheirRequestIsHeldBack: after three withdrawals in an hour approvers are told later.
func TestRequesterIsToldThatTheirRequestIsHeldBack(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		id, _ := w.asked("ana", askAdmin)
		if got := w.call("ana", "GET", "/v1/elevations/"+id, ""); strings.Contains(string(got.body), "told_at") {
			t.Fatalf("held back: %s", got.body)
		}
		w.call("ana", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
	}
	a := w.call("ana", "POST", "/v1/elevations", askAdmin).want(t, http.StatusCreated)
	if got := string(a.body); a.member(t, "told_at") != "2026-10-05T09:01:00Z" || !strings.Contains(got, `"withdrew_requests":3`) {
		t.Errorf("the answer is %s", got)
	}
}
