package inprocess

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iamcall"
	"curfew/shared/iampolicy"
)

// timeline is the life of everything that ever had one name: IAM answers from its end, enforcement and stale reads from
// a little before.
type timeline struct{ versions []version }

type version struct {
	writtenAt  time.Time
	enforcedAt []time.Time // by replica
	principal  *principal  // nil: there is none
	policies   iampolicy.Policies
}

// enforcedBy is when a replica begins to enforce a version. One that was not there when it was written begins with the
// first.
func (v version) enforcedBy(replica int) time.Time {
	if replica < 0 || replica >= len(v.enforcedAt) {
		replica = 0
	}
	return v.enforcedAt[replica]
}

// superseded reports whether this version took the place of the one before, everywhere, before an instant.
func (v version) superseded(before time.Time) bool {
	for _, at := range v.enforcedAt {
		if !at.Before(before) {
			return false
		}
	}
	return v.writtenAt.Before(before)
}

// principal is a role or user at one instant. It is never changed: a write makes another.
type principal struct {
	arn, id  string
	tags     tags
	boundary string // ARN
	trust    string
	inline   map[string]document
	attached []string // ARNs, in the order in which they were attached
	groups   []string

	// What an installation found of its own, if all of that is inline. It is remembered under the mutex of the one world
	// that has this principal, because most versions are looked at many times.
	found   []access.Found
	foundBy any // the *Cloud that found them
}

type managed struct {
	arn      string
	document document
}

type group struct {
	arn      string
	inline   map[string]document
	attached []string
}

// document is a policy as it was written, and as it is evaluated.
type document struct {
	text   string
	size   int // as IAM counts it
	parsed *iampolicy.Document
}

// slot is where the principal of an ARN lives in its account. IAM holds names to be equal whatever their case and path.
func slot(a iamcall.ARN) string { return a.Kind + "/" + strings.ToLower(a.Name) }

func (p *principal) user() bool { return strings.Contains(p.arn, ":user/") }

// room that is left: characters of inline policy, managed policies.
func (p *principal) room() (inline, attached int) {
	inline = roleInline
	if p.user() {
		inline = userInline
	}
	for _, d := range p.inline {
		inline -= d.size
	}
	return max(inline, 0), max(maxAttached-len(p.attached), 0)
}

// changed is a copy, for the next version.
func (p *principal) changed() *principal {
	c := *p
	c.tags, c.inline = maps.Clone(p.tags), maps.Clone(p.inline)
	c.attached, c.groups = slices.Clone(p.attached), slices.Clone(p.groups)
	c.found, c.foundBy = nil, nil
	return &c
}

// copied is a timeline for another world.
func (t *timeline) copied() *timeline {
	c := &timeline{slices.Clone(t.versions)}
	for i, v := range c.versions {
		if v.principal != nil {
			c.versions[i].principal = v.principal.changed()
		}
	}
	return c
}

// now is the newest version.
func (t *timeline) now() *principal { return t.versions[len(t.versions)-1].principal }

// asOf is what was written at this instant, or the oldest that is still known.
func (t *timeline) asOf(at time.Time) *principal {
	for _, v := range slices.Backward(t.versions) {
		if !v.writtenAt.After(at) {
			return v.principal
		}
	}
	return t.versions[0].principal
}

// enforced is what a replica enforces at this instant; ok is false if there is no principal.
func (t *timeline) enforced(at time.Time, replica int) (v version, ok bool) {
	for _, v := range slices.Backward(t.versions) {
		if !v.enforcedBy(replica).After(at) {
			return v, v.principal != nil
		}
	}
	return version{}, false
}

// forget drops what was superseded, for readers and for enforcement, before this instant.
func (t *timeline) forget(before time.Time) {
	n := 0
	for n < len(t.versions)-1 && t.versions[n+1].superseded(before) {
		n++
	}
	t.versions = slices.Clone(t.versions[n:])
}

// newDocument parses a policy as IAM does when it is written.
func newDocument(text string) (document, error) {
	parsed, err := iampolicy.Parse([]byte(text))
	if err != nil {
		return document{}, fmt.Errorf("policy document: %w", err)
	}
	return document{text: text, size: iampolicy.Size([]byte(text)), parsed: parsed}, nil
}

// slotted is a timeline and its place in the order of all: account, kind, name.
type slotted struct {
	slot string
	*timeline
}

// Quotas of IAM in characters that are no white space, and in policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	roleInline   = 10240 // over all inline policies of a role
	userInline   = 2048  // over all inline policies of a user
	maxAttached  = 10    // managed policies of a role or user, unless raised
	managedQuota = 6144  // one managed policy
)
