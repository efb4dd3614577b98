package access

import (
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Request is what a caller asks for. Who asks is not part of it.
type Request struct {
	Entitlement string
	Principal   string // ARN
	// Session is the session's name or source identity that the grant is bound to; empty: the caller's own.
	Session    string
	Task       Task // Known is ignored: it is looked up
	Reason     string
	Duration   time.Duration // whole seconds
	StartAt    time.Time     // zero: now
	LatestEnd  time.Time     // zero: what the start, the time to decide and the duration need
	Parameters map[string]string
	// IdempotencyKey makes a repeated request the same request, for 24 hours; empty: none.
	IdempotencyKey string
}

// Bounds of a request.
const (
	maxReason    = 500
	maxName      = 64
	maxAhead     = 30 * 24 * time.Hour
	idempotentIn = 24 * time.Hour
	// startGrace is what a start may be late, by a slow workflow, without the latest end cutting the duration.
	startGrace = 10 * time.Minute
)

// Compiled when they are first needed: most functions take no request, and a start is not to wait for them.
var (
	entitlementName = lazily(`^[a-z0-9][a-z0-9-]{0,63}$`)
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName, SourceIdentity)
	sessionName  = lazily(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
	principalARN = lazily(`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]{1,512}$`)
)

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// accountOf is the account in an ARN that was checked.
func accountOf(arn string) string { return strings.Split(arn, ":")[4] }

// check refuses what could not be right for anybody: nothing of it is stored.
func (r Request) check(now time.Time) error {
	switch {
	case !entitlementName().MatchString(r.Entitlement):
		return Errorf(Invalid, "entitlement %q: want lower-case letters, digits and hyphens", printable(r.Entitlement))
	case !principalARN().MatchString(r.Principal):
		return Errorf(Invalid, "principal %q: want the ARN of an IAM role or user", printable(r.Principal))
	case r.Session != "" && !sessionName().MatchString(r.Session):
		return Errorf(Invalid, "session %q: want 2 to 64 of letters, digits and _+=,.@-", printable(r.Session))
	case len(r.IdempotencyKey) > maxName || !printableASCII(r.IdempotencyKey):
		return Errorf(Invalid, "idempotency key: want at most %d printable ASCII characters", maxName)
	}
	if err := r.Task.Check(); err != nil {
		return err
	}
	if err := checkText("reason", r.Reason, 1, maxReason); err != nil {
		return err
	}
	return r.checkTimes(now)
}

func (r Request) checkTimes(now time.Time) error {
	switch {
	case r.Duration <= 0:
		return Errorf(Invalid, "duration %s: want more than nothing", r.Duration)
	case r.Duration%time.Second != 0:
		return Errorf(Invalid, "duration %s: want whole seconds", r.Duration)
	case r.StartAt.IsZero() && r.LatestEnd.IsZero():
		return nil
	case !r.StartAt.IsZero() && r.StartAt.Before(now):
		return Errorf(Invalid, "start_at %s has passed", r.StartAt.Format(time.RFC3339))
	case r.StartAt.After(now.Add(maxAhead)):
		return Errorf(Invalid, "start_at %s is more than %d days ahead", r.StartAt.Format(time.RFC3339), int(maxAhead.Hours()/24))
	case !r.LatestEnd.IsZero() && !r.LatestEnd.After(latest(r.StartAt, now)):
		return Errorf(Invalid, "latest_end %s is not after the start", r.LatestEnd.Format(time.RFC3339))
	}
	return nil
}

// checkText takes text for people: any script, but nothing that is invisible, moves the cursor or turns the direction of
// what follows, because an approver decides on what he sees.
func checkText(field, s string, least, most int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s):
		return Errorf(Invalid, "%s: not valid UTF-8", field)
	case n < least || utf8.RuneCountInString(s) > most:
		return Errorf(Invalid, "%s: want %d to %d characters", field, least, most)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return Errorf(Invalid, "%s: character U+%04X is not allowed", field, r)
		}
	}
	return nil
}

func printableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
