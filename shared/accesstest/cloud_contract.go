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
