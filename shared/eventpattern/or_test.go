package eventpattern_test

import "testing"

func TestOr(t *testing.T) {
	const either = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}]}`
	const parallel = `{"$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}], "detail": {"$or": [{"source": ["aws.cloudwatch"]}, {"detail-type": ["CloudWatch Alarm State Change"]}]}}`
	const andInside = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization"]}, {"metricType": ["MetricType"], "namespace": ["AWS/EC2"]}, {"scope": ["Service"]}]}`
	const nested = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization"]}, {"metricType": ["MetricType"], "$or": [{"metricId": [1234]}, {"spaceId": [1000, 2000]}]}]}`
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "one condition of three", pattern: `{"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [{"numeric": ["<", 10]}]}, {"x-limit": [{"numeric": ["=", 3]}]}]}}`, event: ec2, want: true},
		{page: pageOperators, name: "no condition of three", pattern: `{"detail": {"$or": [{"c-count": [{"numeric": [">", 9]}]}, {"d-count": [{"numeric": ["<", 1]}]}, {"x-limit": [{"numeric": ["=", 3]}]}]}}`, event: ec2, want: false},
		{page: pageOperators, name: "place or day", pattern: `{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}`, event: `{"Location": "Berlin", "Day": "Monday"}`, want: true},
		{page: ruler, name: "the first branch", pattern: either, event: `{"source": "aws.cloudwatch", "metricName": "ReadLatency"}`, want: true},
		{page: ruler, name: "the second branch", pattern: either, event: `{"source": "aws.cloudwatch", "namespace": "AWS/ES"}`, want: true},
		{page: ruler, name: "both branches", pattern: either, event: `{"source": "aws.cloudwatch", "namespace": "AWS/ES", "metricName": "ReadLatency"}`, want: true},
		{page: ruler, name: "no branch", pattern: either, event: `{"source": "aws.cloudwatch", "namespace": "AWS/RDS"}`, want: false},
		{page: ruler, name: "a branch, but not the rest", pattern: either, event: `{"source": "aws.ec2", "namespace": "AWS/ES"}`, want: false},
		{page: ruler, name: "one branch at each level", pattern: parallel, event: `{"namespace": "AWS/EC2", "detail": {"source": "aws.cloudwatch"}}`, want: true},
		{page: ruler, name: "the other branch at each level", pattern: parallel, event: `{"metricName": "CPUUtilization", "detail": {"detail-type": "CloudWatch Alarm State Change"}}`, want: true},
		{page: ruler, name: "a branch at one level only", pattern: parallel, event: `{"metricName": "CPUUtilization", "detail": {"source": "aws.ec2"}}`, want: false},
		{page: ruler, name: "a branch with two fields", pattern: andInside, event: `{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2"}`, want: true},
		{page: ruler, name: "a branch with one of two fields", pattern: andInside, event: `{"source": "aws.cloudwatch", "namespace": "AWS/EC2"}`, want: false},
		{page: ruler, name: "the last branch", pattern: andInside, event: `{"source": "aws.cloudwatch", "scope": "Service"}`, want: true},
		{page: ruler, name: "an inner branch", pattern: nested, event: `{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 2000}`, want: true},
		{page: ruler, name: "an inner branch without the outer field", pattern: nested, event: `{"source": "aws.cloudwatch", "spaceId": 2000}`, want: false},
		{page: ruler, name: "no inner branch", pattern: nested, event: `{"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 3}`, want: false},
		{page: ruler, name: "past the inner branches", pattern: nested, event: `{"source": "aws.cloudwatch", "metricName": "CPUUtilization"}`, want: true},
		{page: ours, name: "fields after the $or count in every branch", pattern: `{"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}`, event: `{"b": 2, "c": 4}`, want: false},
		{page: ours, name: "the same field in two branches", pattern: `{"$or": [{"a": [1], "b": [1]}, {"a": [2], "b": [2]}]}`, event: `{"a": 2, "b": 2}`, want: true},
		{page: ours, name: "branches do not mix", pattern: `{"$or": [{"a": [1], "b": [1]}, {"a": [2], "b": [2]}]}`, event: `{"a": 1, "b": 2}`, want: false},
		{page: ours, name: "branches after several fields", pattern: `{"a": [1], "b": [1], "c": [1], "$or": [{"d": [1]}, {"e": [1]}]}`, event: `{"a": 1, "b": 1, "c": 1, "d": 1}`, want: true},
		{page: ours, name: "a branch that wants a field missing", pattern: `{"$or": [{"a": [{"exists": false}]}, {"a": ["x"]}]}`, event: `{"a": "y"}`, want: false},
		{page: ours, name: "branches reach into one element", pattern: `{"a": {"k": [1], "$or": [{"x": [1]}, {"y": [1]}]}}`, event: `{"a": [{"k": 1, "x": 0}, {"k": 0, "y": 1}]}`, want: false},
	})
}
