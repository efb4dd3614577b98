package access

import (
	"slices"
	"strings"
	"time"
)

// Receipt is what is left of an end: who or what ended it, what was done, and what was then seen.
type Receipt struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"` // the policy's name
	Principal Principal `json:"principal"`
	By        string    `json:"by"`
	Cause     Cause     `json:"cause,omitempty"`
	Due       time.Time `json:"due,omitzero"`     // the deadline or the order to end, whichever was first
	Calls     []Call    `json:"calls"`            // what was sent to take it away
	ReadAt    time.Time `json:"read_at"`          // when IAM was looked at afterwards
	Seen      string    `json:"seen"`             // what was seen: "not there", "principal gone", "there"
	GoneAt    time.Time `json:"gone_at,omitzero"` // the first look without the grant, with none since that saw it
	Overstay  int64     `json:"overstay_seconds"` // from Due to GoneAt
	Digest    string    `json:"digest,omitempty"` // of the terms that were granted
	Canary    bool      `json:"-"`                // of a canary: how late it is tells of its net, and is measured by the sweep
}

// What a look at IAM after the removal may see.
const (
	seenGone          = "not there"
	seenPrincipalGone = "principal gone"
	seenThere         = "there"
)

// removedAnything reports whether a call took something away. Looking for something to take away is done too, and removes
// nothing.
func (r Receipt) removedAnything() bool {
	return slices.ContainsFunc(r.Calls, func(c Call) bool {
		return c.Outcome == "done" && (strings.HasPrefix(c.Action, "iam:Delete") || strings.HasPrefix(c.Action, "iam:Detach"))
	})
}

// of completes a receipt by what the record says.
func (r Receipt) of(e Elevation, t Terms) Receipt {
	r.Cause, r.Due, r.GoneAt, r.Overstay, r.Canary = e.Cause, e.EndDue, e.GoneAt, e.Overstay, e.IsCanary()
	if r.Digest == "" {
		r.Digest = t.Digest()
	}
	return r
}
