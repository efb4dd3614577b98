package inprocess

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/iamcall"
	"curfew/shared/iampolicy"
)

// Quotas of IAM in characters that are no white space, and in policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	roleInline   = 10240 // over all inline policies of a role
	userInline   = 2048  // over all inline policies of a user
	maxAttached  = 10    // managed policies of a role or user, unless raised
	managedQuota = 6144  // one managed policy
)

// IAMSettings say how unpleasant an [IAM] is. The zero value is the most pleasant one.
type IAMSettings struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Propagation is how long a write takes to be enforced by a replica. It is asked once for each write and replica; writes
	// to one principal are enforced in their order by each. Nil: at once.
	Propagation func() time.Duration
	// Replicas are how many there are that enforce, each at a time of its own; below 1: one.
	Replicas int
	// StaleReads is how far a read of policies lags behind. It is asked once for each read. At most [maxStale] matters.
	// Nil: not at all.
	StaleReads func() time.Duration
	// Fault makes a call of this action, as "iam:PutRolePolicy", fail with an error code of AWS, as "Throttling", before
	// it did anything. Nil, or an empty code: it does not.
	Fault func(action string) string
}

// maxStale is how long what was superseded can still be read.
const maxStale = time.Minute

// IAM is identity and access management in one or many accounts: the control plane, which answers what was written, and
// what is enforced, which follows it. [Cloud] is Curfew's port over it; what the tests do by hand is in byhand.go.
type IAM struct {
	mu    sync.Mutex // guards what follows
	calls map[string]int
	controlPlane
}

// controlPlane is what was written, and when each replica enforces it. [IAM.mu] is held for all of it.
type controlPlane struct {
	settings IAMSettings
	accounts map[string]*account
	ids      int       // unique ids given
	order    []slotted // all timelines, in order; nil: to be made anew
	revision int
}

type account struct {
	principals map[string]*timeline // by slot
	policies   map[string]*managed  // by lower-case ARN
	names      map[string]bool      // of all policies, in lower case
	groups     map[string]*group    // by lower-case name
}

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

func newIAM() *IAM {
	return &IAM{controlPlane: controlPlane{settings: IAMSettings{Now: time.Now}, accounts: map[string]*account{}}, calls: map[string]int{}}
}

// Set changes how unpleasant it is from now on.
func (w *IAM) Set(s IAMSettings) {
	if s.Now == nil {
		s.Now = time.Now
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings = s
}

// Copy is another world that is as this one is now, with the same settings and no calls counted. Neither sees what is done
// to the other.
func (w *IAM) Copy() *IAM {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := newIAM()
	c.settings, c.ids = w.settings, w.ids
	for id, a := range w.accounts {
		b := c.account(id)
		for slot, t := range a.principals {
			b.principals[slot] = t.copied()
		}
		maps.Copy(b.policies, a.policies)
		maps.Copy(b.names, a.names)
		maps.Copy(b.groups, a.groups)
	}
	return c
}

// Revision grows with every change of the control plane, whoever makes it.
func (w *IAM) Revision() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.revision
}

// Calls counts the calls to AWS that were made so far, by action, as "iam:PutRolePolicy".
func (w *IAM) Calls() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.calls)
}

// account gives the account, made if there is none yet: only a world file makes one.
func (w *controlPlane) account(id string) *account {
	if w.accounts[id] == nil {
		w.accounts[id] = &account{
			principals: map[string]*timeline{}, policies: map[string]*managed{}, names: map[string]bool{},
			groups: map[string]*group{},
		}
	}
	return w.accounts[id]
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

// find gives the timeline of a principal's name; nil if there never was one.
func (w *controlPlane) find(arn string) *timeline {
	p, ok := iamcall.ParseARN(arn)
	if !ok || w.accounts[p.Account] == nil {
		return nil
	}
	return w.accounts[p.Account].principals[slot(p)]
}

// publish makes p the newest version of a principal's name; nil: it is deleted.
func (w *controlPlane) publish(arn string, p *principal) {
	w.revision++
	parts, _ := iamcall.ParseARN(arn)
	a := w.account(parts.Account)
	t := a.principals[slot(parts)]
	if t == nil {
		t = &timeline{}
		a.principals[slot(parts)] = t
		w.order = nil
	}
	now := w.settings.Now()
	v := version{writtenAt: now, principal: p}
	for replica := range max(1, w.settings.Replicas) {
		at := now
		if w.settings.Propagation != nil {
			at = now.Add(w.settings.Propagation())
		}
		if n := len(t.versions); n > 0 && at.Before(t.versions[n-1].enforcedBy(replica)) {
			at = t.versions[n-1].enforcedBy(replica)
		}
		v.enforcedAt = append(v.enforcedAt, at)
	}
	if p != nil {
		v.policies = w.effective(a, p)
	}
	t.versions = append(t.versions, v)
	t.forget(now.Add(-maxStale))
}

// forget drops what was superseded, for readers and for enforcement, before this instant.
func (t *timeline) forget(before time.Time) {
	n := 0
	for n < len(t.versions)-1 && t.versions[n+1].superseded(before) {
		n++
	}
	t.versions = slices.Clone(t.versions[n:])
}

// effective gathers all the policies that count for a principal.
func (w *controlPlane) effective(a *account, p *principal) iampolicy.Policies {
	all := iampolicy.Policies{Identity: w.named("", p.inline, p.attached)}
	for _, g := range p.groups {
		if g := a.groups[strings.ToLower(g)]; g != nil {
			all.Identity = append(all.Identity, w.named("group/", g.inline, g.attached)...)
		}
	}
	if b := w.policy(p.boundary); b != nil {
		all.Boundary = b.document.parsed
	}
	return all
}

func (w *controlPlane) named(prefix string, inline map[string]document, attached []string) []iampolicy.Named {
	var all []iampolicy.Named
	for _, n := range slices.Sorted(maps.Keys(inline)) {
		all = append(all, iampolicy.Named{Name: prefix + n, Document: inline[n].parsed})
	}
	for _, arn := range attached {
		if m := w.policy(arn); m != nil {
			all = append(all, iampolicy.Named{Name: m.arn, Document: m.document.parsed})
		}
	}
	return all
}

// add keeps a managed policy.
func (a *account) add(parts iamcall.ARN, m *managed) {
	a.policies[strings.ToLower(m.arn)] = m
	a.names[strings.ToLower(parts.Name)] = true
}

// policy gives a managed policy; nil if there is none. Those of AWS belong to an account called aws.
func (w *controlPlane) policy(arn string) *managed {
	parts, ok := iamcall.ParseARN(arn)
	if !ok || w.accounts[parts.Account] == nil {
		return nil
	}
	return w.accounts[parts.Account].policies[strings.ToLower(arn)]
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

// inOrder gives the timelines after a slot.
func (w *controlPlane) inOrder(after string) []slotted {
	if w.order == nil {
		for id, a := range w.accounts {
			for slot, t := range a.principals {
				w.order = append(w.order, slotted{id + "/" + slot, t})
			}
		}
		slices.SortFunc(w.order, func(a, b slotted) int { return strings.Compare(a.slot, b.slot) })
	}
	i, _ := slices.BinarySearchFunc(w.order, after+"\x00", func(s slotted, slot string) int { return strings.Compare(s.slot, slot) })
	return w.order[i:]
}
