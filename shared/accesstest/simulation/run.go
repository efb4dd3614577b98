package simulation

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// restWithin is how long a world may take to come to rest after its last planned fault.
const restWithin = 3 * time.Hour

// outcome is the result of one world.
type outcome struct {
	report *Report
	calls  []Call // in order, if asked for
	trace  trace  // of the calls and the final state
}

// play plays one world in its own bubble.
func play(d dice, c cast, s Schedule, keep bool) (outcome, error) {
	w, err := played(d, c, s, func(w *world) { w.gate.keep = keep })
	if err != nil {
		return outcome{}, err
	}
	r := newReport()
	r.Worlds, r.Asked = 1, len(c.lives)
	finalCheck{w.oracle}.settle(r)
	return outcome{r, w.gate.seen, w.trace()}, nil
}

// played returns a finished, closed world. set changes it before it begins.
func played(d dice, c cast, s Schedule, set ...func(*world)) (*world, error) {
	if err := c.from.await(); err != nil {
		return nil, err
	}
	w, err := newWorld(d, s, c)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for _, f := range set {
		f(w)
	}
	if err := w.adopt(c.from); err != nil {
		return nil, err
	}
	w.running.Go(w.sweeps)
	for _, f := range s {
		if f.Kind == "" {
			w.running.Go(func() { chaos{w}.applyEvent(f.Happening) })
		}
	}
	var callers sync.WaitGroup
	for _, l := range c.lives {
		callers.Go(func() { player{w}.live(l) })
	}
	callers.Wait()
	w.drain(s)
	finalCheck{w.oracle}.verifyAll()
	finalCheck{w.oracle}.verifyLog()
	return w, nil
}

// drain sleeps until the world is at rest, and a little longer for late effects.
func (w *world) drain(s Schedule) {
	quiet := time.Now()
	for _, f := range s {
		if until := w.began.Add(f.Happening.At + f.Happening.For); until.After(quiet) {
			quiet = until
		}
	}
	for limit := quiet.Add(restWithin); time.Now().Before(limit); {
		if last := w.gate.quietFrom(); last.After(quiet) {
			quiet, limit = last, last.Add(restWithin)
		}
		if time.Now().After(quiet) && w.oracle.atRest() {
			break
		}
		time.Sleep(time.Minute)
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
}

// errBubble: a bubble failed. The testing package has printed why.
var errBubble = errors.New("simulation: a bubble failed")

// playInBubbles plays worlds on several workers until next has no more. It calls done after each, outside the bubble,
// in real time. Package testing offers bubbles only to tests, so each worker is a test. A command calls testing.Init
// first.
func playInBubbles(workers int, next func() (world func() error, more bool), done func()) error {
	var mu sync.Mutex
	var failed []error
	var tests []testing.InternalTest
	for i := range workers {
		tests = append(tests, testing.InternalTest{Name: fmt.Sprintf("worker-%d", i), F: func(t *testing.T) {
			t.Parallel()
			for {
				mu.Lock()
				one, more := next()
				mu.Unlock()
				if !more {
					return
				}
				synctest.Test(t, func(*testing.T) {
					if err := one(); err != nil {
						mu.Lock()
						failed = append(failed, err)
						mu.Unlock()
					}
				})
				done()
			}
		}})
	}
	if !testing.RunTests(func(string, string) (bool, error) { return true, nil }, tests) {
		failed = append(failed, errBubble)
	}
	return errors.Join(failed...)
}

func once(world func() error) error {
	played := false
	return playInBubbles(1, func() (func() error, bool) {
		more := !played
		played = true
		return world, more
	}, func() {})
}

// Settings configure a simulation.
type Settings struct {
	Seed       uint64
	Elevations int     // of a random run
	Faults     float64 // part of elevations with a planned fault, in [0,1]
	Pairs      int     // ordered pairs of faults to try; 0: none, below 0: all
	Workers    int     // concurrent worlds; 0: one
	// Progress is called with the progress, from several goroutines; nil: not called.
	Progress func(done, of int)
}

func (s Settings) workers() int { return max(1, s.Workers) }

func (s Settings) progress(perWorld, of int) func() {
	var done atomic.Int64
	return func() {
		if n := int(done.Add(1)); s.Progress != nil {
			s.Progress(min(n*perWorld, of), of)
		}
	}
}

// failingWorlds keeps a few failing worlds per oracle.
type failingWorlds[T any] map[Oracle][]T

func (f failingWorlds[T]) keep(world T, wrongs []Wrong) {
	had := map[Oracle]bool{}
	for _, w := range wrongs {
		if !had[w.Oracle] && len(f[w.Oracle]) < mostFailures {
			f[w.Oracle] = append(f[w.Oracle], world)
		}
		had[w.Oracle] = true
	}
}

// mostFailures is how many failing worlds per oracle are shrunk and reported.
const mostFailures = 3
