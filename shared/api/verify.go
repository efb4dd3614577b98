package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"curfew/shared/access"
	"curfew/shared/evidence"
)

// Check verifies an answer without trusting the API, except where the API reports a fault.
//
// The terms must match the digest. The timeline must be a whole chain to the head, begin with the digest and lead to the
// state. The receipt must match the record of the end. Check cannot detect an earlier state shown with its own records.
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

func (d Detail) checkTimeline() error {
	e := access.Elevation{ID: d.ID, State: access.State(d.State), Evidence: d.Evidence.Head}
	if err := access.CheckEvidence(e, d.Digest, d.Timeline); err != nil {
		return err
	}
	return d.checkReceipt()
}

func (d Detail) checkReceipt() error {
	recorded, err := d.recordedReceipt()
	if err == nil && !reflect.DeepEqual(d.Receipt, recorded) {
		err = fmt.Errorf("the receipt of %s is not the one in its evidence", d.ID)
	}
	return err
}

// Differs names the first shown part that differs from the hashed terms, or "".
func (d Detail) Differs() string {
	sum := sha256.Sum256([]byte(d.Terms.Document))
	if hex.EncodeToString(sum[:]) != d.Digest {
		return "digest"
	}
	var t access.Terms
	if err := json.Unmarshal([]byte(d.Terms.Document), &t); err != nil {
		return "document"
	}
	e := d.Elevation
	session := Session{}
	if e.Session != nil {
		session = *e.Session
	}
	for _, part := range []struct {
		name string
		same bool
	}{
		{"id", e.ID == t.ID},
		{"principal", e.Principal == t.Principal.ARN && e.PrincipalID == t.Principal.ID && e.Account == t.Principal.Account},
		{"entitlement", e.Entitlement == t.Entitlement && d.Terms.Catalog == t.Catalog},
		{"parameters", maps.Equal(d.Terms.Parameters, t.Parameters)},
		{"requester", e.Requester == callerOf(t.Requester)},
		{"task", e.Task == t.Task},
		{"reason", e.Reason == t.Reason && e.Renews == t.Renews},
		{"session", session == Session{string(t.Session.Bind), t.Session.Value, t.Session.Weak, t.Session.MFA, t.Session.MFASignIn}},
		{"times", e.Duration == t.Duration && e.Heartbeat == t.Heartbeat && e.StartAt.Equal(t.StartAt) && e.LatestEnd.Equal(t.LatestEnd) && e.DecideBy.Equal(t.DecideBy)},
		{"approval", e.Approval.samePlan(approvalOf(t)) && e.BreakGlass == t.BreakGlass},
		{"owners", slices.Equal(d.Terms.Owners, t.Owners)},
		{"form", d.Terms.Form == string(t.Form) && d.Terms.Contain == t.Contain},
		{"policies", samePolicies(d.Terms.Policies, t.Policies)},
	} {
		if !part.same {
			return part.name
		}
	}
	return ""
}

// samePolicies compares as JSON: the hash is of text.
func samePolicies(shown []json.RawMessage, hashed []string) bool {
	return slices.EqualFunc(shown, hashed, func(p json.RawMessage, h string) bool {
		a, err1 := evidence.Canonical(p)
		b, err2 := evidence.Canonical(json.RawMessage(h))
		return err1 == nil && err2 == nil && bytes.Equal(a, b)
	})
}
