package access

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
)

// Receipt says on whose order an elevation ended, by which calls, and what IAM showed.
type Receipt struct {
	Elevation string    `json:"elevation,omitempty"`
	Grant     string    `json:"grant,omitempty"`
	Principal Principal `json:"principal,omitzero"`
	By        string    `json:"by,omitempty"`
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

func (r Receipt) removedAnything() bool { return slices.ContainsFunc(r.Calls, Call.removed) }

func (r Receipt) leftPolicy() bool {
	return slices.ContainsFunc(r.Calls, func(c Call) bool { return c.Action == "iam:DeletePolicy" && c.Outcome == string(fault.Conflict) })
}

// removed is false for list calls.
func (c Call) removed() bool {
	return c.Outcome == "done" && (strings.HasPrefix(c.Action, "iam:Delete") || strings.HasPrefix(c.Action, "iam:Detach"))
}

func (r Receipt) of(e Elevation, t Terms) Receipt {
	r.Cause, r.Due, r.GoneAt, r.Overstay, r.Canary = e.Cause, e.EndDue, e.GoneAt, e.Overstay, e.IsCanary()
	if r.Digest == "" {
		r.Digest = t.Digest()
	}
	return r
}

// Recorded is a receipt in the elevation's own chain. It omits what other records of the chain have: id, principal,
// actor, digest, and the policy's name if there is a record of granting. GoneAt is zero if it is ReadAt.
type Recorded struct {
	Receipt
	Calls []CallRun `json:"calls"`
}

// CallRun is equal calls in a row.
type CallRun struct {
	Call
	Times int `json:"times,omitempty"` // 0: once
}

func (r Receipt) recorded(e Elevation) Recorded {
	r.Elevation, r.Principal, r.By, r.Digest = "", Principal{}, "", ""
	if !e.AttachBy.IsZero() {
		r.Grant = ""
	}
	if r.GoneAt.Equal(r.ReadAt) {
		r.GoneAt = time.Time{}
	}
	in := Recorded{Receipt: r}
	for _, c := range r.Calls {
		if last := len(in.Calls) - 1; last >= 0 && in.Calls[last].Call == c {
			in.Calls[last].Times = max(1, in.Calls[last].Times) + 1
			continue
		}
		in.Calls = append(in.Calls, CallRun{Call: c})
	}
	return in
}

// Whole puts back what the record alone has.
func (r Recorded) Whole() Receipt {
	all := r.Receipt
	for _, run := range r.Calls {
		all.Calls = append(all.Calls, slices.Repeat([]Call{run.Call}, max(1, run.Times))...)
	}
	if all.GoneAt.IsZero() {
		all.GoneAt = all.ReadAt
	}
	return all
}
