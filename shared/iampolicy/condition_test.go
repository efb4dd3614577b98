package iampolicy_test

import (
	"encoding/json"
	"testing"

	"curfew/shared/iampolicy"
)

// isMet reports whether a condition holds that is alone in an Allow.
func isMet(t *testing.T, operator, key string, values any, c iampolicy.Context) bool {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"Version": iampolicy.Version,
		"Statement": map[string]any{
			"Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": map[string]any{operator: map[string]any{key: values}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return decide(t, string(b), iampolicy.Call{Action: "s3:GetObject", Resource: "*", Context: c}) == iampolicy.Allowed
}

func decide(t *testing.T, policy string, c iampolicy.Call) iampolicy.Outcome {
	t.Helper()
	d := parse(t, policy)
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Name: "p", Document: d}}}, c).Outcome
}

func parse(t testing.TB, policy string) *iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse([]byte(policy))
	if err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	return d
}

type list = []string

func TestOperators(t *testing.T) {
	const when = "2026-11-23T12:00:00Z"
	for _, tt := range []struct {
		name     string
		operator string
		policy   any
		call     string
		want     bool
	}{
		{"same string", "StringEquals", "a", "a", true},
		{"case counts", "StringEquals", "a", "A", false},
		{"star is a star", "StringEquals", "a*", "ab", false},
		{"one of two", "StringEquals", list{"a", "b"}, "b", true},
		{"no values match nothing", "StringEquals", list{}, "b", false},
		{"no values are matched by nothing", "StringNotEquals", list{}, "b", true},
		{"number as value", "StringEquals", 12, "12", true},
		{"boolean as value", "StringEquals", true, "true", true},
		{"not equal", "StringNotEquals", "a", "b", true},
		{"not equal to any of two", "StringNotEquals", list{"a", "b"}, "b", false},
		{"any case", "StringEqualsIgnoreCase", "aÉ", "Aé", true},
		{"other in any case", "StringEqualsIgnoreCase", "a", "b", false},
		{"not, in any case", "StringNotEqualsIgnoreCase", "a", "A", false},
		{"like star", "StringLike", "a*c", "abbbc", true},
		{"like star takes nothing", "StringLike", "a*c", "ac", true},
		{"like question mark", "StringLike", "a?c", "abc", true},
		{"question mark is one", "StringLike", "a?c", "ac", false},
		{"question mark is a character, not a byte", "StringLike", "a?c", "aéc", true},
		{"two stars", "StringLike", "*a*b", "xaxaxb", true},
		{"like in other case", "StringLike", "A*", "abc", false},
		{"escaped star", "StringLike", "a${*}c", "a*c", true},
		{"escaped star where no star is special", "StringEquals", "a${*}", "a*", true},
		{"not equal to an escaped star", "StringNotEquals", "a${*}", "a*", false},
		{"escaped star is none", "StringLike", "a${*}c", "abc", false},
		{"escaped question mark", "StringLike", "a${?}c", "abc", false},
		{"escaped dollar", "StringEquals", "${$}{x}", "${x}", true},
		{"not like", "StringNotLike", "a*", "abc", false},
		{"not like other", "StringNotLike", "a*", "b", true},
		{"number equal", "NumericEquals", "10", "10.0", true},
		{"number as number", "NumericEquals", 10, "10", true},
		{"number not equal", "NumericNotEquals", "10", "11", true},
		{"number less", "NumericLessThan", "10", "9", true},
		{"number not less than itself", "NumericLessThan", "10", "10", false},
		{"number at most", "NumericLessThanEquals", "10", "10", true},
		{"number greater", "NumericGreaterThan", "10", "10.5", true},
		{"number at least", "NumericGreaterThanEquals", "10", "9.9", false},
		{"text is no number", "NumericLessThan", "10", "x", false},
		{"text is not unequal to a number", "NumericNotEquals", "10", "x", false},
		{"negative number", "NumericLessThan", "-1", "-2", true},
		{"date equal", "DateEquals", when, when, true},
		{"date equal in another zone", "DateEquals", when, "2026-11-23T14:00:00+02:00", true},
		{"date equal as seconds", "DateEquals", when, "1795435200", true},
		{"date as number", "DateEquals", 1795435200, when, true},
		{"date not equal", "DateNotEquals", when, "2026-11-23T12:00:01Z", true},
		{"date before", "DateLessThan", when, "2026-11-23T11:59:59Z", true},
		{"date not before itself", "DateLessThan", when, when, false},
		{"date before by a fraction", "DateLessThan", when, "2026-11-23T11:59:59.999Z", true},
		{"date at most", "DateLessThanEquals", when, when, true},
		{"date after", "DateGreaterThan", when, when, false},
		{"date at least", "DateGreaterThanEquals", when, when, true},
		{"day", "DateGreaterThan", "2026-11-23", when, true},
		{"minutes", "DateLessThan", "2026-11-23T12:01Z", when, true},
		{"month", "DateLessThan", "2026-12", when, true},
		{"year", "DateLessThan", "2027", when, true},
		{"seconds after", "DateGreaterThan", "1795435200", "2026-11-23T11:59:59Z", false},
		{"text is no date", "DateLessThan", when, "soon", false},
		{"a mark is before nothing", "DateGreaterThanEquals", iampolicy.MarkNotBefore, when, false},
		{"a mark is after nothing", "DateLessThan", iampolicy.MarkNotAfter, when, false},
		{"bool", "Bool", "true", "true", true},
		{"bool in any case", "Bool", "True", "true", true},
		{"bool as boolean", "Bool", false, "false", true},
		{"other bool", "Bool", "true", "false", false},
		{"text is no bool", "Bool", "false", "no", false},
		{"binary", "BinaryEquals", "QmluYXJ5", "QmluYXJ5", true},
		{"other binary", "BinaryEquals", "QmluYXJ5", "QQ==", false},
		{"address in range", "IpAddress", "203.0.113.0/24", "203.0.113.7", true},
		{"address outside", "IpAddress", "203.0.113.0/24", "203.0.114.7", false},
		{"single address", "IpAddress", "203.0.113.7", "203.0.113.7", true},
		{"IPv6", "IpAddress", "2001:db8::/32", "2001:DB8:0:0::1", true},
		{"every IPv4 address", "IpAddress", "0.0.0.0/0", "198.51.100.1", true},
		{"outside of every IPv4 address", "NotIpAddress", "0.0.0.0/0", "198.51.100.1", false},
		{"IPv6 is in no IPv4 range", "IpAddress", "0.0.0.0/0", "2001:db8::1", false},
		{"IPv6 is not an IPv4 address", "NotIpAddress", "203.0.113.7", "2001:db8::1", true},
		{"text is no address", "IpAddress", "0.0.0.0/0", "home", false},
		{"not in range", "NotIpAddress", "203.0.113.0/24", "203.0.113.7", false},
		{"not in another range", "NotIpAddress", "203.0.113.0/24", "198.51.100.7", true},
		{"ARN", "ArnEquals", "arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x", true},
		{"ARN equals takes wildcards", "ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/a/b", true},
		{"ARN like", "ArnLike", "arn:aws:sns:*:*:t?pic", "arn:aws:sns:eu-west-1:111122223333:topic", true},
		{"ARN wildcard keeps to its part", "ArnLike", "arn:aws:s*:key", "arn:aws:sns:eu-west-1:111122223333:key", false},
		{"ARN wildcard passes colons in the last part", "ArnLike", "arn:aws:sns:*:*:a*", "arn:aws:sns:r:1:a:b", true},
		{"no ARN", "ArnLike", "arn:aws:sns:*:*:*", "topic", false},
		{"ARN not like", "ArnNotLike", "arn:aws:sns:*:*:*", "arn:aws:sns:r:1:t", false},
		{"ARN not equals", "ArnNotEquals", "arn:aws:sns:*:*:a", "arn:aws:sns:r:1:t", true},
		{"not absent", "Null", "false", "x", true},
		{"absent", "Null", "true", "x", false},
		{"an empty string is null", "Null", "true", "", true},
		{"an empty string is not there", "Null", "false", "", false},
		{"operator in other case", "stringequals", "a", "a", true},
	} {
		t.Run(tt.operator+"/"+tt.name, func(t *testing.T) {
			if got := isMet(t, tt.operator, "aws:Example", tt.policy, iampolicy.Context{"AWS:example": {tt.call}}); got != tt.want {
				t.Errorf("%q against %v: %v, want %v", tt.call, tt.policy, got, tt.want)
			}
		})
	}
}

