package accesstest

import (
	"maps"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/fault"
)

var cloudRemovals = []cloudTest{
	{"what is not there is success, and the calls say so", nil, func(c cloudCase) {
		calls := c.remove(c.grant(c.Role, access.Inline, document("A", 0)))
		if len(calls) == 0 {
			c.Error("Remove returned no calls")
		}
		for _, call := range calls {
			if !strings.HasPrefix(call.Action, "iam:") || call.Outcome != "not there" || call.At.IsZero() {
				c.Errorf("call = %+v, want one to IAM that found nothing", call)
			}
		}
	}},
	{"the calls of a removal say what was done", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		c.attach(g)
		calls := c.remove(g)
		if !slices.ContainsFunc(calls, func(call access.Call) bool {
			return call.Action == "iam:DeleteRolePolicy" && call.Outcome == "done"
		}) {
			c.Errorf("calls = %+v, want iam:DeleteRolePolicy done", calls)
		}
	}},
	{"the name alone suffices", nil, func(c cloudCase) {
		for _, form := range []access.Form{access.Inline, access.Managed} {
			g := c.grant(c.Role, form, document("A", 0))
			c.attach(g)
			g.Principal.ID = ""
			c.remove(g)
			c.wantDocuments(g)
		}
	}},
	{"a principal that is not there is success", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		g.Principal = access.Principal{ARN: c.Missing, Account: g.Principal.Account}
		c.remove(g)
	}},
	{"a principal that is gone is success, and its policies are deleted", []string{Deletion}, func(c cloudCase) {
		g := c.grant(c.Role, access.Managed, document("A", 0))
		c.attach(g)
		c.Delete(c.T, c.Role)
		c.remove(g)
		_, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.wantKind(err, fault.NotFound)
	}},
	{"removing the tag or the boundary does not prevent Remove", []string{Marks}, func(c cloudCase) {
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		for _, tag := range []bool{true, false} {
			for _, form := range []access.Form{access.Inline, access.Managed} {
				c.Mark(c.T, c.Role, true, true)
				g := c.grant(c.Role, form, document("A", 0))
				c.attach(g)
				c.Mark(c.T, c.Role, tag, !tag)
				c.remove(g)
				c.wantDocuments(g)
			}
		}
	}},
	{"a managed policy that was attached elsewhere is detached there too", []string{OtherHands}, func(c cloudCase) {
		g := c.grant(c.Role, access.Managed, document("A", 0))
		c.attach(g)
		account := strings.Split(c.Role, ":")[4]
		c.AttachByHand(c.T, c.Other, "arn:aws:iam::"+account+":policy/"+c.Name+"/"+g.Name+"-1")
		other := g
		other.Principal = c.look(c.Other).Principal
		c.wantDocuments(other, g.Documents...)
		c.remove(g)
		c.wantDocuments(g)
		c.wantDocuments(other)
	}},
	{"a managed policy that is a boundary stays, attached to nothing", []string{Bounds, Marks}, func(c cloudCase) {
		g := c.grant(c.Role, access.Managed, document("A", 0), document("B", 0))
		c.attach(g)
		c.Cleanup(func() { c.Mark(c.T, c.Other, true, true) })
		c.BoundByHand(c.T, c.Other, "arn:aws:iam::"+strings.Split(c.Role, ":")[4]+":policy/"+c.Name+"/"+g.Name+"-2")
		left := func(call access.Call) bool {
			return call.Action == "iam:DeletePolicy" && call.Outcome == string(fault.Conflict)
		}
		if calls := c.remove(g); !slices.ContainsFunc(calls, left) {
			c.Errorf("calls = %+v, want one that left a policy", calls)
		}
		c.wantDocuments(g)
		c.Mark(c.T, c.Other, true, true)
		if calls := c.remove(g); slices.ContainsFunc(calls, left) {
			c.Errorf("calls = %+v, want the rest removed", calls)
		}
	}},
}

var cloudSurveys = []cloudTest{
	{"a survey shows every grant of ours, with its documents", nil, func(c cloudCase) {
		a, b := c.grant(c.Role, access.Inline, document("A", 0)), c.grant(c.Other, access.Managed, document("M", 0), document("N", 0))
		c.attach(a)
		c.attach(b)
		for _, g := range []access.Grant{a, b} {
			eventually(c.T, c.Lag, func() bool { return c.survey()[g.Name].Grant != "" })
			got := c.survey()[g.Name]
			if got.Principal != g.Principal || !sameDocuments(got.Documents, g.Documents) {
				c.Errorf("survey shows %+v, want %s on %+v", got, g.Name, g.Principal)
			}
		}
		c.remove(a)
		if !eventually(c.T, c.Lag, func() bool { return c.survey()[a.Name].Grant == "" }) {
			c.Error("the survey still shows what was removed")
		}
	}},
	{"a survey shows what a marked principal has by itself", []string{OtherHands, Marks}, func(c cloudCase) {
		c.PutByHand(c.T, c.Role, "standing", document("Own", 0))
		a, b := c.grant(c.Role, access.Inline, document("A", 0)), c.grant(c.Role, access.Managed, document("M", 0))
		c.attach(a)
		c.attach(b)
		s := c.look(c.Role)
		eventually(c.T, c.Lag, func() bool { return c.own()[s.Principal.ID].Inline["standing"] != "" })
		all := c.own()
		v := all[s.Principal.ID]
		if v.ARN != c.Role || v.Account != s.Principal.Account || v.Boundary != s.Boundary || !sameJSON([]byte(v.Trust), []byte(s.Trust)) || !sameJSON([]byte(v.Inline["standing"]), []byte(document("Own", 0))) {
			c.Errorf("own = %+v, want that of %+v", v, s)
		}
		ours := func(policy string) bool { return strings.Contains(policy, a.Name) || strings.Contains(policy, b.Name) }
		if slices.ContainsFunc(slices.Concat(slices.Sorted(maps.Keys(v.Inline)), v.Attached, slices.Sorted(maps.Keys(all))), ours) {
			c.Errorf("own = %+v of %q, want no grant", v, slices.Sorted(maps.Keys(all)))
		}
		if p := all[s.Boundary]; p.Document == "" || p.Version == "" || p.Unknown != "" {
			c.Errorf("boundary = %+v, want its document", p)
		}
		c.Mark(c.T, c.Role, false, true)
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		if !eventually(c.T, c.Lag, func() bool { return c.own()[s.Principal.ID].ID == "" }) {
			c.Error("the survey still shows a principal without the tag")
		}
	}},
	{"a survey shows nothing of others", []string{OtherHands}, func(c cloudCase) {
		theirs := []string{"standing", c.Name + "-two-" + newID(), c.Name + "-x"}
		for _, name := range theirs {
			c.PutByHand(c.T, c.Role, name, document("Theirs", 0))
		}
		g := c.grant(c.Role, access.Inline, document("A", 0))
		c.attach(g)
		eventually(c.T, c.Lag, func() bool { return c.survey()[g.Name].Grant != "" })
		for _, name := range theirs {
			if found, ok := c.survey()[name]; ok {
				c.Errorf("the survey shows %+v, which is not ours", found)
			}
		}
	}},
}
