package main

import (
	"math/rand/v2"

	"curfew/scripts/compare"
)

const account = "111122223333"

// calls are actions with resources that they take. Services whose resource
// policies decide too (KMS, STS) are left out: only identity policies are compared.
var calls = []struct{ action, resource string }{
	{"s3:GetObject", "arn:aws:s3:::example/ana/report.txt"},
	{"s3:PutObject", "arn:aws:s3:::example/ben/a/b"},
	{"s3:ListBucket", "arn:aws:s3:::example"},
	{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:" + account + ":orders"},
	{"ec2:StopInstances", "arn:aws:ec2:eu-central-1:" + account + ":instance/i-0123456789abcdef0"},
	{"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:" + account + ":table/orders"},
	{"lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:" + account + ":function:orders:live"},
	{"logs:GetLogEvents", "arn:aws:logs:eu-west-1:" + account + ":log-group:orders:log-stream:a"},
}

var (
	actionPatterns   = []string{"*", "s3:*", "S3:getobject", "s3:?etObject", "sqs:Send*", "ec2:*Instances", "dynamodb:*Item", "lambda:Invoke*", "logs:Get*", "s3:List*", "iam:*"}
	resourcePatterns = []string{"*", "arn:aws:s3:::example", "arn:aws:s3:::example/*", "arn:aws:s3:::example/${aws:username}/*", "arn:aws:s3:::ex?mple/*/b",
		"arn:aws:s3:::example/${aws:PrincipalTag/team, 'ben'}/*", "arn:aws:sqs:*:*:orders", "arn:aws:sqs:eu-west-?:" + account + ":*", "arn:aws:ec2:*:" + account + ":instance/*",
		"arn:aws:dynamodb:eu-*-1:*:table/*", "arn:aws:lambda:*:*:function:orders:*", "arn:aws:logs:*:*:log-group:*", "arn:*:s3:::example/*"}
)

// kindOf says how a family of operators is fed: its operators, the values that a
// policy may name, the keys and the values that a call may have.
type kindOf struct {
	operators []string
	policy    []string
	call      []string
	keys      []string
}

var kinds = []kindOf{
	{
		operators: []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
		policy:    []string{"ana", "ANA", "a*", "?na", "ben", "*", "${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'ana'}", "a${*}", "x${$}"},
		call:      []string{"ana", "Ana", "ben", "a*", "x$"},
		keys:      []string{"aws:username", "aws:PrincipalTag/team", "aws:RequestTag/owner", "s3:prefix"},
	},
	{
		operators: []string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
		policy:    []string{"1", "10", "100", "-5"},
		call:      []string{"1", "9", "10", "11", "100", "-5", "many"},
		keys:      []string{"s3:max-keys", "aws:MultiFactorAuthAge"},
	},
	{
		operators: []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
		policy:    []string{"2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z", "1795435200"},
		call:      []string{"2026-11-23T11:59:59Z", "2026-11-23T12:00:00Z", "2026-11-23T12:30:00Z", "2026-11-23T13:00:00Z", "soon"},
		keys:      []string{"aws:CurrentTime", "aws:TokenIssueTime"},
	},
	{
		operators: []string{"Bool"},
		policy:    []string{"true", "false"},
		call:      []string{"true", "false"},
		keys:      []string{"aws:SecureTransport", "aws:MultiFactorAuthPresent"},
	},
	{
		operators: []string{"IpAddress", "NotIpAddress"},
		policy:    []string{"203.0.113.0/24", "203.0.113.7", "2001:db8::/32", "0.0.0.0/0"},
		call:      []string{"203.0.113.7", "203.0.113.8", "198.51.100.1", "2001:db8::1", "home"},
		keys:      []string{"aws:SourceIp", "aws:VpcSourceIp"},
	},
	{
		operators: []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
		policy: []string{"arn:aws:iam::" + account + ":role/ops", "arn:aws:iam::*:role/*", "arn:aws:iam::" + account + ":role/o?s", "arn:aws:sns:*:*:*",
			"arn:aws:iam::" + account + ":role/${aws:username}"},
		call: []string{"arn:aws:iam::" + account + ":role/ops", "arn:aws:iam::444455556666:role/path/ops", "arn:aws:iam::" + account + ":role/ana", "arn:aws:sns:eu-west-1:" + account + ":t", "ops"},
		keys: []string{"aws:PrincipalArn", "aws:SourceArn"},
	},
	{
		operators: []string{"ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringLike", "ForAnyValue:StringLike", "ForAllValues:StringNotEquals",
			"ForAnyValue:StringNotEquals", "ForAllValues:StringNotLike", "ForAnyValue:StringNotLike", "ForAllValues:StringEqualsIgnoreCase", "ForAnyValue:StringEqualsIgnoreCase"},
		policy: []string{"owner", "cost", "c*", "Team"},
		call:   []string{"owner", "cost", "team", "other"},
		keys:   []string{"aws:TagKeys"},
	},
	{
		operators: []string{"Null"},
		policy:    []string{"true", "false"},
		keys:      []string{"aws:username", "aws:TokenIssueTime", "aws:TagKeys"},
	},
}

func generate(r *rand.Rand) Case {
	call := compare.Pick(r, calls)
	c := Case{
		Principal: "arn:aws:iam::" + account + ":role/ops",
		Action:    call.action,
		Resource:  call.resource,
		Context:   callContext(r),
	}
	for range 1 + r.IntN(2) {
		c.Identity = append(c.Identity, policy(r))
	}
	if r.IntN(4) == 0 {
		p := policy(r)
		c.Boundary = &p
	}
	return c
}

// callContext gives each key of every kind a value in two cases of three.
func callContext(r *rand.Rand) map[string]any {
	all := make(map[string]any)
	for _, k := range kinds {
		for _, key := range k.keys {
			switch {
			case len(k.call) == 0 || r.IntN(3) == 0:
			case key == "aws:TagKeys":
				all[key] = compare.Some(r, k.call)
			default:
				all[key] = compare.Pick(r, k.call)
			}
		}
	}
	return all
}

func policy(r *rand.Rand) Policy {
	p := Policy{Version: "2012-10-17"}
	for range 1 + r.IntN(3) {
		p.Statement = append(p.Statement, statement(r))
	}
	return p
}

func statement(r *rand.Rand) Statement {
	s := Statement{Effect: "Allow"}
	if r.IntN(4) == 0 {
		s.Effect = "Deny"
	}
	if r.IntN(6) == 0 {
		s.NotAction = compare.Some(r, actionPatterns)
	} else {
		s.Action = compare.Some(r, actionPatterns)
	}
	if r.IntN(6) == 0 {
		s.NotResource = compare.Some(r, resourcePatterns)
	} else {
		s.Resource = compare.Some(r, resourcePatterns)
	}
	for range r.IntN(3) {
		s.add(condition(r))
	}
	return s
}

func (s *Statement) add(operator, key string, values []string) {
	if s.Condition == nil {
		s.Condition = make(map[string]map[string][]string)
	}
	if s.Condition[operator] == nil {
		s.Condition[operator] = make(map[string][]string)
	}
	s.Condition[operator][key] = values
}

func condition(r *rand.Rand) (operator, key string, values []string) {
	k := compare.Pick(r, kinds)
	operator = compare.Pick(r, k.operators)
	if operator != "Null" && r.IntN(4) == 0 {
		operator += "IfExists"
	}
	values = compare.Some(r, k.policy)
	if operator == "Null" || operator == "Bool" {
		values = values[:1]
	}
	return operator, compare.Pick(r, k.keys), values
}
