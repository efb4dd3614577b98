package asl_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
)

func TestTaskResult(t *testing.T) {
	f := map[string]fake{"f": returnValue(map[string]any{"v": 1, "w": "x"})}
	tests := []struct{ name, fields, want string }{
		{"whole", ``, `{"ExecutedVersion":"$LATEST","Payload":{"v":1,"w":"x"},"StatusCode":200}`},
		{"ResultSelector", `,"ResultSelector":{"got.$":"$.Payload.v"}`, `{"got":1}`},
		{"ResultPath", `,"ResultSelector":{"got.$":"$.Payload.v"},"ResultPath":"$.r"`, `{"in":true,"r":{"got":1}}`},
		{"dropped", `,"ResultPath":null`, `{"in":true}`},
		{"OutputPath", `,"OutputPath":"$.Payload.w"`, `"x"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := runs(t, invokes(test.fields), `{"in":true}`, f)
			if x.Status != asl.Succeeded || x.Output != test.want {
				t.Errorf("%s %s%s, want %s", x.Status, x.Output, x.Cause, test.want)
			}
		})
	}
}

func TestTaskErrors(t *testing.T) {
	large := strings.Repeat("x", 256<<10)
	tests := []struct {
		name, definition string
		f                fake
		want             string
	}{
		{"by name", invokes(""), failWith("Quota"), "Quota"},
		{"crash", invokes(""), func(*world, map[string]any, int) (any, error) { panic("ouch") }, "Lambda.Unknown"},
		{"no function", strings.Replace(invokes(""), `"f"`, `"g"`, 1), nil, "Lambda.ResourceNotFoundException"},
		{"cut off", invokes(""), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "Sandbox.Timedout"},
		{"timed out", invokes(`,"TimeoutSeconds":3`), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "States.Timeout"},
		{"time-out by path", invokes(`,"TimeoutSecondsPath":"$.t"`), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "States.Timeout"},
		{"time-out of zero", invokes(`,"TimeoutSecondsPath":"$.zero"`), returnValue(nil), "States.Runtime"},
		{"time-out in parts", invokes(`,"TimeoutSecondsPath":"$.half"`), returnValue(nil), "States.Runtime"},
		{"time-out not there", invokes(`,"TimeoutSecondsPath":"$.x"`), returnValue(nil), "States.Runtime"},
		{"callback cut off", waitingState(""), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "Sandbox.Timedout"},
		{"callback fails", waitingState(""), failWith("Denied"), "Denied"},
		{"callback timed out", waitingState(`,"TimeoutSeconds":3`), returnValue(nil), "States.Timeout"},
		{"heartbeat lost", waitingState(`,"TimeoutSecondsPath":"$.t","HeartbeatSeconds":2`), returnValue(nil), "States.Timeout"},
		{"heartbeat not below", waitingState(`,"TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$.t"`), returnValue(nil), "States.Runtime"},
		{"heartbeat of zero", waitingState(`,"TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$.zero"`), returnValue(nil), "States.Runtime"},
		{"callback without end", waitingState(""), returnValue(nil), "States.Timeout"},
		{"output too large", invokes(""), returnValue(large), "States.DataLimitExceeded"},
		{"result does not fit", invokes(`,"ResultPath":"$.t.u"`), returnValue(nil), "States.ResultPathMatchFailure"},
		{"selector finds nothing", invokes(`,"ResultSelector":{"a.$":"$.Payload.a"}`), returnValue(nil), "States.Runtime"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := runs(t, test.definition, `{"t":5,"zero":0,"half":1.5}`, map[string]fake{"f": test.f})
			if x.Status == asl.Succeeded || x.Error != test.want {
				t.Errorf("%s %s (%s), want %s", x.Status, x.Error, x.Cause, test.want)
			}
		})
	}
}

func TestFunctionErrorSaysItsText(t *testing.T) {
	x := runs(t, invokes(""), `{}`, map[string]fake{"f": failWith("Quota")})
	if want := `{"errorMessage":"Quota","errorType":"Quota"}`; x.Cause != want {
		t.Errorf("cause = %s, want %s", x.Cause, want)
	}
}

func TestPayloadTooLarge(t *testing.T) {
	m := strings.Replace(invokes(""), `"Payload.$":"$"`, `"Payload":{"a.$":"$","b.$":"$"}`, 1)
	x := runs(t, m, `"`+strings.Repeat("x", 200<<10)+`"`, map[string]fake{"f": returnValue(nil)})
	if x.Error != "States.DataLimitExceeded" {
		t.Errorf("error = %s, want States.DataLimitExceeded", x.Error)
	}
}

func TestCatch(t *testing.T) {
	slow := func(*world, map[string]any, int) (any, error) { time.Sleep(20 * time.Second); return nil, nil }
	large := returnValue(strings.Repeat("x", 256<<10))
	tests := []struct {
		name   string
		f      fake
		equals string
		caught bool
	}{
		{"by name", failWith("Quota"), `"Quota"`, true},
		{"by another name", failWith("Quota"), `"Denied"`, false},
		{"one of many", failWith("Quota"), `"Denied","Quota"`, true},
		{"ALL", failWith("Quota"), `"States.ALL"`, true},
		{"TaskFailed", failWith("Quota"), `"States.TaskFailed"`, true},
		{"time-out by Timeout", slow, `"States.Timeout"`, true},
		{"time-out by ALL", slow, `"States.ALL"`, true},
		{"time-out is no TaskFailed", slow, `"States.TaskFailed"`, false},
		{"DataLimitExceeded by ALL", large, `"States.ALL"`, true},
		{"DataLimitExceeded by name", large, `"States.DataLimitExceeded"`, true},
		{"time-out is no HeartbeatTimeout", slow, `"States.HeartbeatTimeout"`, false},
		{"no name by ALL", failWith(""), `"States.ALL"`, true},
		{"no name by a name", failWith(""), `"Quota"`, false},
		{"Runtime by ALL", returnValue(nil), `"States.ALL"`, false}, // the selector finds nothing
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			catch := `,"TimeoutSeconds":10,"ResultSelector":{"a.$":"$.Payload.a"},"Catch":[{"ErrorEquals":[` + test.equals + `],"Next":"B"}]`
			x := runs(t, withB(invokes(catch)), `{}`, map[string]fake{"f": test.f})
			if got := len(x.Path) == 2; got != test.caught {
				t.Errorf("%s by %v (%s), want caught: %t", x.Status, x.Path, x.Error, test.caught)
			}
		})
	}
}

// withB adds a state B that succeeds.
func withB(m string) string { return strings.TrimSuffix(m, "}}") + `,"B":{"Type":"Succeed"}}}` }

func TestHeartbeatTimeoutIsATimeout(t *testing.T) {
	for equals, caught := range map[string]bool{
		"States.HeartbeatTimeout": true, "States.Timeout": true, "States.ALL": true, "States.TaskFailed": false,
	} {
		m := waitingState(`,"TimeoutSeconds":10,"HeartbeatSeconds":5,"Catch":[{"ErrorEquals":["` + equals + `"],"Next":"B"}]`)
		x := runs(t, withB(m), `{}`, map[string]fake{"f": returnValue(nil)})
		if got := len(x.Path) == 2; got != caught {
			t.Errorf("%s: caught = %t, want %t", equals, got, caught)
		}
	}
}

func TestCatchPlacesTheError(t *testing.T) {
	const failure = `{"Cause":"{\"errorMessage\":\"Quota\",\"errorType\":\"Quota\"}","Error":"Quota"}`
	for fields, want := range map[string]string{
		``:                    failure,
		`,"ResultPath":null`:  `{"in":true}`,
		`,"ResultPath":"$.e"`: `{"e":` + failure + `,"in":true}`,
	} {
		m := invokes(`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"` + fields + `}]`)
		x := runs(t, withB(m), `{"in":true}`, map[string]fake{"f": failWith("Quota")})
		if x.Output != want {
			t.Errorf("%s: output = %s, want %s", fields, x.Output, want)
		}
	}
}

