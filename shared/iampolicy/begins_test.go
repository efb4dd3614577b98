package iampolicy_test

import (
	"testing"

	"curfew/shared/iampolicy"
)

func TestPossibleByTheBeginningOfAResource(t *testing.T) {
	for _, c := range []struct {
		resource string // member of the statement
		begins   []string
		want     iampolicy.Answer
	}{
		{`"Resource":"arn:aws:ec2:*:*:instance/*"`, nil, iampolicy.Maybe},
		{`"Resource":"arn:aws:ec2:*:*:instance/*"`, []string{"arn:aws:ec2:"}, iampolicy.Maybe},
		{`"Resource":"arn:aws:ec2:*:*:instance/*"`, []string{"arn:aws:s3:"}, iampolicy.No},
		{`"Resource":"arn:aws:ec2:*:*:instance/*"`, []string{"arn:aws:s3:", "arn:aws:ec2:"}, iampolicy.Maybe},
		{`"Resource":["arn:aws:s3:::b","arn:aws:ec2:*:*:instance/*"]`, []string{"arn:aws:s3:"}, iampolicy.Maybe},
		{`"NotResource":"arn:aws:ec2:*:*:instance/*"`, []string{"arn:aws:s3:"}, iampolicy.Yes},
		{`"Resource":"arn:*:ec2:*:*:instance/*"`, []string{"arn:aws:s3:"}, iampolicy.Maybe},
		{`"Resource":"*"`, []string{"arn:aws:s3:"}, iampolicy.Yes},
		{`"Resource":"arn:aws:s3:::${aws:username}"`, []string{"arn:aws:ec2:"}, iampolicy.No},
		{`"Resource":"arn:aws:s3:::${aws:username}"`, []string{"arn:aws:s3:"}, iampolicy.Maybe},
	} {
		d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",` + c.resource + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		call := iampolicy.Call{Action: "a:B", Begins: c.begins}
		got := iampolicy.Possible(iampolicy.Policies{Identity: []iampolicy.Named{{Name: "p", Document: d}}}, call, func(string) bool { return true })
		if got != c.want {
			t.Errorf("%s, %q: %d, want %d", c.resource, c.begins, got, c.want)
		}
	}
}
