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
	// Renews is the id of an elevation to go on with after its deadline; empty: none.
	Renews string `json:",omitempty"`
	// IdempotencyKey identifies retries for 24 hours.
	IdempotencyKey string

	waits bool // for room: see [Triggers.Begin]
}

const (
	maxReason    = fault.MaxReason
	maxName      = 64
	maxAhead     = 30 * 24 * time.Hour
	maxDuration  = 365 * 24 * time.Hour // longer was not meant; an entitlement's own maximum is shorter
	idempotentIn = 24 * time.Hour
	// startGrace is how late the workflow may start without a shorter duration.
	startGrace = 10 * time.Minute
)

// Compiled on first use: cold starts do not wait.
var (
	entitlementName = fault.Pattern(`^[a-z0-9][a-z0-9-]{0,63}$`)
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName, SourceIdentity)
	sessionName = fault.Pattern(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
	elevationID = fault.Pattern(`^[0-7][0-9a-hjkmnp-tv-z]{25}$`)
)

// accountOf needs a valid ARN.
func accountOf(arn string) string { return strings.Split(arn, ":")[4] }

// Check returns Invalid with every mistake; nothing is stored then.
func (r Request) Check(now time.Time) error {
	var m fault.Mistakes
	if !entitlementName().MatchString(r.Entitlement) {
		m.Add("entitlement", "want lower-case letters, digits and hyphens")
	}
	if !identity.IsPrincipal(r.Principal) {
		m.Add("principal", "want the ARN of an IAM role or user")
	}
	if r.Session != "" && !sessionName().MatchString(r.Session) {
		m.Add("session", "want 2 to 64 of letters, digits and _+=,.@-")
	}
	if len(r.IdempotencyKey) > maxName || !fault.PrintableASCII(r.IdempotencyKey) {
		m.Add("idempotency_key", "want at most %d printable ASCII characters", maxName)
	}
	m.AddError("task", r.Task.Check())
	m.AddError("reason", fault.CheckText("reason", r.Reason, 1, maxReason))
	r.checkTimes(&m, now)
	r.checkRenews(&m)
	return m.Err()
}

func (r Request) checkTimes(m *fault.Mistakes, now time.Time) {
	if r.Duration < time.Second || r.Duration%time.Second != 0 || r.Duration > maxDuration {
		m.Add("duration_seconds", "want whole seconds, 1 to %d", maxDuration/time.Second)
	}
	switch {
	case !r.StartAt.IsZero() && r.StartAt.Before(now):
		m.Add("start_at", "%s has passed", r.StartAt.Format(time.RFC3339))
	case r.StartAt.After(now.Add(maxAhead)):
		m.Add("start_at", "%s is more than %d days ahead", r.StartAt.Format(time.RFC3339), int(maxAhead.Hours()/24))
	}
	if !r.LatestEnd.IsZero() && !r.LatestEnd.After(Latest(r.StartAt, now)) {
		m.Add("latest_end", "%s is not after the start", r.LatestEnd.Format(time.RFC3339))
	}
}

func (r Request) checkRenews(m *fault.Mistakes) {
	switch {
	case r.Renews == "":
	case !elevationID().MatchString(r.Renews):
		m.Add("renews", "want the id of an elevation")
	case !r.StartAt.IsZero() || !r.LatestEnd.IsZero():
		m.Add("renews", "a renewal starts when the other ends: leave out start_at and latest_end")
	}
}
