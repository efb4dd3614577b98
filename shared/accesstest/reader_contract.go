package accesstest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/fault"
	"curfew/shared/standing"
)

// ReaderUnderTest is a reader for [ReaderContract].
type ReaderUnderTest struct {
	Reader        accountreview.Reader
	Account       string
	Role, Another string // ARNs of roles of the account
	Missing       string // ARN of a role that does not exist
	Closed        string // an account that may not be entered
	Put           func(t *testing.T, arn, policy, document string)
	Use           func(t *testing.T, arn, action string, at time.Time)
	Delete        func(t *testing.T, arn string)
}

type readerCase struct {
	*testing.T
	ReaderUnderTest
}

func (c readerCase) accessed(arns ...string) map[string]*standing.Accessed {
	c.Helper()
	all, err := c.Reader.Accessed(c.Context(), c.Account, arns)
	if err != nil {
		c.Fatal(err)
	}
	return all
}

func (c readerCase) details() *authdetails.Details {
	c.Helper()
	d, err := c.Reader.Details(c.Context(), c.Account)
	if err != nil {
		c.Fatal(err)
	}
	return d
}

func (c readerCase) principal(arn string) *authdetails.Principal {
	c.Helper()
	all := c.details().Principals
	i := slices.IndexFunc(all, func(p *authdetails.Principal) bool { return p.ARN == arn })
	if i < 0 {
		return nil
	}
	return all[i]
}

// ReaderContract tests the comments of [accountreview.Reader], in a bubble of package synctest: a reader waits for IAM's jobs.
func ReaderContract(t *testing.T, open func(*testing.T) ReaderUnderTest) {
	t.Helper()
	for _, c := range readerCases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.run(readerCase{t, open(t)}) })
		})
	}
}

// contractPolicy allows two services.
const contractPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateUser","kms:Encrypt"],"Resource":"*"}]}`

var readerCases = []struct {
	name string
	run  func(readerCase)
}{
	{"the details have every role, with what it may do", func(c readerCase) {
		c.Put(c.T, c.Role, "own", contractPolicy)
		p := c.principal(c.Role)
		if p == nil || p.ID == "" || p.Trust == nil || p.Unknown != "" || p.Account != c.Account || len(p.Policies.Identity) == 0 || p.Policies.Identity[0].Document == nil {
			c.Fatalf("the role is %+v", p)
		}
		if c.principal(c.Another) == nil || c.principal(c.Missing) != nil {
			c.Error("the other role is missing, or a role is there that does not exist")
		}
	}},
	{"what was deleted is not in the details", func(c readerCase) {
		c.Delete(c.T, c.Another)
		if c.principal(c.Another) != nil || c.principal(c.Role) == nil {
			c.Error("the deleted role is there, or the other is not")
		}
	}},
	{"an account that is closed to us is denied", func(c readerCase) {
		if d, err := c.Reader.Details(c.Context(), c.Closed); d != nil || fault.KindOf(err) != fault.Denied {
			c.Errorf("details: %v, %v", d, err)
		}
		role := "arn:aws:iam::" + c.Closed + ":role/x"
		if all, err := c.Reader.Accessed(c.Context(), c.Closed, []string{role}); all != nil || fault.KindOf(err) != fault.Denied {
			c.Errorf("accessed: %v, %v", all, err)
		}
	}},
	{"a service that was used has its times, one that was not has none, one that is not allowed is not there", func(c readerCase) {
		at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
		c.Put(c.T, c.Role, "own", contractPolicy)
		c.Use(c.T, c.Role, "iam:CreateUser", at)
		a := c.accessed(c.Role)[c.Role]
		if a == nil || a.At.IsZero() || a.At.After(time.Now()) {
			c.Fatalf("accessed: %+v", a)
		}
		if s := a.Services["iam"]; !s.Last.Equal(at) || !s.Actions["CreateUser"].Equal(at) {
			c.Errorf("iam: %+v", s)
		}
		if s, is := a.Services["kms"]; !is || !s.Last.IsZero() {
			c.Errorf("kms: %+v, %v", s, is)
		}
		if s, is := a.Services["ec2"]; is {
			c.Errorf("ec2: %+v", s)
		}
	}},
	{"each principal has its own data; one that does not exist has none", func(c readerCase) {
		at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
		c.Put(c.T, c.Role, "own", contractPolicy)
		c.Put(c.T, c.Another, "own", contractPolicy)
		c.Use(c.T, c.Another, "kms:Encrypt", at)
		all := c.accessed(c.Role, c.Missing, c.Another, c.Role)
		if len(all) != 2 || !all[c.Role].Services["kms"].Last.IsZero() || !all[c.Another].Services["kms"].Last.Equal(at) {
			c.Errorf("accessed: %+v", all)
		}
	}},
	{"no principals have no data", func(c readerCase) {
		if all := c.accessed(); len(all) != 0 {
			c.Errorf("accessed: %+v", all)
		}
	}},
	{"too many principals, those of others, and what is none are invalid", func(c readerCase) {
		many := slices.Repeat([]string{c.Role}, accountreview.MostAccessed)
		if _, err := c.Reader.Accessed(c.Context(), c.Account, many); err != nil {
			c.Errorf("the most at once: %v", err)
		}
		for name, arns := range map[string][]string{
			"too many": append(many, c.Another), "of another account": {c.Role, "arn:aws:iam::" + c.Closed + ":role/x"}, "a policy": {"arn:aws:iam::" + c.Account + ":policy/x"}, "no ARN": {"x"},
		} {
			if all, err := c.Reader.Accessed(c.Context(), c.Account, arns); all != nil || fault.KindOf(err) != fault.Invalid {
				c.Errorf("%s: %v, %v", name, all, err)
			}
		}
	}},
}
