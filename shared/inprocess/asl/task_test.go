package asl_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/inprocess/asl"
)

func TestTaskResult(t *testing.T) {
	f := map[string]fake{"f": gives(map[string]any{"v": 1, "w": "x"})}
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
		{"by name", invokes(""), fails("Quota"), "Quota"},
		{"crash", invokes(""), func(*world, map[string]any, int) (any, error) { panic("ouch") }, "Lambda.Unknown"},
		{"no function", strings.Replace(invokes(""), `"f"`, `"g"`, 1), nil, "Lambda.ResourceNotFoundException"},
		{"cut off", invokes(""), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "Sandbox.Timedout"},
		{"timed out", invokes(`,"TimeoutSeconds":3`), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "States.Timeout"},
		{"time-out by path", invokes(`,"TimeoutSecondsPath":"$.t"`), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "States.Timeout"},
		{"time-out of zero", invokes(`,"TimeoutSecondsPath":"$.zero"`), gives(nil), "States.Runtime"},
		{"time-out in parts", invokes(`,"TimeoutSecondsPath":"$.half"`), gives(nil), "States.Runtime"},
		{"time-out not there", invokes(`,"TimeoutSecondsPath":"$.x"`), gives(nil), "States.Runtime"},
		{"callback cut off", waits(""), func(*world, map[string]any, int) (any, error) { time.Sleep(time.Hour); return nil, nil }, "Sandbox.Timedout"},
		{"callback fails", waits(""), fails("Denied"), "Denied"},
		{"callback timed out", waits(`,"TimeoutSeconds":3`), gives(nil), "States.Timeout"},
		{"heartbeat lost", waits(`,"TimeoutSecondsPath":"$.t","HeartbeatSeconds":2`), gives(nil), "States.HeartbeatTimeout"},
		{"heartbeat not below", waits(`,"TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$.t"`), gives(nil), "States.Runtime"},
		{"heartbeat of zero", waits(`,"TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$.zero"`), gives(nil), "States.Runtime"},
		{"callback without end", waits(""), gives(nil), "States.Timeout"},
		{"output too large", invokes(""), gives(large), "States.DataLimitExceeded"},
		{"result does not fit", invokes(`,"ResultPath":"$.t.u"`), gives(nil), "States.ResultPathMatchFailure"},
		{"selector finds nothing", invokes(`,"ResultSelector":{"a.$":"$.Payload.a"}`), gives(nil), "States.Runtime"},
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
	x := runs(t, invokes(""), `{}`, map[string]fake{"f": fails("Quota")})
	if want := `{"errorMessage":"Quota","errorType":"Quota"}`; x.Cause != want {
		t.Errorf("cause = %s, want %s", x.Cause, want)
	}
}

func TestPayloadTooLarge(t *testing.T) {
	m := strings.Replace(invokes(""), `"Payload.$":"$"`, `"Payload":{"a.$":"$","b.$":"$"}`, 1)
	x := runs(t, m, `"`+strings.Repeat("x", 200<<10)+`"`, map[string]fake{"f": gives(nil)})
	if x.Error != "States.DataLimitExceeded" {
		t.Errorf("error = %s, want States.DataLimitExceeded", x.Error)
	}
}

func TestCatch(t *testing.T) {
	slow := func(*world, map[string]any, int) (any, error) { time.Sleep(20 * time.Second); return nil, nil }
	large := gives(strings.Repeat("x", 256<<10))
	tests := []struct {
		name   string
		f      fake
		equals string
		caught bool
	}{
		{"by name", fails("Quota"), `"Quota"`, true},
		{"by another name", fails("Quota"), `"Denied"`, false},
		{"one of many", fails("Quota"), `"Denied","Quota"`, true},
		{"ALL", fails("Quota"), `"States.ALL"`, true},
		{"TaskFailed", fails("Quota"), `"States.TaskFailed"`, true},
		{"time-out by Timeout", slow, `"States.Timeout"`, true},
		{"time-out by ALL", slow, `"States.ALL"`, true},
		{"time-out is no TaskFailed", slow, `"States.TaskFailed"`, false},
		{"DataLimitExceeded by ALL", large, `"States.ALL"`, false},
		{"no name by ALL", fails(""), `"States.ALL"`, true},
		{"no name by a name", fails(""), `"Quota"`, false},
		{"Runtime by ALL", gives(nil), `"States.ALL"`, false}, // the selector finds nothing
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
		m := waits(`,"TimeoutSeconds":10,"HeartbeatSeconds":5,"Catch":[{"ErrorEquals":["` + equals + `"],"Next":"B"}]`)
		x := runs(t, withB(m), `{}`, map[string]fake{"f": gives(nil)})
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
		x := runs(t, withB(m), `{"in":true}`, map[string]fake{"f": fails("Quota")})
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
		{"defaults", `{"ErrorEquals":["States.ALL"]}`, fails("X"), []time.Duration{1, 2, 4}},
		{"never", `{"ErrorEquals":["X"],"MaxAttempts":0}`, fails("X"), nil},
		{"another error", `{"ErrorEquals":["Y"]}`, fails("X"), nil},
		{"interval and rate", `{"ErrorEquals":["X"],"IntervalSeconds":3,"BackoffRate":3}`, fails("X"), []time.Duration{3, 9, 27}},
		{"max delay", `{"ErrorEquals":["X"],"MaxAttempts":5,"MaxDelaySeconds":5}`, fails("X"), []time.Duration{1, 2, 4, 5, 5}},
		{"jitter", `{"ErrorEquals":["X"],"IntervalSeconds":8,"JitterStrategy":"FULL"}`, fails("X"), []time.Duration{2, 4, 8}},
		{"each retrier counts by itself", `{"ErrorEquals":["Y"]},{"ErrorEquals":["X"],"MaxAttempts":4}`, flaky, []time.Duration{1, 2, 1, 4, 8}},
		{"the first that matches decides", `{"ErrorEquals":["X"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"]}`, fails("X"), []time.Duration{1}},
		{"Runtime is not retried", `{"ErrorEquals":["States.ALL"]}`, gives(nil), nil}, // the selector finds nothing
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := invokes(`,"ResultSelector":{"a.$":"$.Payload.a"},"Retry":[` + test.retry + `]`)
				w := newWorld(t, m, map[string]fake{"f": test.f}, func(c *asl.Config) { c.Jitter = func() float64 { return 0.25 } })
				arn := w.start(`{}`)
				w.advance(time.Hour)
				wantDelays(t, w.of("f"), test.delays)
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
	x := runs(t, withB(m), `{}`, map[string]fake{"f": fails("X")})
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
