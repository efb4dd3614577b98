package accesstest

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// CloudContract tests the comments of [access.Cloud].
func CloudContract(t *testing.T, open func(*testing.T) CloudUnderTest) {
	t.Helper()
	for _, c := range slices.Concat(cloudLooks, cloudGrants, cloudRemovals, cloudRefusals, cloudSurveys) {
		t.Run(c.name, func(t *testing.T) {
			u := open(t)
			for _, need := range c.needs {
				if u.hasNo(need) {
					t.Logf("not asserted here: %s", need)
					return
				}
			}
			c.run(cloudCase{T: t, CloudUnderTest: u})
		})
	}
}

var cloudLooks = []cloudTest{
	{"a role is seen as it is", nil, func(c cloudCase) {
		s := c.look(c.Role)
		account := strings.Split(c.Role, ":")[4]
		if s.Principal.ARN != c.Role || !strings.HasPrefix(s.Principal.ID, "AROA") || s.Principal.Account != account {
			c.Errorf("principal = %+v, want that of %s", s.Principal, c.Role)
		}
		if !s.Managed || s.Boundary == "" || s.Trust == "" {
			c.Errorf("sight = %+v, want it managed, with a boundary and a trust policy", s)
		}
		if s.Room.Inline < 2000 || s.Room.Attached < 3 {
			c.Errorf("room = %+v, want 2000 and 3 at least", s.Room)
		}
	}},
	{"a user is seen as it is", nil, func(c cloudCase) {
		if c.User == "" {
			c.Log("not asserted here: users")
			return
		}
		s := c.look(c.User)
		if s.Principal.ARN != c.User || !strings.HasPrefix(s.Principal.ID, "AIDA") || s.Trust != "" || !s.Managed {
			c.Errorf("sight = %+v, want a managed user without a trust policy", s)
		}
	}},
	{"a principal that is not there is NotFound", nil, func(c cloudCase) {
		_, err := c.Cloud.Look(c.Context(), c.Missing)
		c.wantKind(err, fault.NotFound)
	}},
	{"what is no principal is Invalid", nil, func(c cloudCase) {
		for _, arn := range []string{"", "engineer", "arn:aws:s3:::bucket", strings.Replace(c.Role, ":role/", ":policy/", 1)} {
			_, err := c.Cloud.Look(c.Context(), arn)
			c.wantKind(err, fault.Invalid)
		}
	}},
	{"a policy of others is read", []string{OtherHands}, func(c cloudCase) {
		g := c.grant(c.Role, access.Managed, document("A", 0))
		c.attach(g)
		c.PutByHand(c.T, c.Role, "by-hand", document("A", 0))
		p := g.Principal
		for policy, want := range map[string]string{
			"by-hand": document("A", 0), "other": "not there",
			"arn:aws:iam::" + p.Account + ":policy/" + c.Name + "/" + g.Name + "-1": "", "arn:aws:iam::aws:policy/Other": "not there",
		} {
			got, there, err := c.Cloud.ReadOther(c.Context(), p, policy)
			c.wantKind(err, "")
			if there != (want != "not there") || there && got != want {
				c.Errorf("%s = %q, %v, want %q", policy, got, there, want)
			}
		}
		_, there, err := c.Cloud.ReadOther(c.Context(), access.Principal{ARN: c.Missing, ID: p.ID, Account: p.Account}, "by-hand")
		if c.wantKind(err, ""); there {
			c.Error("a principal that is not there has a policy")
		}
	}},
	{"tag and boundary are seen", []string{Marks}, func(c cloudCase) {
		c.Mark(c.T, c.Role, false, false)
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		if s := c.look(c.Role); s.Managed || s.Boundary != "" {
			c.Errorf("sight = %+v, want neither tag nor boundary", s)
		}
	}},
	{"the tag's key has no case", []string{Marks}, func(c cloudCase) {
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		for _, key := range c.otherCases() {
			for _, value := range []string{"no", "true"} {
				c.Tag(c.T, c.Role, key, value)
				if s := c.look(c.Role); s.Managed != (value == "true") {
					c.Errorf("after %s = %s: managed = %v", key, value, s.Managed)
				}
			}
			c.attach(c.grant(c.Role, access.Inline, document("A", 0)))
			c.Untag(c.T, c.Role, key)
			if c.look(c.Role).Managed {
				c.Errorf("managed after %s was removed", key)
			}
			c.Mark(c.T, c.Role, true, true)
			c.Untag(c.T, c.Role, key)
			if c.look(c.Role).Managed {
				c.Errorf("managed after %s was removed from where it is in lower case", key)
			}
		}
	}},
	{"a grant takes room", nil, func(c cloudCase) {
		before := c.look(c.Role).Room
		c.attach(c.grant(c.Role, access.Inline, document("A", 100)))
		c.attach(c.grant(c.Role, access.Managed, document("A", 0), document("B", 0)))
		if got := before.Inline - c.look(c.Role).Room.Inline; got != len(document("A", 100)) {
			c.Errorf("inline room shrank by %d, want %d", got, len(document("A", 100)))
		}
		if got := before.Attached - c.look(c.Role).Room.Attached; got != 2 {
			c.Errorf("room for policies shrank by %d, want 2", got)
		}
	}},
}
