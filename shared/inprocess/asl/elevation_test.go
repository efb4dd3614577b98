package asl_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
	"curfew/statemachines"
)

// These tests run each path of the deployed definition.

const month = 30 * 24 * time.Hour

func elevationInput(route string, startIn time.Duration) string {
	return fmt.Sprintf(`{"id":"e1","route":%q,"account":"111122223333","principal":"arn:aws:iam::111122223333:role/r",`+
		`"principal_id":"AROAEXAMPLE","start_at":%q,"decide_seconds":3600}`, route, time.Now().Add(startIn).UTC().Format(time.RFC3339))
}

// grantResult makes Grant return a hold of this length without heartbeat.
func grantResult(hold time.Duration) fake {
	s := int(hold / time.Second)
	return returnValue(map[string]int{"timeout_seconds": s + 1, "beat_seconds": s})
}

// elevation runs a story. Functions without a fake succeed.
func elevation(t *testing.T, fakes map[string]fake, story func(w *world)) {
	t.Helper()
	all := map[string]fake{"wait": returnValue(nil), "grant": grantResult(month), "revoke": returnValue(nil)}
	maps.Copy(all, fakes)
	synctest.Test(t, func(t *testing.T) { story(newWorld(t, string(statemachines.Elevation()), all)) })
}

func verb(verbs map[string]fake) fake {
	return func(w *world, in map[string]any, before int) (any, error) {
		if f := verbs[in["verb"].(string)]; f != nil {
			return f(w, in, before)
		}
		return nil, nil
	}
}

func TestApprovedUntilDeadline(t *testing.T) {
	began := time.Now()
	elevation(t, nil, func(w *world) {
		arn := w.start(elevationInput("ask-ahead", time.Hour))
		if err := w.engine.Success(w.token(), []byte(`{"any":"thing"}`)); err != nil {
			t.Fatal(err)
		}
		w.advance(time.Hour + month + time.Minute)
		w.wantPath(arn, asl.Succeeded, "Route AskApproversAhead WaitForStart Grant Hold Revoke")
		x := w.describe(arn)
		if x.Transitions != 6 {
			t.Errorf("transitions = %d, want 6", x.Transitions)
		}
		if got, want := x.StoppedAt.Sub(x.StartedAt), time.Hour+month; got != want {
			t.Errorf("took %s, want %s", got, want)
		}
	})
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("30 days took %s", took)
	}
}

func TestRevokeIsGivenAllThatItNeeds(t *testing.T) {
	elevation(t, nil, func(w *world) {
		w.start(elevationInput("start", 0))
		ends := time.Now().Add(month)
		w.advance(month + time.Minute)
		got := w.callsOf("revoke")[0].payload
		want := map[string]any{
			"id": "e1", "account": "111122223333", "principal": "arn:aws:iam::111122223333:role/r", "principal_id": "AROAEXAMPLE",
			"by": "workflow", "ordered_at": ends.UTC().Format("2006-01-02T15:04:05.000Z"),
		}
		g, _ := json.Marshal(got)
		if w, _ := json.Marshal(want); string(g) != string(w) {
			t.Errorf("payload = %s, want %s", g, w)
		}
	})
}

func TestRoutesAndTheirTransitions(t *testing.T) {
	for _, test := range []struct {
		route, path string
		transitions int
	}{
		{"ask", "Route AskApprovers Grant Hold Revoke", 5},
		{"ask-ahead", "Route AskApproversAhead WaitForStart Grant Hold Revoke", 6},
		{"start", "Route Grant Hold Revoke", 4},
		{"start-ahead", "Route WaitForStart Grant Hold Revoke", 5},
		{"no such route", "Route AskApprovers Grant Hold Revoke", 5},
	} {
		elevation(t, nil, func(w *world) {
			arn := w.start(elevationInput(test.route, 0))
			if strings.Contains(test.path, "AskApprovers") {
				if err := w.engine.Success(w.token(), []byte(`{}`)); err != nil {
					t.Fatal(err)
				}
			}
			w.advance(month + time.Minute)
			w.wantPath(arn, asl.Succeeded, test.path)
			if got := w.describe(arn).Transitions; got != test.transitions {
				t.Errorf("%s: %d transitions, want %d", test.route, got, test.transitions)
			}
		})
	}
}

func TestNothingGranted(t *testing.T) {
	for _, name := range []string{"Denied", "Withdrawn", "Lapsed"} {
		t.Run(name, func(t *testing.T) {
			elevation(t, nil, func(w *world) {
				arn := w.start(elevationInput("ask", 0))
				if err := w.engine.Failure(w.token(), name, ""); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				w.wantPath(arn, asl.Succeeded, "Route AskApprovers Closed")
			})
		})
	}
}

func TestNobodyDecides(t *testing.T) {
	tests := []struct {
		name  string
		lapse fake
		path  string
	}{
		{"lapsed", failWith("Lapsed"), "Route AskApprovers Lapse Closed"},
		{"finds approved", returnValue(nil), "Route AskApprovers Lapse WaitForStart Grant Hold Revoke"},
		{"cannot look", failWith("Lambda.ServiceException"), "Route AskApprovers Lapse Closed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			elevation(t, map[string]fake{"wait": verb(map[string]fake{"lapse": test.lapse})}, func(w *world) {
				arn := w.start(elevationInput("ask", 0))
				w.advance(time.Hour + month + time.Hour)
				w.wantPath(arn, asl.Succeeded, test.path)
			})
		})
	}
}

