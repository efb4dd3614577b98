package verify

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/events"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// fact is what a service says of a task.
type fact struct {
	truth eventbus.Truth
	since time.Time // when this run of it began; zero: the service does not say
	// role is the ARN of the role that it uses; told: the service says so, be it that there is none.
	role string
	told bool
	// resource is what it works on or is defined by; empty: the service does not say.
	resource string
}

// asker asks one service about s.
type asker func(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error)

// tolerance is how much earlier than its service's own start an event may put the start: clocks, and what is rounded.
const tolerance = time.Minute

// judge holds what the service says against what the event said. A role that the event names and the service does not
// tell is not confirmed.
func (a fact) judge(s events.Signal) eventbus.Truth {
	switch {
	case a.truth == eventbus.NotSo:
		return eventbus.NotSo
	case a.told && s.Role != "" && a.role != s.Role, s.Resource != "" && a.resource != "" && a.resource != s.Resource:
		return eventbus.NotSo
	case a.truth != eventbus.So:
		return a.truth
	case s.Role != "" && !a.told:
		return eventbus.CannotBeAsked
	case !a.since.IsZero() && s.At.Before(a.since.Add(-tolerance)):
		return eventbus.Again // it tells of an earlier run under the same id
	}
	return eventbus.So
}

// notSo is what a service says of a task that it does not have.
func notSo() (fact, error) { return fact{truth: eventbus.NotSo}, nil }

// stage says what a state means: at work, over, or not begun.
func stage[S ~string](is S, work, over []string) eventbus.Truth {
	switch {
	case slices.Contains(work, string(is)):
		return eventbus.So
	case slices.Contains(over, string(is)):
		return eventbus.Over
	}
	return eventbus.NotSo
}

// missing reports whether err is one of these codes, by which the service says that it has no such task.
func missing(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, onaws.ErrorCode(err))
}

// denied: by the service, or by the role that was to be assumed.
func denied(err error) bool { return missing(err, "AccessDenied", "AccessDeniedException") }
