package access

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
	"curfew/shared/task"
)

// Terms are what was asked and is decided, written once.
type Terms struct {
	ID          string            `json:"id"`
	Principal   Principal         `json:"principal"`
	Entitlement string            `json:"entitlement"`
	Catalog     string            `json:"catalog"`
	Parameters  map[string]string `json:"parameters,omitempty"`
	Requester   identity.Caller   `json:"requester"`         // with the groups that Catalog names
	Reduced     bool              `json:"reduced,omitempty"` // the requester has more groups
	Owners      []string          `json:"owners"`
	Task        task.Task         `json:"task"`
	Reason      string            `json:"reason"`
	Renews      string            `json:"renews,omitempty"` // the elevation before it
	Session     Session           `json:"session"`
	RequestedAt time.Time         `json:"requested_at"`
	StartAt     time.Time         `json:"start_at"`
	LatestEnd   time.Time         `json:"latest_end"` // no deadline after it
	DecideBy    time.Time         `json:"decide_by"`  // approvals count only before it
	Duration    int64             `json:"duration_seconds"`
	Heartbeat   int64             `json:"heartbeat_seconds,omitempty"`
	Settle      int64             `json:"settle_seconds,omitempty"` // how long tasks must stay over
	Approval    Approval          `json:"approval"`
	BreakGlass  bool              `json:"break_glass,omitempty"`
	Overlap     bool              `json:"overlap,omitempty"`
	Review      ReviewRule        `json:"review,omitempty"`
	Reviewers   []string          `json:"reviewers,omitempty"`
	// Contain allows a Deny if removal and closing fail.
	Contain bool `json:"contain,omitempty"`
	Form    Form `json:"form"`
	// Policies have placeholders for the two instants. They are strings, because a store keeps only the meaning of
	// JSON.
	Policies []string `json:"policies"`
}

// Principal receives the privilege. Its name can be reused; its id cannot.
type Principal struct {
	ARN     string `json:"arn"`
	ID      string `json:"id"` // AROA… or AIDA…
	Account string `json:"account"`
}

// User reports whether p is an IAM user.
func (p Principal) User() bool { return strings.Contains(p.ARN, ":user/") }

// Name omits the path.
func (p Principal) Name() string { return identity.PrincipalName(p.ARN) }

// Bind is the session property of a grant's fence.
type Bind string

const (
	BindUserID         Bind = "userid"
	BindSourceIdentity Bind = "sourceIdentity"
	BindVPCEndpoint    Bind = "vpce"
	BindNone           Bind = "none"
)

// Session is what a grant is bound to.
type Session struct {
	Bind  Bind   `json:"bind"`
	Value string `json:"value,omitempty"` // name, source identity or endpoint
	// Weak: the trust policy does not pin the name.
	Weak bool `json:"weak,omitempty"`
	MFA  bool `json:"mfa,omitempty"`
	// MFASignIn: only the sign-in had MFA, because calls cannot show it.
	MFASignIn bool `json:"mfa_sign_in,omitempty"`
}

// Approval is how many people of which groups must agree. Need 0: policy alone decides.
type Approval struct {
	Need int      `json:"need"`
	Of   []string `json:"of,omitempty"`
	// MFAWithin is how old the sign-in with MFA of an approver may be; 0: any, and none is needed.
	MFAWithin int64 `json:"mfa_within_seconds,omitempty"`
	// Seen: only approvals with the hash of the difference that was shown count.
	Seen bool `json:"seen,omitempty"`
	// Then are asked later, in order.
	Then []ApprovalStep `json:"then,omitempty"`
}

// ApprovalStep adds groups to those who may decide, if the request still waits. A step takes no group away.
type ApprovalStep struct {
	After int64    `json:"after_seconds"` // since the request
	Of    []string `json:"of"`
}

// Form is how a grant is attached.
type Form string

const (
	Inline  Form = "inline"
	Managed Form = "managed"
)

// Document returns canonical bytes.
func (t Terms) Document() []byte {
	b, err := evidence.Canonical(t)
	if err != nil {
		return nil
	}
	return b
}

// Digest is the document's SHA-256, which approvers decide on.
func (t Terms) Digest() string {
	b := t.Document()
	if b == nil {
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// holder reports whether c is the requester, or the principal (and bound session). No door reports a source identity, and others may
// take it as their session's name: then only the session that asked holds it.
func (t Terms) holder(c identity.Caller) bool {
	if c.Kind != identity.Machine || c.UniqueID() != t.Principal.ID {
		return c.ID == t.Requester.ID
	}
	switch t.Session.Bind {
	case BindUserID:
		return c.Name == t.Session.Value
	case BindSourceIdentity:
		return c.ID == t.Requester.ID && c.Name == t.Requester.Name
	}
	return true
}

func (t Terms) asker() string { return askerOf(t.Requester) }

// humanOf is askerOf, but a person's accounts at several identity providers are one if they have one name.
func humanOf(c identity.Caller) string {
	if c.Kind == identity.Person && c.Name != "" {
		return "name:" + strings.ToLower(c.Name)
	}
	return askerOf(c)
}

// askerOf names a requester. A recreated machine role stays the same.
func askerOf(c identity.Caller) string { return cmp.Or(c.ARN, c.ID) }

// String has only ids, for logs.
func (t Terms) String() string {
	return fmt.Sprintf("%s: %s on %s", t.ID, t.Entitlement, t.Principal.ARN)
}

// ReviewRule says when somebody else must sign what an elevation did. Break-glass has its review without a rule.
type ReviewRule string

const (
	ReviewNever    ReviewRule = ""
	ReviewAlways   ReviewRule = "always"
	ReviewFindings ReviewRule = "findings" // if findings about the elevation come until a week after its end
)

func (t Terms) openReview(at time.Time) (record.Change, error) {
	return review.Open(review.Review{
		Elevation: t.ID, Requester: t.Requester, Reviewers: t.Reviewers, OpenedAt: at,
	})
}
