package api

import (
	"encoding/json"
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/review"
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
type Principal = access.Principal

// Call is one call to AWS.
type Call = access.Call

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

func detailOf(v access.View) (Detail, error) {
	t := v.Terms
	policies, err := policiesOf(t)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{
		Elevation: elevationOf(access.Life{Terms: t, Elevation: v.Elevation}),
		Decisions: []Decision{}, Timeline: list(v.Timeline), Evidence: Evidence{v.Proof, v.Elevation.Evidence},
		Terms: Terms{
			Catalog: t.Catalog, Owners: list(t.Owners), Parameters: members(t.Parameters), Form: string(t.Form), Contain: t.Contain,
			Policies: policies, Says: list(says(t)), Document: string(t.Document()),
		},
	}
	for _, one := range v.Decisions {
		decision := map[bool]string{true: Approve, false: Deny}[one.Approve]
		d.Decisions = append(d.Decisions, Decision{decision, callerOf(one.By), one.Digest, one.Reason, one.At})
	}
	if r, err := d.recordedReceipt(); err == nil { // the verdict says what is wrong with one that cannot be read
		d.Receipt = r
	}
	if v.Review != nil {
		r := reviewOf(*v.Review)
		d.Review = &r
	}
	return d, nil
}

// policiesOf fails on a policy that is no JSON. Terms are never made with one: the stored text is damaged.
func policiesOf(t access.Terms) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for _, p := range t.Policies {
		if !json.Valid([]byte(p)) {
			return nil, fault.Errorf(fault.Internal, "a policy of elevation %s is no JSON", t.ID)
		}
		all = append(all, json.RawMessage(p))
	}
	return all, nil
}

// recordedReceipt is the receipt in the record of the end; nil: there is no such record.
func (d Detail) recordedReceipt() (recorded *Receipt, err error) {
	for _, r := range d.Timeline {
		if r.Kind != "elevation.ended" {
			continue
		}
		recorded = new(Receipt)
		if err := json.Unmarshal(r.Detail, recorded); err != nil {
			return nil, fmt.Errorf("evidence of %s: record %d has no receipt: %w", d.ID, r.Seq, err)
		}
	}
	return recorded, nil
}

func reviewOf(r review.Review) Review {
	return Review{r.Elevation, callerOf(r.Requester), list(r.Reviewers), r.OpenedAt, r.SignedBy, r.SignedAt, r.Note}
}
