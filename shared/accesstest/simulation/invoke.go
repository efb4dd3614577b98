package simulation

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
)

// errDied is what is left of a process that dies.
var errDied = errors.New("the process died")

// invoke runs a function once, as Lambda does: late, twice, or not to its end, as it comes.
func invoke(ctx context.Context, g *gate, function string, life int, f func(context.Context) error) error {
	ctx = marked(ctx, function, life)
	kind, fault := g.pass(ctx, invoked, invocation)
	switch kind {
	case CrashBefore:
		return errDied
	case ErrorBefore:
		return access.Errorf(access.Transient, "%s was not invoked", function)
	case Delayed:
		time.Sleep(fault.By)
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

// roomy makes the stack of a young goroutine as large as most invocations need, while there is little on it: to let it grow
// bit by bit, under the frames of encoding/json, costs a twelfth of all time.
//
//go:noinline
func roomy(n int) byte {
	var room [12 << 10]byte
	return room[n%len(room)] // what the compiler cannot foresee it does not leave out
}
