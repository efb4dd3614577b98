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
	truth eventbus.Confirmation
	since time.Time // start of this run; zero: unknown
	// role is an ARN; told: the service reports the role, even if it is empty.
	role string
	told bool
	// resource is what the task works on or is defined by; empty: unknown.
	resource string
}

type asker func(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error)

// tolerance: an event's start may be this much before the service's (clocks, rounding).
const tolerance = time.Minute

// judge compares the service's answer with the event. A role that the service does not report is unconfirmed.
func (a fact) judge(s events.Signal) eventbus.Confirmation {
	switch {
	case a.truth == eventbus.Refuted:
		return eventbus.Refuted
	case a.told && s.Role != "" && a.role != s.Role, s.Resource != "" && a.resource != "" && a.resource != s.Resource:
		return eventbus.Refuted
	case a.truth != eventbus.Confirmed:
		return a.truth
	case s.Role != "" && !a.told:
		return eventbus.Unconfirmable
	case !a.since.IsZero() && s.At.Before(a.since.Add(-tolerance)):
		return eventbus.Restarted // an earlier run of the same id
	}
	return eventbus.Confirmed
}

func notSo() (fact, error) { return fact{truth: eventbus.Refuted}, nil }

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

// missing reports whether err is one of the codes for an unknown task.
func missing(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, onaws.ErrorCode(err))
}

func denied(err error) bool { return missing(err, "AccessDenied", "AccessDeniedException") }
