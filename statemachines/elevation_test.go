package statemachines_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"curfew/statemachines"
)

// input is the input of every execution.
var input = []string{"$.id", "$.route", "$.account", "$.principal", "$.principal_id", "$.start_at", "$.decide_seconds"}

// ours are the functions' error names.
var ours = []string{
	"Transient", "NotYours", "NotYet", "Lapsed", "Denied", "Withdrawn", "Invalid", "NotFound", "Conflict", "Quota", "Over", "Internal",
}

// theirs are AWS's error names.
var theirs = []string{
	"States.ALL", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
}

func TestEveryWayOutOfGrantPassesRevoke(t *testing.T) {
	for _, fault := range walk(decode(t, statemachines.Elevation()), input) {
		t.Error(fault)
	}
}

func TestWalkFindsFaults(t *testing.T) {
	tests := []struct {
		name   string
		breaks func(m object)
		fault  string
	}{
		{"Catch dropped", func(m object) { delete(state(m, "Hold"), "Catch") }, "Hold: some error is not caught"},
		{"Catch of Grant dropped", func(m object) { delete(state(m, "Grant"), "Catch") }, "Grant: some error is not caught"},
		{"Catch that misses time-outs", func(m object) {
			items(state(m, "Hold"), "Catch")[0]["ErrorEquals"] = []any{"States.TaskFailed"}
		}, "Hold: some error is not caught"},
		{"Next to an end", func(m object) { state(m, "Hold")["Next"] = "Closed" }, "Closed: ends without Revoke"},
		{"End at Hold", func(m object) { delete(state(m, "Hold"), "Next") }, "Hold: ends without Revoke"},
		{"Catch to an end", func(m object) { items(state(m, "Hold"), "Catch")[0]["Next"] = "NotOurs" }, "NotOurs: ends without Revoke"},
		{"NotYours widened", func(m object) {
			items(state(m, "Grant"), "Catch")[0]["ErrorEquals"] = []any{"NotYours", "Conflict"}
		}, "NotOurs: ends without Revoke"},
		{"task after Grant without Catch", func(m object) {
			m["States"].(object)["Tell"] = object{"Type": "Task", "ResultPath": nil, "Next": "Hold"}
			state(m, "Grant")["Next"] = "Tell"
		}, "Tell: some error is not caught"},
		{"wait after Grant", func(m object) {
			m["States"].(object)["Pause"] = object{"Type": "Wait", "TimestampPath": "$.end", "Next": "Revoke"}
			state(m, "Grant")["Next"] = "Pause"
		}, "Pause: a Wait state catches nothing"},
		{"Catch without ResultPath", func(m object) {
			delete(items(state(m, "Grant"), "Catch")[1], "ResultPath")
		}, "Revoke: $.id may be missing, and nothing catches that"},
		{"state without ResultPath", func(m object) {
			delete(state(m, "Hold"), "ResultPath")
		}, "Revoke: $.principal may be missing, and nothing catches that"},
		{"result kept whole", func(m object) {
			delete(state(m, "Grant"), "ResultSelector")
		}, "Grant: the result is neither cut nor dropped, and may be too large"},
		{"heartbeat not given", func(m object) {
			delete(state(m, "Grant")["ResultSelector"].(object), "beat_seconds.$")
		}, "Hold: $.grant.beat_seconds may be missing, and nothing catches that"},
		{"result not promised", func(m object) {
			state(m, "Grant")["ResultSelector"].(object)["form.$"] = "$.Payload.form"
		}, "Grant: $.Payload.form may be missing in the result, and nothing catches that"},
		{"Revoke asks for Grant's result", func(m object) {
			state(m, "Revoke")["TimeoutSecondsPath"] = "$.grant.timeout_seconds"
		}, "Revoke: $.grant.timeout_seconds may be missing, and nothing catches that"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := decode(t, statemachines.Elevation())
			test.breaks(m)
			if got := walk(m, input); !slices.Contains(got, test.fault) {
				t.Errorf("faults = %q, want one of them to be %q", got, test.fault)
			}
		})
	}
}

