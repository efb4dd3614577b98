package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"curfew/shared/access"
	"curfew/shared/evidence"
)

// Differs says in what the shown terms are not those that the digest is of; empty: they are. An approver decides on a
// digest, and that what he reads is what was hashed must not be the API's word alone.
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
		{"requester", e.Requester == Caller{t.Requester.ID, string(t.Requester.Kind), t.Requester.Name}},
		{"task", e.Task == Task{t.Task.Kind, t.Task.ID, t.Task.Known}},
		{"reason", e.Reason == t.Reason},
		{"session", session == Session{string(t.Session.Bind), t.Session.Value, t.Session.Weak, t.Session.MFA}},
		{"times", e.Duration == t.Duration && e.Heartbeat == t.Heartbeat && e.StartAt.Equal(t.StartAt) && e.LatestEnd.Equal(t.LatestEnd) && e.DecideBy.Equal(t.DecideBy)},
		{"approval", e.Approval.Need == t.Approval.Need && slices.Equal(e.Approval.Of, t.Approval.Of) && e.BreakGlass == t.BreakGlass},
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

// samePolicies compares meaning: the API shows as JSON what was hashed as text.
func samePolicies(shown []json.RawMessage, hashed []string) bool {
	return slices.EqualFunc(shown, hashed, func(p json.RawMessage, h string) bool {
		a, err1 := evidence.Canonical(p)
		b, err2 := evidence.Canonical(json.RawMessage(h))
		return err1 == nil && err2 == nil && bytes.Equal(a, b)
	})
}
