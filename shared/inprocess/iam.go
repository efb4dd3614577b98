package inprocess

import (
	"maps"
	"sync"
	"time"
)

// IAM is IAM in one or more accounts: the control plane, and what is enforced after propagation. [Cloud] is Curfew's
// port over it.
type IAM struct {
	mu    sync.Mutex // guards the fields below
	calls map[string]int
	controlPlane
}

func newIAM() *IAM {
	return &IAM{controlPlane: controlPlane{settings: IAMSettings{Now: time.Now}, accounts: map[string]*account{}, used: map[string]map[string]time.Time{}}, calls: map[string]int{}}
}

// Set replaces the settings.
func (w *IAM) Set(s IAMSettings) {
	if s.Now == nil {
		s.Now = time.Now
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settings = s
}

// Copy returns an independent copy with the same settings and no counted calls.
func (w *IAM) Copy() *IAM {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := newIAM()
	c.settings, c.ids = w.settings, w.ids
	for id, used := range w.used {
		c.used[id] = maps.Clone(used)
	}
	for id, a := range w.accounts {
		b := c.account(id)
		for slot, t := range a.principals {
			b.principals[slot] = t.clone()
		}
		maps.Copy(b.policies, a.policies)
		maps.Copy(b.names, a.names)
		maps.Copy(b.groups, a.groups)
	}
	return c
}

// Revision grows with every change of the control plane.
func (w *IAM) Revision() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.revision
}

// Calls returns the number of calls to AWS by action, such as "iam:PutRolePolicy".
func (w *IAM) Calls() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.calls)
}
