package trail

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"curfew/shared/iamarn"
	"curfew/shared/iampolicy"
)

// SessionKey names the session of a role: the role's unique id with the session's name, and when its credentials were
// made. CloudTrail does not tell two sessions of one name and second apart.
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

// Actor is the IAM principal of a call; zero: none.
func (d *Identity) Actor() Actor {
	switch d.Type {
	case "AssumedRole":
		a := Actor{PrincipalID: roleOf(d.PrincipalID), ARN: d.Issuer.ARN}
		if a.PrincipalID == "" {
			a.PrincipalID = d.Issuer.PrincipalID
		}
		if d.PrincipalID != "" {
			a.Session = SessionKey{d.PrincipalID, unix(d.CreatedAt)}
		}
		return a
	case "IAMUser":
		return Actor{PrincipalID: d.PrincipalID, ARN: d.ARN}
	case "AWSAccount", "Role": // the copy of another account, which has the id alone
		id, session, _ := strings.Cut(d.PrincipalID, ":")
		if !strings.HasPrefix(id, "AROA") && !strings.HasPrefix(id, "AIDA") {
			return Actor{}
		}
		a := Actor{PrincipalID: id, ARN: d.ARN}
		if session != "" {
			a.Session = SessionKey{d.PrincipalID, unix(d.CreatedAt)}
		}
		return a
	case "FederatedUser": // of GetFederationToken: it has what its user has, at most
		if d.Issuer.Type == "IAMUser" {
			return Actor{PrincipalID: d.Issuer.PrincipalID, ARN: d.Issuer.ARN}
		}
	}
	return Actor{}
}

func roleOf(id string) string {
	role, _, _ := strings.Cut(id, ":")
	return role
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// ByService reports whether AWS itself made the call, with its own right. Not a call on behalf of a principal (the
// record has invokedBy and the principal), which uses the principal's rights.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (r *Record) ByService() bool {
	d := &r.Identity
	switch d.Type {
	case "AWSService":
		return true
	case "", "null":
		return d.InvokedBy != "" || r.Type == "AwsServiceEvent"
	case "AssumedRole":
		return iamarn.IsServiceLinked(d.Issuer.ARN)
	}
	return false
}

// question is what policies are asked about one record. It is reused, to save allocations.
type question struct {
	record  *Record
	context iampolicy.Context
	values  [16][1]string // of the context
	used    int
	account [1]string // owner of the resource
	begins  [4]string // of an unknown resource
	grants  []*Grant
	own     []iampolicy.Weights // of each call, by the principal's own policies
	unknown func(key string) bool
}

// ask makes the question, with the condition keys that the record has.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (x *Rights) ask(r *Record) *question {
	q, _ := x.questions.Get().(*question)
	if q == nil {
		q = &question{context: iampolicy.Context{}}
		q.unknown = func(key string) bool { return !q.record.absent(key) }
	}
	clear(q.context)
	q.record, q.used = r, 0
	d, a := &r.Identity, r.Identity.Actor()
	at := r.timeText()
	q.set("aws:CurrentTime", at)
	q.set("aws:EpochTime", strconv.FormatInt(r.Time.Unix(), 10))
	q.set("aws:userid", d.PrincipalID)
	q.set("aws:PrincipalArn", a.ARN)
	q.set("aws:PrincipalAccount", d.Account)
	q.set("aws:RequestedRegion", r.Region)
	q.set("aws:SourceVpce", r.VPCEndpoint)
	q.set("aws:SourceIdentity", d.SourceIdentity)
	q.set("aws:UserAgent", strings.TrimSuffix(strings.TrimPrefix(r.Agent, "["), "]"))
	q.set("aws:FederatedProvider", d.WebProvider)
	if !r.console() {
		q.set("aws:ViaAWSService", boolText(d.InvokedBy != ""))
		q.set("aws:CalledViaLast", d.InvokedBy)
	}
	if d.Type == "IAMUser" {
		q.set("aws:username", d.UserName)
	}
	if _, err := netip.ParseAddr(r.Address); err == nil && d.InvokedBy == "" && r.VPCEndpoint == "" {
		q.set("aws:SourceIp", r.Address)
	}
	if !d.CreatedAt.IsZero() {
		q.set("aws:TokenIssueTime", cmp.Or(d.created, d.CreatedAt.Format(time.RFC3339)))
		if d.MFA != Unsaid {
			q.set("aws:MultiFactorAuthPresent", boolText(d.MFA == True))
		}
	}
	return q
}

