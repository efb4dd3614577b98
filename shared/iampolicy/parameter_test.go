package iampolicy_test

import (
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

func TestParameterTypes(t *testing.T) {
	for kind, tt := range map[iampolicy.ParameterType]struct{ good, bad list }{
		iampolicy.AccountID:    {list{"111122223333"}, list{"11112222333", "1111222233334", "11112222333x", "١١١١٢٢٢٢٣٣٣٣"}},
		iampolicy.Region:       {list{"eu-west-1", "us-gov-west-1", "ap-southeast-4"}, list{"eu", "eu-west", "EU-WEST-1", "eu-west-1a", "eu--1", "-west-1"}},
		iampolicy.Name:         {list{"a", "a.b_c+d=e,f@g-h"}, list{"a b", "a/b", strings.Repeat("a", 129)}},
		iampolicy.Path:         {list{"a", "a/b.c/d"}, list{"/a", "a/", "a//b", "a/../b", ".", "a b"}},
		iampolicy.SecretName:   {list{"prod/db-main", "a"}, list{"a b", "prod/db*"}},
		iampolicy.KeyID:        {list{"1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"}, list{"alias/x", "1234abcd-12ab-34cd-56ef-1234567890aB", "1234abcd-12ab-34cd-56ef", "mrk-1"}},
		iampolicy.Bucket:       {list{"abc", "a.b-c9"}, list{"ab", "Abc", "-abc", "abc-", "a..b", "192.0.2.1", "a_b"}},
		iampolicy.ID:           {list{"a", "A_b-9"}, list{"-a", "_a", "a.b"}},
		iampolicy.InstanceID:   {list{"i-0123456789abcdef0", "i-01234567"}, list{"i-0123456789abcdef", "i-", "0123456789abcdef0", "i-0123456789ABCDEF0"}},
		iampolicy.RoleName:     {list{"backup-role", "a"}, list{"a/b", strings.Repeat("a", 65)}},
		iampolicy.UserName:     {list{"ana@example.org"}, list{"ana ben"}},
		iampolicy.SessionName:  {list{"ana"}, list{"a", "ana:ben"}},
		iampolicy.FunctionName: {list{"my-function_1"}, list{"my.function", "f:1"}},
		iampolicy.TableName:    {list{"my.table_1-a"}, list{"ab", "a/b"}},
	} {
		if !iampolicy.KnownParameterType(kind) {
			t.Errorf("%s is not known", kind)
		}
		for _, v := range tt.good {
			if err := kind.Check(v); err != nil {
				t.Error(err)
			}
		}
		for _, v := range append(tt.bad, "", "*", "a*b", "a?b", "$", "${aws:username}", "{a}", `a"b`, `a\b`, "a\x00b", "a\nb", "аbc", "abc\u200b", "ａｂｃ", "a:b", "abcé") {
			if kind.Check(v) == nil {
				t.Errorf("%s admits %+q", kind, v)
			}
		}
	}
}

func TestEveryParameterTypeIsListed(t *testing.T) {
	all := iampolicy.ParameterTypes()
	if len(all) != 14 {
		t.Errorf("%d types are listed, want 14", len(all))
	}
	for _, kind := range all {
		if !iampolicy.KnownParameterType(kind) {
			t.Errorf("%s is listed and not known", kind)
		}
	}
	if iampolicy.KnownParameterType("text") || iampolicy.ParameterType("text").Check("a") == nil {
		t.Error("an unknown type admits a value")
	}
}

func TestParameterErrorSaysWhatIsAdmitted(t *testing.T) {
	const want = `"1\u0661" is not a valid account-id: want 12 digits`
	if err := iampolicy.AccountID.Check("1١"); err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}
