package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
)

// named is an error whose text is its name.
type named string

func (n named) Error() string { return string(n) }

func errorName(err error) string {
	if n, ok := errors.AsType[named](err); ok {
		return string(n)
	}
	return "Internal"
}

// world runs one machine in a bubble, and keeps the calls of its functions.
type world struct {
	t      *testing.T
	engine *asl.Engine

	mu     sync.Mutex // guards the fields below
	closed []asl.Closed
	calls  []call
	counts map[string]int // of calls, by function
}

type call struct {
	function string
	payload  map[string]any
	at       time.Time
}

// fake returns a function's answer, by payload and number of earlier calls.
type fake func(w *world, in map[string]any, before int) (any, error)

func newWorld(t *testing.T, definition string, fakes map[string]fake, change ...func(*asl.Config)) *world {
	t.Helper()
	m, err := asl.Parse([]byte(definition), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, counts: map[string]int{}}
	c := asl.Config{Functions: map[string]asl.Function{}, ErrorName: errorName, Jitter: func() float64 { return 0.999999 }}
	c.OnClose = func(event asl.Closed) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.closed = append(w.closed, event)
	}
	for name, f := range fakes {
		c.Functions[name] = w.function(name, f)
	}
	for _, f := range change {
		f(&c)
	}
	w.engine = asl.NewEngine(m, c)
	t.Cleanup(w.engine.Close)
	return w
}

func (w *world) function(name string, f fake) asl.Function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var in map[string]any
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, err
		}
		w.mu.Lock()
		before := w.counts[name]
		w.counts[name]++
		w.calls = append(w.calls, call{function: name, payload: in, at: time.Now()})
		w.mu.Unlock()
		out, err := f(w, in, before)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// callsOf returns the calls of a function; nothing runs meanwhile.
func (w *world) callsOf(function string) []call {
	var of []call
	for _, c := range w.calls {
		if c.function == function {
			of = append(of, c)
		}
	}
	return of
}

// token returns the newest token.
func (w *world) token() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range slices.Backward(w.calls) {
		if token, ok := c.payload["token"].(string); ok {
			return token
		}
	}
	return ""
}

func (w *world) start(input string) string {
	w.t.Helper()
	arn, err := w.engine.Start("one", input)
	if err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
	return arn
}

func (w *world) advance(span time.Duration) {
	time.Sleep(span)
	synctest.Wait()
}

func (w *world) describe(arn string) asl.Execution {
	w.t.Helper()
	x, err := w.engine.Describe(arn)
	if err != nil {
		w.t.Fatal(err)
	}
	return x
}

func (w *world) wantPath(arn string, status asl.Status, path string) {
	w.t.Helper()
	x := w.describe(arn)
	if got := strings.Join(x.Path, " "); got != path {
		w.t.Errorf("path = %s, want %s", got, path)
	}
	if x.Status != status {
		w.t.Errorf("status = %s (%s: %s), want %s", x.Status, x.Error, x.Cause, status)
	}
}

// runs returns the execution after 400 days.
func runs(t *testing.T, definition, input string, fakes map[string]fake, change ...func(*asl.Config)) (x asl.Execution) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, definition, fakes, change...)
		arn := w.start(input)
		w.advance(400 * 24 * time.Hour)
		x = w.describe(arn)
		if len(w.closed) != 1 || w.closed[0].Status != x.Status {
			t.Errorf("OnClose was told %v, want %s once", w.closed, x.Status)
		}
	})
	return x
}

func returnValue(v any) fake {
	return func(*world, map[string]any, int) (any, error) { return v, nil }
}

func failWith(name string) fake {
	return func(*world, map[string]any, int) (any, error) { return nil, named(name) }
}
