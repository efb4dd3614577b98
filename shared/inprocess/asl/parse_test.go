package asl_test

import (
	"strings"
	"testing"

	"curfew/shared/inprocess/asl"
	"curfew/statemachines"
)

// singleState returns a machine with the single state A.
func singleState(fields string) string { return `{"StartAt":"A","States":{"A":{` + fields + `}}}` }

// invokes is a state that invokes f, with these fields.
func invokes(fields string) string {
	return singleState(`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$"},"End":true` + fields)
}

// waitingState is a state that waits for its token, with these fields.
func waitingState(fields string) string {
	return singleState(`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",` +
		`"Parameters":{"FunctionName":"f","Payload":{"token.$":"$$.Task.Token"}},"End":true` + fields)
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, definition, says string }{
		{"not JSON", `{`, "unexpected end"},
		{"two values", `{} {}`, "something follows the value"},
		{"a list", `[]`, "not an object"},
		{"no states", `{"StartAt":"A"}`, "machine: States: missing"},
		{"no start", `{"StartAt":"B","States":{"A":{"Type":"Succeed"}}}`, `there is no state "B"`},
		{"unknown machine field", `{"StartAt":"A","Start":1,"States":{"A":{"Type":"Succeed"}}}`, "machine: the field Start is not known"},
		{"JSONata", `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, "QueryLanguage: JSONata is not known"},
		{"JSONata in a state", singleState(`"Type":"Succeed","QueryLanguage":"JSONata"`), "state A: QueryLanguage"},
		{"unknown type", singleState(`"Type":"Parallel"`), `state A: the Type "Parallel" is not known`},
		{"unknown field", singleState(`"Type":"Succeed","Assign":{}`), "state A: the field Assign is not known here"},
		{"field in the wrong case", invokes(`,"timeoutSeconds":3`), "state A: the field timeoutSeconds is not known"},
		{"Retry on a Wait", singleState(`"Type":"Wait","Seconds":1,"End":true,"Retry":[]`), "state A: the field Retry is not known"},
		{"unknown retry field", invokes(`,"Retry":[{"ErrorEquals":["X"],"Max":1}]`), "state A: Retry[0]: the field Max is not known"},
		{"unknown catch field", invokes(`,"Catch":[{"ErrorEquals":["X"],"Next":"A","Output":1}]`), "state A: Catch[0]: the field Output"},
		{"unknown parameter", strings.Replace(invokes(""), `"FunctionName"`, `"Qualifier":"1","FunctionName"`, 1), "Parameters: the field Qualifier"},
		{"unknown resource", strings.Replace(invokes(""), "lambda:invoke", "sns:publish", 1), `sns:publish" is not known`},
		{"a name twice", singleState(`"Type":"Wait","Seconds":1,"Seconds":2,"End":true`), `Seconds: the same name twice`},
		{"Next and End", singleState(`"Type":"Pass","Next":"A","End":true`), "exactly one of Next and End"},
		{"neither Next nor End", singleState(`"Type":"Pass"`), "exactly one of Next and End"},
		{"Next to nowhere", singleState(`"Type":"Pass","Next":"B"`), `state A: there is no state "B"`},
		{"Catch to nowhere", invokes(`,"Catch":[{"ErrorEquals":["X"],"Next":"B"}]`), `there is no state "B"`},
		{"unreachable", `{"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}}`, "state B: nothing leads to it"},
		{"intrinsic", singleState(`"Type":"Pass","End":true,"Parameters":{"a.$":"States.UUID()"}`), "intrinsic functions are not known"},
		{"not a reference path", singleState(`"Type":"Pass","End":true,"InputPath":"$..a"`), "is not a reference path"},
		{"filter path", singleState(`"Type":"Pass","End":true,"InputPath":"$.a[?(@.b)]"`), "is not a reference path"},
		{"unknown context field", singleState(`"Type":"Pass","End":true,"Parameters":{"a.$":"$$.Map.Item"}`), "no such field"},
		{"ResultPath into the context", singleState(`"Type":"Pass","End":true,"ResultPath":"$$.Execution.Id"`), "ResultPath"},
		{"path that is no text", singleState(`"Type":"Pass","End":true,"Parameters":{"a.$":1}`), "is a path"},
		{"member twice", singleState(`"Type":"Pass","End":true,"Parameters":{"a":1,"a.$":"$"}`), "a is given twice"},
		{"token without callback", invokes(`,"HeartbeatSeconds":3`), "only a task that waits for its token"},
		{"token used without callback", strings.Replace(waitingState(""), ".waitForTaskToken", "", 1), "$$.Task.Token"},
		{"heartbeat not below time-out", waitingState(`,"TimeoutSeconds":5,"HeartbeatSeconds":5`), "not below TimeoutSeconds"},
		{"two time-outs", invokes(`,"TimeoutSeconds":5,"TimeoutSecondsPath":"$.a"`), "TimeoutSecondsPath is given too"},
		{"time-out of zero", invokes(`,"TimeoutSeconds":0`), "TimeoutSeconds: not a whole number from 1"},
		{"two waits", singleState(`"Type":"Wait","Seconds":1,"TimestampPath":"$.a","End":true`), "exactly one of Seconds"},
		{"bad timestamp", singleState(`"Type":"Wait","Timestamp":"2030-01-01","End":true`), "Timestamp: not an instant"},
		{"States.ALL in company", invokes(`,"Retry":[{"ErrorEquals":["X","States.ALL"]}]`), "States.ALL must stand alone and last"},
		{"States.ALL before another", invokes(`,"Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["X"]}]`), "alone and last"},
		{"no ErrorEquals", invokes(`,"Retry":[{}]`), "ErrorEquals: missing"},
		{"interval of zero", invokes(`,"Retry":[{"ErrorEquals":["X"],"IntervalSeconds":0}]`), "IntervalSeconds: not a whole number"},
		{"back-off below one", invokes(`,"Retry":[{"ErrorEquals":["X"],"BackoffRate":0.5}]`), "BackoffRate: not a number of 1 or more"},
		{"max delay not above interval", invokes(`,"Retry":[{"ErrorEquals":["X"],"IntervalSeconds":9,"MaxDelaySeconds":9}]`), "not above IntervalSeconds"},
		{"unknown jitter", invokes(`,"Retry":[{"ErrorEquals":["X"],"JitterStrategy":"HALF"}]`), "JitterStrategy: HALF is not known"},
		{"unknown comparison", singleState(`"Type":"Choice","Choices":[{"Variable":"$.a","StringIs":"b","Next":"A"}]`), "no comparison that is known"},
		{"two comparisons", singleState(`"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"IsString":true,"Next":"A"}]`), "the field IsString is not known here"},
		{"Next inside And", singleState(`"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","IsNull":true,"Next":"A"}],"Next":"A"}]`), "And[0]: the field Next"},
		{"empty Choices", singleState(`"Type":"Choice","Choices":[]`), "Choices"},
		{"empty And", singleState(`"Type":"Choice","Choices":[{"And":[],"Next":"A"}]`), "And: empty"},
		{"empty ErrorEquals", invokes(`,"Retry":[{"ErrorEquals":[]}]`), "ErrorEquals: missing"},
		{"name without a value", strings.Replace(invokes(""), `"f"`, `"${g}"`, 1), "no value for ${g}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := asl.Parse([]byte(test.definition), map[string]string{"f": "f"})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("err = %v, want one that says %q", err, test.says)
			}
		})
	}
}

