package rightsize

import (
	"errors"
	"strings"
	"testing"

	"curfew/shared/strictjson"
)

// TestProofFindsFaults breaks what was narrowed, each in another way: the proof must see it in the text.
func TestProofFindsFaults(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sns:*"],"Resource":["arn:aws:sns:*:*:orders-*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	statement := func(root *strictjson.Value, i int) *strictjson.Value { return statementsOf(root)[i] }
	for name, c := range map[string]struct {
		spoil func(p *policy)
		want  string
	}{
		"nothing":             {func(*policy) {}, ""},
		"another action":      {func(p *policy) { set(statement(p.is, 0), "Action", "Action", []string{"sns:ListTopics"}) }, "sns:CreateTopic on "},
		"another resource":    {func(p *policy) { set(statement(p.is, 0), "Resource", "Resource", []string{"arn:aws:sns:*:*:other"}) }, "sns:CreateTopic on "},
		"a narrower resource": {func(p *policy) { set(statement(p.is, 0), "Resource", "Resource", []string{"arn:aws:sns:*:*:orders-a"}) }, "sns:DeleteTopic on an unknown resource"},
		"another condition": {func(p *policy) {
			member(member(statement(p.is, 0), "Condition"), "Bool").Members[0].Value.Text = "false"
		}, "other conditions"},
		"another Deny":   {func(p *policy) { set(statement(p.is, 1), "Action", "Action", []string{"s3:GetObject"}) }, "other conditions"},
		"no text":        {func(p *policy) { p.is = nil }, "other conditions"},
		"more than that": {func(p *policy) { l := member(p.is, "Statement"); l.Items = append(l.Items, l.Items[0]) }, "more statements"},
	} {
		x := &run{Input: Input{Policies: []Policy{{"p", []byte(text)}}}, uses: []Use{{"sns:CreateTopic", "arn:aws:sns:eu-west-1:111122223333:orders-a", 1}, {"sns:DeleteTopic", "", 1}}}
		if err := x.read(); err != nil {
			t.Fatal(err)
		}
		x.quiet = newSilent(x.uses, nil)
		x.narrow(x.allows[0])
		p := x.templates[0]
		root, err := strictjson.Parse(pretty(x.written(p)), strictjson.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		p.is = root
		c.spoil(p)
		err = x.prove()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := errors.AsType[*RefusedError](err); ok != strings.HasPrefix(c.want, "sns:") {
			t.Errorf("%s: %T", name, err)
		}
	}
}
