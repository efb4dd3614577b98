package inprocess

import (
	"context"
	"slices"
	"sync"

	"curfew/shared/access"
	"curfew/shared/finding"
)

// Notifier is [access.Notifier] in memory. It keeps what was sent, in order.
type Notifier struct {
	// OnMessage and OnEvent are called at once in the sender's goroutine; nil: not called.
	OnMessage func(access.Message)
	OnEvent   func(access.Event)

	mu       sync.Mutex // guards the fields below; not held during OnMessage and OnEvent
	messages []access.Message
	events   []access.Event
	findings []finding.Stored
}

var _ access.Notifier = (*Notifier)(nil)

// Send is [access.Notifier.Send].
func (n *Notifier) Send(ctx context.Context, m access.Message) error {
	if err := checkContext(ctx); err != nil {
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
	if err := checkContext(ctx); err != nil {
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

// PublishFinding is [access.Notifier.PublishFinding].
func (n *Notifier) PublishFinding(ctx context.Context, f finding.Stored) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.findings = append(n.findings, f)
	return nil
}

// Findings returns the findings published so far.
func (n *Notifier) Findings() []finding.Stored {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.findings)
}

// Messages returns the messages sent so far.
func (n *Notifier) Messages() []access.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.messages)
}

// Events returns the events published so far.
func (n *Notifier) Events() []access.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.events)
}