func TestMissingKey(t *testing.T) {
	const arn, when = "arn:aws:sns:*:*:*", "2026-11-23T12:00:00Z"
	for operator, tt := range map[string]struct {
		value string
		want  bool
	}{
		"StringEquals":                    {"a", false},
		"StringNotEquals":                 {"a", true},
		"StringEqualsIgnoreCase":          {"a", false},
		"StringNotEqualsIgnoreCase":       {"a", true},
		"StringLike":                      {"*", false},
		"StringNotLike":                   {"a", true},
		"NumericEquals":                   {"1", false},
		"NumericNotEquals":                {"1", true},
		"NumericLessThan":                 {"1", false},
		"NumericLessThanEquals":           {"1", false},
		"NumericGreaterThan":              {"1", false},
		"NumericGreaterThanEquals":        {"1", false},
		"DateEquals":                      {when, false},
		"DateNotEquals":                   {when, true},
		"DateLessThan":                    {when, false},
		"DateLessThanEquals":              {when, false},
		"DateGreaterThan":                 {when, false},
		"DateGreaterThanEquals":           {when, false},
		"Bool":                            {"false", false},
		"BinaryEquals":                    {"QQ==", false},
		"IpAddress":                       {"0.0.0.0/0", false},
		"NotIpAddress":                    {"0.0.0.0/0", true},
		"ArnEquals":                       {arn, false},
		"ArnLike":                         {arn, false},
		"ArnNotEquals":                    {arn, true},
		"ArnNotLike":                      {arn, true},
		"Null":                            {"true", true},
		"StringEqualsIfExists":            {"a", true},
		"NumericLessThanIfExists":         {"1", true},
		"DateLessThanIfExists":            {when, true},
		"BoolIfExists":                    {"true", true},
		"IpAddressIfExists":               {"192.0.2.1", true},
		"ArnLikeIfExists":                 {arn, true},
		"StringNotEqualsIfExists":         {"a", true},
		"ForAllValues:StringEquals":       {"a", true},
		"ForAnyValue:StringEquals":        {"a", false},
		"ForAnyValue:StringNotLike":       {"a", false},
		"ForAllValues:StringNotLike":      {"a", true},
		"ForAllValues:ArnLikeIfExists":    {arn, true},
		"ForAnyValue:StringLikeIfExists":  {"a", true},
		"ForAllValues:StringLikeIfExists": {"a", true},
		"ForAllValues:Null":               {"false", true},
		"ForAnyValue:Null":                {"true", false},
	} {
		t.Run(operator, func(t *testing.T) {
			for name, c := range map[string]iampolicy.Context{"nil": nil, "other key": {"aws:Other": {"a"}}, "no values": {"aws:Example": {}}} {
				if got := isMet(t, operator, "aws:Example", tt.value, c); got != tt.want {
					t.Errorf("%s: %v, want %v", name, got, tt.want)
				}
			}
		})
	}
}

