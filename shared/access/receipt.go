package access

import (
	"slices"
	"strings"
	"time"
)

// Receipt says how an elevation ended: on whose order, by which calls, and what IAM showed then.
type Receipt struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"` // policy name
	Principal Principal `json:"principal"`
	By        string    `json:"by"`
	Cause     Cause     `json:"cause,omitempty"`
	Due       time.Time `json:"due,omitzero"`     // the earlier of the deadline and the order to end
	Calls     []Call    `json:"calls"`            // removal calls
	ReadAt    time.Time `json:"read_at"`          // of IAM, after the calls
	Seen      string    `json:"seen"`             // "not there", "principal gone" or "there"
	GoneAt    time.Time `json:"gone_at,omitzero"` // first read without the grant, never seen since
	Overstay  int64     `json:"overstay_seconds"` // from Due to GoneAt
	Digest    string    `json:"digest,omitempty"` // of the granted terms
	Canary    bool      `json:"-"`                // the sweep measures canaries
}

// Values of [Receipt.Seen].
const (
	seenGone          = "not there"
	seenPrincipalGone = "principal gone"
	seenThere         = "there"
)

// removedAnything ignores the calls that only list.
func (r Receipt) removedAnything() bool {
	return slices.ContainsFunc(r.Calls, func(c Call) bool {
		return c.Outcome == "done" && (strings.HasPrefix(c.Action, "iam:Delete") || strings.HasPrefix(c.Action, "iam:Detach"))
	})
}

// of fills in what the record knows.
func (r Receipt) of(e Elevation, t Terms) Receipt {
	r.Cause, r.Due, r.GoneAt, r.Overstay, r.Canary = e.Cause, e.EndDue, e.GoneAt, e.Overstay, e.IsCanary()
	if r.Digest == "" {
		r.Digest = t.Digest()
	}
	return r
}
