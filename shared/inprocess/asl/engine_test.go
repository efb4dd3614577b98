package asl_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
)

func TestStartAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(""), map[string]fake{"f": returnValue(nil)})
		arn := w.start(`{"a":1}`)
		if again, err := w.engine.Start("one", `{"a":1}`); err != nil || again != arn {
			t.Errorf("same input: %s, %v; want %s", again, err, arn)
		}
		if _, err := w.engine.Start("one", `{"a":2}`); !errors.Is(err, asl.ErrExecutionAlreadyExists) {
			t.Errorf("other input: %v, want %v", err, asl.ErrExecutionAlreadyExists)
		}
		if got := len(w.callsOf("f")); got != 1 {
			t.Errorf("the function was called %d times, want once", got)
		}
		_ = w.engine.Success(w.token(), []byte(`1`))
		synctest.Wait()
		if _, err := w.engine.Start("one", `{"a":1}`); !errors.Is(err, asl.ErrExecutionAlreadyExists) {
			t.Errorf("when it is closed: %v, want %v", err, asl.ErrExecutionAlreadyExists)
		}
	})
}

func TestStartRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, singleState(`"Type":"Succeed"`), nil)
		for _, name := range []string{"", "a b", "a:b", "a/b", "a\nb", strings.Repeat("x", 81)} {
			if _, err := w.engine.Start(name, `{}`); !errors.Is(err, asl.ErrInvalidName) {
				t.Errorf("name %q: %v, want %v", name, err, asl.ErrInvalidName)
			}
		}
		for _, input := range []string{"", "{", "{} 1", `"` + strings.Repeat("x", 256<<10) + `"`} {
			if _, err := w.engine.Start("a", input); !errors.Is(err, asl.ErrInvalidInput) {
				t.Errorf("input of %d bytes: %v, want %v", len(input), err, asl.ErrInvalidInput)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(""), map[string]fake{"f": returnValue(nil)})
		arn := w.start(`{}`)
		token := w.token()
		other := asl.NewEngine(machine(t, waitingState("")), asl.Config{})
		defer other.Close()

		want := func(what string, got, want error) {
			t.Helper()
			if !errors.Is(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		want("malformed", w.engine.Success("nonsense", []byte(`1`)), asl.ErrInvalidToken)
		want("forged", w.engine.Success(strings.Repeat("A", len(token)), []byte(`1`)), asl.ErrTaskDoesNotExist)
		want("of another engine", other.Success(token, []byte(`1`)), asl.ErrTaskDoesNotExist)
		want("not JSON", w.engine.Success(token, []byte(`{`)), asl.ErrInvalidOutput)
		want("nothing", w.engine.Success(token, nil), asl.ErrInvalidOutput)
		want("heartbeat", w.engine.Heartbeat(token), nil)
		want("first answer", w.engine.Success(token, []byte(`{"a":1}`)), nil)
		want("second answer", w.engine.Success(token, []byte(`{"a":2}`)), asl.ErrTaskTimedOut)
		synctest.Wait()
		want("failure when closed", w.engine.Failure(token, "X", ""), asl.ErrTaskTimedOut)
		want("heartbeat when closed", w.engine.Heartbeat(token), asl.ErrTaskTimedOut)
		if x := w.describe(arn); x.Output != `{"a":1}` {
			t.Errorf("output = %s, want that of the first answer", x.Output)
		}
	})
}

func machine(t *testing.T, definition string) *asl.Machine {
	t.Helper()
	m, err := asl.Parse([]byte(definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEachTryHasATokenOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(`,"TimeoutSeconds":10,"Retry":[{"ErrorEquals":["States.Timeout"]}]`), map[string]fake{"f": returnValue(nil)})
		w.start(`{}`)
		first := w.token()
		w.advance(15 * time.Second)
		if second := w.token(); second == first {
			t.Error("the second try has the token of the first")
		}
		if err := w.engine.Success(first, []byte(`1`)); !errors.Is(err, asl.ErrTaskTimedOut) {
			t.Errorf("the first token: %v, want %v", err, asl.ErrTaskTimedOut)
		}
	})
}