func TestBeforeGrantThePathsAreInTheInput(t *testing.T) {
	m := decode(t, statemachines.Elevation())
	for _, name := range []string{"Route", "AskApprovers", "AskApproversAhead", "Lapse", "WaitForStart", "Grant"} {
		for _, path := range needs(state(m, name)) {
			if !slices.Contains(input, path) {
				t.Errorf("%s reads %s, which is not in the input", name, path)
			}
		}
	}
}

func TestTransitionsAreAtMostSix(t *testing.T) {
	m := decode(t, statemachines.Elevation())
	tests := map[string]int{"AskApproversAhead": 6, "AskApprovers": 5, "WaitForStart": 5, "Grant": 4}
	for second, want := range tests {
		got := 1 // Route
		for name := second; name != ""; got++ {
			name, _ = state(m, name)["Next"].(string)
		}
		if got != want {
			t.Errorf("transitions by %s = %d, want %d", second, got, want)
		}
	}
}

func TestEndsAreNamedByWhatIsLeft(t *testing.T) {
	m := decode(t, statemachines.Elevation())
	ends := map[string]string{}
	for name := range m["States"].(object) {
		st := state(m, name)
		if kind := st["Type"].(string); st["End"] == true || kind == "Succeed" || kind == "Fail" {
			ends[name] = kind
		}
	}
	want := map[string]string{"Revoke": "Task", "Closed": "Succeed", "NotOurs": "Succeed"}
	if !maps.Equal(ends, want) {
		t.Errorf("ends = %v, want %v", ends, want)
	}
}

func TestErrorNamesAreProduced(t *testing.T) {
	m := decode(t, statemachines.Elevation())
	known := slices.Concat(ours, theirs)
	for name := range m["States"].(object) {
		st := state(m, name)
		for _, part := range slices.Concat(items(st, "Retry"), items(st, "Catch")) {
			for _, equals := range names(part["ErrorEquals"]) {
				if !slices.Contains(known, equals) {
					t.Errorf("%s: no function returns the error %s", name, equals)
				}
			}
		}
	}
}

func TestRevokeNeverGivesUp(t *testing.T) {
	st := state(decode(t, statemachines.Elevation()), "Revoke")
	retry := items(st, "Retry")
	if len(retry) != 1 || len(items(st, "Catch")) != 0 {
		t.Fatalf("Revoke has %d Retry and %d Catch, want 1 and 0", len(retry), len(items(st, "Catch")))
	}
	want := object{
		"IntervalSeconds": 1.0, "BackoffRate": 2.0, "MaxDelaySeconds": 300.0, "JitterStrategy": "FULL", "MaxAttempts": 99999999.0,
	}
	got := maps.Clone(retry[0])
	equals := names(got["ErrorEquals"])
	delete(got, "ErrorEquals")
	if !slices.Equal(equals, []string{"States.ALL"}) || !maps.Equal(got, want) {
		t.Errorf("Retry = %v %v, want States.ALL %v", equals, got, want)
	}
	if _, ok := st["TimeoutSeconds"]; !ok {
		t.Error("Revoke has no TimeoutSeconds, so a hung function would not be tried again")
	}
}

func TestTheMachineHasNoTimeout(t *testing.T) {
	if v, ok := decode(t, statemachines.Elevation())["TimeoutSeconds"]; ok {
		t.Errorf("TimeoutSeconds = %v, want none: it would end an execution without Revoke", v)
	}
}

func TestTheCallersBytesAreHisOwn(t *testing.T) {
	first := statemachines.Elevation()
	copy(first, strings.Repeat("x", len(first)))
	if got := statemachines.Elevation(); bytes.Equal(got, first) {
		t.Error("writing into the definition changed it for the next caller")
	}
}
