package inprocess

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iamcall"
	"curfew/shared/iampolicy"
)

// DataCall is a call that somebody makes with the credentials of a principal.
type DataCall struct {
	Principal      string // ARN of the role or user
	SessionName    string // of the role's session; a user has none
	SourceIdentity string // of the session; empty: none
	Action         string // as "s3:GetObject"
	Resource       string // ARN
	// Context are further keys of the request, as "aws:MultiFactorAuthPresent" and "aws:TagKeys". They win over the keys
	// that every request has, and over what IAM knows of the role or user that a call of IAM acts on: its tags and boundary.
	Context iampolicy.Context
	// Replica is which replica answers, from 0 on: see [IAMSettings].
	Replica int
	// At is the instant of the call; zero: now. Up to a minute back is known.
	At time.Time
}

// Allowed says whether IAM would allow the call, by what is enforced at its instant: the policies of the principal and of
// a user's groups, within the boundary. A principal that is not there is denied. Policies of resources, sessions and
// organizations are not looked at.
func (w *IAM) Allowed(call DataCall) iampolicy.Decision {
	w.mu.Lock()
	defer w.mu.Unlock()
	if call.At.IsZero() {
		call.At = w.settings.Now()
	}
	t := w.find(call.Principal)
	if t == nil {
		return iampolicy.Decision{Outcome: iampolicy.ImplicitDeny}
	}
	v, ok := t.enforced(call.At, call.Replica)
	if !ok || v.principal.arn != call.Principal {
		return iampolicy.Decision{Outcome: iampolicy.ImplicitDeny}
	}
	return iampolicy.Evaluate(v.policies, iampolicy.Call{
		Action: call.Action, Resource: call.Resource, Context: call.context(v.principal, w.target(call)),
	})
}

// target is the role or user that a call of IAM acts on; nil: none that is there.
func (w *controlPlane) target(call DataCall) *principal {
	if !strings.HasPrefix(call.Action, "iam:") {
		return nil
	}
	if t := w.find(call.Resource); t != nil {
		if p := t.now(); p != nil && p.arn == call.Resource {
			return p
		}
	}
	return nil
}

// context is what AWS knows of every request, and of the role or user that a call of IAM acts on.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (call DataCall) context(p, target *principal) iampolicy.Context {
	parts, _ := iamcall.ParseARN(p.arn)
	room := 10 + len(p.tags)
	if target != nil {
		room += 1 + 2*len(target.tags)
	}
	c := make(iampolicy.Context, room+len(call.Context))
	values := make([]string, 0, room) // one array for all: the oracles ask several times about every grant
	set := func(key, value string) {
		values = append(values, value)
		c[key] = values[len(values)-1 : len(values) : len(values)]
	}
	set("aws:CurrentTime", call.At.UTC().Format(time.RFC3339))
	set("aws:EpochTime", strconv.FormatInt(call.At.Unix(), 10))
	set("aws:PrincipalArn", p.arn)
	set("aws:PrincipalAccount", parts.Account)
	set("aws:SecureTransport", "true")
	set("aws:ViaAWSService", "false")
	if p.user() {
		set("aws:userid", p.id)
		set("aws:username", parts.Name)
		set("aws:PrincipalType", "User")
	} else {
		set("aws:userid", p.id+":"+call.SessionName)
		set("aws:PrincipalType", "AssumedRole")
	}
	if call.SourceIdentity != "" {
		set("aws:SourceIdentity", call.SourceIdentity)
	}
	for k, v := range p.tags {
		set("aws:PrincipalTag/"+k, v)
	}
	if target != nil {
		for k, v := range target.tags {
			set("aws:ResourceTag/"+k, v)
			set("iam:ResourceTag/"+k, v)
		}
		if target.boundary != "" {
			set("iam:PermissionsBoundary", target.boundary)
		}
	}
	for k, v := range call.Context {
		maps.DeleteFunc(c, func(known string, _ []string) bool { return strings.EqualFold(known, k) })
		c[k] = v
	}
	return c
}

// EnforcedGrants gives every grant of ours that the first replica enforces at this instant, for the checker of the
// invariants: after a removal it lags behind Grants. Zero: now.
func (c *Cloud) EnforcedGrants(at time.Time) []access.Found {
	w := c.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.IsZero() {
		at = w.settings.Now()
	}
	var all []access.Found
	for _, t := range w.inOrder("") {
		if v, ok := t.enforced(at, 0); ok {
			all = append(all, w.found(v.principal, c)...)
		}
	}
	return all
}
