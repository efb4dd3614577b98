package asl

import "time"

// await invokes the function of a callback task and waits for the answer to its token. The function's own result counts
// only if it is an error.
func (r *run) await(name string, payload []byte, w *openTask, l limits) (any, *failure) {
	if fail := r.countEvents(2); fail != nil { // scheduled, started
		return nil, fail
	}
	a := r.listen(r.start(name, payload), w, l)
	if a.fail != nil && a.fail.closes != "" {
		return nil, a.fail
	}
	if fail := r.countEvents(1); fail != nil { // succeeded, failed or timed out
		return nil, fail
	}
	return a.result, a.fail
}

// listen waits for the first of: token answer, function error, time-out, lost heartbeat, end of the execution.
func (r *run) listen(invoked <-chan answer, w *openTask, l limits) answer {
	now := time.Now()
	until, beat := now.Add(l.timeout), r.deadline
	if l.heartbeat > 0 {
		beat = now.Add(l.heartbeat)
	}
	timer := time.NewTimer(time.Until(earlierOf(earlierOf(until, beat), r.deadline)))
	defer timer.Stop()
	for {
		select {
		case a := <-w.answers:
			return a
		case a := <-invoked:
			if a.fail != nil {
				return r.closeUnlessAnswered(w, a.fail)
			}
			if fail := r.countEvents(1); fail != nil { // submitted
				return answer{fail: fail}
			}
		case <-w.beats:
			if l.heartbeat > 0 {
				beat = time.Now().Add(l.heartbeat)
				timer.Reset(time.Until(earlierOf(earlierOf(until, beat), r.deadline)))
			}
		case <-timer.C:
			return r.closeUnlessAnswered(w, r.timeOutOf(until, beat))
		case <-r.stopped:
			return answer{fail: interruptedFailure()}
		}
	}
}

// closeUnlessAnswered closes the task's token. An answer accepted before wins over the failure.
func (r *run) closeUnlessAnswered(w *openTask, fail *failure) answer {
	if !r.e.retire(w) && fail.closes == "" {
		return <-w.answers
	}
	return answer{fail: fail}
}

// timeOutOf returns the earliest time-out: of the execution, the task or its heartbeat.
func (r *run) timeOutOf(until, beat time.Time) *failure {
	if beat.Before(until) && beat.Before(r.deadline) {
		return &failure{name: errTimeout, cause: "no heartbeat came in time", heartbeat: true}
	}
	return r.checkTimeOut(until)
}
