package eventpattern_test

import "testing"

func TestNumeric(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "all three", pattern: `{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}}`, event: ec2, want: true},
		{page: pageOperators, name: "one of three not", pattern: `{"detail": {"c-count": [{"numeric": [">", 0, "<", 5]}], "d-count": [{"numeric": ["<", 10]}]}}`, event: ec2, want: false},
		{page: pageOperators, name: "more than ten, up to twenty", pattern: `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, event: `{"Price": 20}`, want: true},
		{page: pageOperators, name: "ten is not more than ten", pattern: `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, event: `{"Price": 10}`, want: false},
		{page: pageOperators, name: "a price of 100", pattern: `{"Price": [{"numeric": ["=", 100]}]}`, event: `{"Price": 100.0}`, want: true},
		{page: pageOperators, name: "a price of 101", pattern: `{"Price": [{"numeric": ["=", 100]}]}`, event: `{"Price": 101}`, want: false},
		{page: pageOperators, name: "-5e9 is within", pattern: `{"a": [{"numeric": [">=", -5.0e9]}]}`, event: `{"a": -5000000000}`, want: true},
		{page: pageOperators, name: "+5e9 is within", pattern: `{"a": [{"numeric": ["<=", 5.0e9]}]}`, event: `{"a": 5000000000}`, want: true},
		{page: pageOperators, name: "six decimals count", pattern: `{"a": [{"numeric": [">", 0.000001]}]}`, event: `{"a": 0.000002}`, want: true},
		{page: pageOperators, name: "only JSON numbers", pattern: `{"a": [{"numeric": [">", 100]}]}`, event: `{"a": "101"}`, want: false},
		{page: pageOperators, name: "null is no number", pattern: `{"a": [{"numeric": ["<", 100]}]}`, event: `{"a": null}`, want: false},
		{page: ours, name: ">= with its end", pattern: `{"a": [{"numeric": [">=", 5]}]}`, event: `{"a": 5}`, want: true},
		{page: ours, name: ">= below", pattern: `{"a": [{"numeric": [">=", 5]}]}`, event: `{"a": 4.999999}`, want: false},
		{page: ours, name: "> with its end", pattern: `{"a": [{"numeric": [">", 5]}]}`, event: `{"a": 5}`, want: false},
		{page: ours, name: "> above", pattern: `{"a": [{"numeric": [">", 5]}]}`, event: `{"a": 5.000001}`, want: true},
		{page: ours, name: "< with its end", pattern: `{"a": [{"numeric": ["<", 5]}]}`, event: `{"a": 5}`, want: false},
		{page: ours, name: "< below", pattern: `{"a": [{"numeric": ["<", 5]}]}`, event: `{"a": -7}`, want: true},
		{page: ours, name: "<= with its end", pattern: `{"a": [{"numeric": ["<=", 5]}]}`, event: `{"a": 5}`, want: true},
		{page: ours, name: "<= above", pattern: `{"a": [{"numeric": ["<=", 5]}]}`, event: `{"a": 6}`, want: false},
		{page: ours, name: "between, with both ends, low", pattern: `{"a": [{"numeric": [">=", 1, "<=", 2]}]}`, event: `{"a": 1}`, want: true},
		{page: ours, name: "between, with both ends, high", pattern: `{"a": [{"numeric": [">=", 1, "<=", 2]}]}`, event: `{"a": 2}`, want: true},
		{page: ours, name: "between, without ends, low", pattern: `{"a": [{"numeric": [">", 1, "<", 2]}]}`, event: `{"a": 1}`, want: false},
		{page: ours, name: "between, without ends, inside", pattern: `{"a": [{"numeric": [">", 1, "<", 2]}]}`, event: `{"a": 1.5}`, want: true},
		{page: ours, name: "between negative numbers", pattern: `{"a": [{"numeric": [">", -2, "<", -1]}]}`, event: `{"a": -1.5}`, want: true},
		{page: ours, name: "a missing field", pattern: `{"a": [{"numeric": ["<", 5]}]}`, event: `{"b": 1}`, want: false},
	})
}

// Numbers beyond 5e9 or with seven decimals matched no comparison, and a pattern of ends could miss an end.
func TestALargeOrFineNumberIsNotMissed(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: ours, name: "beyond 5e9", pattern: `{"a": [{"numeric": [">", 0]}]}`, event: `{"a": 5000000000.000001}`, want: true},
		{page: ours, name: "beyond -5e9", pattern: `{"a": [{"numeric": ["<", 0]}]}`, event: `{"a": -5000000001}`, want: true},
		{page: ours, name: "seven decimals", pattern: `{"a": [{"numeric": [">", 0, "<=", 0.000002]}]}`, event: `{"a": 0.0000011}`, want: true},
		{page: ours, name: "milliseconds", pattern: `{"a": [{"numeric": [">=", 5000000000]}]}`, event: `{"a": 1795435200000}`, want: true},
		{page: ours, name: "the largest", pattern: `{"a": [{"numeric": ["<", 5]}]}`, event: `{"a": 1e999}`, want: false},
	})
}
