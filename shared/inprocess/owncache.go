package inprocess

import (
	"sync"

	"curfew/shared/baseline"
)

// ownCache is what one version of a principal, policy or group has by itself, for one installation. Copies of a world
// share it.
type ownCache struct {
	mu    sync.Mutex // guards the fields below
	name  string     // of the installation; empty: not made yet
	entry *baseline.Entry
}

func (o *ownCache) of(name string, value func() baseline.Value) *baseline.Entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.name != name {
		o.name, o.entry = name, baseline.Encode(value())
	}
	return o.entry
}
