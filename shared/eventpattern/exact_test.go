package eventpattern_test

import "testing"

func TestExactValues(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: pagePatterns, name: "source, type and state", pattern: `{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}`, event: ec2, want: true},
		{page: pagePatterns, name: "one of the values", pattern: `{"detail": {"state": ["running", "terminated"]}}`, event: ec2, want: true},
		{page: pagePatterns, name: "not one of the values", pattern: `{"detail": {"state": ["running", "stopped"]}}`, event: ec2, want: false},
		{page: pagePatterns, name: "all fields must match", pattern: `{"source": ["aws.ec2"], "detail": {"state": ["running"]}}`, event: ec2, want: false},
		{page: pagePatterns, name: "other fields do not count", pattern: `{"account": ["111122223333"]}`, event: ec2, want: true},
		{page: pagePatterns, name: "a field that is missing", pattern: `{"detail": {"reason": ["x"]}}`, event: ec2, want: false},
		{page: pagePatterns, name: "another nesting", pattern: `{"state": ["terminated"]}`, event: ec2, want: false},
		{page: pagePatterns, name: "case counts in values", pattern: `{"detail": {"state": ["Terminated"]}}`, event: ec2, want: false},
		{page: pagePatterns, name: "case counts in names", pattern: `{"detail": {"State": ["terminated"]}}`, event: ec2, want: false},
		{page: pagePatterns, name: "a string is not its beginning", pattern: `{"source": ["aws.ec"]}`, event: ec2, want: false},
		{page: pagePatterns, name: "the word true", pattern: `{"a": [true]}`, event: `{"a": true}`, want: true},
		{page: pagePatterns, name: "true is not false", pattern: `{"a": [true]}`, event: `{"a": false}`, want: false},
		{page: pagePatterns, name: "true is not a string", pattern: `{"a": [true]}`, event: `{"a": "true"}`, want: false},
		{page: pagePatterns, name: "a string is not true", pattern: `{"a": ["true"]}`, event: `{"a": true}`, want: false},
		{page: pagePatterns, name: "a string is not a number", pattern: `{"a": ["300"]}`, event: `{"a": 300}`, want: false},
		{page: pagePatterns, name: "a number is not a string", pattern: `{"a": [300]}`, event: `{"a": "300"}`, want: false},
		{page: ours, name: "an object is no value", pattern: `{"a": ["b"]}`, event: `{"a": {"b": "b"}}`, want: false},
		{page: ours, name: "a scalar has no fields", pattern: `{"a": {"b": ["x"]}}`, event: `{"a": "x"}`, want: false},
		{page: ours, name: "escapes are one spelling", pattern: `{"a": ["\u0041/"]}`, event: `{"a": "A\/"}`, want: true},
		{page: ours, name: "escapes in names", pattern: `{"\u0061": ["x"]}`, event: `{"\u0061": "x"}`, want: true},
		{page: ours, name: "no normal form of letters", pattern: `{"a": ["\u00e9"]}`, event: `{"a": "e\u0301"}`, want: false},
		{page: ours, name: "a quote in a value", pattern: `{"a": ["say \"x\""]}`, event: `{"a": "say \"x\"", "b": 1}`, want: true},
		{page: ours, name: "a backslash at the end of a value", pattern: `{"b": [1]}`, event: `{"a": "x\\", "b": 1}`, want: true},
		{page: ours, name: "brackets in a string are text", pattern: `{"b": [1]}`, event: `{"a": {"x": "}]"}, "b": 1}`, want: true},
		{page: ours, name: "white space anywhere", pattern: "{\n\t\"a\" : [ 1 ,\r 2 ] }", event: "\n {\t\"a\" :\r 2 } \n", want: true},
		{page: ours, name: "an empty event", pattern: `{"a": [1]}`, event: `{}`, want: false},
		{page: ours, name: "an empty name", pattern: `{"": ["x"]}`, event: `{"": "x"}`, want: true},
		{page: ours, name: "a field twice has both values", pattern: `{"a": [1], "b": [2]}`, event: `{"a": 1, "b": 2, "a": 3}`, want: true},
		{page: ours, name: "an object twice has both fields", pattern: `{"a": {"b": [1], "c": [2]}}`, event: `{"a": {"b": 1}, "a": {"c": 2}}`, want: true},
	})
}

func TestNullAndEmpty(t *testing.T) {
	launch := `{"resources": [], "detail": {"eventVersion": "", "responseElements": null}}`
	runVerdicts(t, []verdict{
		{page: pageNulls, name: "the empty string", pattern: `{"detail": {"eventVersion": [""]}}`, event: launch, want: true},
		{page: pageNulls, name: "null", pattern: `{"detail": {"responseElements": [null]}}`, event: launch, want: true},
		{page: pageNulls, name: "null is not the empty string", pattern: `{"detail": {"responseElements": [""]}}`, event: launch, want: false},
		{page: pageNulls, name: "the empty string is not null", pattern: `{"detail": {"eventVersion": [null]}}`, event: launch, want: false},
		{page: pageNulls, name: "an empty list is not null", pattern: `{"resources": [null]}`, event: launch, want: false},
		{page: pageNulls, name: "a missing field is not null", pattern: `{"detail": {"other": [null]}}`, event: launch, want: false},
		{page: pageNulls, name: "a missing field is not empty", pattern: `{"detail": {"other": [""]}}`, event: launch, want: false},
		{page: ours, name: "null is not the string null", pattern: `{"a": ["null"]}`, event: `{"a": null}`, want: false},
	})
}

