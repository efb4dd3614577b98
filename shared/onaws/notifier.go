package onaws

import (
	"context"

	"curfew/shared/access"
)

// Notifier is [access.Notifier], put together from the packages of its two services.
type Notifier struct {
	Teller    // package sns
	Publisher // package events
}

// The parts of a Notifier promise what the methods of [access.Notifier] do that have their names.
type (
	// Teller tells people.
	Teller interface {
		Tell(context.Context, access.Message) error
	}
	// Publisher tells systems.
	Publisher interface {
		Publish(context.Context, access.Event) error
	}
)

var _ access.Notifier = Notifier{}
