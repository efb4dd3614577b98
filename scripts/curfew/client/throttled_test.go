package client

import (
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// TestJobsOfOneRoleThatBeginTogetherAreServed: their calls that the door throttles are sent again, a little later.
func TestJobsOfOneRoleThatBeginTogetherAreServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		role := func(*http.Request) (identity.Caller, error) {
			return identity.Caller{ID: identity.MachineID("AROAEXAMPLE0000000001"), Kind: identity.Machine, Name: "job"}, nil
		}
		door := http.StripPrefix("/prod", httpapi.API(&access.Service{Base: record.Base{Now: time.Now, Log: slog.New(slog.DiscardHandler)}}, role, slog.New(slog.DiscardHandler)))
		var throttled, failed atomic.Int64
		for range 500 {
			go func() {
				_, err := server(func(w http.ResponseWriter, r *http.Request) {
					door.ServeHTTP(w, r)
					if w.Header().Get("Retry-After") != "" {
						throttled.Add(1)
					}
				}).client(t).Me(t.Context())
				if err != nil {
					failed.Add(1)
				}
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if throttled.Load() == 0 || failed.Load() > 0 {
			t.Errorf("%d calls were throttled, want some; %d jobs failed, want none", throttled.Load(), failed.Load())
		}
	})
}

func TestRequestBeyondTheOpenOnesIsNotSentAgain(t *testing.T) {
	sent := 0
	_, err := server(func(w http.ResponseWriter, _ *http.Request) {
		sent++
		w.Header().Set("Retry-After", "60")
		answer(w, 429, `{"type":"urn:curfew:problem:throttled","reasons":["curfew.open"],"retry_after":60}`)
	}).client(t).Request(t.Context(), Request{IdempotencyKey: "k"})
	if p, ok := errors.AsType[*Problem](err); !ok || p.RetryAfter != 60 || sent != 1 {
		t.Errorf("sent %d times: %v", sent, err)
	}
}
