package iampolicy_test

import (
	"errors"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// wrap completes a policy of one statement around the elements.
func wrap(elements string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + elements + `}]}`
}

func condition(c string) string { return wrap(`"Action":"*","Resource":"*","Condition":` + c) }

func TestParseRefuses(t *testing.T) {
	const ar = `"Action":"*","Resource":"*"`
	for _, tt := range []struct{ name, text, path, why string }{
		{"nothing", ``, "", "unexpected end"},
		{"no object", `[]`, "", "object"},
		{"text after it", allowAll + `{}`, "", "something follows"},
		{"no UTF-8", "{\"Version\":\"\xff\"}", "", "UTF-8"},
		{"character beyond U+00FF", `{"Id":"ā"}`, "Id", "U+0101"},
		{"escaped character beyond U+00FF", `{"Id":"\u0101"}`, "Id", "U+0101"},
		{"control character", `{"Id":"\u0000"}`, "Id", "U+0000"},
		{"no statement", `{"Version":"2012-10-17"}`, "", "Statement is missing"},
		{"no statements", `{"Statement":[]}`, "Statement", "at least one"},
		{"statement is text", `{"Statement":"x"}`, "Statement", "object"},
		{"statement in list is text", `{"Statement":["x"]}`, "Statement[0]", "object"},
		{"version", `{"Version":"2012-10-18","Statement":[]}`, "Version", "2012-10-17"},
		{"unknown element", `{"Statements":[]}`, "Statements", "unknown element"},
		{"unknown element in statement", wrap(ar + `,"Resources":"*"`), "Statement[0].Resources", "unknown element"},
		{"element in other case", wrap(`"action":"*","Resource":"*"`), "Statement[0].action", "unknown element"},
		{"same element twice", wrap(`"Action":"s3:*",` + ar), "Statement[0].Action", "twice"},
		{"same key twice", condition(`{"StringEquals":{"aws:x":"1","aws:x":"2"}}`), "Statement[0].Condition.StringEquals.aws:x", "twice"},
		{"same key twice in other case", condition(`{"StringEquals":{"aws:x":"1","AWS:X":"2"}}`), "Statement[0].Condition.StringEquals.AWS:X", "twice"},
		{"same operator in other case", condition(`{"Bool":{"aws:x":"true"},"bool":{"aws:X":"false"}}`), "Statement[0].Condition.bool.aws:X", "twice"},
		{"no effect", `{"Statement":{` + ar + `}}`, "Statement", "Effect is missing"},
		{"effect in other case", `{"Statement":{"Effect":"allow",` + ar + `}}`, "Statement.Effect", "Allow"},
		{"no action", wrap(`"Resource":"*"`), "Statement[0]", "Action is missing"},
		{"no resource", wrap(`"Action":"*"`), "Statement[0]", "Resource is missing"},
		{"action and not", wrap(ar + `,"NotAction":"s3:*"`), "Statement[0]", "both Action and NotAction"},
		{"resource and not", wrap(ar + `,"NotResource":"*"`), "Statement[0]", "both Resource and NotResource"},
		{"empty actions", wrap(`"Action":[],"Resource":"*"`), "Statement[0].Action", "empty list"},
		{"empty resources", wrap(`"Action":"*","Resource":[]`), "Statement[0].Resource", "empty list"},
		{"action is a number", wrap(`"Action":["s3:*",1],"Resource":"*"`), "Statement[0].Action[1]", "string"},
		{"action without service", wrap(`"Action":"GetObject","Resource":"*"`), "Statement[0].Action", "no service prefix"},
		{"wildcard in service", wrap(`"Action":["s3:*","s*:Get"],"Resource":"*"`), "Statement[0].Action[1]", "without wildcards"},
		{"action with space", wrap(`"Action":"s3:Get Object","Resource":"*"`), "Statement[0].Action", "action name"},
		{"action with variable", wrap(`"Action":"s3:${aws:x}","Resource":"*"`), "Statement[0].Action", "action name"},
		{"resource is no ARN", wrap(`"Action":"*","Resource":"bucket"`), "Statement[0].Resource", "neither an ARN"},
		{"resource is half a wildcard", wrap(`"Action":"*","Resource":"**"`), "Statement[0].Resource", "neither an ARN"},
		{"short ARN", wrap(`"Action":"*","Resource":"arn:aws:s3:b"`), "Statement[0].Resource", "neither an ARN"},
		{"wildcard in ARN's service", wrap(`"Action":"*","Resource":"arn:aws:s*:::b"`), "Statement[0].Resource", "service"},
		{"unknown partition", wrap(`"Action":"*","Resource":"arn:awz:s3:::b"`), "Statement[0].Resource", "partition"},
		{"region with slash", wrap(`"Action":"*","Resource":"arn:aws:s3:eu/west::b"`), "Statement[0].Resource", "region"},
		{"role with a region", wrap(`"Action":"*","Resource":"arn:aws:iam:us-east-1::role/x"`), "Statement[0].Resource", "a region, which iam does not use"},
		{"nothing of IAM", wrap(`"Action":"*","Resource":"arn:aws:iam:::example"`), "Statement[0].Resource", "nothing of IAM"},
		{"bucket with a region", wrap(`"Action":"*","Resource":"arn:aws:s3:us-east-1::example"`), "Statement[0].Resource", "a region, which s3 does not use"},
		{"open variable", wrap(`"Action":"*","Resource":"arn:aws:s3:::b/${aws:x"`), "Statement[0].Resource", "not closed"},
		{"empty variable", wrap(`"Action":"*","Resource":"arn:aws:s3:::b/${}"`), "Statement[0].Resource", "names no condition key"},
		{"default without quotes", condition(`{"StringEquals":{"aws:x":"${aws:y, z}"}}`), "Statement[0].Condition.StringEquals.aws:x", "single quotes"},
		{"principal", wrap(ar + `,"Principal":"*"`), "Statement[0].Principal", "no principal"},
		{"not principal", wrap(ar + `,"NotPrincipal":"*"`), "Statement[0].NotPrincipal", "NotPrincipal"},
		{"Sid with hyphen", wrap(`"Sid":"a-b",` + ar), "Statement[0].Sid", "letters and digits"},
		{"Sid twice", `{"Statement":[{"Sid":"A","Effect":"Allow",` + ar + `},{"Sid":"A","Effect":"Deny",` + ar + `}]}`, "Statement[1].Sid", "twice"},
		{"condition is a list", condition(`[]`), "Statement[0].Condition", "object"},
		{"unknown operator", condition(`{"StringIs":{"aws:x":"1"}}`), "Statement[0].Condition.StringIs", "unknown condition operator"},
		{"unknown set operator", condition(`{"ForSomeValue:StringEquals":{"aws:x":"1"}}`), "Statement[0].Condition.ForSomeValue:StringEquals", "unknown condition operator"},
		{"Null if exists", condition(`{"NullIfExists":{"aws:x":"true"}}`), "Statement[0].Condition.NullIfExists", "Null"},
		{"operator on text", condition(`{"Bool":"true"}`), "Statement[0].Condition.Bool", "object"},
		{"key without service", condition(`{"Bool":{"x":"true"}}`), "Statement[0].Condition.Bool.x", "no service prefix"},
		{"wildcard in key's service", condition(`{"Bool":{"a*:x":"true"}}`), "Statement[0].Condition.Bool.a*:x", "no service prefix"},
		{"value is null", condition(`{"Bool":{"aws:x":null}}`), "Statement[0].Condition.Bool.aws:x", "null"},
		{"value is an object", condition(`{"Bool":{"aws:x":[{}]}}`), "Statement[0].Condition.Bool.aws:x[0]", "an object"},
		{"no boolean", condition(`{"Bool":{"aws:x":["true","yes"]}}`), "Statement[0].Condition.Bool.aws:x[1]", "boolean"},
		{"no number", condition(`{"NumericEquals":{"aws:x":"ten"}}`), "Statement[0].Condition.NumericEquals.aws:x", "number"},
		{"hexadecimal number", condition(`{"NumericEquals":{"aws:x":"0x1p2"}}`), "Statement[0].Condition.NumericEquals.aws:x", "number"},
		{"no date", condition(`{"DateLessThan":{"aws:x":"tomorrow"}}`), "Statement[0].Condition.DateLessThan.aws:x", "date"},
		{"date without zone", condition(`{"DateLessThan":{"aws:x":"2026-11-23T12:00:00"}}`), "Statement[0].Condition.DateLessThan.aws:x", "date"},
		{"variable in a date", condition(`{"DateLessThan":{"aws:x":"${aws:y}"}}`), "Statement[0].Condition.DateLessThan.aws:x", "date"},
		{"no address", condition(`{"IpAddress":{"aws:x":"203.0.113.0/33"}}`), "Statement[0].Condition.IpAddress.aws:x", "CIDR"},
		{"no base64", condition(`{"BinaryEquals":{"aws:x":"%"}}`), "Statement[0].Condition.BinaryEquals.aws:x", "base64"},
		{"too deep", condition(`{"Bool":{"aws:x":[[[[[["true"]]]]]]}}`), "Statement[0].Condition.Bool.aws:x[0][0][0][0]", "nested deeper"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := iampolicy.Parse([]byte(tt.text))
			wantParseError(t, err, tt.path, tt.why)
		})
	}
}

