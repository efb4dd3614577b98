package asl

import "time"

// wait is a Wait state: for some seconds, or until an instant.
type wait struct {
	seconds     int64 // -1: absent
	secondsPath *path
	until       time.Time // zero: absent
	untilPath   *path
}

// mostSeconds is the largest number of seconds in a definition.
const mostSeconds = 99_999_999

func readWait(f *fields) *wait {
	w := &wait{
		seconds:     f.integer("Seconds", 0, mostSeconds, -1),
		secondsPath: f.path("SecondsPath"),
		untilPath:   f.path("TimestampPath"),
	}
	ways := count(w.seconds >= 0, w.secondsPath != nil, w.untilPath != nil)
	if v, ok := f.take("Timestamp"); ok {
		ways++
		if w.until, ok = readInstant(v); !ok {
			f.fault("Timestamp", "not an instant as 2006-01-02T15:04:05Z")
		}
	}
	if ways != 1 {
		f.fault("Seconds", "exactly one of Seconds, SecondsPath, Timestamp and TimestampPath is needed")
	}
	return w
}

func count(all ...bool) int {
	n := 0
	for _, yes := range all {
		if yes {
			n++
		}
	}
	return n
}

func (w *wait) run(s scope) (any, *target, *failure) {
	in, fail := s.state.input.pick(s)
	if fail != nil {
		return nil, nil, fail
	}
	span, fail := w.span(s.withData(in))
	if fail != nil {
		return nil, nil, fail
	}
	if fail := s.run.sleep(span); fail != nil {
		return nil, nil, fail
	}
	out, fail := s.state.output.pick(s.withData(in))
	return out, s.state.next, fail
}

// span is the time to wait. The service truncates an instant to seconds.
func (w *wait) span(s scope) (time.Duration, *failure) {
	switch {
	case w.secondsPath != nil:
		v, fail := s.get(*w.secondsPath)
		if fail != nil {
			return 0, fail
		}
		n, ok := wholeNumber(v)
		if !ok || n < 0 || n > mostSeconds {
			return 0, s.runtime("SecondsPath " + w.secondsPath.text + " is not a whole number from 0 to 99999999")
		}
		return time.Duration(n) * time.Second, nil
	case w.untilPath != nil:
		v, fail := s.get(*w.untilPath)
		if fail != nil {
			return 0, fail
		}
		until, ok := readInstant(v)
		if !ok {
			return 0, s.runtime("TimestampPath " + w.untilPath.text + " is not an instant as 2006-01-02T15:04:05Z")
		}
		return time.Until(until.Truncate(time.Second)), nil
	case !w.until.IsZero():
		return time.Until(w.until.Truncate(time.Second)), nil
	}
	return time.Duration(w.seconds) * time.Second, nil
}
