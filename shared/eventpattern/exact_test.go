package eventpattern_test

import "testing"

func TestExactValues(t *testing.T) {
	judge(t, []verdict{
		{pagePatterns, "source, type and state", `{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}`, ec2, true},
		{pagePatterns, "one of the values", `{"detail": {"state": ["running", "terminated"]}}`, ec2, true},
		{pagePatterns, "none of the values", `{"detail": {"state": ["running", "stopped"]}}`, ec2, false},
		{pagePatterns, "all fields must match", `{"source": ["aws.ec2"], "detail": {"state": ["running"]}}`, ec2, false},
		{pagePatterns, "other fields do not count", `{"account": ["111122223333"]}`, ec2, true},
		{pagePatterns, "a field that is missing", `{"detail": {"reason": ["x"]}}`, ec2, false},
		{pagePatterns, "another nesting", `{"state": ["terminated"]}`, ec2, false},
		{pagePatterns, "case counts in values", `{"detail": {"state": ["Terminated"]}}`, ec2, false},
		{pagePatterns, "case counts in names", `{"detail": {"State": ["terminated"]}}`, ec2, false},
		{pagePatterns, "a string is not its beginning", `{"source": ["aws.ec"]}`, ec2, false},
		{pagePatterns, "the word true", `{"a": [true]}`, `{"a": true}`, true},
		{pagePatterns, "true is not false", `{"a": [true]}`, `{"a": false}`, false},
		{pagePatterns, "true is not a string", `{"a": [true]}`, `{"a": "true"}`, false},
		{pagePatterns, "a string is not true", `{"a": ["true"]}`, `{"a": true}`, false},
		{pagePatterns, "a string is not a number", `{"a": ["300"]}`, `{"a": 300}`, false},
		{pagePatterns, "a number is not a string", `{"a": [300]}`, `{"a": "300"}`, false},
		{ours, "an object is no value", `{"a": ["b"]}`, `{"a": {"b": "b"}}`, false},
		{ours, "a scalar has no fields", `{"a": {"b": ["x"]}}`, `{"a": "x"}`, false},
		{ours, "escapes are one spelling", `{"a": ["\u0041/"]}`, `{"a": "A\/"}`, true},
		{ours, "escapes in names", `{"\u0061": ["x"]}`, `{"\u0061": "x"}`, true},
		{ours, "no normal form of letters", `{"a": ["\u00e9"]}`, `{"a": "e\u0301"}`, false},
		{ours, "a quote in a value", `{"a": ["say \"x\""]}`, `{"a": "say \"x\"", "b": 1}`, true},
		{ours, "a backslash at the end of a value", `{"b": [1]}`, `{"a": "x\\", "b": 1}`, true},
		{ours, "brackets in a string are text", `{"b": [1]}`, `{"a": {"x": "}]"}, "b": 1}`, true},
		{ours, "white space anywhere", "{\n\t\"a\" : [ 1 ,\r 2 ] }", "\n {\t\"a\" :\r 2 } \n", true},
		{ours, "an empty event", `{"a": [1]}`, `{}`, false},
		{ours, "an empty name", `{"": ["x"]}`, `{"": "x"}`, true},
		{ours, "a field twice has both values", `{"a": [1], "b": [2]}`, `{"a": 1, "b": 2, "a": 3}`, true},
		{ours, "an object twice has both fields", `{"a": {"b": [1], "c": [2]}}`, `{"a": {"b": 1}, "a": {"c": 2}}`, true},
	})
}

func TestNullAndEmpty(t *testing.T) {
	launch := `{"resources": [], "detail": {"eventVersion": "", "responseElements": null}}`
	judge(t, []verdict{
		{pageNulls, "the empty string", `{"detail": {"eventVersion": [""]}}`, launch, true},
		{pageNulls, "null", `{"detail": {"responseElements": [null]}}`, launch, true},
		{pageNulls, "null is not the empty string", `{"detail": {"responseElements": [""]}}`, launch, false},
		{pageNulls, "the empty string is not null", `{"detail": {"eventVersion": [null]}}`, launch, false},
		{pageNulls, "an empty list is not null", `{"resources": [null]}`, launch, false},
		{pageNulls, "a missing field is not null", `{"detail": {"other": [null]}}`, launch, false},
		{pageNulls, "a missing field is not empty", `{"detail": {"other": [""]}}`, launch, false},
		{ours, "null is not the string null", `{"a": ["null"]}`, `{"a": null}`, false},
	})
}

