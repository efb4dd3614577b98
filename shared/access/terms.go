package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// Terms are what was asked and is decided on. They are written once, with the request, and never changed.
type Terms struct {
	ID          string            `json:"id"`
	Principal   Principal         `json:"principal"`
	Entitlement string            `json:"entitlement"`
	Catalog     string            `json:"catalog"` // SHA-256 of the catalog they were made from
	Parameters  map[string]string `json:"parameters,omitempty"`
	Requester   identity.Caller   `json:"requester"`
	Owners      []string          `json:"owners"`
	Task        task.Task         `json:"task"`
	Reason      string            `json:"reason"`
	Session     Session           `json:"session"`
	RequestedAt time.Time         `json:"requested_at"`
	StartAt     time.Time         `json:"start_at"`   // not granted before
	LatestEnd   time.Time         `json:"latest_end"` // the deadline is never after it
	DecideBy    time.Time         `json:"decide_by"`  // an approval counts only before it
	Duration    int64             `json:"duration_seconds"`
	Heartbeat   int64             `json:"heartbeat_seconds,omitempty"` // 0: none
	Settle      int64             `json:"settle_seconds,omitempty"`    // the task must stay over for so long
	Approval    Approval          `json:"approval"`
	BreakGlass  bool              `json:"break_glass,omitempty"`
	Reviewers   []string          `json:"reviewers,omitempty"` // who sign the review of a break-glass elevation
	// Contain: if the grant cannot be removed, and its fence cannot be closed, a Deny of what it allows may be written.
	Contain bool `json:"contain,omitempty"`
	Form    Form `json:"form"`
	// Policies are the rendered policy documents, fenced, with their two instants left as marks. They are text, because a
	// store keeps the bytes of a text and of a JSON value only the meaning.
	Policies []string `json:"policies"`
}

// Principal is the role or user that receives the privilege. The name may be made anew by somebody else; the unique id
// may not.
type Principal struct {
	ARN     string `json:"arn"`
	ID      string `json:"id"` // AROA… or AIDA…
	Account string `json:"account"`
}

// User reports whether the principal is an IAM user.
func (p Principal) User() bool { return strings.Contains(p.ARN, ":user/") }

// Name is the role's or user's name without its path.
func (p Principal) Name() string { return identity.PrincipalName(p.ARN) }

// Bind says what of a session the grant is bound to.
type Bind string

// The ways to bind a grant.
const (
	BindUserID         Bind = "userid"
	BindSourceIdentity Bind = "sourceIdentity"
	BindVPCEndpoint    Bind = "vpce"
	BindNone           Bind = "none"
)

// Session is what the grant is bound to.
type Session struct {
	Bind  Bind   `json:"bind"`
	Value string `json:"value,omitempty"` // the session's name, source identity or endpoint id
	// Weak: nothing but the caller's own word pins the name, because the trust policy of the role does not.
	Weak bool `json:"weak,omitempty"`
	MFA  bool `json:"mfa,omitempty"`
}

// Approval says how many people of which groups must agree. Need 0: nobody; policy alone decided.
type Approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of,omitempty"`
}

// Form is how a grant is attached.
type Form string

// The two forms of a grant.
const (
	Inline  Form = "inline"  // PutRolePolicy: one call in, one out
	Managed Form = "managed" // one to three policies: created, attached, detached, deleted
)

// Document is the terms in their canonical bytes.
func (t Terms) Document() []byte {
	b, err := evidence.Canonical(t)
	if err != nil { // only a text that is not UTF-8 could do this, and no terms are made with one
		return nil
	}
	return b
}

// Digest is the SHA-256, in hexadecimal, of the terms' document. Approvers decide on it.
func (t Terms) Digest() string {
	b := t.Document()
	if b == nil {
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// holder reports whether c uses the elevation of these terms: a machine that is the principal (and the session, if the
// grant is bound to one), or the requester.
func (t Terms) holder(c identity.Caller) bool {
	if c.Kind == identity.Machine && c.UniqueID() == t.Principal.ID {
		return t.Session.Bind != BindUserID || c.Name == t.Session.Value
	}
	return c.ID == t.Requester.ID
}

// String names the terms in one line of a log: ids only.
func (t Terms) String() string {
	return fmt.Sprintf("%s: %s on %s", t.ID, t.Entitlement, t.Principal.ARN)
}
