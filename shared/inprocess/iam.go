package inprocess

import (
	"maps"
	"sync"
	"time"
)

// IAM is identity and access management in one or many accounts: the control plane, which answers what was written, and
// what is enforced, which follows it. [Cloud] is Curfew's port over it; what the tests do by hand is in byhand.go.
type IAM struct {
	mu    sync.Mutex // guards what follows
	calls map[string]int
	controlPlane
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
