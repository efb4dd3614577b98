package iampolicy_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

func policies(t *testing.T, documents ...string) (p iampolicy.Policies) {
	t.Helper()
	for _, text := range documents {
		d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + text + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		p.Identity = append(p.Identity, iampolicy.Named{Document: d})
	}
	return p
}

func TestPossible(t *testing.T) {
	unknown := func(key string) bool { return key == "aws:requestedregion" || key == "aws:principaltag/team" }
	for _, c := range []struct {
		name, statements, resource string
		want                       iampolicy.Answer
	}{
		{"another action", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`, "arn:aws:s3:::b/k", iampolicy.No},
		{"allowed", `{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}`, "arn:aws:s3:::b/k", iampolicy.Yes},
		{"another resource", `{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::c/*"}`, "arn:aws:s3:::b/k", iampolicy.No},
		{"an unknown resource", `{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::c/*"}`, "", iampolicy.Maybe},
		{"an unknown resource of all", `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`, "", iampolicy.Yes},
		{"an unknown resource, all but one", `{"Effect":"Allow","Action":"s3:Get*","NotResource":"arn:aws:s3:::c/*"}`, "", iampolicy.Maybe},
		{"all but every resource", `{"Effect":"Allow","Action":"s3:Get*","NotResource":"*"}`, "", iampolicy.No},
		{"an unknown condition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`, "arn:aws:s3:::b/k", iampolicy.Maybe},
		{"an unknown condition beside one that fails", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1","aws:userid":"other"}}}`, "arn:aws:s3:::b/k", iampolicy.No},
		{"an absent key is known", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}`, "arn:aws:s3:::b/k", iampolicy.No},
		{"a deny that may hit", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Null":{"aws:PrincipalTag/team":"true"}}}`, "arn:aws:s3:::b/k", iampolicy.Maybe},
		{"a deny that may hit what nothing allows", `{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Null":{"aws:PrincipalTag/team":"true"}}}`, "arn:aws:s3:::b/k", iampolicy.No},
		{"a variable", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}"}`, "arn:aws:s3:::b/k", iampolicy.Maybe},
		{"a variable with a default", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'k'}"}`, "arn:aws:s3:::b/k", iampolicy.Maybe},
		{"a variable in a condition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:userid":"${aws:PrincipalTag/team}"}}}`, "arn:aws:s3:::b/k", iampolicy.Maybe},
	} {
		call := iampolicy.Call{Action: "s3:GetObject", Resource: c.resource, Context: iampolicy.Context{"aws:userid": {"AROA:ana"}}}
		if got := iampolicy.Possible(policies(t, c.statements), call, unknown); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Evaluate must agree with Yes and with No for all unknown values.
func TestPossibleAgreesWithEveryValue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for range 20_000 {
		var statements []string
		for range 1 + r.IntN(3) {
			condition := ""
			if r.IntN(2) == 0 {
				condition = `,"Condition":{"` + pick("StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:StringEquals") +
					`":{"` + pick("aws:RequestedRegion", "aws:userid") + `":"` + pick("a", "b", "${aws:RequestedRegion}") + `"}}`
			}
			statements = append(statements, `{"Effect":"`+pick("Allow", "Allow", "Deny")+`","Action":"s3:*","`+pick("Resource", "NotResource")+`":"`+
				pick("*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/${aws:RequestedRegion}")+`"`+condition+`}`)
		}
		p := policies(t, strings.Join(statements, ","))
		known := iampolicy.Context{"aws:userid": {pick("a", "b")}}
		answer := iampolicy.Possible(p, iampolicy.Call{Action: "s3:GetObject", Context: known}, func(key string) bool { return key == "aws:requestedregion" })
		allowed, refused := false, false
		for _, region := range []string{"", "a", "b", "k"} {
			for _, resource := range []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/a", "arn:aws:s3:::z"} {
				context := iampolicy.Context{"aws:userid": known["aws:userid"]}
				if region != "" {
					context["aws:RequestedRegion"] = []string{region}
				}
				d := iampolicy.Evaluate(p, iampolicy.Call{Action: "s3:GetObject", Resource: resource, Context: context})
				allowed, refused = allowed || d.Outcome == iampolicy.Allowed, refused || d.Outcome != iampolicy.Allowed
			}
		}
		if answer == iampolicy.Yes && refused || answer == iampolicy.No && allowed {
			t.Fatalf("%v, but allowed %t, refused %t: %s", answer, allowed, refused, statements)
		}
	}
}
