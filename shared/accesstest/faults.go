package accesstest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"curfew/shared/fault"
)

// Failure is what goes wrong with one call of a port.
type Failure int

// The failures. Fine is the zero value.
const (
	Fine        Failure = iota
	ErrorBefore         // Transient, and nothing was done
	ErrorAfter          // Transient, but it was done: the answer was lost
	Crash               // the process dies before the call: a panic that Survive catches
	CrashAfter          // the process dies after the call, before it saw the answer
	Delayed             // it is done after Fault.By
	EffectLate          // Transient now, and done after Fault.By
	Stale               // the answer of the time before; of reads that may be stale, else Fine
)

// Fault is a failure, and how late it makes things.
type Fault struct {
	Failure Failure
	By      time.Duration // for Delayed and EffectLate
}

// Interposer decides what goes wrong with the n-th call of an operation, counted from 1. Operations are named by port and
// method, as "store.Write", "cloud.Attach", "workflow.Answer". It may be called by several goroutines, one at a time.
type Interposer func(op string, n int) Fault

// Faults is one interposer for the ports of one process. Its zero value lets everything pass.
type Faults struct {
	Interpose Interposer

	mu    sync.Mutex // guards what follows, and the interposer
	calls map[string]int
	late  sync.WaitGroup // the effects that are still to come
}

// Set puts another interposer in place, and counts anew.
func (f *Faults) Set(i Interposer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Interpose, f.calls = i, nil
}

// Wait waits until every late effect has come.
func (f *Faults) Wait() { f.late.Wait() }

// next decides about one call.
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

// crash is the panic of a process that dies.
type crash struct{ op string }

func (c crash) String() string { return "crash at " + c.op }

// Survive calls f as a process of its own: a [Crash] ends f and nothing else. It says whether f crashed, and where.
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

// through makes a call with what goes wrong with it. do is told how late it is, for calls that know an instant after
// which they refuse: what comes late was sent in time.
func through[T any](ctx context.Context, f *Faults, op string, do func(ctx context.Context, late time.Duration) (T, error)) (T, error) {
	var none T
	fault := f.next(op)
	switch fault.Failure {
	case ErrorBefore:
		return none, lost(op, "was not done")
	case ErrorAfter:
		_, _ = do(ctx, 0)
		return none, lost(op, "was done, perhaps")
	case Crash:
		panic(crash{op})
	case CrashAfter:
		_, _ = do(ctx, 0)
		panic(crash{op})
	case Delayed:
		if err := pause(ctx, fault.By); err != nil {
			return none, err
		}
	case EffectLate:
		f.late.Go(func() {
			time.Sleep(fault.By)
			_, _ = do(context.WithoutCancel(ctx), fault.By) // whoever asked was told already that it failed
		})
		return none, lost(op, "is still under way")
	}
	return do(ctx, 0)
}

// done is through for calls that answer nothing but an error.
func done(ctx context.Context, f *Faults, op string, do func(ctx context.Context, late time.Duration) error) error {
	_, err := through(ctx, f, op, func(ctx context.Context, late time.Duration) (struct{}, error) {
		return struct{}{}, do(ctx, late)
	})
	return err
}

func lost(op, what string) error { return fault.Errorf(fault.Transient, "fault: %s %s", op, what) }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.Errorf(fault.Transient, "fault: waiting: %w", context.Cause(ctx))
	}
}

// memory keeps the last answer to each question, for [Stale]. A question that was never asked has the empty answer, which
// is what there was before anything was written.
type memory struct {
	mu      sync.Mutex // guards answers
	answers map[string]any
}

// recall makes a read that may be stale: with [Stale] it gives the answer of the time before and asks nobody.
func recall[T any](ctx context.Context, f *Faults, m *memory, op, question string, do func(context.Context) (T, error)) (T, error) {
	fault := f.next(op)
	if fault.Failure == Stale {
		m.mu.Lock()
		defer m.mu.Unlock()
		was, _ := m.answers[op+question].(T)
		return was, nil
	}
	once := &Faults{Interpose: func(string, int) Fault { return fault }}
	answer, err := through(ctx, once, op, func(ctx context.Context, _ time.Duration) (T, error) { return do(ctx) })
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
