package eventpattern_test

import "testing"

func TestExists(t *testing.T) {
	const nested = `{"detail": {"state": ["initializing", "running"], "c-count": {"c1": 100}}}`
	judge(t, []verdict{
		{pageOperators, "a field that is there", `{"detail": {"c-count": [{"exists": true}]}}`, ec2, true},
		{pageOperators, "a field that is there, wanted gone", `{"detail": {"c-count": [{"exists": false}]}}`, ec2, false},
		{pageOperators, "a field that is missing", `{"detail": {"e-count": [{"exists": false}]}}`, ec2, true},
		{pageOperators, "a field that is missing, wanted there", `{"detail": {"e-count": [{"exists": true}]}}`, ec2, false},
		{pageOperators, "an object is no leaf, wanted gone", `{"detail": {"c-count": [{"exists": false}]}}`, nested, true},
		{pageOperators, "an object is no leaf, wanted there", `{"detail": {"c-count": [{"exists": true}]}}`, nested, false},
		{pageOperators, "a leaf below", `{"detail": {"c-count": {"c1": [{"exists": true}]}}}`, nested, true},
		{pageOperators, "a list of scalars is a leaf", `{"detail": {"state": [{"exists": true}]}}`, nested, true},
		{pageNulls, "an empty list is missing", `{"resources": [{"exists": true}]}`, `{"resources": []}`, false},
		{pageNulls, "an empty list is missing, as wanted", `{"resources": [{"exists": false}]}`, `{"resources": []}`, true},
		{ours, "null is there", `{"a": [{"exists": true}]}`, `{"a": null}`, true},
		{ours, "null is there, wanted gone", `{"a": [{"exists": false}]}`, `{"a": null}`, false},
		{ours, "the empty string is there", `{"a": [{"exists": true}]}`, `{"a": ""}`, true},
		{ours, "false is there", `{"a": [{"exists": true}]}`, `{"a": false}`, true},
		{ours, "everything around is missing", `{"a": {"b": {"c": [{"exists": false}]}}}`, `{"x": 1}`, true},
		{ours, "a scalar around", `{"a": {"b": [{"exists": false}]}}`, `{"a": 1}`, true},
		{ours, "in an empty event", `{"a": [{"exists": false}]}`, `{}`, true},
		{ours, "a value or missing: missing", `{"a": ["x", {"exists": false}]}`, `{"b": 1}`, true},
		{ours, "a value or missing: the value", `{"a": ["x", {"exists": false}]}`, `{"a": "x"}`, true},
		{ours, "a value or missing: another value", `{"a": ["x", {"exists": false}]}`, `{"a": "y"}`, false},
		{ours, "any or a value", `{"a": [{"exists": true}, {"prefix": "no"}, {"suffix": "no"}]}`, `{"a": "y"}`, true},
		{ours, "anything but a value, or missing", `{"d": {"h": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}`, `{"d": {"p": {"N": "7"}}}`, true},
		{ours, "anything but the value, or missing", `{"d": {"h": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}`, `{"d": {"h": {"S": "roses"}}}`, false},
		{ours, "in one of the elements", `{"a": {"id": [{"exists": true}]}}`, `{"a": [{"k": 1}, {"id": 2}, {"k": 3}]}`, true},
		{ours, "missing from the element that matches", `{"a": {"k": [1], "z": [{"exists": false}]}}`, `{"a": [{"k": 1}, {"k": 2, "z": 3}]}`, true},
		{ours, "not missing from the element that matches", `{"a": {"k": [2], "z": [{"exists": false}]}}`, `{"a": [{"k": 1}, {"k": 2, "z": 3}]}`, false},
		{ours, "present in any element, nothing chosen before", `{"a": {"b": [{"exists": false}], "k": [1]}}`, `{"a": [{"k": 1}, {"k": 2, "b": 3}]}`, false},
	})
}
