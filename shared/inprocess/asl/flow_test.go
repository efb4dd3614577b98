package asl_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/inprocess/asl"
)

func TestPass(t *testing.T) {
	const input = `{"a":{"b":[10,{"c":"<x>"}]},"n":1.50}`
	tests := []struct{ name, fields, want string }{
		{"nothing", ``, `{"a":{"b":[10,{"c":"<x>"}]},"n":1.50}`},
		{"InputPath", `"InputPath":"$.a.b[1]",`, `{"c":"<x>"}`},
		{"InputPath in brackets", `"InputPath":"$['a']['b'][0]",`, `10`},
		{"InputPath null", `"InputPath":null,`, `{}`},
		{"OutputPath", `"OutputPath":"$.n",`, `1.50`},
		{"OutputPath null", `"OutputPath":null,`, `{}`},
		{"Result", `"Result":{"x.$":"$.n"},`, `{"x.$":"$.n"}`},
		{"ResultPath", `"Result":1,"ResultPath":"$.n",`, `{"a":{"b":[10,{"c":"<x>"}]},"n":1}`},
		{"ResultPath that is new", `"Result":1,"ResultPath":"$.x.y",`, `{"a":{"b":[10,{"c":"<x>"}]},"n":1.50,"x":{"y":1}}`},
		{"ResultPath to an element", `"Result":1,"ResultPath":"$.a.b[1]",`, `{"a":{"b":[10,1]},"n":1.50}`},
		{"ResultPath null", `"Result":1,"ResultPath":null,`, input},
		{"Parameters", `"Parameters":{"k":[1,{"v.$":"$.a.b[0]"}],"l":[true,null],"m.$":"$.n"},`, `{"k":[1,{"v":10}],"l":[true,null],"m":1.50}`},
		{"context", `"Parameters":{"e.$":"$$.Execution.Name","i.$":"$$.Execution.Input.n","s.$":"$$.State.Name","m.$":"$$.StateMachine.Name"},`,
			`{"e":"one","i":1.50,"m":"elevation","s":"A"}`},
		{"context of time", `"Parameters":{"e.$":"$$.State.EnteredTime","s.$":"$$.Execution.StartTime","r.$":"$$.State.RetryCount"},`,
			`{"e":"2000-01-01T00:00:00.000Z","r":0,"s":"2000-01-01T00:00:00.000Z"}`},
		{"context ids", `"Parameters":{"e.$":"$$.Execution.Id","s.$":"$$.StateMachine.Id","r.$":"$$.Execution.RedriveCount"},`,
			`{"e":"arn:aws:states:us-east-1:000000000000:execution:elevation:one","r":0,"s":"arn:aws:states:us-east-1:000000000000:stateMachine:elevation"}`},
		{"all at once", `"InputPath":"$.a","Parameters":{"x.$":"$.b[0]"},"ResultPath":"$.r","OutputPath":"$.r",`, `{"x":10}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := runs(t, singleState(test.fields+`"Type":"Pass","End":true`), input, nil)
			if x.Status != asl.Succeeded || x.Output != test.want {
				t.Errorf("%s %s%s, want %s", x.Status, x.Output, x.Cause, test.want)
			}
		})
	}
}

func TestMissingPathFailsTheExecution(t *testing.T) {
	for _, fields := range []string{
		`"Type":"Pass","End":true,"InputPath":"$.x"`,
		`"Type":"Pass","End":true,"OutputPath":"$.x"`,
		`"Type":"Pass","End":true,"Parameters":{"a":[{"b.$":"$.x[0]"}]}`,
		`"Type":"Succeed","InputPath":"$.x"`,
		`"Type":"Wait","End":true,"SecondsPath":"$.x"`,
		`"Type":"Wait","End":true,"TimestampPath":"$.x"`,
		`"Type":"Choice","Default":"A","Choices":[{"Variable":"$.x","StringEquals":"a","Next":"A"}]`,
		`"Type":"Choice","Default":"A","Choices":[{"Variable":"$.x","IsNull":true,"Next":"A"}]`,
	} {
		x := runs(t, singleState(fields), `{"a":1}`, nil)
		if x.Status != asl.Failed || x.Error != "States.Runtime" {
			t.Errorf("%s: %s %s, want FAILED States.Runtime", fields, x.Status, x.Error)
		}
	}
}

func TestResultPathThatDoesNotFit(t *testing.T) {
	x := runs(t, singleState(`"Type":"Pass","Result":1,"ResultPath":"$.a.b","End":true`), `{"a":1}`, nil)
	if x.Status != asl.Failed || x.Error != "States.ResultPathMatchFailure" {
		t.Errorf("%s %s, want FAILED States.ResultPathMatchFailure", x.Status, x.Error)
	}
}

func TestFail(t *testing.T) {
	x := runs(t, singleState(`"Type":"Fail","Error":"E","Cause":"why"`), `{}`, nil)
	if x.Status != asl.Failed || x.Error != "E" || x.Cause != "why" {
		t.Errorf("%s %s %s, want FAILED E why", x.Status, x.Error, x.Cause)
	}
}

func TestWait(t *testing.T) {
	tests := []struct {
		name, fields string
		want         time.Duration
	}{
		{"Seconds", `"Seconds":90`, 90 * time.Second},
		{"Seconds of zero", `"Seconds":0`, 0},
		{"SecondsPath", `"SecondsPath":"$.s"`, 7 * time.Second},
		{"Timestamp", `"Timestamp":"2000-01-02T00:00:00Z"`, 24 * time.Hour},
		{"Timestamp with an offset", `"Timestamp":"2000-01-02T00:00:00+01:00"`, 23 * time.Hour},
		{"TimestampPath", `"TimestampPath":"$.t"`, time.Hour},
		{"fraction is cut off", `"TimestampPath":"$.f"`, time.Hour},
		{"instant that is past", `"TimestampPath":"$.p"`, 0},
	}
	const input = `{"s":7,"t":"2000-01-01T01:00:00Z","f":"2000-01-01T01:00:00.999Z","p":"1999-01-01T00:00:00Z"}`
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := runs(t, singleState(`"Type":"Wait","End":true,`+test.fields), input, nil)
			if got := x.StoppedAt.Sub(x.StartedAt); got != test.want || x.Status != asl.Succeeded {
				t.Errorf("%s after %s, want SUCCEEDED after %s", x.Status, got, test.want)
			}
		})
	}
}

func TestWaitForWhatIsNoTime(t *testing.T) {
	for _, fields := range []string{`"SecondsPath":"$.s"`, `"SecondsPath":"$.m"`, `"SecondsPath":"$.t"`, `"TimestampPath":"$.t"`} {
		x := runs(t, singleState(`"Type":"Wait","End":true,`+fields), `{"s":1.5,"m":-1,"t":"2000-01-01 01:00"}`, nil)
		if x.Status != asl.Failed || x.Error != "States.Runtime" {
			t.Errorf("%s: %s %s, want FAILED States.Runtime", fields, x.Status, x.Error)
		}
	}
}

func TestAYearIsTheMost(t *testing.T) {
	x := runs(t, singleState(`"Type":"Wait","End":true,"Seconds":99999999`), `{}`, nil)
	if got, want := x.StoppedAt.Sub(x.StartedAt), 365*24*time.Hour; x.Status != asl.TimedOut || got != want {
		t.Errorf("%s after %s, want TIMED_OUT after %s", x.Status, got, want)
	}
}

func TestMachineTimeout(t *testing.T) {
	timed := strings.Replace(singleState(`"Type":"Wait","End":true,"Seconds":100`), `{`, `{"TimeoutSeconds":60,`, 1)
	x := runs(t, timed, `{}`, nil)
	if got, want := x.StoppedAt.Sub(x.StartedAt), time.Minute; x.Status != asl.TimedOut || got != want {
		t.Errorf("%s after %s, want TIMED_OUT after %s", x.Status, got, want)
	}
}

func TestChoice(t *testing.T) {
	const input = `{"s":"foo*bar","n":5,"b":true,"z":null,"t":"2030-01-01T00:00:00Z","l":"foo*bar"}`
	tests := []struct {
		rule string
		want bool
	}{
		{`"Variable":"$.s","StringEquals":"foo*bar"`, true},
		{`"Variable":"$.n","StringEquals":"5"`, false},
		{`"Variable":"$.s","StringEqualsPath":"$.l"`, true},
		{`"Variable":"$.s","StringLessThan":"g"`, true},
		{`"Variable":"$.s","StringGreaterThanEquals":"foo*bar"`, true},
		{`"Variable":"$.s","StringGreaterThan":"foo*bar"`, false},
		{`"Variable":"$.s","StringMatches":"f*b*r"`, true},
		{`"Variable":"$.s","StringMatches":"foo\\*bar"`, true},
		{`"Variable":"$.s","StringMatches":"foo\\*"`, false},
		{`"Variable":"$.s","StringMatches":"*x*"`, false},
		{`"Variable":"$.n","NumericEquals":5.0`, true},
		{`"Variable":"$.n","NumericLessThanEquals":4`, false},
		{`"Variable":"$.n","NumericGreaterThan":4.5`, true},
		{`"Variable":"$.b","BooleanEquals":true`, true},
		{`"Variable":"$.s","BooleanEquals":true`, false},
		{`"Variable":"$.t","TimestampEquals":"2030-01-01T01:00:00+01:00"`, true},
		{`"Variable":"$.t","TimestampLessThan":"2030-01-01T00:00:00Z"`, false},
		{`"Variable":"$.t","IsTimestamp":true`, true},
		{`"Variable":"$.z","IsNull":true`, true},
		{`"Variable":"$.n","IsNumeric":false`, false},
		{`"Variable":"$.s","IsString":true`, true},
		{`"Variable":"$.b","IsBoolean":true`, true},
		{`"Variable":"$.x","IsPresent":false`, true},
		{`"Variable":"$.z","IsPresent":true`, true},
		{`"And":[{"Variable":"$.x","IsPresent":true},{"Variable":"$.x","StringEquals":"a"}]`, false},
		{`"Or":[{"Variable":"$.n","NumericEquals":6},{"Variable":"$.b","BooleanEquals":true}]`, true},
		{`"Or":[{"Variable":"$.n","NumericEquals":6},{"Variable":"$.b","BooleanEquals":false}]`, false},
		{`"Not":{"Variable":"$.n","NumericEquals":6}`, true},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			m := fmt.Sprintf(`{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{%s,"Next":"Yes"}],"Default":"No"},`+
				`"Yes":{"Type":"Succeed"},"No":{"Type":"Succeed"}}}`, test.rule)
			x := runs(t, m, input, nil)
			if got := len(x.Path) == 2 && x.Path[1] == "Yes"; got != test.want || x.Status != asl.Succeeded {
				t.Errorf("%s by %v, want yes: %t", x.Status, x.Path, test.want)
			}
		})
	}
}

func TestNoChoiceMatches(t *testing.T) {
	m := `{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":2,"Next":"B"}]},"B":{"Type":"Succeed"}}}`
	x := runs(t, m, `{"a":1}`, nil)
	if x.Status != asl.Failed || x.Error != "States.Runtime" {
		t.Errorf("%s %s, want FAILED States.Runtime", x.Status, x.Error)
	}
}
