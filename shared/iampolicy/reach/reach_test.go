package reach_test

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

func document(t testing.TB, statements ...string) *iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func of(t testing.TB, statements ...string) *reach.Set {
	t.Helper()
	return reach.Of(reach.Layers{Identity: []*iampolicy.Document{document(t, statements...)}})
}

const (
	admin    = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	readOnly = `{"Effect":"Allow","Action":["s3:Get*","s3:List*","ec2:Describe*","iam:Get*","iam:List*"],"Resource":"*"}`
	withMFA  = `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
)

// on gives the cells of one action.
func on(s *reach.Set, action string) (all []reach.Cell) {
	for c := range s.Cells() {
		if c.Action == action {
			all = append(all, c)
		}
	}
	return all
}

func TestAdministratorMinusItselfIsEmpty(t *testing.T) {
	for _, statements := range [][]string{{admin}, {admin, withMFA}, {admin, `{"Effect":"Deny","NotAction":"iam:*","NotResource":"arn:aws:s3:::a*"}`}} {
		one, other := of(t, statements...), of(t, statements...)
		if d := reach.Difference(one, other); !d.Empty() {
			t.Errorf("%s minus the same: %+v", statements, slices.Collect(d.Cells())[0])
		}
		if !one.PartOf(other) || !one.PartOf(reach.Union(of(t, readOnly), other)) || one.PartOf(of(t, readOnly)) {
			t.Errorf("%s: it is a part of itself, and of no less", statements)
		}
	}
}

func TestAdministratorIsEveryAction(t *testing.T) {
	n, want := 0, 0
	for _, s := range iamdata.Services() {
		want += len(iamdata.Actions(s))
	}
	last := ""
	for c := range of(t, admin).Cells() {
		n++
		key := strings.ToLower(strings.Replace(c.Action, ":", "\x00", 1))
		if !slices.Equal(c.Resources, []string{"*"}) || len(c.Except)+len(c.Conditions) > 0 || c.Open != "" || key <= last {
			t.Fatalf("%+v after %q", c, last)
		}
		last = key
	}
	if n != want {
		t.Errorf("%d cells, and %d actions", n, want)
	}
}

func TestFits(t *testing.T) {
	bucket, object := "arn:${Partition}:s3:::${BucketName}", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
	for _, c := range []struct {
		pattern        string
		bucket, object bool
	}{
		{"arn:aws:s3:::logs", true, false}, {"arn:aws:s3:::logs*", true, true}, {"arn:aws:s3:::logs/*", false, true}, {"arn:aws:s3:::*/x", false, true},
		{"arn:aws:s3:::${aws:PrincipalTag/team}", true, true}, {"*", true, true},
	} {
		p, err := iampolicy.ResourcePattern(c.pattern, iampolicy.Version)
		if err != nil {
			t.Fatal(err)
		}
		if b, o := reach.Fits(bucket, p), reach.Fits(object, p); b != c.bucket || o != c.object {
			t.Errorf("%s fits a bucket: %t, an object: %t", c.pattern, b, o)
		}
	}
}
