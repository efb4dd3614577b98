package iampolicy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

const template = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],
	"Resource":["arn:aws:s3:::{{bucket}}","arn:aws:s3:::{{bucket}}/{{path}}/${aws:username}/*"],
	"Condition":{"StringEquals":{"aws:RequestedRegion":"{{region}}"}}}]}`

func templateTypes() map[string]iampolicy.ParameterType {
	return map[string]iampolicy.ParameterType{"bucket": iampolicy.Bucket, "path": iampolicy.Path, "region": iampolicy.Region}
}

func templateValues() map[string]string {
	return map[string]string{"bucket": "example", "path": "a/b", "region": "eu-west-1"}
}

func TestPlaceholders(t *testing.T) {
	got, err := iampolicy.Placeholders([]byte(template))
	if want := (list{"bucket", "path", "region"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestSubstitute(t *testing.T) {
	got, err := iampolicy.Substitute([]byte(template), templateTypes(), templateValues())
	const want = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],` +
		`"Resource":["arn:aws:s3:::example","arn:aws:s3:::example/a/b/${aws:username}/*"],` +
		`"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}]}`
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Bytes()) != want {
		t.Errorf("got %s\nwant %s", got.Bytes(), want)
	}
}

func TestSubstituteRefusesValues(t *testing.T) {
	for name, change := range map[string]func(types map[string]iampolicy.ParameterType, values map[string]string){
		"no type":             func(types map[string]iampolicy.ParameterType, _ map[string]string) { delete(types, "path") },
		"unknown type":        func(types map[string]iampolicy.ParameterType, _ map[string]string) { types["path"] = "text" },
		"no value":            func(_ map[string]iampolicy.ParameterType, values map[string]string) { delete(values, "path") },
		"empty value":         func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = "" },
		"value too many":      func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["other"] = "a" },
		"wildcard":            func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = "*" },
		"variable":            func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = "${aws:x}" },
		"end of the string":   func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = `a","b` },
		"another placeholder": func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = "{{bucket}}" },
		"look-alike":          func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["path"] = "а" },
		"not of the type":     func(_ map[string]iampolicy.ParameterType, values map[string]string) { values["region"] = "Mars" },
	} {
		t.Run(name, func(t *testing.T) {
			types, values := templateTypes(), templateValues()
			change(types, values)
			if d, err := iampolicy.Substitute([]byte(template), types, values); err == nil {
				t.Errorf("substituted: %s", d.Bytes())
			}
		})
	}
}

func TestPlaceholdersRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, path, why string }{
		{"no JSON", `{`, "", "unexpected end"},
		{"in the effect", `{"Statement":{"Effect":"{{a}}","Action":"*","Resource":"*"}}`, "Statement.Effect", "stands in"},
		{"in a Sid", wrap(`"Sid":"{{a}}"`), "Statement[0].Sid", "stands in"},
		{"in NotAction", wrap(`"NotAction":"s3:{{a}}"`), "Statement[0].NotAction", "stands in"},
		{"under no name", `{"Statement":{"":{"Resource":"{{a}}"}}}`, `Statement.""`, "a member without a name"},
		{"in the version", `{"Version":"{{a}}"}`, "Version", "stands in"},
		{"in an element outside a statement", `{"Resource":"{{a}}"}`, "Resource", "stands in"},
		{"in a key", condition(`{"StringEquals":{"aws:{{a}}":"x"}}`), "Statement[0].Condition.StringEquals.aws:{{a}}", "in a name"},
		{"in an operator", condition(`{"String{{a}}":{"aws:a":"x"}}`), "Statement[0].Condition.String{{a}}", "in a name"},
		{"inside a variable", wrap(`"Resource":"arn:aws:s3:::${aws:PrincipalTag/{{a}}}"`), "Statement[0].Resource", "inside a policy variable"},
		{"after a dollar", wrap(`"Resource":"arn:aws:s3:::${{a}}"`), "Statement[0].Resource", "inside a policy variable"},
		{"not closed", wrap(`"Resource":["*","arn:aws:s3:::{{a"]`), "Statement[0].Resource[1]", "without a name"},
		{"empty", wrap(`"Resource":"arn:aws:s3:::{{}}"`), "Statement[0].Resource", "without a name"},
		{"upper case", wrap(`"Resource":"arn:aws:s3:::{{A}}"`), "Statement[0].Resource", "without a name"},
		{"three braces", wrap(`"Resource":"arn:aws:s3:::{{{a}}}"`), "Statement[0].Resource", "without a name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := iampolicy.Placeholders([]byte(tt.text))
			wantParseError(t, err, tt.path, tt.why)
		})
	}
}

func TestSubstituteParsesItsResult(t *testing.T) {
	types := map[string]iampolicy.ParameterType{"a": iampolicy.Name}
	_, err := iampolicy.Substitute([]byte(`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"{{a}}"}}`), types, map[string]string{"a": "x"})
	if e, ok := errors.AsType[*iampolicy.ParseError](err); !ok || !strings.HasPrefix(e.Path, "Statement") {
		t.Errorf("error = %v, want a *ParseError", err)
	}
}
