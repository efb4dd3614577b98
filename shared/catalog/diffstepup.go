package catalog

import "time"

// stepUp compares: zero asks for none, and is widest.
func (d *diff) stepUp(was, is time.Duration) {
	text := func(age time.Duration) string {
		if age == 0 {
			return "any"
		}
		return formatDuration(age)
	}
	if was == is {
		return
	}
	direction := Narrowed
	if is == 0 || was != 0 && is > was {
		direction = Widened
	}
	d.add(direction, "approval.mfaWithin: %s, was %s", text(is), text(was))
}

// compareSeen: without it is wider.
func compareSeen(d *diff, was, is bool) {
	switch {
	case is && !was:
		d.add(Narrowed, "approval.seen: required, was not")
	case was && !is:
		d.add(Widened, "approval.seen: not required, was required")
	}
}
