package accesstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// CloudUnderTest is a cloud to hold against its contract, with principals that nobody else uses meanwhile. A hook that is
// nil is something that this world cannot do: the suite says what it left out.
type CloudUnderTest struct {
	Cloud access.Cloud
	Name  string // the installation's
	// Role and User bear the tag and an accepted boundary, and have room for 2,000 characters of inline policy and for
	// three attached policies. User may be empty.
	Role, User string
	Other      string // a role like Role
	Missing    string // an ARN of a role that is not there, in the same account
	Protected  string // a role that only AWS may change; it need not exist
	// Lag is how long a read may take to show what was written.
	Lag time.Duration
	// Lacks names what this world cannot do. Known: Permissions, Quotas.
	Lacks []string

	// Recreate deletes a role and makes it anew under another unique id.
	Recreate func(t *testing.T, arn string)
	// Delete deletes a role with all that is on it.
	Delete func(t *testing.T, arn string)
	// Mark sets or removes the installation's tag and the accepted boundary.
	Mark func(t *testing.T, arn string, tag, boundary bool)
	// Tag sets a tag, and Untag removes one, by a key in any case.
	Tag   func(t *testing.T, arn, key, value string)
	Untag func(t *testing.T, arn, key string)
	// AttachByHand attaches a managed policy.
	AttachByHand func(t *testing.T, arn, policy string)
	// PutByHand puts an inline policy.
	PutByHand func(t *testing.T, arn, name, document string)
}

// What a world may lack.
const (
	Permissions = "the permissions of the functions are enforced" // Denied without tag or boundary
	Quotas      = "quotas are enforced"
	Recreation  = "a principal is made anew"
	Deletion    = "a principal is deleted"
	Marks       = "tag and boundary change"
	OtherHands  = "policies are attached by hand"
)

// CloudContract is the transcription of the comments of [access.Cloud].
func CloudContract(t *testing.T, open func(*testing.T) CloudUnderTest) {
	t.Helper()
	for _, c := range slices.Concat(cloudLooks, cloudGrants, cloudRemovals, cloudRefusals, cloudSurveys) {
		t.Run(c.name, func(t *testing.T) {
			u := open(t)
			for _, need := range c.needs {
				if u.lacks(need) {
					t.Logf("not asserted here: %s", need)
					return
				}
			}
			c.run(cloudCase{T: t, CloudUnderTest: u})
		})
	}
}

func (u CloudUnderTest) lacks(what string) bool {
	missing := map[string]bool{
		Recreation: u.Recreate == nil, Deletion: u.Delete == nil, Marks: u.Mark == nil || u.Tag == nil || u.Untag == nil,
		OtherHands: u.AttachByHand == nil || u.PutByHand == nil,
	}
	return missing[what] || slices.Contains(u.Lacks, what)
}

type cloudTest struct {
	name  string
	needs []string
	run   func(cloudCase)
}

type cloudCase struct {
	*testing.T
	CloudUnderTest
}

// document is a policy of one statement that nobody else has; filler makes it long.
func document(sid string, filler int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":%q,"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::example-%s/x"}]}`,
		sid, strings.Repeat("x", filler))
}

// grant for a principal, good for a minute, in a form that fits the number of documents.
func (c cloudCase) grant(arn string, form access.Form, documents ...string) access.Grant {
	c.Helper()
	g := access.Grant{
		Name: access.GrantName(c.Name, newID()), Principal: c.look(arn).Principal,
		Form: form, Documents: documents, AttachBy: time.Now().Add(time.Minute),
	}
	c.Cleanup(func() {
		// What is left would be in the way of the cases that follow in the same world.
		_, _ = c.Cloud.Remove(c.T.Context(), g.Principal, g.Name)
	})
	return g
}

func (c cloudCase) look(arn string) access.Sight {
	c.Helper()
	s, err := c.Cloud.Look(c.Context(), arn)
	if err != nil {
		c.Fatalf("Look(%s) = %v, want nil", arn, err)
	}
	return s
}

func (c cloudCase) attach(g access.Grant) {
	c.Helper()
	if err := c.Cloud.Attach(c.Context(), g); err != nil {
		c.Fatalf("Attach = %v, want nil", err)
	}
}

func (c cloudCase) remove(g access.Grant) []access.Call {
	c.Helper()
	calls, err := c.Cloud.Remove(c.Context(), g.Principal, g.Name)
	if err != nil {
		c.Fatalf("Remove = %v, want nil", err)
	}
	return calls
}

// reads wants these documents of the grant, when the read has caught up.
func (c cloudCase) reads(g access.Grant, want ...string) {
	c.Helper()
	var got []string
	eventually(c.T, c.Lag, func() bool {
		var err error
		if got, err = c.Cloud.Read(c.Context(), g.Principal, g.Name); err != nil {
			c.Fatalf("Read = %v, want nil", err)
		}
		return sameDocuments(got, want)
	})
	if !sameDocuments(got, want) {
		c.Errorf("Read = %q, want %q", got, want)
	}
}

func sameDocuments(got, want []string) bool {
	return slices.EqualFunc(got, want, func(a, b string) bool { return sameJSON([]byte(a), []byte(b)) })
}

func (c cloudCase) is(err error, want fault.Kind) {
	c.Helper()
	if fault.KindOf(err) != want {
		c.Errorf("error = %v (%s), want %s", err, fault.KindOf(err), want)
	}
}

