package asl

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// retrier is one element of Retry.
// See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
type retrier struct {
	equals   []string
	interval float64 // seconds before the first retry
	rate     float64
	most     float64 // seconds; limit of the delay
	attempts int64
	jitter   bool
}

// catcher is one element of Catch.
type catcher struct {
	equals []string
	place  selector
	next   *target
}

func readRetry(f *fields) []retrier {
	var all []retrier
	items := f.items("Retry")
	for i, item := range items {
		r := readFields(fmt.Sprintf("%s: Retry[%d]", f.where, i), item)
		r.text("Comment")
		one := retrier{
			equals:   readEquals(r, i == len(items)-1),
			interval: float64(r.integer("IntervalSeconds", 1, mostSeconds, 1)),
			rate:     r.rate("BackoffRate", 2),
			most:     float64(r.integer("MaxDelaySeconds", 1, 31_622_399, 31_622_399)),
			attempts: r.integer("MaxAttempts", 0, mostSeconds, 3),
		}
		if one.most <= one.interval {
			r.fault("MaxDelaySeconds", "not above IntervalSeconds")
		}
		switch strategy := r.text("JitterStrategy"); strategy {
		case "", "NONE":
		case "FULL":
			one.jitter = true
		default:
			r.fault("JitterStrategy", "%s is not known", strategy)
		}
		if err := r.done(); err != nil {
			f.errs = append(f.errs, err)
		}
		all = append(all, one)
	}
	return all
}

func readCatch(f *fields) []catcher {
	var all []catcher
	items := f.items("Catch")
	for i, item := range items {
		r := readFields(fmt.Sprintf("%s: Catch[%d]", f.where, i), item)
		r.text("Comment")
		all = append(all, catcher{
			equals: readEquals(r, i == len(items)-1),
			place:  r.resultPath(),
			next:   &target{name: r.needText("Next")},
		})
		if err := r.done(); err != nil {
			f.errs = append(f.errs, err)
		}
	}
	return all
}

// readEquals reads ErrorEquals. States.ALL must be alone and in the last element.
func readEquals(f *fields, last bool) []string {
	var names []string
	for _, item := range f.items("ErrorEquals") {
		name, ok := item.(string)
		if !ok || name == "" {
			f.fault("ErrorEquals", "not the names of errors")
		}
		names = append(names, name)
	}
	switch {
	case names == nil:
		f.fault("ErrorEquals", "missing")
	case slices.Contains(names, errAll) && (len(names) > 1 || !last):
		f.fault("ErrorEquals", "States.ALL must stand alone and last")
	}
	return names
}

// retries counts the uses of each retrier, for one visit of a state.
type retries struct {
	retriers []retrier
	spent    []int64
}

// delay returns the time until the next attempt; false: none. Only the first retrier that matches the error counts,
// even when it is used up.
func (t *retries) delay(fail *failure, jitter func() float64) (time.Duration, bool) {
	for i, r := range t.retriers {
		if !fail.matches(r.equals) {
			continue
		}
		if t.spent == nil {
			t.spent = make([]int64, len(t.retriers))
		}
		if t.spent[i] >= r.attempts {
			return 0, false
		}
		seconds := min(r.interval*math.Pow(r.rate, float64(t.spent[i])), r.most)
		t.spent[i]++
		if r.jitter {
			seconds *= jitter()
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	return 0, false
}

func (e *Engine) jitter() float64 {
	e.random.Lock()
	defer e.random.Unlock()
	return e.config.Jitter()
}
