package escalation

import (
	"strconv"
	"strings"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iamarn"
	"curfew/shared/iampolicy"
)

// world is the input, indexed.
type world struct {
	Options
	*index
	subjects []*subject
	accounts map[string]*account
	roles    map[string][]*subject // by whom or what they trust: see trust.go
	policies map[string]*authdetails.Policy
	groups   map[string]*authdetails.Group
	// exceeding has what exceeds found.
	exceeding map[string]bool
	expanded  map[string][]string
	base      []*node // of the subjects
	raisers   set
}

type account struct {
	users, roles []*subject
	groups       []*authdetails.Group
}

// subject is a principal, as a caller and as a target.
type subject struct {
	*authdetails.Principal
	number int
	calls  iampolicy.Context // what its calls have
	target iampolicy.Context // what calls on it have
	trust  []trustStatement
	// tags, identity and mfa: its sessions may have tags, a source identity, or multi-factor authentication.
	tags, identity, mfa bool
	services            map[string]verdict // of the table that may assume it
}

type trustStatement struct {
	iampolicy.Statement
	alone *iampolicy.Document
}

// node is a principal with the policies that it has, or has after its policies were changed.
type node struct {
	*subject
	gained   string // what changed; empty: nothing
	retagged bool   // its own tags may be any
	policies iampolicy.Policies
	can      set  // actions that an Allow covers
	session  bool // a policy asks for a name of its sessions, which the one who assumes it chooses
	views    map[int]*view
	edges    []edge
	expanded bool
	power    *verdict
	more     map[string]*node    // after changes
	attaches map[string][]string // see attachments
}

// edge leads to a principal that a node can become.
type edge struct {
	to   *subject
	kind kind
	row  int16
	open string
}

type kind uint8

const (
	byAssume kind = iota
	byTrust
	byKey
	byLogin
	byLoginChange
	byRow
	byProfileAndRow // makes the instance profile as well
)

// view is what policies say of one action.
type view struct {
	iampolicy.Policies
	plain bool
}

// verdict is an answer and the condition keys that it was open about.
type verdict struct {
	answer iampolicy.Answer
	open   string
}

// and is what both allow.
func (v verdict) and(other verdict) verdict {
	return verdict{min(v.answer, other.answer), join(v.open, other.open)}
}

// or is the better one.
func (v verdict) or(other verdict) verdict {
	if other.answer > v.answer {
		return other
	}
	return v
}

func join(a, b string) string {
	switch {
	case a == "" || strings.Contains(b, a):
		return b
	case b == "" || strings.Contains(a, b):
		return a
	}
	return a + "; " + b
}

func newWorld(d *authdetails.Details, o Options) *world {
	w := &world{Options: o, index: newIndex(), accounts: map[string]*account{}, roles: map[string][]*subject{},
		policies: map[string]*authdetails.Policy{}, groups: map[string]*authdetails.Group{}, exceeding: map[string]bool{}, expanded: map[string][]string{}}
	for _, p := range d.Policies {
		w.policies[p.ARN] = p
	}
	for _, g := range d.Groups {
		w.groups[g.ARN] = g
		a := w.account(g.Account)
		a.groups = append(a.groups, g)
	}
	for i, p := range d.Principals {
		s := &subject{Principal: p, number: i}
		w.subjects = append(w.subjects, s)
		a := w.account(p.Account)
		if p.User {
			a.users = append(a.users, s)
		} else {
			a.roles = append(a.roles, s)
			w.readTrust(s)
		}
		w.describe(s)
	}
	return w
}

func (w *world) account(id string) *account {
	if w.accounts[id] == nil {
		w.accounts[id] = &account{}
	}
	return w.accounts[id]
}

