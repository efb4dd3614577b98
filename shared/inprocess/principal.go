package inprocess

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iamarn"
	"curfew/shared/iampolicy"
)

// timeline is all versions of one name, deleted and recreated ones too. IAM answers from the newest; enforcement and
// stale reads use older ones.
type timeline struct{ versions []version }

type version struct {
	writtenAt  time.Time
	enforcedAt []time.Time // by replica
	principal  *principal  // nil: deleted
	policies   iampolicy.Policies
}

// enforcedBy returns when a replica begins to enforce a version. A replica added after the write uses the instant of
// the first.
func (v version) enforcedBy(replica int) time.Time {
	if replica < 0 || replica >= len(v.enforcedAt) {
		replica = 0
	}
	return v.enforcedAt[replica]
}

// isSuperseded reports whether every replica enforced this version before an instant.
func (v version) isSuperseded(before time.Time) bool {
	for _, at := range v.enforcedAt {
		if !at.Before(before) {
			return false
		}
	}
	return v.writtenAt.Before(before)
}

// principal is a role or user at one instant. It is immutable: a write makes a copy.
type principal struct {
	arn, id  string
	tags     tags
	boundary string // ARN
	trust    string
	inline   map[string]document
	attached []string // ARNs, in order of attachment
	groups   []string

	// Cache of the grants found, only if all are inline: most versions are read many times. The mutex of the IAM guards
	// it.
	found   []access.Found
	foundBy any
	own     *ownCache
}

type managed struct {
	arn      string
	document document
	own      ownCache
}

type group struct {
	arn      string
	name     string
	own      ownCache
	inline   map[string]document
	attached []string
}

type document struct {
	text   string
	size   int // as IAM counts it
	parsed *iampolicy.Document
}

// slot is the key of a principal in its account. IAM names ignore case and path.
func slot(a iamarn.ARN) string { return a.Kind + "/" + strings.ToLower(a.Name) }

func (p *principal) user() bool { return strings.Contains(p.arn, ":user/") }

// remainingQuota returns the remaining quota: characters of inline policies, number of managed policies.
func (p *principal) remainingQuota() (inline, attached int) {
	inline = roleInline
	if p.user() {
		inline = userInline
	}
	for _, d := range p.inline {
		inline -= d.size
	}
	return max(inline, 0), max(maxAttached-len(p.attached), 0)
}

func (p *principal) cloneForChange() *principal {
	c := *p
	c.tags, c.inline = maps.Clone(p.tags), maps.Clone(p.inline)
	c.attached, c.groups = slices.Clone(p.attached), slices.Clone(p.groups)
	c.found, c.foundBy, c.own = nil, nil, &ownCache{}
	return &c
}

func (t *timeline) clone() *timeline {
	c := &timeline{slices.Clone(t.versions)}
	for i, v := range c.versions {
		if v.principal != nil {
			c.versions[i].principal = v.principal.cloneForChange()
			c.versions[i].principal.own = v.principal.own
		}
	}
	return c
}

func (t *timeline) now() *principal { return t.versions[len(t.versions)-1].principal }

// asOf returns the version written at this instant, or the oldest still kept.
func (t *timeline) asOf(at time.Time) *principal {
	for _, v := range slices.Backward(t.versions) {
		if !v.writtenAt.After(at) {
			return v.principal
		}
	}
	return t.versions[0].principal
}

// versionAt returns what a replica enforces at this instant; false if there is no principal.
func (t *timeline) versionAt(at time.Time, replica int) (v version, ok bool) {
	for _, v := range slices.Backward(t.versions) {
		if !v.enforcedBy(replica).After(at) {
			return v, v.principal != nil
		}
	}
	return version{}, false
}

// forget drops versions that every replica and reader superseded before this instant.
func (t *timeline) forget(before time.Time) {
	n := 0
	for n < len(t.versions)-1 && t.versions[n+1].isSuperseded(before) {
		n++
	}
	t.versions = slices.Clone(t.versions[n:])
}

// newDocument parses a policy as IAM does at a write.
func newDocument(text string) (document, error) {
	parsed, err := iampolicy.Parse([]byte(text))
	if err != nil {
		return document{}, fmt.Errorf("policy document: %w", err)
	}
	return document{text: text, size: iampolicy.Size([]byte(text)), parsed: parsed}, nil
}

// sortedTimeline is a timeline with its sort key: account, kind, name.
type sortedTimeline struct {
	slot string
	*timeline
}

// Quotas of IAM, in characters without white space and in policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	roleInline   = 10240 // all inline policies of a role
	userInline   = 2048  // all inline policies of a user
	maxAttached  = 10    // managed policies of a role or user (default quota)
	managedQuota = 6144  // one managed policy
)
