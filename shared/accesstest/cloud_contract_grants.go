package accesstest

import (
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

var cloudGrants = []cloudTest{
	{"an inline grant is attached, read and removed", nil, func(c cloudCase) {
		for _, arn := range c.principals() {
			g := c.grant(arn, access.Inline, document("Inline", 0))
			c.wantDocuments(g)
			c.attach(g)
			c.wantDocuments(g, g.Documents...)
			c.remove(g)
			c.wantDocuments(g)
		}
	}},
	{"a managed grant is attached, read and removed", nil, func(c cloudCase) {
		for _, arn := range c.principals() {
			g := c.grant(arn, access.Managed, document("One", 0), document("Two", 0), document("Three", 0))
			c.attach(g)
			c.wantDocuments(g, g.Documents...)
			c.remove(g)
			c.wantDocuments(g)
			// Remove deletes the policies too, so another of this name can be created.
			g.Documents = []string{document("Other", 0)}
			c.attach(g)
			c.wantDocuments(g, g.Documents...)
		}
	}},
	{"attaching again is success and changes nothing", nil, func(c cloudCase) {
		for _, g := range []access.Grant{
			c.grant(c.Role, access.Inline, document("Inline", 0)),
			c.grant(c.Role, access.Managed, document("One", 0), document("Two", 0)),
		} {
			c.attach(g)
			room := c.look(c.Role).Room
			c.attach(g)
			c.wantDocuments(g, g.Documents...)
			if got := c.look(c.Role).Room; got != room {
				c.Errorf("room = %+v, want %+v as before", got, room)
			}
		}
	}},
	{"grants on one principal take nothing from each other", nil, func(c cloudCase) {
		a, b := c.grant(c.Role, access.Inline, document("A", 0)), c.grant(c.Role, access.Inline, document("B", 0))
		m, n := c.grant(c.Role, access.Managed, document("M", 0)), c.grant(c.Role, access.Managed, document("N", 0))
		for _, g := range []access.Grant{a, b, m, n} {
			c.attach(g)
		}
		c.remove(a)
		c.remove(m)
		c.wantDocuments(a)
		c.wantDocuments(m)
		c.wantDocuments(b, b.Documents...)
		c.wantDocuments(n, n.Documents...)
	}},
	{"nothing is sent after the last instant", nil, func(c cloudCase) {
		for _, form := range []access.Form{access.Inline, access.Managed} {
			g := c.grant(c.Role, form, document("Late", 0))
			g.AttachBy = time.Now().Add(-time.Second)
			c.refusesAttach(g, fault.Over)
		}
	}},
	{"another unique id is a Conflict", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		right := g.Principal
		g.Principal.ID = "AROAEXAMPLEOFANOTHER0"
		c.wantKind(c.Cloud.Attach(c.Context(), g), fault.Conflict)
		g.Principal = right
		c.wantDocuments(g)
	}},
	{"a principal that was made anew gets nothing", []string{Recreation}, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		c.Recreate(c.T, c.Role)
		c.refusesAttach(g, fault.Conflict)
		_, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.NotFound)
	}},
	{"a principal that is not there is NotFound", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		g.Principal.ARN = c.Missing
		c.wantKind(c.Cloud.Attach(c.Context(), g), fault.NotFound)
		_, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.NotFound)
	}},
	{"what is no policy, or no form, is Invalid", nil, func(c cloudCase) {
		c.refusesAttach(c.grant(c.Role, access.Inline, `{"Statement":`), fault.Invalid)
		c.refusesAttach(c.grant(c.Role, access.Inline), fault.Invalid)
		c.refusesAttach(c.grant(c.Role, access.Inline, document("A", 0), document("B", 0)), fault.Invalid)
		c.refusesAttach(c.grant(c.Role, access.Managed, document("A", 0), document("B", 0), document("C", 0), document("D", 0)), fault.Invalid)
		c.refusesAttach(c.grant(c.Role, "other", document("A", 0)), fault.Invalid)
	}},
	{"a full inline budget is Quota", []string{Quotas}, func(c cloudCase) {
		room := c.look(c.Role).Room.Inline
		c.refusesAttach(c.grant(c.Role, access.Inline, document("Big", room)), fault.Quota)
		fits := c.grant(c.Role, access.Inline, document("Fits", room-len(document("Fits", 0))))
		c.attach(fits)
		if got := c.look(c.Role).Room.Inline; got != 0 {
			c.Errorf("room = %d, want 0", got)
		}
		c.refusesAttach(c.grant(c.Role, access.Inline, document("More", 0)), fault.Quota)
	}},
	{"a full number of attached policies is Quota", []string{Quotas}, func(c cloudCase) {
		for range c.look(c.Role).Room.Attached {
			c.attach(c.grant(c.Role, access.Managed, document("A", 0)))
		}
		c.refusesAttach(c.grant(c.Role, access.Managed, document("More", 0)), fault.Quota)
	}},
	{"a managed policy that is too large is Quota", []string{Quotas}, func(c cloudCase) {
		c.refusesAttach(c.grant(c.Role, access.Managed, document("Big", 6145)), fault.Quota)
	}},
}

var cloudRefusals = []cloudTest{
	{"a protected role is Denied", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		g.Principal.ARN = c.Protected
		_, err := c.Cloud.Look(c.Context(), c.Protected)
		c.wantKind(err, fault.Denied)
		c.wantKind(c.Cloud.Attach(c.Context(), g), fault.Denied)
		_, err = c.Cloud.Remove(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.Denied)
		_, err = c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.Denied)
	}},
	{"attaching needs the tag and the boundary", []string{Marks, Permissions}, func(c cloudCase) {
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		for _, tag := range []bool{true, false} {
			c.Mark(c.T, c.Role, tag, !tag)
			c.refusesAttach(c.grant(c.Role, access.Inline, document("A", 0)), fault.Denied)
			c.refusesAttach(c.grant(c.Role, access.Managed, document("A", 0)), fault.Denied)
		}
	}},
	{"attaching needs the tag, which another in another case replaces", []string{Marks, Permissions}, func(c cloudCase) {
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		for _, key := range c.otherCases() {
			c.Mark(c.T, c.Role, true, true)
			c.Tag(c.T, c.Role, key, "no")
			c.refusesAttach(c.grant(c.Role, access.Inline, document("A", 0)), fault.Denied)
		}
	}},
	{"removing needs the tag or the boundary", []string{Marks, Permissions}, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		c.attach(g)
		c.Mark(c.T, c.Role, false, false)
		calls, err := c.Cloud.Remove(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.Denied)
		if len(calls) == 0 {
			c.Error("a denied removal returned no calls")
		}
		c.Mark(c.T, c.Role, true, true)
		c.wantDocuments(g, g.Documents...)
	}},
	{"a name that is not of this installation is Invalid", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		for _, name := range []string{"", "standing", c.Name, c.Name + "-boundary", c.Name + "-two-" + newID(), "x" + g.Name, g.Name + "x"} {
			g.Name = name
			c.wantKind(c.Cloud.Attach(c.Context(), g), fault.Invalid)
			_, err := c.Cloud.Remove(c.Context(), g.Principal, name)
			c.wantKind(err, fault.Invalid)
		}
	}},
}
