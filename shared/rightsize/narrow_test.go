package rightsize_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/rightsize"
	"curfew/shared/trail"
)

// narrow gives the statements of what becomes of one policy, compact, and the result.
func narrow(t *testing.T, in rightsize.Input, statements ...string) (string, *rightsize.Result) {
	t.Helper()
	in.Policies = []rightsize.Policy{{Name: "p", Text: []byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)}}
	r, err := rightsize.Narrow(in)
	if err != nil {
		t.Fatal(err)
	}
	if r.Policies[0].Policy == "" {
		return "", r
	}
	var p struct{ Statement []json.RawMessage }
	if err := json.Unmarshal([]byte(r.Policies[0].Policy), &p); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range p.Statement {
		var v any
		_ = json.Unmarshal(s, &v)
		b, _ := json.Marshal(v)
		all = append(all, string(b))
	}
	return strings.Join(all, ","), r
}

func uses(names ...string) (all []rightsize.Use) {
	for _, name := range names {
		action, resource, _ := strings.Cut(name, " ")
		all = append(all, rightsize.Use{Action: action, Resource: resource, Calls: 1})
	}
	return all
}

const sns = "arn:aws:sns:eu-west-1:111122223333:"

func TestStories(t *testing.T) {
	for name, c := range map[string]struct {
		policy []string
		uses   []rightsize.Use
		in     rightsize.Input
		want   string
	}{
		"names that were not used go": {
			[]string{`{"Effect":"Allow","Action":["sns:CreateTopic","sns:DeleteTopic","sns:Subscribe"],"Resource":"*"}`},
			uses("sns:CreateTopic"), rightsize.Input{}, `{"Action":["sns:CreateTopic"],"Effect":"Allow","Resource":"*"}`},
		"a wildcard becomes what was used, and what is unobservable": {
			[]string{`{"Sid":"Topics","Effect":"Allow","Action":"sns:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`},
			uses("sns:ListTopics", "sns:CreateTopic"), rightsize.Input{},
			`{"Action":["sns:CreateTopic","sns:ListTopics","sns:Publish","sns:TagResource"],"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Effect":"Allow","Resource":"*","Sid":"Topics"}`},
		"with data events on, what was not used is unused": {
			[]string{`{"Effect":"Allow","Action":"sns:*","Resource":"*"}`}, uses("sns:ListTopics"),
			rightsize.Input{Logged: func(kind string) bool { return kind == "AWS::SNS::Topic" }}, `{"Action":"sns:ListTopics","Effect":"Allow","Resource":"*"}`},
		"a Deny stays as it is": {
			[]string{`{"Effect":"Allow","Action":"sns:Create*","Resource":"*"}`, `{"Effect":"Deny","Action":"sns:Delete*","NotResource":"` + sns + `a"}`},
			uses("sns:CreateTopic"), rightsize.Input{},
			`{"Action":"sns:CreateTopic","Effect":"Allow","Resource":"*"},{"Action":"sns:Delete*","Effect":"Deny","NotResource":"` + sns + `a"}`},
		"NotAction becomes the actions that were used": {
			[]string{`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`}, uses("sns:CreateTopic", "ec2:DescribeInstances"),
			rightsize.Input{Logged: func(string) bool { return true }}, "ec2:DescribeInstances sns:CreateTopic -iam:PassRole -sts:AssumeRole -NotAction"},
		"an action goes from the statement that was not used": {
			[]string{`{"Effect":"Allow","Action":"sns:DeleteTopic","Resource":"` + sns + `a"}`, `{"Effect":"Allow","Action":"sns:DeleteTopic","Resource":"` + sns + `b"}`},
			uses("sns:DeleteTopic " + sns + "b"), rightsize.Input{}, `{"Action":"sns:DeleteTopic","Effect":"Allow","Resource":"` + sns + `b"}`},
		"an unknown resource keeps it in both": {
			[]string{`{"Effect":"Allow","Action":"sns:DeleteTopic","Resource":"` + sns + `a"}`, `{"Effect":"Allow","Action":"sns:DeleteTopic","Resource":"` + sns + `b"}`},
			uses("sns:DeleteTopic"), rightsize.Input{},
			`{"Action":"sns:DeleteTopic","Effect":"Allow","Resource":"` + sns + `a"},{"Action":"sns:DeleteTopic","Effect":"Allow","Resource":"` + sns + `b"}`},
		"placeholders and variables stay": {
			[]string{`{"Effect":"Allow","Action":["sns:DeleteTopic","sns:CreateTopic"],"Resource":["arn:aws:sns:*:{{account}}:${aws:PrincipalTag/team}-*"],"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"{{age}}"}}}`},
			uses("sns:DeleteTopic " + sns + "b-1"), rightsize.Input{},
			`{"Action":["sns:DeleteTopic"],"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"{{age}}"}},"Effect":"Allow","Resource":["arn:aws:sns:*:{{account}}:${aws:PrincipalTag/team}-*"]}`},
		"resources are narrowed only on request": {
			[]string{`{"Effect":"Allow","Action":"ssm:PutParameter","Resource":"arn:aws:ssm:*:111122223333:parameter/*"}`}, parameters("orders/a", "orders/b", "orders/c"), rightsize.Input{},
			`{"Action":"ssm:PutParameter","Effect":"Allow","Resource":"arn:aws:ssm:*:111122223333:parameter/*"}`},
		"three examples make a pattern": {
			[]string{`{"Effect":"Allow","Action":"ssm:PutParameter","Resource":["arn:aws:ssm:*:111122223333:parameter/*","arn:aws:ssm:*:444455556666:parameter/*"]}`}, parameters("orders/a", "orders/b", "orders/c"), rightsize.Input{Resources: true},
			`{"Action":"ssm:PutParameter","Effect":"Allow","Resource":["arn:aws:ssm:eu-west-1:111122223333:parameter/orders/*"]}`},
		"two do not": {
			[]string{`{"Effect":"Allow","Action":"ssm:PutParameter","Resource":"arn:aws:ssm:*:111122223333:parameter/*"}`}, parameters("orders/a", "orders/b"), rightsize.Input{Resources: true},
			`{"Action":"ssm:PutParameter","Effect":"Allow","Resource":"arn:aws:ssm:*:111122223333:parameter/*"}`},
		"nothing used": {[]string{`{"Effect":"Allow","Action":"sns:Create*","Resource":"*"}`}, nil, rightsize.Input{}, ""},
		"an action that the data lacks stays": {
			[]string{`{"Effect":"Allow","Action":["sns:CreateTopic","sns:FlyToMoon","moon:*"],"Resource":"*"}`}, nil, rightsize.Input{},
			`{"Action":["sns:FlyToMoon","moon:*"],"Effect":"Allow","Resource":"*"}`},
		"a doubt changes nothing": {
			[]string{`{"Effect":"Allow","Action":"sns:*","Resource":"*"}`}, uses("sns:CreateTopic"), rightsize.Input{Doubts: []string{"a table was full"}},
			`{"Action":"sns:*","Effect":"Allow","Resource":"*"}`},
		"a call that changes things may pass a role": {
			[]string{`{"Effect":"Allow","Action":["iam:PassRole","ecs:RunTask"],"Resource":"*"}`}, uses("ecs:RunTask"), rightsize.Input{},
			`{"Action":["iam:PassRole","ecs:RunTask"],"Effect":"Allow","Resource":"*"}`},
		"reading passes none": {
			[]string{`{"Effect":"Allow","Action":["iam:PassRole","ecs:ListTasks"],"Resource":"*"}`}, uses("ecs:ListTasks"), rightsize.Input{},
			`{"Action":["ecs:ListTasks"],"Effect":"Allow","Resource":"*"}`},
	} {
		t.Run(name, func(t *testing.T) {
			in := c.in
			in.Uses = c.uses
			got, r := narrow(t, in, c.policy...)
			if !strings.HasPrefix(c.want, "{") && c.want != "" {
				for _, w := range strings.Fields(c.want) {
					if without, not := strings.CutPrefix(w, "-"); strings.Contains(got, `"`+without) == not {
						t.Errorf("%s: %s", w, got)
					}
				}
			} else if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if n := len(r.Used) + len(r.Off) + len(r.Spare) + len(r.Unobservable); len(in.Doubts) == 0 && n != r.Allowed {
				t.Errorf("%d actions are counted, of %d", n, r.Allowed)
			}
		})
	}
}

