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
	"curfew/shared/baseline"
	"curfew/shared/fault"
)

// CloudUnderTest is a cloud for [CloudContract], with principals that only this test uses. A nil hook skips its cases,
// and the suite reports them.
type CloudUnderTest struct {
	Cloud access.Cloud
	Name  string // the installation's
	// Role and User have the tag, an accepted boundary, and room for 2,000 characters of inline policy and three
	// attached policies. User may be empty.
	Role, User string
	Other      string // a role like Role
	Missing    string // a role ARN that does not exist, same account
	Protected  string // a protected role; need not exist
	// Lag is how stale a read may be.
	Lag time.Duration
	// Lacks names what this world does not support: Permissions, Quotas.
	Lacks []string

	// Recreate deletes a role and creates it again with another unique id.
	Recreate func(t *testing.T, arn string)
	// Delete deletes a role and its policies.
	Delete func(t *testing.T, arn string)
	// Mark sets or removes the installation's tag and the accepted boundary.
	Mark func(t *testing.T, arn string, tag, boundary bool)
	// Tag and Untag take a key in any case.
	Tag   func(t *testing.T, arn, key, value string)
	Untag func(t *testing.T, arn, key string)
	// AttachByHand attaches a managed policy.
	AttachByHand func(t *testing.T, arn, policy string)
	// PutByHand puts an inline policy.
	PutByHand func(t *testing.T, arn, name, document string)
	// BoundByHand sets a boundary, which IAM does not delete.
	BoundByHand func(t *testing.T, arn, policy string)
}

// Features that a world may lack.
const (
	Permissions = "the permissions of the functions are enforced" // Denied without tag or boundary
	Quotas      = "quotas are enforced"
	Recreation  = "a principal is made anew"
	Deletion    = "a principal is deleted"
	Marks       = "tag and boundary change"
	OtherHands  = "policies are attached by hand"
	Bounds      = "a policy is a boundary by hand"
)

func (u CloudUnderTest) hasNo(what string) bool {
	missing := map[string]bool{
		Recreation: u.Recreate == nil, Deletion: u.Delete == nil, Marks: u.Mark == nil || u.Tag == nil || u.Untag == nil,
		OtherHands: u.AttachByHand == nil || u.PutByHand == nil, Bounds: u.BoundByHand == nil,
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

func document(sid string, filler int) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":%q,"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::example-%s/x"}]}`,
		sid, strings.Repeat("x", filler))
}

func (c cloudCase) grant(arn string, form access.Form, documents ...string) access.Grant {
	c.Helper()
	g := access.Grant{
		Name: access.GrantName(c.Name, newID()), Principal: c.look(arn).Principal,
		Form: form, Documents: documents, AttachBy: time.Now().Add(time.Minute),
	}
	c.Cleanup(func() {
		// Later cases use the same world.
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

// wantDocuments expects these documents of the grant, after the lag.
func (c cloudCase) wantDocuments(g access.Grant, want ...string) {
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

func (c cloudCase) wantKind(err error, want fault.Kind) {
	c.Helper()
	if fault.KindOf(err) != want {
		c.Errorf("error = %v (%s), want %s", err, fault.KindOf(err), want)
	}
}

// refusesAttach expects Attach to fail with this kind and to leave nothing.
func (c cloudCase) refusesAttach(g access.Grant, want fault.Kind) {
	c.Helper()
	c.wantKind(c.Cloud.Attach(c.Context(), g), want)
	found, err := c.Cloud.Read(c.Context(), g.Principal, g.Name)
	if err == nil && len(found) > 0 {
		c.Errorf("Read = %q, want nothing", found)
	}
}

// otherCases are spellings that IAM treats as the tag's key.
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

func (c cloudCase) survey() map[string]access.Found {
	c.Helper()
	all := map[string]access.Found{}
	c.surveyPages(func(page access.Survey) {
		for _, f := range page.Grants {
			all[f.Grant] = f
		}
	})
	return all
}

func (c cloudCase) surveyPages(each func(access.Survey)) {
	c.Helper()
	for after := ""; ; {
		page, err := c.Cloud.Survey(c.Context(), strings.Split(c.Role, ":")[4], after)
		if err != nil {
			c.Fatalf("Survey = %v, want nil", err)
		}
		each(page)
		if after = page.Next; after == "" {
			return
		}
	}
}

// own returns what a survey says that principals, groups and policies have by themselves, by id.
func (c cloudCase) own() map[string]baseline.Value {
	c.Helper()
	all, ended := map[string]baseline.Value{}, map[string]bool{}
	c.surveyPages(func(page access.Survey) {
		if ended[page.Account] {
			c.Errorf("a page of account %s follows its last", page.Account)
		}
		ended[page.Account] = page.Last
		for _, e := range page.Own {
			all[e.Value.ID] = e.Value
		}
	})
	if account := strings.Split(c.Role, ":")[4]; !ended[account] {
		c.Errorf("no page is the last of account %s", account)
	}
	return all
}

// sameJSON compares by meaning: numbers as text, strings exactly.
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
