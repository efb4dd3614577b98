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

// Entitlement is a catalog entry: what may be granted, to which principals, for how long, with which approval, bound
// how. The catalog validates it at build time.
type Entitlement struct {
	Name        string                             `json:"name"`
	Catalog     string                             `json:"-"` // hash of its catalog
	About       string                             `json:"about"`
	Owners      []string                           `json:"owners"`
	Principals  []string                           `json:"principals"` // ARNs; * and ? match within one part of the ARN
	Requesters  []string                           `json:"requesters"` // "group:<name>"
	Tasks       []TaskRule                         `json:"tasks"`
	Max         time.Duration                      `json:"max"`
	Approval    *ApprovalRule                      `json:"approval,omitempty"`
	BreakGlass  bool                               `json:"break_glass,omitempty"` // granted at once, announced, and reviewed
	Reviewers   []string                           `json:"reviewers,omitempty"`   // for break-glass
	Session     Bind                               `json:"session"`
	VPCEndpoint string                             `json:"vpce,omitempty"` // for BindVPCEndpoint
	Weak        bool                               `json:"weak,omitempty"` // from "binding: weak"
	MFA         bool                               `json:"mfa,omitempty"`
	Heartbeat   time.Duration                      `json:"heartbeat,omitempty"`
	Contain     bool                               `json:"contain,omitempty"` // a Deny may be written if removal fails
	Names       []string                           `json:"names,omitempty"`   // acknowledged actions that outlive a revoke
	Parameters  map[string]iampolicy.ParameterType `json:"parameters,omitempty"`
	Policy      json.RawMessage                    `json:"policy"`
}

// TaskRule is a kind of task that an entitlement serves.
type TaskRule struct {
	Kind  string `json:"kind"`
	Known bool   `json:"known,omitempty"` // an unverified task is refused
	// Settle is how long a task must stay over before its elevation ends; zero: at once. It covers alarms that close
	// and reopen.
	Settle time.Duration `json:"settle,omitempty"`
}

type ApprovalRule struct {
	Need   int           `json:"need"`
	Of     []string      `json:"of"`
	Within time.Duration `json:"within"`
}

// Outliving returns the actions whose effects outlive a revoke. An entitlement that allows one must name it.
func Outliving() []string {
	return []string{"sts:AssumeRole", "iam:PassRole", "kms:CreateGrant", "ssm:StartSession"}
}

// MayHold reports whether a principal of the entitlement matches this ARN: see [identity.MatchARN].
func (e Entitlement) MayHold(arn string) bool {
	return slices.ContainsFunc(e.Principals, func(pattern string) bool { return identity.MatchARN(pattern, arn) })
}

// approval returns the entitlement's rule; need 0 without one.
func (e Entitlement) approval() Approval {
	if e.Approval == nil {
		return Approval{}
	}
	return Approval{Need: e.Approval.Need, Of: e.Approval.Of}
}

// serves returns the rule for a kind of task.
func (e Entitlement) serves(kind string) (TaskRule, bool) {
	for _, r := range e.Tasks {
		if r.Kind == kind {
			return r, true
		}
	}
	return TaskRule{}, false
}

// Render compiles the policy for these terms: parameters filled in, every statement fenced, placeholders for the two
// instants, split for its form. It is deterministic: Grant compares its bytes with the approved ones.
//
// Invalid: parameters or policy. Quota: too large.
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

// IAM quotas that cannot be raised.
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