func TestGrantFails(t *testing.T) {
	tests := []struct {
		name  string
		grant fake
		path  string
	}{
		{"refused", failWith("Denied"), "Grant Revoke"},
		{"quota", failWith("Quota"), "Grant Revoke"},
		{"always transient", failWith("Transient"), "Grant Revoke"},
		{"hangs", func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "Grant Revoke"},
		{"crashes", func(*world, map[string]any, int) (any, error) { panic("out of memory") }, "Grant Revoke"},
		{"another's", failWith("NotYours"), "Grant NotOurs"},
		{"transient once", func(w *world, in map[string]any, before int) (any, error) {
			if before == 0 {
				return nil, named("Transient")
			}
			return grantResult(month)(w, in, before)
		}, "Grant Hold Revoke"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			elevation(t, map[string]fake{"grant": test.grant}, func(w *world) {
				arn := w.start(elevationInput("start", 0))
				w.advance(month + 2*time.Hour)
				w.wantPath(arn, asl.Succeeded, "Route "+test.path)
			})
		})
	}
}

func TestHoldEnds(t *testing.T) {
	beating := returnValue(map[string]int{"timeout_seconds": 3601, "beat_seconds": 300})
	tests := []struct {
		name  string
		after time.Duration // from the start, until Revoke
		live  func(w *world)
	}{
		{"no heartbeat", 300 * time.Second, func(*world) {}},
		{"heartbeat lost", 500 * time.Second, func(w *world) {
			w.advance(200 * time.Second)
			if err := w.engine.Heartbeat(w.token()); err != nil {
				t.Error(err)
			}
		}},
		{"heartbeats until the deadline", 3601 * time.Second, func(w *world) {
			for range 40 {
				w.advance(100 * time.Second)
				_ = w.engine.Heartbeat(w.token()) // the last ones come too late
			}
		}},
		{"ends early", 60 * time.Second, func(w *world) {
			w.advance(60 * time.Second)
			if err := w.engine.Success(w.token(), []byte(`{}`)); err != nil {
				t.Error(err)
			}
		}},
		{"a failure is reported", 60 * time.Second, func(w *world) {
			w.advance(60 * time.Second)
			if err := w.engine.Failure(w.token(), "", ""); err != nil {
				t.Error(err)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			elevation(t, map[string]fake{"grant": beating}, func(w *world) {
				arn := w.start(elevationInput("start", 0))
				test.live(w)
				w.advance(2 * time.Hour)
				w.wantPath(arn, asl.Succeeded, "Route Grant Hold Revoke")
				x := w.describe(arn)
				if got := x.StoppedAt.Sub(x.StartedAt); got != test.after {
					t.Errorf("revoked after %s, want %s", got, test.after)
				}
			})
		})
	}
}

func TestHoldCannotBeStored(t *testing.T) {
	for _, name := range []string{"Transient", "Lambda.ServiceException"} {
		t.Run(name, func(t *testing.T) {
			elevation(t, map[string]fake{"wait": verb(map[string]fake{"hold": failWith(name)})}, func(w *world) {
				arn := w.start(elevationInput("start", 0))
				w.advance(time.Minute)
				w.wantPath(arn, asl.Succeeded, "Route Grant Hold Revoke")
			})
		})
	}
}

func TestRevokeIsRetriedUntilItIsDone(t *testing.T) {
	revoke := func(_ *world, _ map[string]any, before int) (any, error) {
		if before < 30 {
			return nil, named([]string{"NotYet", "Transient", "Internal", "Lambda.Unknown"}[before%4])
		}
		return nil, nil
	}
	elevation(t, map[string]fake{"revoke": revoke, "grant": failWith("Denied")}, func(w *world) {
		arn := w.start(elevationInput("start", 0))
		w.advance(24 * time.Hour)
		w.wantPath(arn, asl.Succeeded, "Route Grant Revoke")
		calls := w.callsOf("revoke")
		if len(calls) != 31 {
			t.Fatalf("revoke was called %d times, want 31", len(calls))
		}
		for i := 1; i < len(calls); i++ {
			want := min(time.Second<<min(i-1, 20), 300*time.Second)
			if got := calls[i].at.Sub(calls[i-1].at).Round(time.Second); got != want {
				t.Errorf("delay before retry %d = %s, want %s", i, got, want)
			}
			if got, want := calls[i].payload["ordered_at"], calls[0].payload["ordered_at"]; got != want {
				t.Errorf("ordered_at of retry %d = %v, want %v as at first", i, got, want)
			}
		}
		if got, want := w.describe(arn).Transitions, 3+30; got != want {
			t.Errorf("transitions = %d, want %d", got, want)
		}
	})
}

func TestHungRevokeIsRetried(t *testing.T) {
	revoke := func(_ *world, _ map[string]any, before int) (any, error) {
		if before == 0 {
			time.Sleep(time.Hour)
		}
		return nil, nil
	}
	elevation(t, map[string]fake{"revoke": revoke, "grant": failWith("Denied")}, func(w *world) {
		arn := w.start(elevationInput("start", 0))
		w.advance(40 * time.Second)
		w.wantPath(arn, asl.Succeeded, "Route Grant Revoke")
		w.advance(time.Hour) // the hung function returns
	})
}
