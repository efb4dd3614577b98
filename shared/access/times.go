package access

import (
	"time"

	"curfew/shared/record"
)

// ClockSkew is how far the clocks of two functions may be apart.
const ClockSkew = 5 * time.Second

// Latest is the later of two instants.
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

// after brings a time to the first such instant that is not before it: for whatever is promised not to come too early.
func after(t time.Time) time.Time { return record.Instant(t.Add(time.Second - 1)) }

// secondsUntil are those until t, rounded up: a wait that ends early would end access early, or look before there is anything to see.
func secondsUntil(t, now time.Time) int64 {
	d := t.Sub(now)
	s := int64(d / time.Second)
	if d%time.Second > 0 {
		s++
	}
	return s
}
