package eventpattern_test

import "testing"

func TestLists(t *testing.T) {
	const resources = `{"resources": ["arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:nightly", "arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}`
	runVerdicts(t, []verdict{
		{page: pageArrays, name: "one in common", pattern: `{"resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f", "arn:aws:ec2:us-east-1:444455556666:instance/i-b188560f"]}`, event: resources, want: true},
		{page: pageArrays, name: "none in common", pattern: `{"resources": ["arn:aws:ec2:us-east-1:444455556666:instance/i-b188560f"]}`, event: resources, want: false},
		{page: ours, name: "an operator on one of them", pattern: `{"resources": [{"prefix": "arn:aws:ec2:"}]}`, event: resources, want: true},
		{page: ours, name: "an operator that matches no item", pattern: `{"resources": [{"prefix": "arn:aws:s3:"}]}`, event: resources, want: false},
		{page: ours, name: "an empty list", pattern: `{"resources": ["x"]}`, event: `{"resources": []}`, want: false},
		{page: ours, name: "kinds mixed", pattern: `{"a": [null]}`, event: `{"a": ["x", 5, null]}`, want: true},
		{page: ours, name: "lists in lists", pattern: `{"a": ["x"]}`, event: `{"a": [["y"], [["x"]]]}`, want: true},
		{page: ours, name: "scalars of several lists go together", pattern: `{"a": ["x"], "b": ["y"]}`, event: `{"a": ["w", "x"], "b": ["x", "y"]}`, want: true},
		{page: ours, name: "two ranges on one list are two fields", pattern: `{"a": [{"numeric": [">", 5, "<", 7]}]}`, event: `{"a": [4, 8]}`, want: false},
	})
}

func TestListsOfObjects(t *testing.T) {
	const flatList = `{"employees": [{"firstName": "Ana", "lastName": "Ay"}, {"firstName": "Ben", "lastName": "Bee"}, {"firstName": "Cem", "lastName": "Cee"}]}`
	const listOfLists = `{"employees": [[{"firstName": "Ana", "lastName": "Ay"}, {"firstName": "Ben", "lastName": "Bee"}], [{"firstName": "Cem", "lastName": "Cee"}]]}`
	runVerdicts(t, []verdict{
		{page: ruler, name: "one field", pattern: `{"employees": {"firstName": ["Ben"]}}`, event: flatList, want: true},
		{page: ruler, name: "one field, lists in lists", pattern: `{"employees": {"firstName": ["Ben"]}}`, event: listOfLists, want: true},
		{page: ruler, name: "two fields of one element", pattern: `{"employees": {"firstName": ["Ben"], "lastName": ["Bee"]}}`, event: flatList, want: true},
		{page: ruler, name: "two fields of different elements", pattern: `{"employees": {"firstName": ["Ben"], "lastName": ["Cee"]}}`, event: flatList, want: false},
		{page: ruler, name: "two fields of different lists in a list", pattern: `{"employees": {"firstName": ["Ben"], "lastName": ["Cee"]}}`, event: listOfLists, want: false},
		{page: ruler, name: "two fields of one list in a list, different elements", pattern: `{"employees": {"firstName": ["Ana"], "lastName": ["Bee"]}}`, event: listOfLists, want: false},
		{page: ours, name: "the second element that will do", pattern: `{"a": {"k": [1], "v": ["y"]}}`, event: `{"a": [{"k": 1, "v": "x"}, {"k": 1, "v": "y"}]}`, want: true},
		{page: ours, name: "different lists are free", pattern: `{"a": {"k": [1]}, "b": {"k": [2]}}`, event: `{"a": [{"k": 0}, {"k": 1}], "b": [{"k": 2}, {"k": 3}]}`, want: true},
		{page: ours, name: "a field outside of the list", pattern: `{"a": {"k": [1]}, "b": [2]}`, event: `{"a": [{"k": 0}, {"k": 1}], "b": 2}`, want: true},
		{page: ours, name: "inner lists of one outer element", pattern: `{"a": {"b": {"x": [1]}, "c": {"y": [2]}}}`, event: `{"a": [{"b": [{"x": 1}], "c": [{"y": 2}]}]}`, want: true},
		{page: ours, name: "inner lists of different outer elements", pattern: `{"a": {"b": {"x": [1]}, "c": {"y": [2]}}}`, event: `{"a": [{"b": [{"x": 1}]}, {"c": [{"y": 2}]}]}`, want: false},
		{page: ours, name: "an outer and an inner field", pattern: `{"a": {"k": [1], "b": {"x": [2]}}}`, event: `{"a": [{"k": 1, "b": [{"x": 3}, {"x": 2}]}]}`, want: true},
		{page: ours, name: "an outer and another's inner field", pattern: `{"a": {"k": [1], "b": {"x": [2]}}}`, event: `{"a": [{"k": 1, "b": [{"x": 3}]}, {"k": 4, "b": [{"x": 2}]}]}`, want: false},
		{page: ours, name: "inner elements must be one", pattern: `{"a": {"b": {"x": [1], "y": [2]}}}`, event: `{"a": [{"b": [{"x": 1}, {"y": 2}]}]}`, want: false},
		{page: ours, name: "a scalar list in an element", pattern: `{"a": {"k": [1], "v": ["y"]}}`, event: `{"a": [{"k": 1, "v": ["x", "y"]}]}`, want: true},
		{page: ours, name: "a scalar and an object in one list", pattern: `{"a": ["s"], "a.k": [1]}`, event: `{"a": ["s", {"k": 1}]}`, want: true},
		{page: ours, name: "objects where a scalar is wanted", pattern: `{"a": ["s"]}`, event: `{"a": [{"k": "s"}]}`, want: false},
	})
}
