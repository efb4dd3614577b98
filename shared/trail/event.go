package trail

import (
	"net/netip"
	"strings"
	"time"

	"curfew/shared/iampolicy"
)

// SessionKey names the session of a role: the role's unique id with the session's name, and when its credentials were made. Two
// sessions of one name and one second are one here: CloudTrail does not tell them apart.
type SessionKey struct {
	PrincipalID string // "AROA…:name"
	Created     int64  // seconds since 1970; 0: the record has no creation date
}

// Actor is who made a call, as far as one record says.
type Actor struct {
	PrincipalID string // of the role or user alone: "AROA…", "AIDA…"
	ARN         string // of the role, with its path, or of the user
	Session     SessionKey
}

// Actor is the IAM principal of a call; the zero Actor: there is none.
func (d *Identity) Actor() Actor {
	switch d.Type {
	case "AssumedRole":
		role, _, _ := strings.Cut(d.PrincipalID, ":")
		a := Actor{PrincipalID: role, ARN: d.Issuer.ARN}
		if a.PrincipalID == "" {
			a.PrincipalID = d.Issuer.PrincipalID
		}
		if d.PrincipalID != "" {
			a.Session = SessionKey{d.PrincipalID, unix(d.CreatedAt)}
		}
		return a
	case "IAMUser":
		return Actor{PrincipalID: d.PrincipalID, ARN: d.ARN}
	case "FederatedUser": // of GetFederationToken: it has what its user has, at most
		if d.Issuer.Type == "IAMUser" {
			return Actor{PrincipalID: d.Issuer.PrincipalID, ARN: d.Issuer.ARN}
		}
	}
	return Actor{}
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// ByService reports whether AWS itself made the call, with a right of its own. A call that a service makes on behalf of a principal
// (invokedBy beside the principal) uses the principal's rights, and is not one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (r *Record) ByService() bool {
	d := &r.Identity
	switch d.Type {
	case "AWSService":
		return true
	case "", "null":
		return d.InvokedBy != "" || r.Type == "AwsServiceEvent"
	case "AssumedRole":
		return strings.Contains(d.Issuer.ARN, ":role/aws-service-role/")
	}
	return false
}

// context gives the condition keys that the record has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r *Record) context() iampolicy.Context {
	d, a := &r.Identity, r.Identity.Actor()
	c := iampolicy.Context{
		"aws:CurrentTime":      {r.Time.Format(time.RFC3339)},
		"aws:EpochTime":        {r.Time.Format(time.RFC3339)},
		"aws:userid":           {d.PrincipalID},
		"aws:PrincipalArn":     {a.ARN},
		"aws:PrincipalAccount": {d.Account},
	}
	set := func(key, value string) {
		if value != "" {
			c[key] = []string{value}
		}
	}
	set("aws:RequestedRegion", r.Region)
	set("aws:SourceVpce", r.VPCEndpoint)
	set("aws:SourceIdentity", d.SourceIdentity)
	set("aws:UserAgent", strings.TrimSuffix(strings.TrimPrefix(r.Agent, "["), "]"))
	set("aws:FederatedProvider", d.WebProvider)
	if d.Type == "IAMUser" {
		set("aws:username", d.UserName)
	}
	if _, err := netip.ParseAddr(r.Address); err == nil && d.InvokedBy == "" {
		set("aws:SourceIp", r.Address)
	}
	if !d.CreatedAt.IsZero() {
		c["aws:TokenIssueTime"] = []string{d.CreatedAt.Format(time.RFC3339)}
		c["aws:MultiFactorAuthPresent"] = []string{map[bool]string{true: "true", false: "false"}[d.MFA == True]}
	}
	c["aws:ViaAWSService"] = []string{map[bool]string{true: "true", false: "false"}[d.InvokedBy != ""]}
	if d.InvokedBy != "" {
		c["aws:CalledViaLast"] = []string{d.InvokedBy}
	}
	return c
}

// absent are condition keys that a record without them says were not there. Every other key that is not in the context is unknown:
// tags, keys of services, the organization.
func (r *Record) absent(key string) bool {
	switch key {
	case "aws:sourcevpce", "aws:sourceidentity", "aws:username", "aws:federatedprovider":
		return true
	case "aws:sourcevpc", "aws:vpcsourceip":
		return r.VPCEndpoint == ""
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
		return r.Identity.InvokedBy == ""
	case "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime":
		// An IAM user's long-lived key has no session; the age is in no record.
		return r.Identity.Type == "IAMUser" && r.Identity.CreatedAt.IsZero()
	}
	return false
}
