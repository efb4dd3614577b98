package trail

import (
	"time"

	"curfew/shared/iampolicy"
)

// Grant is one elevation's grant, as it was attached.
type Grant struct {
	Elevation   string
	PrincipalID string // "AROA…" or "AIDA…": a principal of the same name made anew is another
	Account     string
	Task        string
	UserID      string // the session that it is bound to, "AROA…:name"; empty: every session of the principal
	From        time.Time
	Deadline    time.Time
	GoneAt      time.Time // IAM was read without it; zero: it is still there
	// Documents are the policies with marks for the two instants: so many elevations share a text.
	Documents []string
}

// gone is when the grant was over, at the latest.
func (g *Grant) gone() time.Time {
	if g.GoneAt.IsZero() || g.GoneAt.After(g.Deadline) {
		return g.Deadline
	}
	return g.GoneAt
}

// Baseline is what a principal's own policies were from an instant on, until the next Baseline.
type Baseline struct {
	PrincipalID string
	From        time.Time
	// Until is the last survey that saw the policies unchanged. Without a next Baseline, verdicts on later calls are
	// provisional; zero: all are. All grants that began before Until must be given too.
	Until    time.Time
	Policies iampolicy.Policies // without what Curfew attached
	Unknown  bool               // the policies are not all known: the principal is marked, and its own rights are not told
}
