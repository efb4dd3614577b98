package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"

	"curfew/scripts/compare"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// calls are actions with resources that they take, and one action that AWS does not have.
var calls = []iampolicy.Call{
	{Action: "s3:GetObject", Resource: "arn:aws:s3:::example/ana/report.txt"},
	{Action: "s3:PutObject", Resource: "arn:aws:s3:::example/ben/a/b"},
	{Action: "S3:getobject", Resource: "arn:aws:s3:::exämple/${aws:username}/b"},
	{Action: "s3:ListBucket", Resource: "arn:aws:s3:::example"},
	{Action: "s3:ListAllMyBuckets", Resource: "*"},
	{Action: "s3:FutureThing", Resource: "arn:aws:s3:::example/ana/a/b"},
	{Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-west-1:111122223333:orders"},
	{Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-west-2:111122223333:invoices"},
	{Action: "ec2:StopInstances", Resource: "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"},
	{Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:eu-west-1:111122223333:function:orders:live"},
	{Action: "kms:RetireGrant", Resource: "arn:aws:kms:eu-west-1:111122223333:key/1"},
	{Action: "kms:Decrypt", Resource: "arn:aws:kms:eu-west-1:111122223333:key/1"},
}

var (
	actions   = []string{"*", "*:*", "s3:*", "S3:getobject", "s3:?etObject", "s3:*Object", "s3:FutureThing", "sqs:Send*", "ec2:*Instances", "lambda:Invoke*", "s3:List*", "kms:*", "kms:RetireGrant", "iam:*"}
	resources = []string{"*", "*", "arn:aws:s3:::example", "arn:aws:s3:::ex*", "arn:aws:s3:::example/*", "arn:aws:s3:::*/b", "arn:aws:s3:::example/${aws:username}/*", "arn:aws:s3:::ex?mple/*/b",
		"arn:aws:s3:::example/${aws:PrincipalTag/team, 'ben'}/*", "arn:aws:s3:::ex*/${*}*", "arn:aws:sqs:*:*:orders", "arn:aws:sqs:eu-west-?:111122223333:*", "arn:aws:sqs:eu-*-1:*:*", "arn:aws:ec2:*",
		"arn:aws:lambda:*:*:function:orders:*", "arn:aws:lambda:eu*", "arn:*:s3:::example/*", "arn:aws:kms:*:111122223333:key/?", "arn:aws*:kms:*:*:*"}
	versions = []string{iampolicy.Version, iampolicy.Version, iampolicy.Version, iampolicy.VersionOld}
)

// kinds are conditions, and values that a call may have.
var kinds = []struct {
	operators, keys, policy, call []string
}{
	{[]string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "ForAllValues:StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringNotLike"},
		[]string{"aws:username", "AWS:UserName", "aws:PrincipalTag/team", "aws:TagKeys"}, []string{"ana", "ben", "a*", "${aws:username}", "b?n", "${*}"}, []string{"ana", "ben", "Ana", "", "*"}},
	{[]string{"NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals", "NumericEquals"}, []string{"s3:max-keys"}, []string{"1", "10", "100"}, []string{"1", "9", "10", "100", "x"}},
	{[]string{"DateLessThan", "DateGreaterThanEquals"}, []string{"aws:CurrentTime"}, []string{"2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z"}, []string{"2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T12:30:00Z"}},
	{[]string{"Bool", "Null"}, []string{"aws:MultiFactorAuthPresent"}, []string{"true", "false"}, []string{"true", "false"}},
	{[]string{"IpAddress", "NotIpAddress"}, []string{"aws:SourceIp"}, []string{"203.0.113.0/24", "203.0.113.7", "0.0.0.0/0"}, []string{"203.0.113.7", "203.0.113.8", "198.51.100.1"}},
	{[]string{"ArnLike", "ArnNotEquals"}, []string{"aws:PrincipalArn"}, []string{"arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/o?s", "arn:aws:iam::111122223333:role/ops"},
		[]string{"arn:aws:iam::111122223333:role/ops", "arn:aws:iam::111122223333:role/ana", "ops"}},
}

// statement is one of a document, as text has it.
type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource []string                       `json:",omitempty"`
	Condition                                map[string]map[string][]string `json:",omitempty"`
}

// generator makes cases. It is not for several goroutines.
type generator struct{ *rand.Rand }

func (g generator) one(in int) bool { return g.IntN(in) == 0 }

func (g generator) statement() statement {
	s := statement{Effect: "Allow"}
	if g.one(4) {
		s.Effect = "Deny"
	}
	to, resource := &s.Action, &s.Resource
	if g.one(6) {
		to = &s.NotAction
	}
	if g.one(6) {
		resource = &s.NotResource
	}
	*to, *resource = compare.Some(g.Rand, actions), compare.Some(g.Rand, resources)
	for range g.IntN(6) / 3 {
		k := compare.Pick(g.Rand, kinds)
		operator := compare.Pick(g.Rand, k.operators)
		if g.one(4) && operator != "Null" {
			operator += "IfExists"
		}
		s.Condition = map[string]map[string][]string{operator: {compare.Pick(g.Rand, k.keys): compare.Some(g.Rand, k.policy)}}
	}
	return s
}

// document is a policy. Of one in fifty built in Go the text is not valid.
func (g generator) document() (*iampolicy.Document, error) {
	if g.one(50) {
		return &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{{Effect: "Perhaps"}}}, nil
	}
	var d struct {
		Version   string
		Statement []statement
	}
	d.Version = compare.Pick(g.Rand, versions)
	for range 1 + g.IntN(3) {
		s := g.statement()
		if d.Version != iampolicy.Version { // some texts are ARNs with variables alone
			s.Resource, s.NotResource = old(s.Resource), old(s.NotResource)
		}
		d.Statement = append(d.Statement, s)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return iampolicy.Parse(b)
}

func old(all []string) (out []string) {
	for _, s := range all {
		out = append(out, strings.ReplaceAll(s, ", 'ben'", ""))
	}
	return out
}

func (g generator) documents(n int) (all []*iampolicy.Document, err error) {
	for range n {
		d, err := g.document()
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func (g generator) levels() (all [][]*iampolicy.Document, err error) {
	if !g.one(4) {
		return nil, nil
	}
	for range 1 + g.IntN(2) {
		level, err := g.documents(g.IntN(3))
		if err != nil {
			return nil, err
		}
		all = append(all, level)
	}
	return all, nil
}

func (g generator) layers() (l reach.Layers, err error) {
	if l.Identity, err = g.documents(g.IntN(4)); err != nil {
		return l, err
	}
	if g.one(4) {
		if l.Boundary, err = g.document(); err != nil {
			return l, err
		}
	}
	if l.SCPs, err = g.levels(); err != nil {
		return l, err
	}
	l.RCPs, err = g.levels()
	return l, err
}

// more are layers with one policy more or less, so that one principal often has a part of what the other has.
func (g generator) more(l reach.Layers) (reach.Layers, error) {
	d, err := g.document()
	switch {
	case err != nil:
	case g.one(2):
		l.Identity = append(append([]*iampolicy.Document{}, l.Identity...), d)
	case g.one(2):
		l.Boundary = d
	case g.one(2):
		l.SCPs, l.RCPs = nil, nil
	default:
		l.SCPs = append([][]*iampolicy.Document{{d}}, l.SCPs...)
	}
	return l, err
}

func (g generator) call() iampolicy.Call {
	c := compare.Pick(g.Rand, calls)
	if g.one(4) {
		c.Resource = compare.Pick(g.Rand, calls).Resource
	}
	c.Context = iampolicy.Context{}
	for _, k := range kinds {
		for _, key := range k.keys {
			switch {
			case key == "AWS:UserName" || g.one(3):
			case key == "aws:TagKeys":
				c.Context[key] = compare.Some(g.Rand, k.call)
			default:
				c.Context[key] = []string{compare.Pick(g.Rand, k.call)}
			}
		}
	}
	return c
}