func TestNumbersAreEqualByValue(t *testing.T) {
	judge(t, []verdict{
		{ruler, "300 and 300.0", `{"a": [300]}`, `{"a": 300.0}`, true},
		{ruler, "300 and 3.0e2", `{"a": [300]}`, `{"a": 3.0e2}`, true},
		{ruler, "3.0e2 and 300", `{"a": [3.0e2]}`, `{"a": 300}`, true},
		{ruler, "30000e-2 and 300", `{"a": [30000e-2]}`, `{"a": 300}`, true},
		{ruler, "3E+2 and 300", `{"a": [3E+2]}`, `{"a": 300}`, true},
		{ours, "300 and 300.000001", `{"a": [300]}`, `{"a": 300.000001}`, false},
		{ours, "zero has no sign", `{"a": [0]}`, `{"a": -0.0e7}`, true},
		{ours, "a sign counts", `{"a": [5]}`, `{"a": -5}`, false},
		{ours, "six decimals", `{"a": [0.000001]}`, `{"a": 1e-6}`, true},
		{ours, "seven decimals as written", `{"a": [0.0000001]}`, `{"a": 0.0000001}`, true},
		{ours, "seven decimals otherwise written", `{"a": [0.0000001]}`, `{"a": 1e-7}`, false},
		{ours, "an account number as written", `{"a": [111122223333]}`, `{"a": 111122223333}`, true},
		{ours, "an account number otherwise written", `{"a": [111122223333]}`, `{"a": 111122223333.0}`, false},
		{ours, "5e9 is within", `{"a": [5000000000]}`, `{"a": 5.0e9}`, true},
		{ours, "beyond 5e9 only as written", `{"a": [5000000001]}`, `{"a": 5.000000001e9}`, false},
		{ours, "a huge exponent", `{"a": [1]}`, `{"a": 1e99999999999999999999}`, false},
		{ours, "a tiny exponent", `{"a": [0]}`, `{"a": 1e-99999999999999999999}`, false},
		{ours, "zero with a huge exponent", `{"a": [0]}`, `{"a": 0e99999999999999999999}`, true},
		{ours, "the largest exponent that is an integer", `{"a": [1]}`, `{"a": 1e9223372036854775801}`, false},
		{ours, "an account number is not zero", `{"a": [111122223333]}`, `{"a": 0}`, false},
	})
}

func TestDotsInNames(t *testing.T) {
	judge(t, []verdict{
		{ruler, "nested in both", `{"detail": {"state": {"status": ["running"]}}}`, `{"detail": {"state": {"status": "running"}}}`, true},
		{ruler, "a dot in the pattern", `{"detail": {"state.status": ["running"]}}`, `{"detail": {"state": {"status": "running"}}}`, true},
		{ruler, "a dot in the event", `{"detail": {"state": {"status": ["running"]}}}`, `{"detail": {"state.status": "running"}}`, true},
		{ruler, "a dot in both", `{"detail": {"state.status": ["running"]}}`, `{"detail": {"state.status": "running"}}`, true},
		{pagePatterns, "a dot and one name more in the pattern", `{"detail": {"state.status": {"status": ["running"]}}}`, `{"detail": {"state": {"status": "running"}}}`, false},
		{pagePatterns, "a dot and one name more in the event", `{"detail": {"state": {"status": ["running"]}}}`, `{"detail": {"state.status": {"status": "running"}}}`, false},
		{ours, "dots across the levels", `{"a.b": {"c": [1]}}`, `{"a": {"b.c": 1}}`, true},
		{ours, "a dot at the end", `{"a.": [1]}`, `{"a": {"": 1}}`, true},
		{ours, "a part is not the whole", `{"a.b": [1]}`, `{"a": 1}`, false},
	})
}
