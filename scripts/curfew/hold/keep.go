package hold

import (
	"context"
	"fmt"
	"time"

	"curfew/scripts/curfew/client"
)

// keep watches an active elevation until it is over, and sends its heartbeats. It returns nil if the context ended
// first.
//
// Heartbeats go out three times as often as needed, so that two may be lost. If the API does not answer, the command
// goes on: that proves nothing about access, and the deadline stands.
func (h *Holder) keep(ctx context.Context, e client.Elevation) *OverError {
	k := newKeeper(h, e)
	for {
		now := wallTime()
		if !e.Deadline.IsZero() && !now.Before(e.Deadline) {
			return &OverError{e, "its deadline has passed"}
		}
		if !pause(ctx, k.until(now, e.Deadline)) {
			return nil
		}
		if !k.isDue(wallTime()) { // the deadline is next, or the nap was too short
			continue
		}
		e = k.beatOrLook(ctx, e)
		if ctx.Err() != nil {
			return nil
		}
		if o := overError(e); o != nil {
			return o
		}
	}
}

// wallTime drops the monotonic part: deadlines and heartbeats go on while a machine sleeps, timers may not.
func wallTime() time.Time { return time.Now().Round(0) }

// keeper has the times of the next heartbeat and look.
type keeper struct {
	*Holder
	beatEvery  time.Duration
	beatAt     time.Time // zero: no heartbeat is needed
	lookAt     time.Time
	answeredAt time.Time // the last answer
	hasWarned  bool      // the user knows that the API does not answer
}

func newKeeper(h *Holder, e client.Elevation) *keeper {
	now := wallTime()
	k := &keeper{Holder: h, lookAt: now.Add(h.Pace.Watch), answeredAt: now}
	if e.Heartbeat > 0 { // at once: the last heartbeat's time is not known
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

func (k *keeper) isBeatDue(now time.Time) bool { return !k.beatAt.IsZero() && !now.Before(k.beatAt) }
func (k *keeper) isDue(now time.Time) bool     { return k.isBeatDue(now) || !now.Before(k.lookAt) }

// beatOrLook sends a heartbeat or looks, whichever is due, and returns the elevation as then known. The answer to a
// heartbeat is a look.
func (k *keeper) beatOrLook(ctx context.Context, e client.Elevation) client.Elevation {
	beats := k.isBeatDue(wallTime())
	call := k.API.Show
	if beats {
		call = k.API.Heartbeat
	}
	seen, err := call(ctx, k.ID)
	if beats && isConflict(err) {
		return k.afterRefusedBeat(ctx, e, err)
	}
	now, again := wallTime(), k.retryWait()
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
	if k.hasWarned {
		k.sayf("the API answers again")
	}
	k.answeredAt, k.hasWarned = now, false
	return seen
}

// afterRefusedBeat returns the elevation after a refused heartbeat. If it is still active, a heartbeat was missed and
// its end is on the way.
func (k *keeper) afterRefusedBeat(ctx context.Context, e client.Elevation, refusal error) client.Elevation {
	if seen, err := k.API.Show(ctx, k.ID); err == nil && overError(seen) != nil {
		return seen
	}
	e.State, e.Cause, e.Why = "revoking", "heartbeat", refusal.Error()
	return e
}

// retryWait is the wait before a retry: short, because the heartbeat is due.
func (k *keeper) retryWait() time.Duration {
	if k.beatEvery == 0 {
		return k.Pace.Watch
	}
	return min(2*time.Second, k.beatEvery/4)
}

// warn says once that the API does not answer, and what follows.
func (k *keeper) warn(ctx context.Context, err error) {
	if k.hasWarned || ctx.Err() != nil {
		return
	}
	k.hasWarned = true
	text := fmt.Sprintf("%v; trying again", err)
	if k.beatEvery > 0 {
		text += fmt.Sprintf(", and without a heartbeat by %s access ends",
			k.answeredAt.Add(3*k.beatEvery).UTC().Format(time.RFC3339))
	}
	k.Say(text)
}
