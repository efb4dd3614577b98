package hold

import (
	"context"
	"fmt"
	"time"

	"curfew/scripts/curfew/client"
)

// keep watches over an active elevation until it is over, and tells of the holder's life where the elevation wants that.
// It gives nil if the context ended first.
//
// The heartbeat goes out three times as often as it must, so that two may be lost. That the API does not answer proves
// nothing about access: the command goes on, and the deadline stands.
func (h *Holder) keep(ctx context.Context, e client.Elevation) *OverError {
	k := newKeeper(h, e)
	for {
		now := wall()
		if !e.Deadline.IsZero() && !now.Before(e.Deadline) {
			return &OverError{e, "its deadline has passed"}
		}
		if !pause(ctx, k.until(now, e.Deadline)) {
			return nil
		}
		if !k.due(wall()) { // it is the deadline's turn, or nobody's yet
			continue
		}
		e = k.hear(ctx, e)
		if ctx.Err() != nil {
			return nil
		}
		if o := over(e); o != nil {
			return o
		}
	}
}

// wall is the instant without its monotonic part: deadlines and heartbeats go on while a machine sleeps, timers may not.
func wall() time.Time { return time.Now().Round(0) }

// keeper is when what is next done for an elevation.
type keeper struct {
	*Holder
	beatEvery time.Duration
	beatAt    time.Time // zero: no heartbeat is needed
	lookAt    time.Time
	heard     time.Time // the last answer
	warned    bool      // that there is none
}

func newKeeper(h *Holder, e client.Elevation) *keeper {
	now := wall()
	k := &keeper{Holder: h, lookAt: now.Add(h.Pace.Watch), heard: now}
	if e.Heartbeat > 0 { // at once: nobody knows when it was last heard
		k.beatEvery, k.beatAt = time.Duration(e.Heartbeat)*time.Second/3, now
	}
	return k
}

// longNap bounds a wait, so that a machine that slept soon looks at its clock.
const longNap = time.Minute

func (k *keeper) until(now, deadline time.Time) time.Duration {
	wait := longNap
	for _, t := range []time.Time{k.beatAt, k.lookAt, deadline} {
		if !t.IsZero() {
			wait = min(wait, max(0, t.Sub(now)))
		}
	}
	return wait
}

func (k *keeper) beats(now time.Time) bool { return !k.beatAt.IsZero() && !now.Before(k.beatAt) }
func (k *keeper) due(now time.Time) bool   { return k.beats(now) || !now.Before(k.lookAt) }

// hear beats or looks, whichever is due, and gives the elevation as it is known then. An answer to a beat is a look.
func (k *keeper) hear(ctx context.Context, e client.Elevation) client.Elevation {
	beats := k.beats(wall())
	call := k.API.Show
	if beats {
		call = k.API.Heartbeat
	}
	seen, err := call(ctx, k.ID)
	if beats && conflict(err) {
		return k.refusedBeat(ctx, e, err)
	}
	now, again := wall(), k.again()
	if err != nil {
		k.warn(ctx, err)
		k.lookAt = now.Add(again)
		if beats {
			k.beatAt = now.Add(again)
		}
		return e
	}
	if k.lookAt = now.Add(k.Pace.Watch); beats {
		k.beatAt = now.Add(k.beatEvery)
	}
	if k.warned {
		k.sayf("the API answers again")
	}
	k.heard, k.warned = now, false
	return seen
}

// refusedBeat is the elevation whose heartbeat was refused. One that is still called active was silent for too long: its
// end is on the way.
func (k *keeper) refusedBeat(ctx context.Context, e client.Elevation, refusal error) client.Elevation {
	if seen, err := k.API.Show(ctx, k.ID); err == nil && over(seen) != nil {
		return seen
	}
	e.State, e.Cause, e.Why = "revoking", "heartbeat", refusal.Error()
	return e
}

// again is when to try again after a failure: soon, against what the heartbeat leaves of time.
func (k *keeper) again() time.Duration {
	if k.beatEvery == 0 {
		return k.Pace.Watch
	}
	return min(2*time.Second, k.beatEvery/4)
}

// warn says once that the API does not answer, and what that means.
func (k *keeper) warn(ctx context.Context, err error) {
	if k.warned || ctx.Err() != nil {
		return
	}
	k.warned = true
	text := fmt.Sprintf("%v; trying again", err)
	if k.beatEvery > 0 {
		text += fmt.Sprintf(", and without a heartbeat by %s access ends",
			k.heard.Add(3*k.beatEvery).UTC().Format(time.RFC3339))
	}
	k.Say(text)
}