func (q *question) set(key, value string) {
	if value == "" {
		return
	}
	q.values[q.used][0] = value
	q.context[key] = q.values[q.used][:]
	q.used++
}

func (q *question) weigh(p iampolicy.Policies, c Call) iampolicy.Weights {
	if c.Resource != "" {
		return q.weighOne(p, c, nil)
	}
	if group := logGroup(q.record, c.Action); group != "" {
		bare, all := q.weighOne(p, Call{Action: c.Action, Resource: group}, nil), q.weighOne(p, Call{Action: c.Action, Resource: group + ":*"}, nil)
		if bare == all {
			return all
		}
	}
	return q.weighOne(p, c, beginnings(c.Action, q.record.Region, q.begins[:0]))
}

// resourceAccount is the owner of the resource.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
const resourceAccount = "aws:ResourceAccount"

func (q *question) weighOne(p iampolicy.Policies, c Call, begins []string) iampolicy.Weights {
	delete(q.context, resourceAccount)
	if owner := cmp.Or(ownerOf(c.Resource), q.record.listedOwner(c.Resource)); owner != "" {
		q.account[0] = owner
		q.context[resourceAccount] = q.account[:]
	}
	return iampolicy.Weigh(p, iampolicy.Call{Action: c.Action, Resource: c.Resource, Context: q.context, Begins: begins}, q.unknown)
}

// listedOwner is the owner of a bucket or object, whose ARN has no account: the record's list of resources tells it.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html (resources)
func (r *Record) listedOwner(arn string) string {
	if !strings.Contains(arn, ":s3:::") {
		return ""
	}
	for _, l := range r.parsed.resourcesOf(r.Resources) {
		if rest, ok := strings.CutPrefix(arn, l.arn); ok && isAccount(l.account) && (rest == "" || rest[0] == '/') {
			return l.account
		}
	}
	return ""
}

// console reports whether the console made the call for its user: then invokedBy is not a service that acts for them.
func (r *Record) console() bool {
	return r.Identity.InvokedBy == "signin.amazonaws.com" || r.Identity.InvokedBy == "AWS Internal"
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (r *Record) timeText() string {
	if r.time != "" {
		return r.time
	}
	return r.Time.Format(time.RFC3339)
}

// absent reports whether a key that the record lacks was absent from the call. Any other missing key is unknown: tags,
// keys of services, the organization.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (Availability)
func (r *Record) absent(key string) bool {
	d := &r.Identity
	switch key {
	case "aws:sourcevpce":
		return true
	case "aws:username": // only requests of IAM users have it
		return d.Type != "IAMUser" && d.Type != "AWSAccount"
	case "aws:sourceidentity", "aws:federatedprovider": // of sessions of a role, which record it
		return d.Type == "IAMUser" || d.Type == "FederatedUser" || d.Type == "Root" || !d.CreatedAt.IsZero() || d.Issuer != Issuer{}
	case "aws:sourcevpc", "aws:vpcsourceip":
		return r.VPCEndpoint == ""
	case "aws:sourceip":
		return r.VPCEndpoint != ""
	case "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
		return d.InvokedBy == ""
	case "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime":
		// An IAM user's long-lived key has no session; the age is in no record.
		return d.Type == "IAMUser" && d.CreatedAt.IsZero()
	}
	return false
}
