package access

import (
	"slices"
	"strings"
	"time"
)

// Receipt says on whose order an elevation ended, by which calls, and what IAM showed.
type Receipt struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"`
	Principal Principal `json:"principal"`
	By        string    `json:"by"`
	Cause     Cause     `json:"cause,omitempty"`
	Due       time.Time `json:"due,omitzero"` // deadline or order to end, the earlier
	Calls     []Call    `json:"calls"`
	ReadAt    time.Time `json:"read_at"`          // after the calls
	Seen      string    `json:"seen"`             // "not there", "principal gone" or "there"
	GoneAt    time.Time `json:"gone_at,omitzero"` // first of the reads without the grant
	Overstay  int64     `json:"overstay_seconds"`
	Digest    string    `json:"digest,omitempty"`
	Canary    bool      `json:"-"` // the sweep measures canaries
}

const (
	seenGone          = "not there"
	seenPrincipalGone = "principal gone"
	seenThere         = "there"
)

// removedAnything ignores list calls.
func (r Receipt) removedAnything() bool {
	return slices.ContainsFunc(r.Calls, func(c Call) bool {
		return c.Outcome == "done" && (strings.HasPrefix(c.Action, "iam:Delete") || strings.HasPrefix(c.Action, "iam:Detach"))
	})
}

func (r Receipt) of(e Elevation, t Terms) Receipt {
	r.Cause, r.Due, r.GoneAt, r.Overstay, r.Canary = e.Cause, e.EndDue, e.GoneAt, e.Overstay, e.IsCanary()
	if r.Digest == "" {
		r.Digest = t.Digest()
	}
	return r
}
