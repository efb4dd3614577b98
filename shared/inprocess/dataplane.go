package inprocess

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iamarn"
	"curfew/shared/iampolicy"
)

// DataCall is a call to AWS with the credentials of a principal.
type DataCall struct {
	Principal      string // ARN of the role or user
	SessionName    string // of the role's session; empty for a user
	SourceIdentity string // of the session; may be empty
	Action         string // such as "s3:GetObject"
	Resource       string // ARN
	// Context has more condition keys, such as "aws:MultiFactorAuthPresent". They override the default keys, and the
	// tags and boundary of the role or user that an IAM call acts on.
	Context iampolicy.Context
	// Replica is the index of the replica that answers: see [IAMSettings].
	Replica int
	// At is the instant of the call, up to a minute ago; zero: now.
	At time.Time
}

// Allowed returns IAM's decision by the policies enforced at that instant: those of the principal and of a user's
// groups, within the boundary. A missing principal is denied. Policies of resources, sessions and Organizations are
// ignored.
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
	v, ok := t.versionAt(call.At, call.Replica)
	if !ok || v.principal.arn != call.Principal {
		return iampolicy.Decision{Outcome: iampolicy.ImplicitDeny}
	}
	return iampolicy.Evaluate(v.policies, iampolicy.Call{
		Action: call.Action, Resource: call.Resource, Context: call.context(v.principal, w.target(call)),
	})
}

// target is the role or user that an IAM call acts on; nil: none.
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

// context returns the condition keys of every request, and those of the target of an IAM call.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (call DataCall) context(p, target *principal) iampolicy.Context {
	parts, _ := iamarn.Parse(p.arn)
	room := 10 + len(p.tags)
	if target != nil {
		room += 1 + 2*len(target.tags)
	}
	c := make(iampolicy.Context, room+len(call.Context))
	values := make([]string, 0, room) // one array for all values: the oracles call this often
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

// EnforcedGrants returns every grant of ours that the first replica enforces at this instant (zero: now), for the
// invariant checker. After a removal it lags behind Grants.
func (c *Cloud) EnforcedGrants(at time.Time) []access.Found {
	w := c.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.IsZero() {
		at = w.settings.Now()
	}
	var all []access.Found
	for _, t := range w.inOrder("") {
		if v, ok := t.versionAt(at, 0); ok {
			all = append(all, w.grantsOn(v.principal, c)...)
		}
	}
	return all
}