func TestAnswerBeforeTheFunctionReturns(t *testing.T) {
	early := func(w *world, in map[string]any, _ int) (any, error) {
		if err := w.engine.Success(in["token"].(string), []byte(`"early"`)); err != nil {
			return nil, err
		}
		return nil, named("TooLate")
	}
	x := runs(t, waitingState(""), `{}`, map[string]fake{"f": early})
	if x.Status != asl.Succeeded || x.Output != `"early"` {
		t.Errorf("%s %s (%s), want SUCCEEDED early", x.Status, x.Output, x.Error)
	}
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(""), map[string]fake{"f": returnValue(nil)})
		arn := w.start(`{"a":1}`)
		if err := w.engine.Stop(arn, "E", "why"); err != nil {
			t.Fatal(err)
		}
		if x := w.describe(arn); x.Status != asl.Aborted || x.Error != "E" || x.Cause != "why" {
			t.Errorf("%s %s %s, want ABORTED E why", x.Status, x.Error, x.Cause)
		}
		if err := w.engine.Stop(arn, "F", ""); err != nil {
			t.Errorf("stopped again: %v", err)
		}
		synctest.Wait()
		if err := w.engine.Success(w.token(), []byte(`1`)); !errors.Is(err, asl.ErrTaskTimedOut) {
			t.Errorf("answer: %v, want %v", err, asl.ErrTaskTimedOut)
		}
		if len(w.closed) != 1 || w.closed[0].Status != asl.Aborted || w.closed[0].ARN != arn || w.closed[0].Input != `{"a":1}` {
			t.Errorf("OnClose was told %v, want ABORTED once", w.closed)
		}
		if err := w.engine.Stop(arn+"x", "", ""); !errors.Is(err, asl.ErrExecutionDoesNotExist) {
			t.Errorf("unknown: %v, want %v", err, asl.ErrExecutionDoesNotExist)
		}
	})
}

func TestRedrive(t *testing.T) {
	m := `{"StartAt":"First","States":{"First":{"Type":"Pass","Result":{"p":1},"Next":"A"},` +
		strings.TrimPrefix(invokes(`,"ResultPath":null`), `{"StartAt":"A","States":{`)
	synctest.Test(t, func(t *testing.T) {
		f := func(_ *world, _ map[string]any, before int) (any, error) {
			if before < 2 {
				return nil, named("X")
			}
			return nil, nil
		}
		w := newWorld(t, m, map[string]fake{"f": f})
		arn := w.start(`{}`)
		for range 2 {
			if err := w.engine.Redrive(arn); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		w.wantPath(arn, asl.Succeeded, "First A")
		x := w.describe(arn)
		if x.Redrives != 2 || x.Output != `{"p":1}` || x.Error != "" {
			t.Errorf("redrives = %d, output = %s, error = %s; want 2, the input of A, none", x.Redrives, x.Output, x.Error)
		}
		if err := w.engine.Redrive(arn); !errors.Is(err, asl.ErrExecutionNotRedrivable) {
			t.Errorf("when it succeeded: %v, want %v", err, asl.ErrExecutionNotRedrivable)
		}
	})
}

func TestRedriveOfWhatWasStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(""), map[string]fake{"f": returnValue(nil)})
		arn := w.start(`{}`)
		if err := w.engine.Redrive(arn); !errors.Is(err, asl.ErrExecutionNotRedrivable) {
			t.Errorf("while it runs: %v, want %v", err, asl.ErrExecutionNotRedrivable)
		}
		first := w.token()
		_ = w.engine.Stop(arn, "", "")
		if err := w.engine.Redrive(arn); err != nil { // at once: the first run's goroutine may still exist
			t.Fatal(err)
		}
		synctest.Wait()
		if w.token() == first {
			t.Error("the redriven task has its old token")
		}
		_ = w.engine.Success(w.token(), []byte(`1`))
		synctest.Wait()
		w.wantPath(arn, asl.Succeeded, "A")
	})
}

func TestRedriveTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, singleState(`"Type":"Fail"`), nil)
		arn := w.start(`{}`)
		w.advance(14*24*time.Hour + time.Second)
		if err := w.engine.Redrive(arn); !errors.Is(err, asl.ErrExecutionNotRedrivable) {
			t.Errorf("after 14 days: %v, want %v", err, asl.ErrExecutionNotRedrivable)
		}
	})
}

func TestHistoryIsCountedAsOnAWS(t *testing.T) {
	tests := []struct {
		name, definition string
		f                fake
		want             int
	}{
		{"Pass", singleState(`"Type":"Pass","End":true`), nil, 4},                // started, entered, exited, succeeded
		{"Task", invokes(""), returnValue(nil), 7},                               // and scheduled, started, succeeded
		{"Task that fails", invokes(""), failWith("X"), 6},                       // not exited
		{"one retry", invokes(retryOnce), failWith("X"), 9},                      // scheduled, started, failed once more
		{"callback", waitingState(`,"TimeoutSeconds":9`), returnValue(nil), 7},   // submitted, not exited
		{"callback that fails at once", waitingState(""), failWith("Denied"), 6}, // not submitted
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if x := runs(t, test.definition, `{}`, map[string]fake{"f": test.f}); x.Events != test.want {
				t.Errorf("events = %d, want %d", x.Events, test.want)
			}
		})
	}
}

const retryOnce = `,"Retry":[{"ErrorEquals":["X"],"MaxAttempts":1}]`