// describe makes the condition keys of calls by and on a principal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (w *world) describe(s *subject) {
	one := func(v string) []string { return []string{v} }
	s.calls = iampolicy.Context{
		"aws:PrincipalArn": one(s.ARN), "aws:PrincipalAccount": one(s.Account), "aws:PrincipalType": one("AssumedRole"),
		"aws:userid": one(s.ID + ":curfew"), "aws:CurrentTime": one(w.Now.UTC().Format(time.RFC3339)), "aws:EpochTime": one(strconv.FormatInt(w.Now.Unix(), 10)),
		"aws:SecureTransport": one("true"), "aws:ViaAWSService": one("false"), "aws:PrincipalIsAWSService": one("false"),
	}
	s.target = iampolicy.Context{"aws:ResourceAccount": one(s.Account)}
	if s.User {
		s.calls["aws:PrincipalType"], s.calls["aws:userid"], s.calls["aws:username"] = one("User"), one(s.ID), one(s.Name)
	}
	if s.mfa = s.User || s.mfa; !s.mfa {
		s.calls["aws:MultiFactorAuthPresent"] = one("false")
	}
	for k, v := range s.Tags {
		if !s.tags { // tags of a session count before those of its role
			s.calls["aws:PrincipalTag/"+k] = one(v)
		}
		s.target["aws:ResourceTag/"+k], s.target["iam:ResourceTag/"+k] = one(v), one(v)
	}
	if s.Boundary != "" {
		s.target["iam:PermissionsBoundary"] = one(s.Boundary)
	}
	if id := w.Organizations[s.Account]; id != "" {
		s.calls["aws:PrincipalOrgID"], s.target["aws:ResourceOrgID"] = one(id), one(id)
	}
}

// fixed reports whether only AWS changes a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
func (s *subject) fixed() bool {
	a, _ := iamarn.Parse(s.ARN)
	return !s.User && a.Protected()
}

// linked reports whether it is a service-linked role, which only its service assumes.
func (s *subject) linked() bool { return iamarn.IsServiceLinked(s.ARN) }

func (s *subject) actions() kindActions {
	if s.User {
		return ofUser
	}
	return ofRole
}

// readTrust takes the statements of a trust policy apart, and says whom and what it names.
func (w *world) readTrust(s *subject) {
	name := func(key string) {
		if list := w.roles[key]; len(list) == 0 || list[len(list)-1] != s {
			w.roles[key] = append(w.roles[key], s)
		}
	}
	if s.Trust == nil {
		s.mfa = true
		name("*")
		return
	}
	for _, st := range s.Trust.Statements {
		alone, err := iampolicy.ParseTrust((&iampolicy.Document{Version: s.Trust.Version, Statements: []iampolicy.Statement{st}}).Bytes())
		if err != nil {
			continue // Trust was read already: each statement can be
		}
		s.trust = append(s.trust, trustStatement{st, alone})
		s.tags = s.tags || st.Effect == iampolicy.Allow && st.Covers("sts:TagSession")
		s.identity = s.identity || st.Effect == iampolicy.Allow && st.Covers("sts:SetSourceIdentity")
		s.mfa = s.mfa || len(st.NotPrincipals) > 0
		for _, p := range st.Principals {
			s.mfa = s.mfa || st.Effect == iampolicy.Allow && usersAmong(p)
			switch {
			case p.Value == "*":
				name("*")
			case p.Type == "AWS":
				name(trustKey(p.Value))
			}
		}
	}
}

// usersAmong reports whether a principal of a trust policy is, or has, users: they alone can give the code of a device to sts:AssumeRole.
// Sessions that services, providers of identities and other roles begin have no multi-factor authentication.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
func usersAmong(p iampolicy.Principal) bool {
	parts := strings.SplitN(p.Value, ":", 6)
	role := len(parts) == 6 && (strings.HasPrefix(parts[5], "role/") || strings.HasPrefix(parts[5], "assumed-role/"))
	return p.Value == "*" || p.Type == "AWS" && !role && !strings.HasPrefix(p.Value, "AROA")
}

// trustKey is the key of a principal in world.roles: its ARN or id, an account's id, or account and role of a session.
func trustKey(value string) string {
	parts := strings.SplitN(value, ":", 6)
	switch {
	case len(parts) == 6 && parts[5] == "root":
		return parts[4]
	case len(parts) == 6 && parts[2] == "sts" && strings.HasPrefix(parts[5], "assumed-role/"):
		role, _, _ := strings.Cut(strings.TrimPrefix(parts[5], "assumed-role/"), "/")
		return parts[4] + "/" + role
	}
	return value
}
