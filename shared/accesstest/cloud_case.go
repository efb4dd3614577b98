package accesstest

import (
	"bytes"
	"encoding/json"
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

// sameJSON compares meanings: numbers by their text, strings exactly.
func sameJSON(a, b []byte) bool {
	x, errX := decodeJSON(a)
	y, errY := decodeJSON(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func decodeJSON(b []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