func TestManyValues(t *testing.T) {
	for _, tt := range []struct {
		name, operator string
		policy, call   list
		want           bool
	}{
		{"all within", "ForAllValues:StringEquals", list{"a", "b"}, list{"a", "b"}, true},
		{"one outside", "ForAllValues:StringEquals", list{"a", "b"}, list{"a", "c"}, false},
		{"empty string is a null set", "ForAllValues:StringEquals", list{"a"}, list{""}, true},
		{"no value in it", "ForAllValues:StringNotEquals", list{"a", "b"}, list{"c", "d"}, true},
		{"one of them", "ForAllValues:StringNotEquals", list{"a", "b"}, list{"c", "a"}, false},
		{"any within", "ForAnyValue:StringLike", list{"a*"}, list{"c", "ab"}, true},
		{"none within", "ForAnyValue:StringLike", list{"a*"}, list{"c", "d"}, false},
		{"a null set has no value", "ForAnyValue:StringLike", list{"*"}, list{""}, false},
		{"any within, of a tag key in another case", "ForAnyValue:StringLike", list{"curfew:*"}, list{"team", "CURFEW:managed"}, false},
		{"any within, without case", "ForAnyValue:StringEqualsIgnoreCase", list{"curfew:managed"}, list{"team", "CURFEW:Managed"}, true},
		{"none within, without case", "ForAnyValue:StringEqualsIgnoreCase", list{"curfew:managed"}, list{"team", "CURFEW:managed2"}, false},
		{"without case, there are no wildcards", "ForAnyValue:StringEqualsIgnoreCase", list{"curfew:*"}, list{"curfew:managed"}, false},
		{"any outside", "ForAnyValue:StringNotEquals", list{"a"}, list{"a", "b"}, true},
		{"none outside", "ForAnyValue:StringNotEquals", list{"a"}, list{"a"}, false},
		{"IfExists with a key that exists", "ForAllValues:StringEqualsIfExists", list{"a"}, list{"b"}, false},
		{"single operator, one matches", "StringEquals", list{"a"}, list{"b", "a"}, true},
		{"single negated operator, one matches", "StringNotEquals", list{"a"}, list{"b", "a"}, false},
		{"all are there", "ForAllValues:Null", list{"false"}, list{"a", "b"}, true},
		{"all are null", "ForAllValues:Null", list{"true"}, list{"a"}, false},
		{"all of a null set are there", "ForAllValues:Null", list{"false"}, list{""}, true},
		{"all of a null set are null", "ForAllValues:Null", list{"true"}, list{""}, true},
		{"any is there", "ForAnyValue:Null", list{"false"}, list{"a"}, true},
		{"any is null", "ForAnyValue:Null", list{"true"}, list{"a"}, false},
		{"no value of a null set is there", "ForAnyValue:Null", list{"false"}, list{""}, false},
		{"no value of a null set is null", "ForAnyValue:Null", list{"true"}, list{""}, false},
		{"numbers", "ForAllValues:NumericLessThan", list{"3"}, list{"1", "2"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := isMet(t, tt.operator, "aws:TagKeys", tt.policy, iampolicy.Context{"aws:TagKeys": tt.call}); got != tt.want {
				t.Errorf("%s %v, call %v: %v, want %v", tt.operator, tt.policy, tt.call, got, tt.want)
			}
		})
	}
}

