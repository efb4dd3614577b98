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

// Entitlement is a catalog entry, validated when the catalog is built.
type Entitlement struct {
	Name        string                             `json:"name"`
	Catalog     string                             `json:"-"` // its hash
	About       string                             `json:"about"`
	Owners      []string                           `json:"owners"`
	Principals  []string                           `json:"principals"` // ARNs; * and ? match within one part
	Requesters  []string                           `json:"requesters"` // "group:<name>"
	Tasks       []TaskRule                         `json:"tasks"`
	Max         time.Duration                      `json:"max"`
	Until       time.Time                          `json:"until,omitzero"` // the end of the eligibility; zero: none
	Approval    *ApprovalRule                      `json:"approval,omitempty"`
	BreakGlass  bool                               `json:"break_glass,omitempty"`
	CoolDown    time.Duration                      `json:"cool_down,omitempty"` // between break-glass of one person
	Overlap     bool                               `json:"overlap,omitempty"`   // several open for one session
	Budgets     []Budget                           `json:"budgets,omitempty"`
	Review      ReviewRule                         `json:"review,omitempty"`
	Reviewers   []string                           `json:"reviewers,omitempty"`
	Session     Bind                               `json:"session"`
	VPCEndpoint string                             `json:"vpce,omitempty"`
	Weak        bool                               `json:"weak,omitempty"`
	MFA         bool                               `json:"mfa,omitempty"`
	Heartbeat   time.Duration                      `json:"heartbeat,omitempty"`
	Contain     bool                               `json:"contain,omitempty"` // a Deny may replace removal
	Names       []string                           `json:"names,omitempty"`   // acknowledged: actions and classes of package outliving
	Parameters  map[string]iampolicy.ParameterType `json:"parameters,omitempty"`
	Policy      json.RawMessage                    `json:"policy"`
}

// TaskRule is a task kind that an entitlement serves.
type TaskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known,omitempty"` // unverified tasks are refused
	// Settle is how long a task must stay over; zero: no wait. For alarms that reopen.
	Settle time.Duration `json:"settle,omitempty"`
}

// ApprovalRule requires approvals.
type ApprovalRule struct {
	Need   int           `json:"need"`
	Of     []string      `json:"of"`
	Within time.Duration `json:"within"`
	// MFAWithin is how old the sign-in with MFA of an approver may be; zero: as old as the token may be.
	MFAWithin time.Duration `json:"mfa_within,omitempty"`
	// Seen: only approvals with the hash of the difference that was shown count.
	Seen bool `json:"seen,omitempty"`
	// Then are asked later, in order.
	Then []ApprovalRuleStep `json:"then,omitempty"`
}

// ApprovalRuleStep is a step of [ApprovalRule].
type ApprovalRuleStep struct {
	After time.Duration `json:"after"` // at least a minute, less than within; each step later than the one before
	Of    []string      `json:"of"`
}

func (a ApprovalRule) steps() (then []ApprovalStep) {
	for _, step := range a.Then {
		then = append(then, ApprovalStep{int64(step.After / time.Second), step.Of})
	}
	return then
}

// Asked returns the groups that may decide so long after the request.
func (a ApprovalRule) Asked(after time.Duration) []string {
	return Approval{Of: a.Of, Then: a.steps()}.asked(time.Time{}, time.Time{}.Add(after))
}

// All returns also the groups that are asked later.
func (a ApprovalRule) All() []string { return Approval{Of: a.Of, Then: a.steps()}.All() }

// MayHold reports whether an ARN matches the principals: see [identity.MatchARN].
func (e Entitlement) MayHold(arn string) bool {
	return slices.ContainsFunc(e.Principals, func(pattern string) bool { return identity.MatchARN(pattern, arn) })
}

func (e Entitlement) approval() Approval {
	if e.Approval == nil {
		return Approval{}
	}
	return Approval{Need: e.Approval.Need, Of: e.Approval.Of, MFAWithin: int64(e.Approval.MFAWithin / time.Second), Seen: e.Approval.Seen, Then: e.Approval.steps()}
}

func (e Entitlement) serves(kind string) (TaskRule, bool) {
	for _, r := range e.Tasks {
		if r.Kind == kind {
			return r, true
		}
	}
	return TaskRule{}, false
}

// Render compiles the policy: parameters, fence, placeholders for the two instants, split for its form. It is
// deterministic: Grant compares the bytes with the approved ones. Invalid: parameters or policy. Quota: too large.
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

// Fixed quotas.
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