// TestMaybe: a call that another policy may have allowed is kept where one here allows it, and is no reason to refuse elsewhere.
func TestMaybe(t *testing.T) {
	in := rightsize.Input{Uses: uses("sns:CreateTopic"), Maybe: uses("sns:DeleteTopic", "sns:ListTopics", "s3:CreateBucket", "no action")}
	got, r := narrow(t, in, `{"Effect":"Allow","Action":["sns:CreateTopic","sns:DeleteTopic","sns:ListTopics","sns:Subscribe"],"Resource":"*"}`, `{"Effect":"Deny","Action":"sns:ListTopics","Resource":"*"}`)
	if !strings.Contains(got, `["sns:CreateTopic","sns:DeleteTopic"]`) || r.Proven != 2 {
		t.Errorf("%d proven: %s", r.Proven, got)
	}
}

func parameters(names ...string) (all []rightsize.Use) {
	for _, name := range names {
		all = append(all, uses("ssm:PutParameter arn:aws:ssm:eu-west-1:111122223333:parameter/"+name)...)
	}
	return all
}

func TestRefusals(t *testing.T) {
	const all = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:*","Resource":"` + sns + `a"},{"Effect":"Deny","Action":"sns:DeleteTopic","Resource":"*"}]}`
	for call, want := range map[string]string{
		"s3:CreateBucket":              "is not allowed by the policy that was given",
		"sns:CreateTopic " + sns + "b": "is not allowed by the policy that was given",
		"sns:DeleteTopic":              "is denied by the policy that was given",
		"sns:*":                        "has no action of IAM",
		"sns:Create\"Topic":            "has no action of IAM",
		"nonsense":                     "has no action of IAM",
	} {
		r, err := rightsize.Narrow(rightsize.Input{Policies: []rightsize.Policy{{"p", []byte(all)}}, Uses: uses(call)})
		refused, ok := errors.AsType[*rightsize.RefusedError](err)
		if r != nil || !ok || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), refused.Use.Action) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// TestSizeOfAdministrator: what is unobservable does not fit by name.
