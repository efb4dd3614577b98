package asl

import "time"

// await runs the function of a task that waits for its token, and waits for the token's answer. The function's own answer
// counts only if it fails.
func (r *run) await(name string, payload []byte, w *waiting, l limits) (any, *failure) {
	if fail := r.record(2); fail != nil { // scheduled, started
		return nil, fail
	}
	a := r.listen(r.start(name, payload), w, l)
	if a.fail != nil && a.fail.closes != "" {
		return nil, a.fail
	}
	if fail := r.record(1); fail != nil { // succeeded, failed or timed out
		return nil, fail
	}
	return a.result, a.fail
}

// listen waits for the first of: the token's answer, the function's failure, a time-out, a lost heartbeat, the end of the
// execution.
func (r *run) listen(invoked <-chan answer, w *waiting, l limits) answer {
	now := time.Now()
	until, beat := now.Add(l.timeout), r.deadline
	if l.heartbeat > 0 {
		beat = now.Add(l.heartbeat)
	}
	timer := time.NewTimer(time.Until(earlier(earlier(until, beat), r.deadline)))
	defer timer.Stop()
	for {
		select {
		case a := <-w.answers:
			return a
		case a := <-invoked:
			if a.fail != nil {
				return r.unlessAnswered(w, a.fail)
			}
			if fail := r.record(1); fail != nil { // submitted
				return answer{fail: fail}
			}
		case <-w.beats:
			if l.heartbeat > 0 {
				beat = time.Now().Add(l.heartbeat)
				timer.Reset(time.Until(earlier(earlier(until, beat), r.deadline)))
			}
		case <-timer.C:
			return r.unlessAnswered(w, r.late(until, beat))
		case <-r.stopped:
			return answer{fail: interrupted()}
		}
	}
}

// unlessAnswered closes the task to its token. An answer that was accepted before that counts, not the failure.
func (r *run) unlessAnswered(w *waiting, fail *failure) answer {
	if !r.e.retire(w) && fail.closes == "" {
		return <-w.answers
	}
	return answer{fail: fail}
}

// late says which time is over: the execution's, the task's, or its heartbeat's.
func (r *run) late(until, beat time.Time) *failure {
	if beat.Before(until) && beat.Before(r.deadline) {
		return &failure{name: errHeartbeatTimeout, cause: "no heartbeat came in time"}
	}
	return r.over(until)
}