// refusesAttach wants Attach to fail with this kind, and nothing to be there.
func (c cloudCase) refusesAttach(g access.Grant, want fault.Kind) {
	c.Helper()
	c.is(c.Cloud.Attach(c.Context(), g), want)
	found, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
	if err == nil && len(found) > 0 {
		c.Errorf("Read = %q, want nothing", found)
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
		c.is(err, fault.NotFound)
	}},
	{"what is no principal is Invalid", nil, func(c cloudCase) {
		for _, arn := range []string{"", "engineer", "arn:aws:s3:::bucket", strings.Replace(c.Role, ":role/", ":policy/", 1)} {
			_, err := c.Cloud.Look(c.Context(), arn)
			c.is(err, fault.Invalid)
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

var cloudGrants = []cloudTest{
	{"an inline grant is attached, read and removed", nil, func(c cloudCase) {
		for _, arn := range c.principals() {
			g := c.grant(arn, access.Inline, document("Inline", 0))
			c.reads(g)
			c.attach(g)
			c.reads(g, g.Documents...)
			c.remove(g)
			c.reads(g)
		}
	}},
	{"a managed grant is attached, read and removed", nil, func(c cloudCase) {
		for _, arn := range c.principals() {
			g := c.grant(arn, access.Managed, document("One", 0), document("Two", 0), document("Three", 0))
			c.attach(g)
			c.reads(g, g.Documents...)
			c.remove(g)
			c.reads(g)
			// Its policies are deleted, not only detached: another of this name can be made.
			g.Documents = []string{document("Other", 0)}
			c.attach(g)
			c.reads(g, g.Documents...)
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
			c.reads(g, g.Documents...)
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
		c.reads(a)
		c.reads(m)
		c.reads(b, b.Documents...)
		c.reads(n, n.Documents...)
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
		c.is(c.Cloud.Attach(c.Context(), g), fault.Conflict)
		g.Principal = right
		c.reads(g)
	}},
	{"a principal that was made anew gets nothing", []string{Recreation}, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		c.Recreate(c.T, c.Role)
		c.refusesAttach(g, fault.Conflict)
		_, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.is(err, fault.NotFound)
	}},
	{"a principal that is not there is NotFound", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		g.Principal.ARN = c.Missing
		c.is(c.Cloud.Attach(c.Context(), g), fault.NotFound)
		_, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.is(err, fault.NotFound)
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

// otherCases are spellings of the tag's key that IAM takes for the same key.
func (c cloudCase) otherCases() []string {
	key := access.MarkKey(c.Name)
	return []string{strings.ToUpper(key), strings.ToUpper(key[:1]) + key[1:], strings.ToUpper(c.Name) + key[len(c.Name):]}
}

func (c cloudCase) principals() []string {
	if c.User == "" {
		return []string{c.Role}
	}
	return []string{c.Role, c.User}
}

var cloudRemovals = []cloudTest{
	{"what is not there is success, and the calls say so", nil, func(c cloudCase) {
		calls := c.remove(c.grant(c.Role, access.Inline, document("A", 0)))
		if len(calls) == 0 {
			c.Error("Remove tells of no calls")
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
			c.reads(g)
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
		c.is(err, fault.NotFound)
	}},
	{"taking the tag or the boundary away locks nobody in", []string{Marks}, func(c cloudCase) {
		c.Cleanup(func() { c.Mark(c.T, c.Role, true, true) })
		for _, tag := range []bool{true, false} {
			for _, form := range []access.Form{access.Inline, access.Managed} {
				c.Mark(c.T, c.Role, true, true)
				g := c.grant(c.Role, form, document("A", 0))
				c.attach(g)
				c.Mark(c.T, c.Role, tag, !tag)
				c.remove(g)
				c.reads(g)
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
		c.reads(other, g.Documents...)
		c.remove(g)
		c.reads(g)
		c.reads(other)
	}},
}

var cloudRefusals = []cloudTest{
	{"a protected role is Denied", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		g.Principal.ARN = c.Protected
		_, err := c.Cloud.Look(c.Context(), c.Protected)
		c.is(err, fault.Denied)
		c.is(c.Cloud.Attach(c.Context(), g), fault.Denied)
		_, err = c.Cloud.Remove(c.Context(), g.Principal, g.Name)
		c.is(err, fault.Denied)
		_, err = c.Cloud.Read(c.Context(), g.Principal, g.Name)
		c.is(err, fault.Denied)
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
		c.is(err, fault.Denied)
		if len(calls) == 0 {
			c.Error("a removal that was denied tells of no calls")
		}
		c.Mark(c.T, c.Role, true, true)
		c.reads(g, g.Documents...)
	}},
	{"a name that is not of this installation is Invalid", nil, func(c cloudCase) {
		g := c.grant(c.Role, access.Inline, document("A", 0))
		for _, name := range []string{"", "standing", c.Name, c.Name + "-boundary", c.Name + "-two-" + newID(), "x" + g.Name, g.Name + "x"} {
			g.Name = name
			c.is(c.Cloud.Attach(c.Context(), g), fault.Invalid)
			_, err := c.Cloud.Remove(c.Context(), g.Principal, name)
			c.is(err, fault.Invalid)
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

// survey gives all that a survey shows, by name of the grant.
func (c cloudCase) survey() map[string]access.Found {
	c.Helper()
	all := map[string]access.Found{}
	after := ""
	for {
		page, err := c.Cloud.Survey(c.Context(), after)
		if err != nil {
			c.Fatalf("Survey = %v, want nil", err)
		}
		for _, f := range page.Grants {
			all[f.Grant] = f
		}
		if after = page.Next; after == "" {
			return all
		}
	}
}
