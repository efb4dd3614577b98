package inprocess

import (
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/iamarn"
	"curfew/shared/iampolicy"
)

// IAMSettings add delays and faults to an [IAM]. The zero value has none.
type IAMSettings struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Propagation is the delay until a replica enforces a write. It is called once per write and replica. A replica
	// enforces the writes to one principal in order. Nil: no delay.
	Propagation func() time.Duration
	// Replicas is the number of replicas, each with its own propagation; below 1: one.
	Replicas int
	// StaleReads is how old the data of a policy read is, at most [maxStale]. It is called once per read. Nil: no stale
	// reads.
	StaleReads func() time.Duration
	// Fault makes a call of this action, such as "iam:PutRolePolicy", fail with an AWS error code, such as
	// "Throttling", before it changes anything. Nil or "": no fault.
	Fault func(action string) string
}

// maxStale is how long an old version can still be read.
const maxStale = time.Minute

// controlPlane is what was written, and when each replica enforces it. [IAM.mu] guards it.
type controlPlane struct {
	settings IAMSettings
	accounts map[string]*account
	ids      int              // counts unique ids
	order    []sortedTimeline // all timelines, sorted; nil: rebuild
	revision int
	used     map[string]map[string]time.Time // when principals last called actions, by unique id
}

type account struct {
	principals map[string]*timeline // by slot
	policies   map[string]*managed  // by lower-case ARN
	names      map[string]bool      // of all policies, lower case
	groups     map[string]*group    // by lower-case name
}

// account returns an account, created if missing (by a world file only).
func (w *controlPlane) account(id string) *account {
	if w.accounts[id] == nil {
		w.accounts[id] = &account{
			principals: map[string]*timeline{}, policies: map[string]*managed{}, names: map[string]bool{},
			groups: map[string]*group{},
		}
	}
	return w.accounts[id]
}

func (w *controlPlane) find(arn string) *timeline {
	p, ok := iamarn.Parse(arn)
	if !ok || w.accounts[p.Account] == nil {
		return nil
	}
	return w.accounts[p.Account].principals[slot(p)]
}

// publish makes p the newest version of a principal; nil deletes it.
func (w *controlPlane) publish(arn string, p *principal) {
	w.revision++
	parts, _ := iamarn.Parse(arn)
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

func (w *controlPlane) effective(a *account, p *principal) iampolicy.Policies {
	all := iampolicy.Policies{Identity: w.namedPolicies("", p.inline, p.attached)}
	for _, g := range p.groups {
		if g := a.groups[strings.ToLower(g)]; g != nil {
			all.Identity = append(all.Identity, w.namedPolicies("group/", g.inline, g.attached)...)
		}
	}
	if b := w.policy(p.boundary); b != nil {
		all.Boundary = b.document.parsed
	}
	return all
}

func (w *controlPlane) namedPolicies(prefix string, inline map[string]document, attached []string) []iampolicy.Named {
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

func (a *account) add(parts iamarn.ARN, m *managed) {
	a.policies[strings.ToLower(m.arn)] = m
	a.names[strings.ToLower(parts.Name)] = true
}

// policy returns a managed policy or nil. AWS managed policies are in the account "aws".
func (w *controlPlane) policy(arn string) *managed {
	parts, ok := iamarn.Parse(arn)
	if !ok || w.accounts[parts.Account] == nil {
		return nil
	}
	return w.accounts[parts.Account].policies[strings.ToLower(arn)]
}

func (w *controlPlane) inOrder(after string) []sortedTimeline {
	if w.order == nil {
		for id, a := range w.accounts {
			for slot, t := range a.principals {
				w.order = append(w.order, sortedTimeline{id + "/" + slot, t})
			}
		}
		slices.SortFunc(w.order, func(a, b sortedTimeline) int { return strings.Compare(a.slot, b.slot) })
	}
	i, _ := slices.BinarySearchFunc(w.order, after+"\x00", func(s sortedTimeline, slot string) int { return strings.Compare(s.slot, slot) })
	return w.order[i:]
}