func TestSizeOfAdministrator(t *testing.T) {
	got, r := narrow(t, rightsize.Input{Uses: uses("ec2:RunInstances", "sns:CreateTopic", "iam:PassRole", "iam:CreateRole")}, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	if c := r.Policies[0]; c.Size > 6144 || c.Size < 1000 {
		t.Errorf("size %d", c.Size)
	}
	if len(r.Off) < 21000 || len(r.Used) != 4 || len(r.Spare) > 400 {
		t.Errorf("off %d, used %v, spare %d, unobservable %d; %q", len(r.Off), r.Used, len(r.Spare), len(r.Unobservable), r.Policies[0].Notes)
	}
	for _, action := range append(r.Unobservable, r.Used...) {
		service, _, _ := strings.Cut(action, ":")
		if !strings.Contains(got, `"`+service+":") {
			t.Errorf("%s is not in %s", action, got)
		}
	}
	t.Logf("size %d, off %d, spare %d, unobservable %d, notes %q", r.Policies[0].Size, len(r.Off), len(r.Spare), len(r.Unobservable), r.Policies[0].Notes)
}

func TestUnobservableIsNeverUnused(t *testing.T) {
	_, r := narrow(t, rightsize.Input{}, `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	hidden := trail.Unobservable(func(string) bool { return true }, false)
	for _, action := range hidden {
		if slices.Contains(r.Off, action) || !slices.Contains(r.Unobservable, action) {
			t.Errorf("%s is called unused", action)
		}
	}
}

func TestPairs(t *testing.T) {
	names := func(all ...string) rightsize.Names {
		n := rightsize.Names{Calls: map[string]int64{}}
		for _, name := range all {
			n.Calls[name] = 1
		}
		return n
	}
	text := func(all []rightsize.Use) string {
		var lines []string
		for _, u := range all {
			lines = append(lines, strings.TrimSpace(u.Action+" "+u.Resource))
		}
		return strings.Join(lines, ", ")
	}
	full := names(sns + "a")
	full.More = 1
	for want, got := range map[string][]rightsize.Use{
		"sns:DeleteTopic " + sns + "a":                               rightsize.Pairs(names("sns:DeleteTopic"), names(sns+"a", "arn:aws:s3:::b/k"), 0),
		"sns:DeleteTopic " + sns + "a, sns:DeleteTopic " + sns + "b": rightsize.Pairs(names("sns:DeleteTopic"), names(sns+"b", sns+"a"), 0),
		"sns:DeleteTopic, sns:DeleteTopic " + sns + "a":              rightsize.Pairs(names("sns:DeleteTopic"), names(sns+"a"), 1),
		"sns:DeleteTopic":       rightsize.Pairs(names("sns:DeleteTopic"), names("arn:aws:s3:::b"), 0),
		"ec2:DescribeInstances": rightsize.Pairs(names("ec2:DescribeInstances"), names("arn:aws:ec2:eu-west-1:111122223333:instance/i-1"), 0),
		"moon:Fly":              rightsize.Pairs(names("moon:Fly"), names(sns+"a"), 0),
	} {
		if text(got) != want {
			t.Errorf("got %s, want %s", text(got), want)
		}
	}
	if got := text(rightsize.Pairs(names("sns:DeleteTopic"), full, 0)); got != "sns:DeleteTopic, sns:DeleteTopic "+sns+"a" {
		t.Errorf("of a full table: %s", got)
	}
}

func TestHostileInput(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	good := []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:*","Resource":"*"}}`)
	for name, in := range map[string]rightsize.Input{
		"a huge name":    {Policies: []rightsize.Policy{{"p", good}}, Uses: uses("sns:" + long)},
		"many patterns":  {Policies: []rightsize.Policy{{"p", []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["*:a*"` + strings.Repeat(`,"*:*b"`, 300) + `],"Resource":"*"}}`)}}},
		"no policy":      {},
		"a huge policy":  {Policies: []rightsize.Policy{{"p", []byte(`{"Version":"` + long + `"}`)}}},
		"a deep policy":  {Policies: []rightsize.Policy{{"p", []byte(strings.Repeat("[", 1<<16))}}},
		"a trust policy": {Policies: []rightsize.Policy{{"p", []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`)}}},
		"two Actions":    {Policies: []rightsize.Policy{{"p", []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:*","Action":"s3:*","Resource":"*"}}`)}}},
		"a placed name":  {Policies: []rightsize.Policy{{"p", []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"{{a}}","Resource":"*"}}`)}}},
		"too many uses":  {Policies: []rightsize.Policy{{"p", good}}, Uses: make([]rightsize.Use, 50_001)},
	} {
		if r, err := rightsize.Narrow(in); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	r, err := rightsize.Narrow(rightsize.Input{Policies: []rightsize.Policy{{"p", good}}, Uses: uses("sns:CreateTopic "+long, "sns:CreateTopic \x00\xff\"${*}")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := iampolicy.Parse([]byte(r.Policies[0].Policy)); err != nil {
		t.Error(err)
	}
}
