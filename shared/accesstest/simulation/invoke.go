package simulation

import (
	"context"
	"errors"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// errDied means that the process crashed.
var errDied = errors.New("the process died")

// invoke runs a function once, as Lambda does: late, twice, or crashing, as drawn.
func invoke(ctx context.Context, g *gate, function string, life int, f func(context.Context) error) error {
	ctx = backoff.WithJitter(withMark(ctx, function, life), g.jitter(function, life))
	kind, hit := g.pass(ctx, invoked, invocation)
	switch kind {
	case CrashBefore:
		return errDied
	case ErrorBefore:
		return fault.Errorf(fault.Transient, "%s was not invoked", function)
	case Delayed:
		time.Sleep(hit.By)
	case Frozen:
		time.Sleep(frozenFor)
		ctx = context.WithoutCancel(ctx)
	case Duplicate:
		after := g.rows[retriedAsync].draw(g.dice.roll("duplicate "+function, life))
		again := context.WithoutCancel(ctx)
		time.AfterFunc(after, func() { _ = survive(func() error { return f(again) }) })
	}
	err := survive(func() error { return f(ctx) })
	if kind == CrashAfter {
		return errDied
	}
	return err
}

func survive(f func() error) (err error) {
	if _, crashed := accesstest.Survive(func() { err = f() }); crashed {
		return errDied
	}
	return err
}

// workerPool are reused goroutines for invocations. A new goroutine would grow its stack for encoding/json each time,
// which is a twelfth of all CPU time.
type workerPool struct{ free chan func() }

// do runs f and waits. If no hand is free it starts one.
func (h workerPool) do(f func()) {
	done := make(chan struct{})
	job := func() {
		defer close(done)
		f()
	}
	select {
	case h.free <- job:
	default:
		go h.work(job)
	}
	<-done
}

func (h workerPool) work(job func()) {
	for more := true; more; job, more = <-h.free {
		job()
	}
}
