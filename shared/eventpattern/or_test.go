package eventpattern_test

import "testing"

func TestOr(t *testing.T) {
	const either = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}]}`
	const parallel = `{"$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}], "detail": {"$or": [{"source": ["aws.cloudwatch"]}, {"detail-type": ["CloudWatch Alarm State Change"]}]}}`
	const andInside = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization"]}, {"metricType": ["MetricType"], "namespace": ["AWS/EC2"]}, {"scope": ["Service"]}]}`
	const nested = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization"]}, {"metricType": ["MetricType"], "$or": [{"metricId": [1234]}, {"spaceId": [1000, 2000]}]}]}`
	judge(t, []verdict{
		{pageOperators, "one condition of three", `{"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [{"numeric": ["<", 10]}]}, {"x-limit": [{"numeric": ["=", 3]}]}]}}`, ec2, true},
		{pageOperators, "no condition of three", `{"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [{"numeric": ["<", 1]}]}, {"x-limit": [{"numeric": ["=", 3]}]}]}}`, ec2, false},
		{pageOperators, "place or day", `{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}`, `{"Location": "Berlin", "Day": "Monday"}`, true},
		{ruler, "the first branch", either, `{"source": "aws.cloudwatch", "metricName": "ReadLatency"}`, true},
		{ruler, "the second branch", either, `{"source": "aws.cloudwatch", "namespace": "AWS/ES"}`, true},
		{ruler, "both branches", either, `{"source": "aws.cloudwatch", "namespace": "AWS/ES", "metricName": "ReadLatency"}`, true},
		{ruler, "no branch", either, `{"source": "aws.cloudwatch", "namespace": "AWS/RDS"}`, false},
		{ruler, "a branch, but not the rest", either, `{"source": "aws.ec2", "namespace": "AWS/ES"}`, false},
		{ruler, "one branch at each level", parallel, `{"namespace": "AWS/EC2", "detail": {"source": "aws.cloudwatch"}}`, true},
		{ruler, "the other branch at each level", parallel, `{"metricName": "CPUUtilization", "detail": {"detail-type": "CloudWatch Alarm State Change"}}`, true},
		{ruler, "a branch at one level only", parallel, `{"metricName": "CPUUtilization", "detail": {"source": "aws.ec2"}}`, false},
		{ruler, "a branch with two fields", andInside, `{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2"}`, true},
		{ruler, "a branch with one of two fields", andInside, `{"source": "aws.cloudwatch", "namespace": "AWS/EC2"}`, false},
		{ruler, "the last branch", andInside, `{"source": "aws.cloudwatch", "scope": "Service"}`, true},
		{ruler, "an inner branch", nested, `{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 2000}`, true},
		{ruler, "an inner branch without the outer field", nested, `{"source": "aws.cloudwatch", "spaceId": 2000}`, false},
		{ruler, "no inner branch", nested, `{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 3}`, false},
		{ruler, "past the inner branches", nested, `{"source": "aws.cloudwatch", "metricName": "CPUUtilization"}`, true},
		{ours, "fields after the $or count in every branch", `{"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}`, `{"b": 2, "c": 4}`, false},
		{ours, "the same field in two branches", `{"$or": [{"a": [1], "b": [1]}, {"a": [2], "b": [2]}]}`, `{"a": 2, "b": 2}`, true},
		{ours, "branches do not mix", `{"$or": [{"a": [1], "b": [1]}, {"a": [2], "b": [2]}]}`, `{"a": 1, "b": 2}`, false},
		{ours, "branches after several fields", `{"a": [1], "b": [1], "c": [1], "$or": [{"d": [1]}, {"e": [1]}]}`, `{"a": 1, "b": 1, "c": 1, "d": 1}`, true},
		{ours, "a branch that wants a field missing", `{"$or": [{"a": [{"exists": false}]}, {"a": ["x"]}]}`, `{"a": "y"}`, false},
		{ours, "branches reach into one element", `{"a": {"k": [1], "$or": [{"x": [1]}, {"y": [1]}]}}`, `{"a": [{"k": 1, "x": 0}, {"k": 0, "y": 1}]}`, false},
	})
}
