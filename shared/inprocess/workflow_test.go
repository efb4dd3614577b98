package inprocess_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/statemachines"
)

func machine(t testing.TB) *asl.Machine {
	t.Helper()
	m, err := asl.Parse(statemachines.Elevation(), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newRevokeWorkflow is a workflow with this revoke function; n counts runs from 1. It keeps the instants of the runs.
func newRevokeWorkflow(t *testing.T, f func(ctx context.Context, n int) error) (*inprocess.Workflow, *[]time.Duration) {
	var runs []time.Duration
	began := time.Now()
	return inprocess.NewWorkflow(machine(t), inprocess.Handlers{
		Revoke: func(ctx context.Context, payload []byte) ([]byte, error) {
			runs = append(runs, time.Since(began))
			var o access.Order
			if err := json.Unmarshal(payload, &o); err != nil {
				return nil, err
			}
			return nil, f(ctx, len(runs))
		},
	}, inprocess.WorkflowSettings{}), &runs
}

func TestLambdaRepeatsAnAsynchronousRevokeTwice(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(ctx context.Context, n int) error
		runs []time.Duration
		dead int
	}{
		{"done", func(context.Context, int) error { return nil }, []time.Duration{0}, 0},
		{"not yet, then done", func(_ context.Context, n int) error {
			if n == 1 {
				return fault.Errorf(fault.NotYet, "look again")
			}
			return nil
		}, []time.Duration{0, time.Minute}, 0},
		{"never", func(context.Context, int) error { return fault.Errorf(fault.Transient, "no") },
			[]time.Duration{0, time.Minute, 3 * time.Minute}, 1},
		{"crashes", func(context.Context, int) error { panic("crash") },
			[]time.Duration{0, time.Minute, 3 * time.Minute}, 1},
		{"hangs", func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() },
			[]time.Duration{0, 90 * time.Second, 4 * time.Minute}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, runs := newRevokeWorkflow(t, c.f)
				defer w.Close()
				o := access.Order{ID: "01jd2q7v3x0000000000000000", By: "ttl"}
				if err := w.Revoke(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if !slices.Equal(*runs, c.runs) {
					t.Errorf("runs = %v, want %v", *runs, c.runs)
				}
				if dead := w.DeadLetters(); len(dead) != c.dead || c.dead > 0 && dead[0] != o {
					t.Errorf("dead letters = %+v, want %d of %+v", dead, c.dead, o)
				}
			})
		})
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		w, runs := newRevokeWorkflow(t, func(context.Context, int) error { return fault.Errorf(fault.Transient, "no") })
		if err := w.Revoke(t.Context(), access.Order{ID: "a"}); err != nil {
			t.Fatal(err)
		}
		in := access.Input{ID: "a", Route: "start", StartAt: time.Now().Add(time.Hour), DecideSeconds: 1}
		if err := w.Start(t.Context(), "a", in.String()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.Close()
		if len(*runs) != 1 || len(w.DeadLetters()) != 0 {
			t.Errorf("%d runs and %d dead letters, want 1 and none", len(*runs), len(w.DeadLetters()))
		}
		if err := w.Revoke(t.Context(), access.Order{ID: "a"}); fault.KindOf(err) != fault.Transient {
			t.Errorf("Revoke after Close = %v, want Transient", err)
		}
	})
}

func TestAnExecutionIsFoundByItsARN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newRevokeWorkflow(t, func(context.Context, int) error { return nil })
		defer w.Close()
		in := access.Input{ID: "a", Route: "start-ahead", Account: "111122223333", Principal: "arn:aws:iam::111122223333:role/r", PrincipalID: "AROAEXAMPLE", StartAt: time.Now().Add(time.Hour), DecideSeconds: 1}
		if err := w.Start(t.Context(), "a", in.String()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it waits for its start
		x, err := w.Engine().Describe(w.Execution("a"))
		if err != nil || x.Name != "a" || x.Status != asl.Running {
			t.Errorf("Describe = %+v, %v; want the running execution a", x, err)
		}
	})
}

func TestLateEvidenceIsTakenOnce(t *testing.T) {
	w, _ := newRevokeWorkflow(t, func(context.Context, int) error { return nil })
	defer w.Close()
	for _, id := range []string{"a", "b"} {
		if err := w.Postpone(t.Context(), access.Late{Elevation: id}); err != nil {
			t.Fatal(err)
		}
	}
	<-w.Late()
	if got := w.TakeDeferred(); len(got) != 2 || got[0].Elevation != "a" {
		t.Errorf("TakeLate = %+v, want a and b", got)
	}
	if got := w.TakeDeferred(); len(got) != 0 {
		t.Errorf("TakeLate again = %+v, want nothing", got)
	}
}

func TestNotifierKeepsAndTells(t *testing.T) {
	var told []string
	n := &inprocess.Notifier{
		OnMessage: func(m access.Message) { told = append(told, string(m.Kind)) },
		OnEvent:   func(e access.Event) { told = append(told, e.DetailType) },
	}
	if err := n.Send(t.Context(), access.Message{Kind: "page"}); err != nil {
		t.Fatal(err)
	}
	if err := n.Publish(t.Context(), access.Event{DetailType: "Elevation State Change"}); err != nil {
		t.Fatal(err)
	}
	if len(n.Messages()) != 1 || len(n.Events()) != 1 || !slices.Equal(told, []string{"page", "Elevation State Change"}) {
		t.Errorf("kept %v and %v, told %q; want one of each, told in order", n.Messages(), n.Events(), told)
	}
}