func TestRetry(t *testing.T) {
	flaky := func(_ *world, _ map[string]any, before int) (any, error) {
		return nil, named([]string{"X", "X", "Y", "X", "X", "X", "X", "X"}[before%8])
	}
	tests := []struct {
		name, retry string
		f           fake
		delays      []time.Duration
	}{
		{"defaults", `{"ErrorEquals":["States.ALL"]}`, failWith("X"), []time.Duration{1, 2, 4}},
		{"never", `{"ErrorEquals":["X"],"MaxAttempts":0}`, failWith("X"), nil},
		{"another error", `{"ErrorEquals":["Y"]}`, failWith("X"), nil},
		{"interval and rate", `{"ErrorEquals":["X"],"IntervalSeconds":3,"BackoffRate":3}`, failWith("X"), []time.Duration{3, 9, 27}},
		{"max delay", `{"ErrorEquals":["X"],"MaxAttempts":5,"MaxDelaySeconds":5}`, failWith("X"), []time.Duration{1, 2, 4, 5, 5}},
		{"jitter", `{"ErrorEquals":["X"],"IntervalSeconds":8,"JitterStrategy":"FULL"}`, failWith("X"), []time.Duration{2, 4, 8}},
		{"each retrier counts by itself", `{"ErrorEquals":["Y"]},{"ErrorEquals":["X"],"MaxAttempts":4}`, flaky, []time.Duration{1, 2, 1, 4, 8}},
		{"the first that matches decides", `{"ErrorEquals":["X"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"]}`, failWith("X"), []time.Duration{1}},
		{"Runtime is not retried", `{"ErrorEquals":["States.ALL"]}`, returnValue(nil), nil}, // the selector finds nothing
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := invokes(`,"ResultSelector":{"a.$":"$.Payload.a"},"Retry":[` + test.retry + `]`)
				w := newWorld(t, m, map[string]fake{"f": test.f}, func(c *asl.Config) { c.Jitter = func() float64 { return 0.25 } })
				arn := w.start(`{}`)
				w.advance(time.Hour)
				wantDelays(t, w.callsOf("f"), test.delays)
				if got, want := w.describe(arn).Transitions, 1+len(test.delays); got != want {
					t.Errorf("transitions = %d, want %d", got, want)
				}
			})
		})
	}
}

