package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/review"
)

// Detail is one elevation with all its records.
type Detail struct {
	Elevation
	Terms     Terms             `json:"terms"`
	Decisions []Decision        `json:"decisions"`
	Timeline  []evidence.Record `json:"timeline"`          // evidence in order, as hashed
	Receipt   *Receipt          `json:"receipt,omitempty"` // nil: not granted, or not over
	Review    *Review           `json:"review,omitempty"`  // nil: not needed
	Evidence  Evidence          `json:"evidence"`
	// Difference is what the grant adds to what the principal has today; nil: it is over, or its requester asks, who does not answer for it.
	Difference *Difference `json:"difference,omitempty"`
	Budgets    []Budget    `json:"budgets,omitempty"` // as they are now; absent: there are none, or it is over
}

// Terms are what is decided on, besides the fields of [Elevation].
type Terms struct {
	Catalog    string            `json:"catalog"` // SHA-256
	Owners     []string          `json:"owners"`
	Parameters map[string]string `json:"parameters"`
	Form       string            `json:"form,omitempty"`    // inline or managed
	Contain    bool              `json:"contain,omitempty"` // deny what it allows if AWS refuses the removal
	Policies   []json.RawMessage `json:"policies"`          // to grant; marks stand for the two instants
	Says       []string          `json:"says"`              // hints for approvers
	Document   string            `json:"document"`          // as hashed; see [Detail.Differs]
}

// Decision is a stored decision.
type Decision struct {
	Decision string    `json:"decision"`
	By       Caller    `json:"by"`
	For      *InStead  `json:"for,omitempty"` // nil: as themselves
	Digest   string    `json:"digest"`
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
	// Difference is the hash of what the grant added when they approved. Seen: it is what they were shown.
	Difference string `json:"difference,omitempty"`
	Seen       bool   `json:"seen,omitempty"`
}

// InStead is in whose stead a person decided.
type InStead struct {
	Caller
	Delegation string `json:"delegation"` // id
}

// Receipt is the proof of an end.
type Receipt struct {
	Elevation string    `json:"elevation"`
	Grant     string    `json:"grant"` // policy name
	Principal Principal `json:"principal"`
	By        string    `json:"by"`
	Cause     string    `json:"cause,omitempty"`
	Due       time.Time `json:"due,omitzero"`
	Calls     []Call    `json:"calls"`   // that removed the grant
	ReadAt    time.Time `json:"read_at"` // when IAM was read afterwards
	Seen      string    `json:"seen"`    // "not there", "principal gone" or "there"
	GoneAt    time.Time `json:"gone_at,omitzero"`
	Overstay  int64     `json:"overstay_seconds"`
	Digest    string    `json:"digest,omitempty"`
}

// Principal is an IAM role or user.
type Principal = access.Principal

// Call is one call to AWS.
type Call = access.Call

// Review follows an elevation whose entitlement asks for it. A second person signs it.
type Review struct {
	Elevation string    `json:"elevation"`
	Requester Caller    `json:"requester"`
	Reviewers []string  `json:"reviewers"`
	OpenedAt  time.Time `json:"opened_at"`
	SignedBy  string    `json:"signed_by,omitempty"`
	SignedAt  time.Time `json:"signed_at,omitzero"` // zero: open
	Note      string    `json:"note,omitempty"`
}

// Evidence is the API's verdict on the timeline, with the stored head.
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
		Decisions: decisionsOf(v.Decisions), Timeline: list(v.Timeline), Evidence: Evidence{v.Proof, v.Elevation.Evidence},
		Terms: Terms{
			Catalog: t.Catalog, Owners: list(t.Owners), Parameters: t.Parameters, Form: string(t.Form), Contain: t.Contain,
			Policies: policies, Says: list(says(t)), Document: string(t.Document()),
		},
	}
	if d.Terms.Parameters == nil {
		d.Terms.Parameters = map[string]string{}
	}
	if r, err := d.recordedReceipt(); err == nil { // else the verdict has the error
		d.Receipt = r
	}
	d.Difference, d.Budgets = differenceOf(v.Difference), budgetsLeft(v.Budgets)
	if v.Review != nil {
		r := reviewOf(*v.Review)
		d.Review = &r
	}
	return d, nil
}

func decisionsOf(all []access.Decision) []Decision {
	out := []Decision{}
	for _, one := range all {
		decision := map[bool]string{true: Approve, false: Deny}[one.Approve]
		if one.Withdrawn {
			decision = Withdraw
		}
		var absent *InStead
		if one.For != nil {
			absent = &InStead{callerOf(one.For.Of), one.For.Delegation}
		}
		out = append(out, Decision{decision, callerOf(one.By), absent, one.Digest, one.Reason, one.At, one.Difference, one.Seen})
	}
	return out
}

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

// recordedReceipt returns nil before the record of the end. What that record omits is from the terms and the record of
// granting.
func (d Detail) recordedReceipt() (recorded *Receipt, err error) {
	var granting struct{ Grant string }
	var terms struct{ Principal Principal }
	for _, r := range d.Timeline {
		var in access.Recorded
		switch r.Kind {
		case "elevation.granting":
			err = json.Unmarshal(r.Detail, &granting)
		case "elevation.ended":
			err = errors.Join(json.Unmarshal(r.Detail, &in), json.Unmarshal([]byte(d.Terms.Document), &terms))
			w := in.Whole()
			recorded = &Receipt{d.ID, cmp.Or(w.Grant, granting.Grant), terms.Principal, r.Actor, string(w.Cause), w.Due, w.Calls,
				w.ReadAt, w.Seen, w.GoneAt, w.Overstay, d.Digest}
		}
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: record %d has no receipt: %w", d.ID, r.Seq, err)
		}
	}
	return recorded, nil
}

func reviewOf(r review.Review) Review {
	shown := Review{Elevation: r.Elevation, Requester: callerOf(r.Requester), Reviewers: list(r.Reviewers), OpenedAt: r.OpenedAt}
	if s := r.Signature; s != nil {
		shown.SignedBy, shown.SignedAt, shown.Note = s.By.ID, s.At, s.Note
	}
	return shown
}
