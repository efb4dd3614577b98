package asl

import "time"

func (r *run) drive() {
	r.x.mu.Lock() // a Stop and a Redrive may have come before this
	st, data := r.x.at, r.x.data
	r.x.mu.Unlock()
	for {
		entered, fail := r.enter(st, data)
		if fail != nil {
			r.close("", fail)
			return
		}
		out, next, fail := st.work.run(scope{data: data, run: r, state: st, entered: entered})
		if fail != nil {
			r.close("", fail)
			return
		}
		text := encode(out)
		if fail := tooLarge(text, "output of the state "+st.name); fail != nil {
			r.close("", fail)
			return
		}
		if fail := r.leave(next, out); fail != nil || next == nil {
			r.close(string(text), fail)
			return
		}
		st, data = next.state, out
	}
}

// enter records the state, unless a redrive continues in it, and returns when it was entered.
func (r *run) enter(st *state, data any) (time.Time, *failure) {
	if !time.Now().Before(r.deadline) {
		return time.Time{}, r.executionTimeOut()
	}
	x := r.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.run != r {
		return time.Time{}, interruptedFailure()
	}
	if x.at == st && !x.in.IsZero() {
		return x.in, nil
	}
	x.at, x.data, x.in = st, data, time.Now()
	x.now.Path = append(x.now.Path, st.name)
	x.now.Transitions++
	return x.in, x.count(1)
}

// leave records the next state, where a redrive would continue.
func (r *run) leave(next *target, out any) *failure {
	x := r.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.run != r {
		return interruptedFailure()
	}
	if fail := x.count(1); fail != nil {
		return fail
	}
	if next != nil {
		x.at, x.data, x.in = next.state, out, time.Time{}
	}
	return nil
}

// countRetry counts a retry, which is a transition.
func (r *run) countRetry() *failure {
	x := r.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.run != r {
		return interruptedFailure()
	}
	x.now.Transitions++
	return nil
}

func (r *run) countEvents(events int) *failure {
	x := r.x
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.run != r {
		return interruptedFailure()
	}
	return x.count(events)
}

// count adds events, and fails the execution when the history is full; x.mu is held.
func (x *execution) count(events int) *failure {
	if x.now.Events += events; x.now.Events < mostEvents {
		return nil
	}
	x.now.Events = mostEvents - 1 // the last is the end
	return &failure{name: errRuntime, cause: "the execution reached the maximum number of history events (25000)", closes: Failed}
}

// close ends the execution, unless Stop already did.
func (r *run) close(output string, fail *failure) {
	x := r.x
	x.mu.Lock()
	if x.run != r || fail != nil && fail.closes == Running {
		x.mu.Unlock()
		return
	}
	event := x.close(r.e.machineARN, output, fail)
	x.mu.Unlock()
	r.e.config.OnClose(event)
}

// sleep waits, at most until the execution's time-out.
func (r *run) sleep(span time.Duration) *failure {
	span = min(span, time.Until(r.deadline))
	if span > 0 {
		timer := time.NewTimer(span)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.stopped:
			return interruptedFailure()
		}
	}
	if !time.Now().Before(r.deadline) {
		return r.executionTimeOut()
	}
	return nil
}

func (r *run) executionTimeOut() *failure {
	return &failure{name: errTimeout, cause: "the execution timed out", closes: TimedOut}
}
