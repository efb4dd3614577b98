package asl_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
	"curfew/statemachines"
)

// BenchmarkExecution runs elevations of an hour, requested and approved, with empty functions, in virtual time, a
// hundred at once.
func BenchmarkExecution(b *testing.B) {
	m, err := asl.Parse(statemachines.Elevation(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	ran := inBubble(func(t *testing.T) {
		for done := 0; done < b.N; done += 100 {
			elevations(t, m, min(100, b.N-done))
		}
	})
	if !ran {
		b.Fatal("an elevation failed")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "executions/s")
}

// inBubble runs f in a bubble, which needs a test; the benchmark's clock stays outside.
func inBubble(f func(t *testing.T)) bool {
	all := func(string, string) (bool, error) { return true, nil }
	return testing.RunTests(all, []testing.InternalTest{{Name: "bubble", F: func(t *testing.T) { synctest.Test(t, f) }}})
}

// elevations runs n executions concurrently to their ends.
func elevations(t *testing.T, m *asl.Machine, n int) {
	tokens := make(chan string, n)
	ask := func(_ context.Context, payload []byte) ([]byte, error) {
		var verb, token string
		if _, err := fmt.Sscanf(string(payload), `{"id":"e1","token":%q,"verb":%q}`, &token, &verb); err == nil {
			tokens <- token
		}
		return nil, nil
	}
	closed := make(chan asl.Status, n)
	e := asl.NewEngine(m, asl.Config{
		Functions: map[string]asl.Function{
			"${wait}": ask,
			"${grant}": func(context.Context, []byte) ([]byte, error) {
				return []byte(`{"timeout_seconds":3601,"beat_seconds":3600}`), nil
			},
			"${revoke}": func(context.Context, []byte) ([]byte, error) { return nil, nil },
		},
		OnClose: func(event asl.Closed) { closed <- event.Status },
	})
	defer e.Close()
	input := elevationInput("ask", time.Minute)
	for i := range n {
		if _, err := e.Start("e"+strconv.Itoa(i), input); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		if err := e.Success(<-tokens, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		if status := <-closed; status != asl.Succeeded {
			t.Errorf("status = %s, want %s", status, asl.Succeeded)
		}
	}
}
