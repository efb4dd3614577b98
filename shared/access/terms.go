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

// Terms are what was asked and is decided. They are written once and never changed.
type Terms struct {
	ID          string            `json:"id"`
	Principal   Principal         `json:"principal"`
	Entitlement string            `json:"entitlement"`
	Catalog     string            `json:"catalog"` // its SHA-256
	Parameters  map[string]string `json:"parameters,omitempty"`
	Requester   identity.Caller   `json:"requester"`
	Owners      []string          `json:"owners"`
	Task        task.Task         `json:"task"`
	Reason      string            `json:"reason"`
	Session     Session           `json:"session"`
	RequestedAt time.Time         `json:"requested_at"`
	StartAt     time.Time         `json:"start_at"`   // no grant before it
	LatestEnd   time.Time         `json:"latest_end"` // no deadline after it
	DecideBy    time.Time         `json:"decide_by"`  // approvals count only before it
	Duration    int64             `json:"duration_seconds"`
	Heartbeat   int64             `json:"heartbeat_seconds,omitempty"` // 0: none
	Settle      int64             `json:"settle_seconds,omitempty"`    // how long the task must stay over
	Approval    Approval          `json:"approval"`
	BreakGlass  bool              `json:"break_glass,omitempty"`
	Reviewers   []string          `json:"reviewers,omitempty"` // for break-glass
	// Contain allows a Deny if the grant can be neither removed nor closed.
	Contain bool `json:"contain,omitempty"`
	Form    Form `json:"form"`
	// Policies are the rendered documents, fenced, with placeholders for the two instants. They are strings because a
	// store keeps the bytes of a string, but only the meaning of JSON.
	Policies []string `json:"policies"`
}

// Principal is the role or user that receives privilege. Its name can be reused; its unique id cannot.
type Principal struct {
	ARN     string `json:"arn"`
	ID      string `json:"id"` // AROA… or AIDA…
	Account string `json:"account"`
}

func (p Principal) User() bool { return strings.Contains(p.ARN, ":user/") }

// Name returns the name without the path.
func (p Principal) Name() string { return identity.PrincipalName(p.ARN) }

// Bind is the property of a session that a grant is bound to.
type Bind string

const (
	BindUserID         Bind = "userid"
	BindSourceIdentity Bind = "sourceIdentity"
	BindVPCEndpoint    Bind = "vpce"
	BindNone           Bind = "none"
)

type Session struct {
	Bind  Bind   `json:"bind"`
	Value string `json:"value,omitempty"` // session name, source identity or endpoint id
	// Weak: the role's trust policy does not pin the name; the caller chooses it.
	Weak bool `json:"weak,omitempty"`
	MFA  bool `json:"mfa,omitempty"`
}

// Approval is the number of people that must agree, and their groups. Need 0: policy alone decides.
type Approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of,omitempty"`
}

// Form is how a grant is attached.
type Form string

const (
	Inline  Form = "inline"  // PutRolePolicy: one call in, one out
	Managed Form = "managed" // one to three policies: created, attached, detached, deleted
)

// Document returns the canonical bytes.
func (t Terms) Document() []byte {
	b, err := evidence.Canonical(t)
	if err != nil { // only for text that is not UTF-8, which terms never contain
		return nil
	}
	return b
}

// Digest returns the SHA-256 of the document in hexadecimal. Approvers decide on it.
func (t Terms) Digest() string {
	b := t.Document()
	if b == nil {
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// holder reports whether c uses the elevation: the requester, or the principal itself (and its bound session).
func (t Terms) holder(c identity.Caller) bool {
	if c.Kind == identity.Machine && c.UniqueID() == t.Principal.ID {
		return t.Session.Bind != BindUserID || c.Name == t.Session.Value
	}
	return c.ID == t.Requester.ID
}

// String returns ids only, for logs.
func (t Terms) String() string {
	return fmt.Sprintf("%s: %s on %s", t.ID, t.Entitlement, t.Principal.ARN)
}