func wantDelays(t *testing.T, calls []call, seconds []time.Duration) {
	t.Helper()
	if got, want := len(calls), len(seconds)+1; got != want {
		t.Fatalf("calls = %d, want %d", got, want)
	}
	for i, s := range seconds {
		if got, want := calls[i+1].at.Sub(calls[i].at), s*time.Second; got != want {
			t.Errorf("delay before retry %d = %s, want %s", i+1, got, want)
		}
	}
}

func TestRetryThenCatch(t *testing.T) {
	m := invokes(`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2}],"Catch":[{"ErrorEquals":["X"],"Next":"B"}]`)
	x := runs(t, withB(m), `{}`, map[string]fake{"f": failWith("X")})
	if x.Status != asl.Succeeded || x.Transitions != 4 {
		t.Errorf("%s with %d transitions, want SUCCEEDED with 4", x.Status, x.Transitions)
	}
}

func TestRetriesAreCountedAnewOnEachVisit(t *testing.T) {
	m := `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f",` +
		`"Payload":{"n.$":"$$.State.RetryCount"}},"ResultSelector":{"go.$":"$.Payload"},"Next":"B",` +
		`"Retry":[{"ErrorEquals":["X"],"MaxAttempts":1}]},` +
		`"B":{"Type":"Choice","Choices":[{"Variable":"$.go","StringEquals":"again","Next":"A"}],"Default":"C"},"C":{"Type":"Succeed"}}}`
	f := func(_ *world, in map[string]any, before int) (any, error) {
		if in["n"] == 0.0 {
			return nil, named("X")
		}
		return map[bool]string{true: "again", false: "enough"}[before < 2], nil
	}
	x := runs(t, m, `{}`, map[string]fake{"f": f})
	if got, want := strings.Join(x.Path, ""), "ABABC"; got != want || x.Status != asl.Succeeded {
		t.Errorf("%s by %s, want SUCCEEDED by %s", x.Status, got, want)
	}
}
