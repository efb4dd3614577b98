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

// fact is a service's answer about a task.
type fact struct {
	confirmation eventbus.Confirmation
	startedAt    time.Time // start of this run; zero: unknown
	// role is an ARN; roleKnown: the service reports the role, even if it is empty.
	role      string
	roleKnown bool
	// resource is what the task works on or is defined by; empty: unknown.
	resource string
}

type query func(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error)

// tolerance: an event's start may be this much before the service's (clocks, rounding).
const tolerance = time.Minute

// compare compares the service's answer with the event. A role that the service does not report is unconfirmed.
func (a fact) compare(s events.Signal) eventbus.Confirmation {
	switch {
	case a.confirmation == eventbus.Refuted:
		return eventbus.Refuted
	case a.roleKnown && s.Role != "" && a.role != s.Role, s.Resource != "" && a.resource != "" && a.resource != s.Resource:
		return eventbus.Refuted
	case a.confirmation != eventbus.Confirmed:
		return a.confirmation
	case s.Role != "" && !a.roleKnown:
		return eventbus.Unconfirmable
	case !a.startedAt.IsZero() && s.At.Before(a.startedAt.Add(-tolerance)):
		return eventbus.Restarted // an earlier run of the same id
	}
	return eventbus.Confirmed
}

func noSuchTask() (fact, error) { return fact{confirmation: eventbus.Refuted}, nil }

// stage maps a state: at work, over, or not started.
func stage[S ~string](is S, work, over []string) eventbus.Confirmation {
	switch {
	case slices.Contains(work, string(is)):
		return eventbus.Confirmed
	case slices.Contains(over, string(is)):
		return eventbus.Finished
	}
	return eventbus.Refuted
}

// isUnknownTask reports whether err is one of the codes for an unknown task.
func isUnknownTask(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, onaws.ErrorCode(err))
}

func isDenied(err error) bool { return isUnknownTask(err, "AccessDenied", "AccessDeniedException") }
