package access

import (
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// Request is what a caller asks for.
type Request struct {
	Entitlement string
	Principal   string // ARN
	// Session is the session name or source identity; empty: the caller's own.
	Session    string
	Task       task.Task // Known is ignored
	Reason     string
	Duration   time.Duration // whole seconds
	StartAt    time.Time     // zero: now
	LatestEnd  time.Time     // zero: as late as needed
	Parameters map[string]string
	// IdempotencyKey identifies retries for 24 hours.
	IdempotencyKey string
}

const (
	maxReason    = fault.MaxReason
	maxName      = 64
	maxAhead     = 30 * 24 * time.Hour
	idempotentIn = 24 * time.Hour
	// startGrace is how late the workflow may start without a shorter duration.
	startGrace = 10 * time.Minute
)

// Compiled on first use: cold starts do not wait.
var (
	entitlementName = fault.Pattern(`^[a-z0-9][a-z0-9-]{0,63}$`)
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName, SourceIdentity)
	sessionName = fault.Pattern(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
)

// accountOf needs a valid ARN.
func accountOf(arn string) string { return strings.Split(arn, ":")[4] }

// check returns Invalid; nothing is stored then.
func (r Request) check(now time.Time) error {
	switch {
	case !entitlementName().MatchString(r.Entitlement):
		return fault.Errorf(fault.Invalid, "entitlement %q: want lower-case letters, digits and hyphens", fault.Printable(r.Entitlement))
	case !identity.IsPrincipal(r.Principal):
		return fault.Errorf(fault.Invalid, "principal %q: want the ARN of an IAM role or user", fault.Printable(r.Principal))
	case r.Session != "" && !sessionName().MatchString(r.Session):
		return fault.Errorf(fault.Invalid, "session %q: want 2 to 64 of letters, digits and _+=,.@-", fault.Printable(r.Session))
	case len(r.IdempotencyKey) > maxName || !fault.PrintableASCII(r.IdempotencyKey):
		return fault.Errorf(fault.Invalid, "idempotency key: want at most %d printable ASCII characters", maxName)
	}
	if err := r.Task.Check(); err != nil {
		return err
	}
	if err := fault.CheckText("reason", r.Reason, 1, maxReason); err != nil {
		return err
	}
	return r.checkTimes(now)
}

func (r Request) checkTimes(now time.Time) error {
	switch {
	case r.Duration <= 0:
		return fault.Errorf(fault.Invalid, "duration %s: want at least 1s", r.Duration)
	case r.Duration%time.Second != 0:
		return fault.Errorf(fault.Invalid, "duration %s: want whole seconds", r.Duration)
	case r.StartAt.IsZero() && r.LatestEnd.IsZero():
		return nil
	case !r.StartAt.IsZero() && r.StartAt.Before(now):
		return fault.Errorf(fault.Invalid, "start_at %s has passed", r.StartAt.Format(time.RFC3339))
	case r.StartAt.After(now.Add(maxAhead)):
		return fault.Errorf(fault.Invalid, "start_at %s is more than %d days ahead", r.StartAt.Format(time.RFC3339), int(maxAhead.Hours()/24))
	case !r.LatestEnd.IsZero() && !r.LatestEnd.After(Latest(r.StartAt, now)):
		return fault.Errorf(fault.Invalid, "latest_end %s is not after the start", r.LatestEnd.Format(time.RFC3339))
	}
	return nil
}
