package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"curfew/shared/api"
)

// TestFloodOfOneCallerThrottlesOnlyThem: not other callers, and not their own ends, heartbeats and withdrawals.
func TestFloodOfOneCallerThrottlesOnlyThem(t *testing.T) {
	w := newWorld(t)
	id := w.active() // of ana
	w.handler = API(w.svc, authenticate, w.svc.Log)
	a := w.flood(api.Calls, "GET", "/v1/me")
	if got := a.Header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After = %q, want 1", got)
	}
	if got, want := a.member(t, "detail"), "you made more than 30 calls a second: try again in 1 s"; got != want {
		t.Errorf("detail = %q, want %q", got, want)
	}
	w.call("ana", "POST", "/v1/elevations", askAdmin).want(t, http.StatusTooManyRequests)
	w.call("ben", "GET", "/v1/elevations", "").want(t, http.StatusOK)
	w.call("ana", "POST", "/v1/elevations/"+id+"/heartbeat", "").want(t, http.StatusOK)
	w.call("ana", "POST", "/v1/elevations/"+id+"/end", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Second)
	w.call("ana", "GET", "/v1/elevations", "").want(t, http.StatusOK)
}

// flood calls as ana until the door throttles it, and returns that answer.
func (w *world) flood(pace api.Pace, method, path string) answer {
	w.t.Helper()
	for range limits[pace].atOnce {
		w.call("ana", method, path, "").want(w.t, http.StatusOK)
	}
	return w.call("ana", method, path, "").want(w.t, http.StatusTooManyRequests)
}

func TestHeartbeatsDelayNoEnd(t *testing.T) {
	w := newWorld(t)
	beats := w.active()
	w.handler = API(w.svc, authenticate, w.svc.Log)
	a := w.flood(api.Beats, "POST", "/v1/elevations/"+beats+"/heartbeat")
	if got, want := a.member(t, "detail"), "you made more than 50 heartbeats a second: try again in 1 s"; got != want {
		t.Errorf("detail = %q, want %q", got, want)
	}
	w.call("ana", "POST", "/v1/elevations/"+beats+"/end", "").want(t, http.StatusOK)
	for _, o := range api.Operations() {
		if ends := slices.Contains([]string{"endElevation", "withdrawElevation", "endAll", "suspend"}, o.Name); ends != (o.Pace == api.Ends) {
			t.Errorf("%s has pace %d", o.Name, o.Pace)
		}
	}
}

// TestHeartbeatsOfHundredsOfJobsOfOneRoleAreServed: the first of all come together, then each comes every 10 s.
func TestHeartbeatsOfHundredsOfJobsOfOneRoleAreServed(t *testing.T) {
	var th throttle
	now, role := time.Unix(0, 0), bucket{"machine:AROA1", api.Beats}
	for round := range 10 {
		for job := range 500 {
			if th.wait(role, now.Add(time.Duration(round)*10*time.Second)) > 0 {
				t.Fatalf("round %d: the heartbeat of job %d is throttled", round, job)
			}
		}
	}
}

// A person with many parameters to try mapped what a principal has in seconds.
func TestTriesAreSlowAndDelayNoOtherCalls(t *testing.T) {
	var th throttle
	now := time.Unix(0, 0)
	i := slices.IndexFunc(api.Operations(), func(o api.Operation) bool { return o.Name == "tryElevation" })
	tries := bucket{"person:1", api.Operations()[i].Pace}
	served := 0
	for n := range 600 { // in a minute
		if th.wait(tries, now.Add(time.Duration(n)*100*time.Millisecond)) == 0 {
			served++
		}
	}
	if served > 160 {
		t.Errorf("%d tries are served in a minute", served)
	}
	if th.wait(bucket{"person:1", api.Calls}, now) > 0 {
		t.Error("tries delay other calls")
	}
}

// TestCallWithoutACallerIsNotCounted: else everybody could fill what is kept of callers.
func TestCallWithoutACallerIsNotCounted(t *testing.T) {
	w := newWorld(t)
	w.handler = API(w.svc, authenticate, w.svc.Log)
	for range 2 * limits[api.Calls].atOnce {
		w.call("", "GET", "/v1/elevations", "").want(t, http.StatusUnauthorized)
	}
}

func TestThrottleForgetsTheCallersOfLongAgo(t *testing.T) {
	var th throttle
	now := time.Unix(0, 0)
	for n := range 5 * mostBuckets {
		if th.wait(bucket{caller: fmt.Sprint(n)}, now) > 0 || th.wait(bucket{caller: "busy"}, now) > 0 == (n < limits[api.Calls].atOnce) {
			t.Fatalf("caller %d: a new caller waits, or a busy one is forgotten", n)
		}
	}
	if got := len(th.current) + len(th.previous); got > 2*mostBuckets {
		t.Errorf("%d buckets are kept", got)
	}
}
