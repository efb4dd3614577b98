package inprocess

import (
	"context"
	"slices"
	"sync"

	"curfew/shared/access"
)

// Notifier is [access.Notifier] in memory: it keeps what was sent, in the order in which it was sent.
type Notifier struct {
	// OnMessage and OnEvent are told of everything at once, by whoever sends it; nil: nobody is.
	OnMessage func(access.Message)
	OnEvent   func(access.Event)

	mu       sync.Mutex // guards what follows; not held while somebody is told
	messages []access.Message
	events   []access.Event
}

var _ access.Notifier = (*Notifier)(nil)

// Tell is [access.Notifier.Tell].
func (n *Notifier) Tell(ctx context.Context, m access.Message) error {
	if err := alive(ctx); err != nil {
		return err
	}
	n.mu.Lock()
	n.messages = append(n.messages, m)
	n.mu.Unlock()
	if n.OnMessage != nil {
		n.OnMessage(m)
	}
	return nil
}

// Publish is [access.Notifier.Publish].
func (n *Notifier) Publish(ctx context.Context, e access.Event) error {
	if err := alive(ctx); err != nil {
		return err
	}
	n.mu.Lock()
	n.events = append(n.events, e)
	n.mu.Unlock()
	if n.OnEvent != nil {
		n.OnEvent(e)
	}
	return nil
}

// Messages are those that were sent so far.
func (n *Notifier) Messages() []access.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.messages)
}

// Events are those that were put so far.
func (n *Notifier) Events() []access.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.events)
}
