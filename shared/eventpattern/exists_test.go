package eventpattern_test

import "testing"

func TestExists(t *testing.T) {
	const nested = `{"detail": {"state": ["initializing", "running"], "c-count": {"c1": 100}}}`
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "a field that is there", pattern: `{"detail": {"c-count": [{"exists": true}]}}`, event: ec2, want: true},
		{page: pageOperators, name: "a field that is there, wanted gone", pattern: `{"detail": {"c-count": [{"exists": false}]}}`, event: ec2, want: false},
		{page: pageOperators, name: "a field that is missing", pattern: `{"detail": {"e-count": [{"exists": false}]}}`, event: ec2, want: true},
		{page: pageOperators, name: "a field that is missing, wanted there", pattern: `{"detail": {"e-count": [{"exists": true}]}}`, event: ec2, want: false},
		{page: pageOperators, name: "an object is no leaf, wanted gone", pattern: `{"detail": {"c-count": [{"exists": false}]}}`, event: nested, want: true},
		{page: pageOperators, name: "an object is no leaf, wanted there", pattern: `{"detail": {"c-count": [{"exists": true}]}}`, event: nested, want: false},
		{page: pageOperators, name: "a leaf below", pattern: `{"detail": {"c-count": {"c1": [{"exists": true}]}}}`, event: nested, want: true},
		{page: pageOperators, name: "a list of scalars is a leaf", pattern: `{"detail": {"state": [{"exists": true}]}}`, event: nested, want: true},
		{page: pageNulls, name: "an empty list is missing", pattern: `{"resources": [{"exists": true}]}`, event: `{"resources": []}`, want: false},
		{page: pageNulls, name: "an empty list is missing, as wanted", pattern: `{"resources": [{"exists": false}]}`, event: `{"resources": []}`, want: true},
		{page: ours, name: "null is there", pattern: `{"a": [{"exists": true}]}`, event: `{"a": null}`, want: true},
		{page: ours, name: "null is there, wanted gone", pattern: `{"a": [{"exists": false}]}`, event: `{"a": null}`, want: false},
		{page: ours, name: "the empty string is there", pattern: `{"a": [{"exists": true}]}`, event: `{"a": ""}`, want: true},
		{page: ours, name: "false is there", pattern: `{"a": [{"exists": true}]}`, event: `{"a": false}`, want: true},
		{page: ours, name: "everything around is missing", pattern: `{"a": {"b": {"c": [{"exists": false}]}}}`, event: `{"x": 1}`, want: true},
		{page: ours, name: "a scalar around", pattern: `{"a": {"b": [{"exists": false}]}}`, event: `{"a": 1}`, want: true},
		{page: ours, name: "in an empty event", pattern: `{"a": [{"exists": false}]}`, event: `{}`, want: true},
		{page: ours, name: "a value or missing: missing", pattern: `{"a": ["x", {"exists": false}]}`, event: `{"b": 1}`, want: true},
		{page: ours, name: "a value or missing: the value", pattern: `{"a": ["x", {"exists": false}]}`, event: `{"a": "x"}`, want: true},
		{page: ours, name: "a value or missing: another value", pattern: `{"a": ["x", {"exists": false}]}`, event: `{"a": "y"}`, want: false},
		{page: ours, name: "any or a value", pattern: `{"a": [{"exists": true}, {"prefix": "no"}, {"suffix": "no"}]}`, event: `{"a": "y"}`, want: true},
		{page: ours, name: "anything but a value, or missing", pattern: `{"d": {"h": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}`, event: `{"d": {"p": {"N": "7"}}}`, want: true},
		{page: ours, name: "anything but the value, or missing", pattern: `{"d": {"h": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}`, event: `{"d": {"h": {"S": "roses"}}}`, want: false},
		{page: ours, name: "in one of the elements", pattern: `{"a": {"id": [{"exists": true}]}}`, event: `{"a": [{"k": 1}, {"id": 2}, {"k": 3}]}`, want: true},
		{page: ours, name: "missing from the element that matches", pattern: `{"a": {"k": [1], "z": [{"exists": false}]}}`, event: `{"a": [{"k": 1}, {"k": 2, "z": 3}]}`, want: true},
		{page: ours, name: "not missing from the element that matches", pattern: `{"a": {"k": [2], "z": [{"exists": false}]}}`, event: `{"a": [{"k": 1}, {"k": 2, "z": 3}]}`, want: false},
		{page: ours, name: "present in any element, nothing chosen before", pattern: `{"a": {"b": [{"exists": false}], "k": [1]}}`, event: `{"a": [{"k": 1}, {"k": 2, "b": 3}]}`, want: false},
	})
}
