package simulation

import (
	"context"
	"errors"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/fault"
)

// errDied is what is left of a process that dies.
var errDied = errors.New("the process died")

// invoke runs a function once, as Lambda does: late, twice, or not to its end, as it comes.
func invoke(ctx context.Context, g *gate, function string, life int, f func(context.Context) error) error {
	ctx = marked(ctx, function, life)
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

// survive runs a process that may die.
func survive(f func() error) (err error) {
	if _, crashed := accesstest.Survive(func() { err = f() }); crashed {
		return errDied
	}
	return err
}

// hands are goroutines that do one invocation after the other. A goroutine that is made for one invocation grows its stack
// bit by bit under the frames of encoding/json, which costs a twelfth of all time; these keep what they have grown.
type hands struct{ free chan func() }

// do does f, and waits for it. A hand that is not back yet is no reason to wait: another is made.
func (h hands) do(f func()) {
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

func (h hands) work(job func()) {
	for more := true; more; job, more = <-h.free {
		job()
	}
}
