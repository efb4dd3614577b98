package eventpattern_test

import "testing"

func TestNumeric(t *testing.T) {
	judge(t, []verdict{
		{pageOperators, "all three", `{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}}`, ec2, true},
		{pageOperators, "one of three not", `{"detail": {"c-count": [{"numeric": [">", 0, "<", 5]}], "d-count": [{"numeric": ["<", 10]}]}}`, ec2, false},
		{pageOperators, "more than ten, up to twenty", `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, `{"Price": 20}`, true},
		{pageOperators, "ten is not more than ten", `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, `{"Price": 10}`, false},
		{pageOperators, "a price of 100", `{"Price": [{"numeric": ["=", 100]}]}`, `{"Price": 100.0}`, true},
		{pageOperators, "a price of 101", `{"Price": [{"numeric": ["=", 100]}]}`, `{"Price": 101}`, false},
		{pageOperators, "-5e9 is within", `{"a": [{"numeric": [">=", -5.0e9]}]}`, `{"a": -5000000000}`, true},
		{pageOperators, "+5e9 is within", `{"a": [{"numeric": ["<=", 5.0e9]}]}`, `{"a": 5000000000}`, true},
		{pageOperators, "beyond 5e9 is no number", `{"a": [{"numeric": [">", 0]}]}`, `{"a": 5000000000.000001}`, false},
		{pageOperators, "beyond -5e9 is no number", `{"a": [{"numeric": ["<", 0]}]}`, `{"a": -5000000001}`, false},
		{pageOperators, "six decimals count", `{"a": [{"numeric": [">", 0.000001]}]}`, `{"a": 0.000002}`, true},
		{pageOperators, "seven decimals are too many", `{"a": [{"numeric": [">", 0]}]}`, `{"a": 0.0000011}`, false},
		{pageOperators, "only JSON numbers", `{"a": [{"numeric": [">", 100]}]}`, `{"a": "101"}`, false},
		{pageOperators, "null is no number", `{"a": [{"numeric": ["<", 100]}]}`, `{"a": null}`, false},
		{ours, ">= with its end", `{"a": [{"numeric": [">=", 5]}]}`, `{"a": 5}`, true},
		{ours, ">= below", `{"a": [{"numeric": [">=", 5]}]}`, `{"a": 4.999999}`, false},
		{ours, "> with its end", `{"a": [{"numeric": [">", 5]}]}`, `{"a": 5}`, false},
		{ours, "> above", `{"a": [{"numeric": [">", 5]}]}`, `{"a": 5.000001}`, true},
		{ours, "< with its end", `{"a": [{"numeric": ["<", 5]}]}`, `{"a": 5}`, false},
		{ours, "< below", `{"a": [{"numeric": ["<", 5]}]}`, `{"a": -7}`, true},
		{ours, "<= with its end", `{"a": [{"numeric": ["<=", 5]}]}`, `{"a": 5}`, true},
		{ours, "<= above", `{"a": [{"numeric": ["<=", 5]}]}`, `{"a": 6}`, false},
		{ours, "between, with both ends, low", `{"a": [{"numeric": [">=", 1, "<=", 2]}]}`, `{"a": 1}`, true},
		{ours, "between, with both ends, high", `{"a": [{"numeric": [">=", 1, "<=", 2]}]}`, `{"a": 2}`, true},
		{ours, "between, without ends, low", `{"a": [{"numeric": [">", 1, "<", 2]}]}`, `{"a": 1}`, false},
		{ours, "between, without ends, inside", `{"a": [{"numeric": [">", 1, "<", 2]}]}`, `{"a": 1.5}`, true},
		{ours, "between negative numbers", `{"a": [{"numeric": [">", -2, "<", -1]}]}`, `{"a": -1.5}`, true},
		{ours, "a missing field", `{"a": [{"numeric": ["<", 5]}]}`, `{"b": 1}`, false},
	})
}
