package onaws

import (
	"context"

	"curfew/shared/access"
	"curfew/shared/finding"
)

// Notifier is [access.Notifier], made of two services.
type Notifier struct {
	Sender    // package sns
	Publisher // package events
}

// The methods are those of [access.Notifier].
type (
	// Sender sends messages to people.
	Sender interface {
		Send(context.Context, access.Message) error
	}
	// Publisher sends events to systems.
	Publisher interface {
		Publish(context.Context, access.Event) error
		PublishFinding(context.Context, finding.Stored) error
	}
)

var _ access.Notifier = Notifier{}
