package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

// Entitlement is a catalog entry: what may be granted, to which principals, for how long, under which approval, and how
// it is bound. It is a value; the catalog checked it when it was built.
type Entitlement struct {
	Name        string                             `json:"name"`
	Catalog     string                             `json:"-"` // hash of the catalog that it is of
	About       string                             `json:"about"`
	Owners      []string                           `json:"owners"`
	Principals  []string                           `json:"principals"` // ARNs; * and ? match within one part of the ARN
	Requesters  []string                           `json:"requesters"` // "group:<name>"
	Tasks       []TaskRule                         `json:"tasks"`
	Max         time.Duration                      `json:"max"`
	Approval    *ApprovalRule                      `json:"approval,omitempty"`
	BreakGlass  bool                               `json:"break_glass,omitempty"` // at once, loud, and reviewed
	Reviewers   []string                           `json:"reviewers,omitempty"`   // who signs the review of a break-glass elevation
	Session     Bind                               `json:"session"`
	VPCEndpoint string                             `json:"vpce,omitempty"` // for BindVPCEndpoint
	Weak        bool                               `json:"weak,omitempty"` // binding: weak is said and shown
	MFA         bool                               `json:"mfa,omitempty"`
	Heartbeat   time.Duration                      `json:"heartbeat,omitempty"`
	Contain     bool                               `json:"contain,omitempty"` // its grant may be answered with a Deny if it cannot be removed
	Names       []string                           `json:"names,omitempty"`   // the actions that outlive a revoke and that it means to give
	Parameters  map[string]iampolicy.ParameterType `json:"parameters,omitempty"`
	Policy      json.RawMessage                    `json:"policy"`
}

// TaskRule is a kind of task that an entitlement serves.
type TaskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known,omitempty"` // required: an unverified task is refused
	// Settle is how long a task must stay over before what serves it ends; zero: at once. An alarm that closes and opens
	// again within it was never closed.
	Settle time.Duration `json:"settle,omitempty"`
}

// ApprovalRule says how many people must agree, and by when.
type ApprovalRule struct {
	Need   int           `json:"need"`
	Of     []string      `json:"of"`
	Within time.Duration `json:"within"`
}

// Outliving are the actions whose effects outlive a revoke. An entitlement is refused if it allows one that it does not
// name.
func Outliving() []string {
	return []string{"sts:AssumeRole", "iam:PassRole", "kms:CreateGrant", "ssm:StartSession"}
}

// MayHold reports whether a principal of this ARN is one of the entitlement's: see [identity.MatchARN].
func (e Entitlement) MayHold(arn string) bool {
	return slices.ContainsFunc(e.Principals, func(pattern string) bool { return identity.MatchARN(pattern, arn) })
}

// approval is the entitlement's rule; need 0 if it has none.
func (e Entitlement) approval() Approval {
	if e.Approval == nil {
		return Approval{}
	}
	return Approval{Need: e.Approval.Need, Of: e.Approval.Of}
}

// serves says under which rule the entitlement serves a kind of task.
func (e Entitlement) serves(kind string) (TaskRule, bool) {
	for _, r := range e.Tasks {
		if r.Kind == kind {
			return r, true
		}
	}
	return TaskRule{}, false
}

// Render compiles the entitlement's policy for these terms: parameters filled in, every statement fenced, the fence's two
// instants left as marks, split for its form. The same terms and entitlement give the same bytes, whoever calls: Grant
// compares them with what was approved.
func (e Entitlement) Render(t Terms) ([]string, error) {
	doc, err := iampolicy.Substitute(e.Policy, e.Parameters, t.Parameters)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Text: fmt.Sprintf("parameters of %s: %v", e.Name, err), Err: err}
	}
	compiled, err := iampolicy.Compile(doc, t.fence())
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Text: fmt.Sprintf("policy of %s: %v", e.Name, err), Err: err}
	}
	if t.Form == Inline {
		return []string{string(compiled.Bytes())}, nil
	}
	parts, err := iampolicy.Split(compiled, managedSize, managedParts)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Quota, Text: fmt.Sprintf("policy of %s: %v", e.Name, err), Err: err}
	}
	var out []string
	for _, p := range parts {
		out = append(out, string(p.Bytes()))
	}
	return out, nil
}

// Quotas of IAM that cannot be raised.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	managedSize  = 6144
	managedParts = 3
)

func (t Terms) fence() iampolicy.Fence {
	f := iampolicy.Fence{
		NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter,
		PrincipalID: t.Principal.ID, User: t.Principal.User(), MFA: t.Session.MFA,
	}
	switch t.Session.Bind {
	case BindUserID:
		f.SessionName = t.Session.Value
	case BindSourceIdentity:
		f.SourceIdentity = t.Session.Value
	case BindVPCEndpoint:
		f.VPCEndpoint = t.Session.Value
	}
	return f
}
