package sweep

import (
	"time"

	"curfew/shared/access"
)

// startAgainAfter is how long after a repeated start of an approved request, whose start has passed, the next one is.
const startAgainAfter = 5 * time.Minute

// mayNotRun reports whether a start has to be repeated to learn whether the execution runs. An execution was seen running
// if its AskApprovers stored a token, or if a repeated start was answered with success before (RunsAt). It need not be asked
// again before the request should have been granted.
func mayNotRun(l access.Life, now time.Time) bool {
	seen := len(l.Tokens) > 0 || !l.Elevation.RunsAt.IsZero()
	return !seen || l.Elevation.State == access.Approved && !now.Before(grantedBy(l))
}

// grantedBy is when an approved request should have been granted.
func grantedBy(l access.Life) time.Time {
	return access.Latest(l.Terms.StartAt, l.Elevation.ChangedAt).Add(access.AnswerWithin)
}

// nextLook is when the sweep looks at a request again whose execution runs.
func nextLook(l access.Life, now time.Time) time.Time {
	next := l.Elevation.DecideBy.Add(access.AnswerWithin)
	if l.Elevation.State == access.Approved {
		next = grantedBy(l)
	}
	if next.After(now) {
		return next
	}
	return now.Add(startAgainAfter)
}
