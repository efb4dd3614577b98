package eventpattern_test

import "testing"

func TestLists(t *testing.T) {
	const resources = `{"resources": ["arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:nightly", "arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}`
	judge(t, []verdict{
		{pageArrays, "one in common", `{"resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f", "arn:aws:ec2:us-east-1:444455556666:instance/i-b188560f"]}`, resources, true},
		{pageArrays, "none in common", `{"resources": ["arn:aws:ec2:us-east-1:444455556666:instance/i-b188560f"]}`, resources, false},
		{ours, "an operator on one of them", `{"resources": [{"prefix": "arn:aws:ec2:"}]}`, resources, true},
		{ours, "an operator on none of them", `{"resources": [{"prefix": "arn:aws:s3:"}]}`, resources, false},
		{ours, "an empty list", `{"resources": ["x"]}`, `{"resources": []}`, false},
		{ours, "kinds mixed", `{"a": [null]}`, `{"a": ["x", 5, null]}`, true},
		{ours, "lists in lists", `{"a": ["x"]}`, `{"a": [["y"], [["x"]]]}`, true},
		{ours, "scalars of several lists go together", `{"a": ["x"], "b": ["y"]}`, `{"a": ["w", "x"], "b": ["x", "y"]}`, true},
		{ours, "two ranges on one list are two fields", `{"a": [{"numeric": [">", 5, "<", 7]}]}`, `{"a": [4, 8]}`, false},
	})
}

func TestListsOfObjects(t *testing.T) {
	const flatList = `{"employees": [{"firstName": "Ana", "lastName": "Ay"}, {"firstName": "Ben", "lastName": "Bee"}, {"firstName": "Cem", "lastName": "Cee"}]}`
	const listOfLists = `{"employees": [[{"firstName": "Ana", "lastName": "Ay"}, {"firstName": "Ben", "lastName": "Bee"}], [{"firstName": "Cem", "lastName": "Cee"}]]}`
	judge(t, []verdict{
		{ruler, "one field", `{"employees": {"firstName": ["Ben"]}}`, flatList, true},
		{ruler, "one field, lists in lists", `{"employees": {"firstName": ["Ben"]}}`, listOfLists, true},
		{ruler, "two fields of one element", `{"employees": {"firstName": ["Ben"], "lastName": ["Bee"]}}`, flatList, true},
		{ruler, "two fields of different elements", `{"employees": {"firstName": ["Ben"], "lastName": ["Cee"]}}`, flatList, false},
		{ruler, "two fields of different lists in a list", `{"employees": {"firstName": ["Ben"], "lastName": ["Cee"]}}`, listOfLists, false},
		{ruler, "two fields of one list in a list, different elements", `{"employees": {"firstName": ["Ana"], "lastName": ["Bee"]}}`, listOfLists, false},
		{ours, "the second element that will do", `{"a": {"k": [1], "v": ["y"]}}`, `{"a": [{"k": 1, "v": "x"}, {"k": 1, "v": "y"}]}`, true},
		{ours, "different lists are free", `{"a": {"k": [1]}, "b": {"k": [2]}}`, `{"a": [{"k": 0}, {"k": 1}], "b": [{"k": 2}, {"k": 3}]}`, true},
		{ours, "a field beside the list", `{"a": {"k": [1]}, "b": [2]}`, `{"a": [{"k": 0}, {"k": 1}], "b": 2}`, true},
		{ours, "inner lists of one outer element", `{"a": {"b": {"x": [1]}, "c": {"y": [2]}}}`, `{"a": [{"b": [{"x": 1}], "c": [{"y": 2}]}]}`, true},
		{ours, "inner lists of different outer elements", `{"a": {"b": {"x": [1]}, "c": {"y": [2]}}}`, `{"a": [{"b": [{"x": 1}]}, {"c": [{"y": 2}]}]}`, false},
		{ours, "an outer and an inner field", `{"a": {"k": [1], "b": {"x": [2]}}}`, `{"a": [{"k": 1, "b": [{"x": 3}, {"x": 2}]}]}`, true},
		{ours, "an outer and another's inner field", `{"a": {"k": [1], "b": {"x": [2]}}}`, `{"a": [{"k": 1, "b": [{"x": 3}]}, {"k": 4, "b": [{"x": 2}]}]}`, false},
		{ours, "inner elements must be one", `{"a": {"b": {"x": [1], "y": [2]}}}`, `{"a": [{"b": [{"x": 1}, {"y": 2}]}]}`, false},
		{ours, "a scalar list in an element", `{"a": {"k": [1], "v": ["y"]}}`, `{"a": [{"k": 1, "v": ["x", "y"]}]}`, true},
		{ours, "a scalar and an object in one list", `{"a": ["s"], "a.k": [1]}`, `{"a": ["s", {"k": 1}]}`, true},
		{ours, "objects where a scalar is wanted", `{"a": ["s"]}`, `{"a": [{"k": "s"}]}`, false},
	})
}
