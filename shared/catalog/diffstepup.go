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
