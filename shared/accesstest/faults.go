package accesstest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// Failure is how one call of a port fails.
type Failure int

// The failures. Fine is the zero value.
const (
	Fine        Failure = iota
	ErrorBefore         // Transient, not done
	ErrorAfter          // Transient, but done: the answer is lost
	Crash               // panic before the call; see Survive
	CrashAfter          // panic after the call
	Delayed             // done after Fault.By
	EffectLate          // Transient now, done after Fault.By
	Stale               // the previous answer; Fine for consistent reads
)

// Fault is a failure and its delay.
type Fault struct {
	Failure Failure
	By      time.Duration // for Delayed and EffectLate
}

// Interposer returns the fault of the n-th call (from 1) of an operation. Operations are port and method, such as
// "store.Write", "cloud.Attach", "workflow.Answer". Calls are serialized.
type Interposer func(op string, n int) Fault

// Faults is the interposer for all ports of a process. The zero value has no faults.
type Faults struct {
	Interpose Interposer

	mu    sync.Mutex // guards the fields and Interpose
	calls map[string]int
	late  sync.WaitGroup // delayed effects
}

// Set replaces the interposer and resets the counts.
func (f *Faults) Set(i Interposer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Interpose, f.calls = i, nil
}

// Wait waits for all delayed effects.
func (f *Faults) Wait() { f.late.Wait() }

func (f *Faults) next(op string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[op]++
	if f.Interpose == nil {
		return Fault{}
	}
	return f.Interpose(op, f.calls[op])
}

// crash is the panic value of a [Crash].
type crash struct{ op string }

func (c crash) String() string { return "crash at " + c.op }

// Survive calls f as its own process: a [Crash] ends only f. It returns whether and where f crashed.
func Survive(f func()) (op string, crashed bool) {
	defer func() {
		switch c := recover().(type) {
		case nil:
		case crash:
			op, crashed = c.op, true
		default:
			panic(c)
		}
	}()
	f()
	return "", false
}

// callWithFault makes a call with its fault. do gets the delay, so that a late Attach can count as sent in time.
func callWithFault[T any](ctx context.Context, f *Faults, op string, do func(ctx context.Context, late time.Duration) (T, error)) (T, error) {
	var none T
	fault := f.next(op)
	switch fault.Failure {
	case ErrorBefore:
		return none, lostError(op, "was not done")
	case ErrorAfter:
		_, _ = do(ctx, 0)
		return none, lostError(op, "was done, perhaps")
	case Crash:
		panic(crash{op})
	case CrashAfter:
		_, _ = do(ctx, 0)
		panic(crash{op})
	case Delayed:
		if err := backoff.Pause(ctx, fault.By); err != nil {
			return none, err
		}
	case EffectLate:
		f.late.Go(func() {
			time.Sleep(fault.By)
			_, _ = do(context.WithoutCancel(ctx), fault.By) // the caller already got an error
		})
		return none, lostError(op, "is still under way")
	}
	return do(ctx, 0)
}

func doWithFault(ctx context.Context, f *Faults, op string, do func(ctx context.Context, late time.Duration) error) error {
	_, err := callWithFault(ctx, f, op, func(ctx context.Context, late time.Duration) (struct{}, error) {
		return struct{}{}, do(ctx, late)
	})
	return err
}

func lostError(op, what string) error { return fault.Errorf(fault.Transient, "fault: %s %s", op, what) }

// memory keeps the last answer to each question, for [Stale]. The first answer is empty: nothing was written yet.
type memory struct {
	mu      sync.Mutex // guards answers
	answers map[string]any
}

// recall makes a read that may be stale: with [Stale] it returns the previous answer without a call.
func recall[T any](ctx context.Context, f *Faults, m *memory, op, question string, do func(context.Context) (T, error)) (T, error) {
	fault := f.next(op)
	if fault.Failure == Stale {
		m.mu.Lock()
		defer m.mu.Unlock()
		was, _ := m.answers[op+question].(T)
		return was, nil
	}
	once := &Faults{Interpose: func(string, int) Fault { return fault }}
	answer, err := callWithFault(ctx, once, op, func(ctx context.Context, _ time.Duration) (T, error) { return do(ctx) })
	if err != nil {
		return answer, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil {
		m.answers = map[string]any{}
	}
	m.answers[op+question] = answer
	return answer, nil
}

func question(args ...any) string { return fmt.Sprintf("%q", args) }
