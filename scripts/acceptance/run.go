package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints lines with the elapsed time.
type progress struct {
	mu    sync.Mutex // one line at a time
	out   io.Writer
	began time.Time
}

func (p *progress) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%4.0f s  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

// carryOut runs the chapters and returns a row for each step, in the order of the plan. If the deployment fails, steps that need it
// are skipped.
func carryOut(ctx context.Context, w *world, chapters []chapter) (rows []row) {
	for _, c := range chapters {
		of := make([]row, len(c.steps))
		var doing sync.WaitGroup
		for i, s := range c.steps {
			one := func() { of[i] = w.try(ctx, c.name, s) }
			if c.together {
				doing.Go(one)
				continue
			}
			one()
			if c.name == "deploy" && of[i].Outcome == failed {
				w.lack(installed, "the deployment failed")
			}
		}
		doing.Wait()
		rows = append(rows, of...)
	}
	return rows
}

// try runs one step within its bound.
func (w *world) try(ctx context.Context, chapter string, s step) row {
	r := row{Chapter: chapter, Step: s.name, Proves: s.proves, Place: s.place, Page: s.page, Outcome: holds}
	if s.do == nil {
		r.Outcome, r.Says = notChecked, s.unchecked
		return r
	}
	for _, n := range s.needs {
		if why := w.lacks(n); why != "" {
			r.Outcome, r.Says = skipped, fmt.Sprintf("needs %s: %s", n, why)
			w.log.printf("%s %s: %s: %s", chapter, s.name, r.Outcome, r.Says)
			return r
		}
	}
	if err := ctx.Err(); err != nil {
		r.Outcome, r.Says = skipped, "interrupted"
		return r
	}
	w.log.printf("%s %s: %s (%s at most)", chapter, s.name, s.proves, s.bound)
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, s.bound)
	defer cancel()
	measured, err := s.do(within, w)
	r.Seconds, r.Says = time.Since(began).Round(time.Second/10).Seconds(), measured
	switch {
	case errors.Is(err, errHolds):
		r.Outcome, r.Says = holdsNot, join(measured, err.Error())
	case err != nil:
		r.Outcome, r.Says = failed, join(measured, err.Error())
	}
	w.log.printf("%s %s: %s: %s", chapter, s.name, r.Outcome, r.Says)
	return r
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// waitFor polls until the answer is yes, or the context ends.
func waitFor(ctx context.Context, every time.Duration, what string, happened func() (bool, error)) error {
	for {
		ok, err := happened()
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		if pause(ctx, every) != nil {
			if errors.Is(ctx.Err(), context.Canceled) {
				return errors.New("interrupted")
			}
			return fmt.Errorf("%s: not within the step's time", what)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
