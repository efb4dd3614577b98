package access

import (
	"time"

	"curfew/shared/record"
)

// ClockSkew is the largest difference of two clocks.
const ClockSkew = 5 * time.Second

// Latest returns the later instant.
func Latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// after rounds up to whole seconds.
func after(t time.Time) time.Time { return record.Instant(t.Add(time.Second - 1)) }

// secondsUntil rounds up: a short wait would end access early.
func secondsUntil(t, now time.Time) int64 {
	d := t.Sub(now)
	s := int64(d / time.Second)
	if d%time.Second > 0 {
		s++
	}
	return s
}
