package httpapi

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"curfew/shared/api"
)

// throttle limits the calls of each caller, before the service reads a row. Each [api.Pace] has its bucket: a caller's other
// calls, heartbeats included, do not delay an end.
//
// It is in memory, and so a bound per instance of the function. The setting reserved, if set, limits the instances; the
// throttle of the stage limits all callers together.
type throttle struct {
	mu                sync.Mutex // guards current and previous
	current, previous map[bucket]*rate.Limiter
}

type bucket struct {
	caller string
	pace   api.Pace
}

type limit struct {
	perSecond, atOnce int
	what              string
}

// limits are for hundreds of jobs of one role, which is one caller.
//
// 60 jobs that begin together make 360 calls in four seconds, and look every two seconds until they have access.
// 500 jobs with the shortest heartbeat, 30 s, send one every 10 s. They may end together.
// Tries tell what a principal has.
var limits = map[api.Pace]limit{
	api.Calls: {30, 400, "calls"},
	api.Beats: {50, 500, "heartbeats"},
	api.Ends:  {50, 500, "orders to end"},
	api.Tries: {2, 40, "tries"},
}

func throttled(pace api.Pace, wait time.Duration) *refusal {
	r := &refusal{kind: api.Throttled, wait: wait}
	r.detail = fmt.Sprintf("you made more than %d %s a second: try again in %d s", limits[pace].perSecond, limits[pace].what, r.seconds())
	return r
}

// mostBuckets of one generation. A full one becomes the previous one, which is forgotten: the buckets used last stay.
const mostBuckets = 5000

// wait returns how long the caller must wait, or zero.
func (t *throttle) wait(of bucket, now time.Time) time.Duration {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.current[of]
	if l == nil {
		if l = t.previous[of]; l == nil {
			l = rate.NewLimiter(rate.Limit(limits[of.pace].perSecond), limits[of.pace].atOnce)
		}
		if t.current == nil || len(t.current) >= mostBuckets {
			t.current, t.previous = map[bucket]*rate.Limiter{}, t.current
		}
		t.current[of] = l
	}
	turn := l.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}