// A value that is no ARN was unlike every ARN, and so was allowed.
func TestAValueOfAnotherTypeMeetsNoOperator(t *testing.T) {
	for operator, value := range map[string]string{
		"ArnNotLike": "arn:aws:sns:*:*:*", "ArnNotEquals": "arn:aws:sns:*:*:*", "NumericNotEquals": "1", "DateNotEquals": "2026-11-23", "NotIpAddress": "192.0.2.1",
		"ArnLike": "arn:*:*:*:*:*", "NumericEquals": "1", "DateEquals": "2026-11-23", "IpAddress": "0.0.0.0/0",
	} {
		for _, name := range []string{operator, operator + "IfExists", "ForAnyValue:" + operator, "ForAllValues:" + operator} {
			for _, call := range []string{"topic", "a:b:c:d:e:f", "arn:aws:sns"} {
				if isMet(t, name, "aws:x", value, iampolicy.Context{"aws:x": {call}}) {
					t.Errorf("%s %s holds for %q", name, value, call)
				}
			}
		}
	}
}

func TestVariables(t *testing.T) {
	ana := iampolicy.Context{"aws:username": {"ana"}, "aws:x": {"ana"}, "aws:many": {"a", "b"}, "aws:star": {"*"}}
	for _, tt := range []struct {
		name, operator, value string
		want                  bool
	}{
		{"its value", "StringEquals", "${aws:username}", true},
		{"name in any case", "StringEquals", "${AWS:UserName}", true},
		{"in the middle", "StringLike", "a${aws:y, 'n'}?", true},
		{"default not needed", "StringEquals", "${aws:username, 'ben'}", true},
		{"default", "StringEquals", "${aws:y, 'ana'}", true},
		{"default without space", "StringEquals", "${aws:y,'ana'}", true},
		{"no value matches nothing", "StringEquals", "${aws:y}", false},
		{"no value is not equal", "StringNotEquals", "${aws:y}", true},
		{"many values match nothing", "StringLike", "${aws:many}*", false},
		{"a value's star is a star", "StringLike", "${aws:star}", false},
		{"a default's star is a star", "StringLike", "${aws:y, '*'}", false},
		{"ignoring case, in the middle", "StringEqualsIgnoreCase", "${aws:y, 'A'}n${aws:z, 'A'}", true},
		{"ignoring case, without value", "StringNotEqualsIgnoreCase", "an${aws:y}", true},
		{"ignoring case", "StringEqualsIgnoreCase", "${aws:Y, 'ANA'}", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := isMet(t, tt.operator, "aws:x", tt.value, ana); got != tt.want {
				t.Errorf("%s: %v, want %v", tt.value, got, tt.want)
			}
		})
	}
}

func TestVariablesInARNs(t *testing.T) {
	c := iampolicy.Context{"aws:SourceArn": {"arn:aws:sns:eu-west-1:111122223333:ana"}, "aws:PrincipalAccount": {"111122223333"}, "aws:username": {"ana"}}
	for value, want := range map[string]bool{
		"arn:aws:sns:*:${aws:PrincipalAccount}:${aws:username}": true,
		"arn:aws:sns:*:${aws:PrincipalAccount}:${aws:nothing}":  false,
		"arn:aws:sns:*:${aws:nothing, '1:2'}:*":                 false,
	} {
		if got := isMet(t, "ArnLike", "aws:SourceArn", value, c); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
}

func TestVariablesAreTextInOldVersion(t *testing.T) {
	const policy = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:x":"${aws:y}"}}}}`
	for value, want := range map[string]iampolicy.Outcome{"${aws:y}": iampolicy.Allowed, "v": iampolicy.ImplicitDeny} {
		c := iampolicy.Call{Action: "s3:GetObject", Resource: "*", Context: iampolicy.Context{"aws:x": {value}, "aws:y": {"v"}}}
		if got := decide(t, policy, c); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
