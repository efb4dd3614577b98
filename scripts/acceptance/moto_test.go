package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

type testLog struct{ *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.Log(strings.TrimSuffix(string(b), "\n"))
	return len(b), nil
}

// TestAcceptanceOnMoto runs the whole command on moto. Then it shows that what was skipped is lacking, and that a second removal
// finds nothing.
func TestAcceptanceOnMoto(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./scripts/acceptance")
	}
	log := &progress{out: testLog{t}, began: time.Now()}
	w, closing, err := newWorld(t.Context(), options{moto: true, name: "try-test", samples: 1}, log)
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	for _, r := range carryOut(t.Context(), w, plan()) {
		if r.Outcome == failed || r.Outcome == holdsNot {
			t.Errorf("%s %s: %s: %s", r.Chapter, r.Step, r.Outcome, r.Says)
		}
	}
	w.checkGaps(t)
	for range 2 {
		if left := removeAll(t.Context(), w); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
}

// checkGaps carries out skipped facts that need no more than a call. If moto answers one, it is to be skipped no more.
func (w *world) checkGaps(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for name, do := range map[need]func(context.Context, *world) (string, error){
		enforcement: noBoundary, ttl: ttlOn,
		metricMath: func(ctx context.Context, w *world) (string, error) { return w.evaluates(ctx, "FILL(m1,0)", 0) },
	} {
		if measured, err := do(ctx, w); err == nil {
			t.Errorf("moto has %s: %s", name, measured)
		} else {
			t.Logf("moto lacks %s: %v", name, err)
		}
	}
}
