package log

import (
	"context"
	"sync"
)

// inOrder calls do for 0 to n-1, some at once, and take with the results in order.
func inOrder[Out any](ctx context.Context, workers int, n int64, do func(int64) (Out, error), take func(Out) error) error {
	type result struct {
		out Out
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	turns := make(chan chan result, 2*workers)
	running.Go(func() {
		defer close(turns)
		free := make(chan struct{}, workers)
		for i := range n {
			turn := make(chan result, 1)
			select {
			case <-ctx.Done():
				return
			case free <- struct{}{}:
			}
			running.Go(func() {
				out, err := do(i)
				turn <- result{out, err}
				<-free
			})
			select {
			case <-ctx.Done():
				return
			case turns <- turn:
			}
		}
	})
	for turn := range turns {
		r := <-turn
		if r.err != nil {
			return r.err
		}
		if err := take(r.out); err != nil {
			return err
		}
	}
	return ctx.Err()
}