func wantParseError(t *testing.T, err error, path, why string) {
	t.Helper()
	e, ok := errors.AsType[*iampolicy.ParseError](err)
	if !ok {
		t.Fatalf("error = %v, want a *ParseError", err)
	}
	if e.Path != path || !strings.Contains(e.Why, why) || e.Line < 1 || e.Column < 1 {
		t.Errorf("got %q at %q (%d:%d), want %q at %q", e.Why, e.Path, e.Line, e.Column, why, path)
	}
}

func TestParseErrorHasLineAndColumn(t *testing.T) {
	_, err := iampolicy.Parse([]byte("{\n  \"Statement\": [{\n    \"Effect\": \"Maybe\"\n  }]\n}"))
	const want = `Statement[0].Effect (line 3, column 15): the effect is "Allow" or "Deny"`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// Every accepted form is written in one canonical form.
func TestCanonicalForm(t *testing.T) {
	const want = `{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Deny","NotAction":["s3:*","sqs:*"],"NotResource":"arn:aws:s3:::b",` +
		`"Condition":{"Bool":{"aws:c":"true"},"ForAnyValue:StringLikeIfExists":{"aws:a":["1","é\"\\"],"aws:b":[]}}}]}`
	for name, text := range map[string]string{
		"itself": want,
		"other order, case and lists": ` { "Statement" : { "NotResource":["arn:aws:s3:::b"], "Condition":{"foranyvalue:stringlikeifexists":{"aws:b":[],"aws:a":[1,"\u00e9\"\\"]},
			"Bool":{"aws:c":true}}, "Effect":"Deny","Sid":"A","NotAction":["s3:*","sqs:*"] }, "Id":"x", "Version":"2012-10-17" }`,
	} {
		if got := string(parse(t, text).Bytes()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestARNsOfIAMAndS3(t *testing.T) {
	for _, resource := range []string{
		"arn:aws:iam::111122223333:root", "arn:aws:iam::*:*", "arn:aws:iam:*:*:role/x", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:${aws:PrincipalTag/kind}/x",
		"arn:aws:s3:us-east-1:111122223333:accesspoint/x", "arn:aws:s3:us-east-1:111122223333:access-grants/default", "arn:aws:s3:us-east-1:111122223333:*", "arn:aws:s3:::example/a:b",
		"arn:aws:s3:us-west-2:111122223333:storage-lens-group/x", "arn:aws:iam::aws:policy/ReadOnlyAccess",
	} {
		parse(t, wrap(`"Action":"*","Resource":"`+resource+`"`))
	}
}

func TestVersionDefaultsToTheOld(t *testing.T) {
	if got := parse(t, allowAll).Version; got != iampolicy.VersionOld {
		t.Errorf("version = %s, want %s", got, iampolicy.VersionOld)
	}
}

func TestSizeCountsCharactersWithoutWhiteSpace(t *testing.T) {
	for text, want := range map[string]int{"": 0, " {\r\n\t} ": 2, `"é b"`: 4} {
		if got := iampolicy.Size([]byte(text)); got != want {
			t.Errorf("Size(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestTrustPolicy(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":["111122223333","arn:aws:iam::111122223333:root"]},
		"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}}`
	d, err := iampolicy.ParseTrust([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"],"Service":"ec2.amazonaws.com"},` +
		`"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`
	if got := string(d.Bytes()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if _, err := iampolicy.Compile(d, unfilledFence()); err == nil {
		t.Error("a trust policy was compiled")
	}
}

func TestParseTrustRefuses(t *testing.T) {
	const who = `"Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`
	for _, tt := range []struct{ name, elements, path, why string }{
		{"no principal", `"Action":"sts:AssumeRole"`, "Statement[0]", "Principal is missing"},
		{"resource", who + `,"Resource":"*"`, "Statement[0].Resource", "no resource"},
		{"other service", `"Principal":"*","Action":"s3:*"`, "Statement[0].Action", "sts only"},
		{"not action", `"Principal":"*","NotAction":"sts:TagSession"`, "Statement[0].NotAction", "names its actions"},
		{"principal is text", `"Principal":"ana","Action":"sts:AssumeRole"`, "Statement[0].Principal", "object of types"},
		{"unknown type", `"Principal":{"User":"ana"},"Action":"sts:AssumeRole"`, "Statement[0].Principal.User", "of type"},
		{"wildcard in principal", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"},"Action":"sts:AssumeRole"`, "Statement[0].Principal.AWS", "wildcard"},
		{"no principal id", `"Principal":{"AWS":["a b"]},"Action":"sts:AssumeRole"`, "Statement[0].Principal.AWS[0]", "wildcard"},
		{"no service name", `"Principal":{"Service":"ec2"},"Action":"sts:AssumeRole"`, "Statement[0].Principal.Service", "service name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := iampolicy.ParseTrust([]byte(wrap(tt.elements)))
			wantParseError(t, err, tt.path, tt.why)
		})
	}
}

// A resource control policy is about every principal, and then decides as an identity policy does.
func TestParseResourceControl(t *testing.T) {
	const deny = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}}`
	d, err := iampolicy.ParseResourceControl([]byte(`{"Version":"2012-10-17","Statement":[` + deny + `,{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for secure, want := range map[string]iampolicy.Outcome{"true": iampolicy.Allowed, "false": iampolicy.ExplicitDeny} {
		c := iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/b", Context: iampolicy.Context{"aws:SecureTransport": {secure}}}
		if got := outcome([]*iampolicy.Document{d}, c); got != want {
			t.Errorf("%s: %s, want %s", secure, got, want)
		}
	}
	if _, err := iampolicy.Parse(d.Bytes()); err != nil {
		t.Errorf("%s: %v", d.Bytes(), err)
	}
	for name, c := range map[string][2]string{
		"no principal":  {`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`, "Principal is missing"},
		"one principal": {`{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}`, `is "*"`},
		"no resource":   {`{"Effect":"Deny","Principal":"*","Action":"s3:*"}`, "Resource is missing"},
	} {
		_, err := iampolicy.ParseResourceControl([]byte(`{"Version":"2012-10-17","Statement":` + c[0] + `}`))
		if _, ok := errors.AsType[*iampolicy.ParseError](err); !ok || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