func TestNumbersAreEqualByValue(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: ruler, name: "300 and 300.0", pattern: `{"a": [300]}`, event: `{"a": 300.0}`, want: true},
		{page: ruler, name: "300 and 3.0e2", pattern: `{"a": [300]}`, event: `{"a": 3.0e2}`, want: true},
		{page: ruler, name: "3.0e2 and 300", pattern: `{"a": [3.0e2]}`, event: `{"a": 300}`, want: true},
		{page: ruler, name: "30000e-2 and 300", pattern: `{"a": [30000e-2]}`, event: `{"a": 300}`, want: true},
		{page: ruler, name: "3E+2 and 300", pattern: `{"a": [3E+2]}`, event: `{"a": 300}`, want: true},
		{page: ours, name: "300 and 300.000001", pattern: `{"a": [300]}`, event: `{"a": 300.000001}`, want: false},
		{page: ours, name: "zero has no sign", pattern: `{"a": [0]}`, event: `{"a": -0.0e7}`, want: true},
		{page: ours, name: "a sign counts", pattern: `{"a": [5]}`, event: `{"a": -5}`, want: false},
		{page: ours, name: "six decimals", pattern: `{"a": [0.000001]}`, event: `{"a": 1e-6}`, want: true},
		{page: ours, name: "seven decimals as written", pattern: `{"a": [0.0000001]}`, event: `{"a": 0.0000001}`, want: true},
		{page: ours, name: "seven decimals otherwise written", pattern: `{"a": [0.0000001]}`, event: `{"a": 1e-7}`, want: true},
		{page: ours, name: "an account number as written", pattern: `{"a": [111122223333]}`, event: `{"a": 111122223333}`, want: true},
		{page: ours, name: "an account number otherwise written", pattern: `{"a": [111122223333]}`, event: `{"a": 111122223333.0}`, want: true},
		{page: ours, name: "5e9 is within", pattern: `{"a": [5000000000]}`, event: `{"a": 5.0e9}`, want: true},
		{page: ours, name: "beyond 5e9, otherwise written", pattern: `{"a": [5000000001]}`, event: `{"a": 5.000000001e9}`, want: true},
		{page: ours, name: "a huge exponent", pattern: `{"a": [1]}`, event: `{"a": 1e99999999999999999999}`, want: false},
		{page: ours, name: "a tiny exponent is zero", pattern: `{"a": [0]}`, event: `{"a": 1e-99999999999999999999}`, want: true},
		{page: ours, name: "zero with a huge exponent", pattern: `{"a": [0]}`, event: `{"a": 0e99999999999999999999}`, want: true},
		{page: ours, name: "the largest exponent that is an integer", pattern: `{"a": [1]}`, event: `{"a": 1e9223372036854775801}`, want: false},
		{page: ours, name: "an account number is not zero", pattern: `{"a": [111122223333]}`, event: `{"a": 0}`, want: false},
	})
}

func TestDotsInNames(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: ruler, name: "nested in both", pattern: `{"detail": {"state": {"status": ["running"]}}}`, event: `{"detail": {"state": {"status": "running"}}}`, want: true},
		{page: ruler, name: "a dot in the pattern", pattern: `{"detail": {"state.status": ["running"]}}`, event: `{"detail": {"state": {"status": "running"}}}`, want: true},
		{page: ruler, name: "a dot in the event", pattern: `{"detail": {"state": {"status": ["running"]}}}`, event: `{"detail": {"state.status": "running"}}`, want: true},
		{page: ruler, name: "a dot in both", pattern: `{"detail": {"state.status": ["running"]}}`, event: `{"detail": {"state.status": "running"}}`, want: true},
		{page: pagePatterns, name: "a dot and one name more in the pattern", pattern: `{"detail": {"state.status": {"status": ["running"]}}}`, event: `{"detail": {"state": {"status": "running"}}}`, want: false},
		{page: pagePatterns, name: "a dot and one name more in the event", pattern: `{"detail": {"state": {"status": ["running"]}}}`, event: `{"detail": {"state.status": {"status": "running"}}}`, want: false},
		{page: ours, name: "dots across the levels", pattern: `{"a.b": {"c": [1]}}`, event: `{"a": {"b.c": 1}}`, want: true},
		{page: ours, name: "a dot at the end", pattern: `{"a.": [1]}`, event: `{"a": {"": 1}}`, want: true},
		{page: ours, name: "a part is not the whole", pattern: `{"a.b": [1]}`, event: `{"a": 1}`, want: false},
	})
}