func TestFullHistoryFailsTheExecution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := invokes(`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":99999999,"BackoffRate":1}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"}]`)
		w := newWorld(t, m, map[string]fake{"f": failWith("X")})
		arn := w.start(`{}`)
		w.advance(24 * time.Hour)
		x := w.describe(arn)
		if x.Status != asl.Failed || x.Events != 25_000 || x.Error != "States.Runtime" {
			t.Errorf("%s %s after %d events, want FAILED States.Runtime after 25000", x.Status, x.Error, x.Events)
		}
		if err := w.engine.Redrive(arn); !errors.Is(err, asl.ErrExecutionNotRedrivable) {
			t.Errorf("redrive: %v, want %v", err, asl.ErrExecutionNotRedrivable)
		}
	})
}

func TestRunningAndForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, waitingState(""), map[string]fake{"f": returnValue(nil)})
		arn := w.start(`{}`)
		two, err := w.engine.Start("two", `{}`)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := w.engine.Running(), []string{arn, two}; !slices.Equal(got, want) {
			t.Errorf("running = %v, want %v", got, want)
		}
		_ = w.engine.Stop(arn, "", "")
		w.advance(time.Hour)
		if got := w.engine.Forget(2 * time.Hour); got != 0 {
			t.Errorf("forgot %d within two hours, want none", got)
		}
		if got := w.engine.Forget(time.Hour); got != 1 {
			t.Errorf("forgot %d, want the one that is closed", got)
		}
		if _, err := w.engine.Describe(arn); !errors.Is(err, asl.ErrExecutionDoesNotExist) {
			t.Errorf("describe: %v, want %v", err, asl.ErrExecutionDoesNotExist)
		}
		if _, err := w.engine.Start("one", `{}`); err != nil {
			t.Errorf("a forgotten name: %v", err)
		}
	})
}

func TestCloseEndsAllGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble fails if a goroutine is left
		var ended error
		hangs := func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			ended = ctx.Err()
			return nil, ended
		}
		e := asl.NewEngine(machine(t, invokes("")), asl.Config{Functions: map[string]asl.Function{"f": hangs}})
		arn, err := e.Start("one", `{}`)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		e.Close()
		e.Close()
		if !errors.Is(ended, context.Canceled) {
			t.Errorf("the function's context ended with %v, want %v", ended, context.Canceled)
		}
		if x, _ := e.Describe(arn); x.Status != asl.Running {
			t.Errorf("status = %s, want RUNNING as before", x.Status)
		}
		if _, err := e.Start("two", `{}`); !errors.Is(err, asl.ErrClosed) {
			t.Errorf("start: %v, want %v", err, asl.ErrClosed)
		}
		if err := e.Stop(arn, "", ""); !errors.Is(err, asl.ErrClosed) {
			t.Errorf("stop: %v, want %v", err, asl.ErrClosed)
		}
	})
}

func TestFunctionOutlivesItsTaskButNotItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ended := make(chan time.Duration, 1)
		hangs := func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			ended <- time.Since(began)
			return nil, nil
		}
		w := newWorld(t, invokes(`,"TimeoutSeconds":3`), nil, func(c *asl.Config) {
			c.Functions["f"] = hangs
			c.FunctionTimeout = func(string) time.Duration { return 15 * time.Second }
		})
		arn := w.start(`{}`)
		if got, want := <-ended, 15*time.Second; got != want {
			t.Errorf("the function's context ended after %s, want %s", got, want)
		}
		x := w.describe(arn)
		if got, want := x.StoppedAt.Sub(x.StartedAt), 3*time.Second; got != want {
			t.Errorf("the task ended after %s, want %s", got, want)
		}
	})
}

func TestFunctionsTellTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, singleState(`"Type":"Succeed"`), nil, func(c *asl.Config) { c.Account, c.Region, c.Name = "111122223333", "eu-west-1", "m" })
		if got, want := w.start(`{}`), "arn:aws:states:eu-west-1:111122223333:execution:m:one"; got != want {
			t.Errorf("ARN = %s, want %s", got, want)
		}
	})
}

func TestAnAcceptedAnswerIsNeverLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan string, 1)
		f := func(_ *world, in map[string]any, _ int) (any, error) { tokens <- in["token"].(string); return nil, nil }
		w := newWorld(t, waitingState(`,"TimeoutSeconds":10`), map[string]fake{"f": f})
		for i := range 200 {
			arn, err := w.engine.Start(strconv.Itoa(i), `{}`)
			if err != nil {
				t.Fatal(err)
			}
			token := <-tokens
			time.Sleep(10 * time.Second) // the instant of the time-out
			answered := w.engine.Success(token, []byte(`1`))
			synctest.Wait()
			if got, want := w.describe(arn).Status == asl.Succeeded, answered == nil; got != want {
				t.Fatalf("succeeded = %t, but the answer got %v", got, answered)
			}
		}
	})
}