// The service takes these; they were refused.
func TestEmptyListsAndCommentsAreRead(t *testing.T) {
	for _, definition := range []string{
		invokes(`,"Retry":[],"Catch":[]`),
		singleState(`"Type":"Choice","Choices":[{"And":[{"Comment":"c","Variable":"$.a","IsNull":true},{"Not":{"Comment":"c","Variable":"$.a","IsNull":true}}],"Next":"A"}]`),
	} {
		if _, err := asl.Parse([]byte(definition), map[string]string{}); err != nil {
			t.Errorf("%s: %v", definition, err)
		}
	}
}

func TestParseReportsAllFaults(t *testing.T) {
	_, err := asl.Parse([]byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","Bad":1,"End":true},"B":{"Type":"Map"}}}`), nil)
	if err == nil || !strings.Contains(err.Error(), "Bad") || !strings.Contains(err.Error(), "Map") {
		t.Errorf("err = %v, want both faults", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(string(statemachines.Elevation()))
	f.Add(invokes(`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxDelaySeconds":3,"JitterStrategy":"FULL"}]`))
	f.Add(singleState(`"Type":"Choice","Choices":[{"Or":[{"Not":{"Variable":"$['a'][0]","StringMatches":"a*"}}],"Next":"A"}]`))
	f.Add(singleState(`"Type":"Wait","TimestampPath":"$.a","End":true`))
	f.Add(singleState(`"Type":"Pass","Parameters":{"a":[{"b.$":"$$.Execution.Input.c"}]},"ResultPath":null,"End":true`))
	f.Fuzz(func(t *testing.T, definition string) {
		m, err := asl.Parse([]byte(definition), map[string]string{"wait": `"quoted"`})
		if (m == nil) == (err == nil) {
			t.Errorf("machine = %v and err = %v, want exactly one", m, err)
		}
	})
}
