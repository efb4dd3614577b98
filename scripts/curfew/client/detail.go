package client

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
)

// Detail is all that may be seen of one elevation.
type Detail struct {
	Elevation
	Terms     Terms             `json:"terms"`
	Decisions []Decision        `json:"decisions"`
	Timeline  []evidence.Record `json:"timeline"`          // its evidence, in order: the very texts that were fingerprinted
	Receipt   *Receipt          `json:"receipt,omitempty"` // nil: nothing was granted, or it is not over
	Review    *Review           `json:"review,omitempty"`  // nil: none is needed
	Evidence  Evidence          `json:"evidence"`
}

// Terms are what is decided on, beside what the elevation itself says.
type Terms struct {
	Catalog    string            `json:"catalog"` // SHA-256 of the catalog they were made from
	Owners     []string          `json:"owners"`
	Parameters map[string]string `json:"parameters"`
	Form       string            `json:"form,omitempty"`    // inline or managed
	Contain    bool              `json:"contain,omitempty"` // what it allows may be denied if it cannot be removed
	Policies   []json.RawMessage `json:"policies"`          // what is to be granted; its two instants are marks
	Says       []string          `json:"says"`              // what an approver should know, in plain sentences
	Document   string            `json:"document"`          // what was hashed; see [Detail.Differs]
}

// Decide is a decision to be made, on the digest of the terms that were seen.
type Decide struct {
	Decision string `json:"decision"` // [Approve] or [Deny]
	Digest   string `json:"digest"`
	Reason   string `json:"reason,omitempty"`
}

// The decisions there are.
const (
	Approve = "approve"
	Deny    = "deny"
)

// Decision is one that was made.
type Decision struct {
	Decision string    `json:"decision"`
	By       Caller    `json:"by"`
	Digest   string    `json:"digest"`
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
}

// Receipt is what is left of an end: who or what ended it, what was done, and what was then seen.
type Receipt struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"` // the policy's name
	Principal Principal `json:"principal"`
	By        string    `json:"by"`
	Cause     string    `json:"cause,omitempty"`
	Due       time.Time `json:"due,omitzero"`
	Calls     []Call    `json:"calls"`   // what was sent to take the grant away
	ReadAt    time.Time `json:"read_at"` // when IAM was looked at afterwards
	Seen      string    `json:"seen"`    // "not there", "principal gone" or "there"
	GoneAt    time.Time `json:"gone_at,omitzero"`
	Overstay  int64     `json:"overstay_seconds"`
	Digest    string    `json:"digest,omitempty"`
}

// Principal is the role or user that had the privilege.
type Principal struct {
	ARN     string `json:"arn"`
	ID      string `json:"id"`
	Account string `json:"account"`
}

// Call is one call to AWS.
type Call struct {
	Action  string    `json:"action"` // as "iam:DeleteRolePolicy"
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
}

// Review is what a second person must sign after a break-glass elevation.
type Review struct {
	Elevation string    `json:"elevation"`
	Requester Caller    `json:"requester"`
	Reviewers []string  `json:"reviewers"`
	OpenedAt  time.Time `json:"opened_at"`
	SignedBy  string    `json:"signed_by,omitempty"`
	SignedAt  time.Time `json:"signed_at,omitzero"` // zero: it is open
	Note      string    `json:"note,omitempty"`
}

// Evidence is what the API says of the timeline: its verdict, and the head that the elevation keeps.
type Evidence struct {
	evidence.Verdict
	Head evidence.Head `json:"head"`
}

// Check returns the verdict on what the API showed. It relies on the API only where the API says that something is wrong.
//
// The terms must be those that the digest is of. The timeline must be a whole chain up to the head, begin with that digest
// and lead to the state that is shown. The receipt must be the one in the record of the end. The check
// cannot detect an API that shows an earlier state with the records and the head of that time.
func (d Detail) Check() evidence.Verdict {
	if what := d.Differs(); what != "" {
		return evidence.Verdict{State: evidence.Broken, Why: "the terms are not those that the digest is of: " + what}
	}
	if err := d.checkTimeline(); err != nil {
		return evidence.VerdictOf(err)
	}
	v := d.Evidence.Verdict
	switch v.State {
	case evidence.Verified:
		return evidence.Verdict{State: evidence.Verified}
	case evidence.Truncated:
	default:
		v.State = evidence.Broken
	}
	v.Why = "by the API: " + cmp.Or(v.Why, "it does not say where")
	return v
}

// checkTimeline verifies the timeline and the receipt here: see [Detail.Check].
func (d Detail) checkTimeline() error {
	e := access.Elevation{ID: d.ID, State: access.State(d.State), Evidence: d.Evidence.Head}
	if err := access.CheckEvidence(e, d.Digest, d.Timeline); err != nil {
		return err
	}
	return d.checkReceipt()
}

// checkReceipt holds the receipt that is shown against the record of the end.
func (d Detail) checkReceipt() error {
	var recorded *Receipt
	for _, r := range d.Timeline {
		if r.Kind != "elevation.ended" {
			continue
		}
		recorded = new(Receipt)
		if err := json.Unmarshal(r.Detail, recorded); err != nil {
			return fmt.Errorf("evidence of %s: record %d has no receipt: %w", d.ID, r.Seq, err)
		}
	}
	if !reflect.DeepEqual(d.Receipt, recorded) {
		return fmt.Errorf("the receipt of %s is not the one in its evidence", d.ID)
	}
	return nil
}
