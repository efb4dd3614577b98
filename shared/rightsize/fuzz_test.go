package rightsize_test

import (
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/rightsize"
)

// FuzzNarrow: whatever the policy and the calls, there is no panic; what comes out can be read, allows each call, and is stable.
func FuzzNarrow(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:*","Resource":"*"}}`, "sns:CreateTopic", sns+"a", false)
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*"],"Resource":"arn:aws:sns:*:{{account}}:${aws:username}*"},{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::a"}]}`, "sns:CreateTopic\nsns:DeleteTopic", "", true)
	f.Add(`{"Statement":[{"Effect":"Allow","Action":["s?s:*","*:Create*","ssm:Put*"],"Resource":["arn:aws:ssm:*:*:parameter/*"]}]}`, "ssm:PutParameter", "arn:aws:ssm:eu-west-1:1:parameter/*?${a}", true)
	f.Fuzz(func(t *testing.T, policy, actions, resource string, resources bool) {
		if len(policy) > 4096 || len(actions) > 1024 || len(resource) > 1024 {
			t.Skip("larger than a fuzz case may be: it takes too long")
		}
		in := rightsize.Input{Policies: []rightsize.Policy{{Name: "p", Text: []byte(policy)}}, Resources: resources}
		for action := range strings.SplitSeq(actions, "\n") {
			in.Uses = append(in.Uses, rightsize.Use{Action: action, Resource: resource, Calls: 1})
		}
		r, err := rightsize.Narrow(in)
		if err != nil || r.Policies[0].Policy == "" {
			return
		}
		text := []byte(r.Policies[0].Policy)
		if names, err := iampolicy.Placeholders(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		} else if _, err := iampolicy.Parse(text); err != nil && len(names) == 0 {
			t.Fatalf("%s: %v", text, err)
		}
		in.Policies[0].Text = text
		again, err := rightsize.Narrow(in)
		if err != nil {
			t.Fatalf("%s became %s, of which: %v", policy, text, err)
		}
		if again.Policies[0].Policy != r.Policies[0].Policy {
			t.Errorf("%s became %s, and then %s", policy, text, again.Policies[0].Policy)
		}
	})
}
