package correlate

import (
	"cmp"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/trail"
)

// Installation says what is Curfew's own in AWS.
type Installation struct {
	Name     string   // of the installation
	Home     string   // account
	Accounts []string // governed accounts
	// IaC are the ARNs of roles and users that may change marked principals.
	IaC []string
	// Regions are governed; empty: their use is not judged.
	Regions []string
}

// functions are those of Curfew. Each has a role at home.
var functions = []string{"api", "decide", "wait", "grant", "revoke", "contain", "expire", "reconcile", "notify", "trigger", "correlate", "backfill", "archive", "review", "console"}

// entering are the functions that have a role in member accounts.
var entering = []string{"api", "grant", "revoke", "contain", "reconcile", "trigger", "review"}

// function returns the function whose role an ARN names; empty: none. Curfew's roles have no path, and others may have such names
// with one.
func (n Installation) function(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return ""
	}
	role, ours := strings.CutPrefix(parts[5], "role/"+n.Name+"-")
	if !ours {
		return ""
	}
	of := functions
	if parts[4] != n.Home {
		of = entering
		if role, ours = strings.CutPrefix(role, "member-"); !ours || !slices.Contains(n.Accounts, parts[4]) {
			return ""
		}
	}
	if !slices.Contains(of, role) {
		return ""
	}
	return role
}

// touches reports whether a record's calls name a resource of the installation. A call of IAM names a role without its path, so trail knows
// no ARN; the name alone is unique in an account.
func (n Installation) touches(r *trail.Record, calls []trail.Call) bool {
	if r.Source == "iam.amazonaws.com" && n.isOwn(principalOf(r)) {
		return true
	}
	for _, c := range calls {
		if n.isOwn(c.Resource) {
			return true
		}
	}
	return false
}

// isOwn: at home everything that begins with the installation's name; in a member account what a stack of Curfew makes there. A grant, its
// containment and a marked principal are not Curfew's own.
func (n Installation) isOwn(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[4] != "" && parts[4] != n.Home && parts[2] != "iam" && parts[2] != "events" {
		return false
	}
	resource := parts[5]
	if _, after, found := strings.Cut(resource, ":"); found && !strings.Contains(resource, "/") { // function:name, stateMachine:name, log-group:name
		resource = after
	}
	for name := range strings.FieldsFuncSeq(resource, func(r rune) bool { return r == '/' || r == ':' }) {
		if name == n.Name && parts[2] == "events" {
			return true // the bus
		}
		if after, ours := strings.CutPrefix(name, n.Name+"-"); ours && parts[2] != "iam" {
			return true
		} else if ours {
			return !access.ValidID(strings.TrimPrefix(after, "q-")) && (parts[4] == n.Home || n.function(arn) != "" || after == "boundary")
		}
	}
	return false
}

// attachedBy returns the elevation whose grant or containment a call of IAM names.
func (n Installation) attachedBy(r *trail.Record) (id string, ours bool) {
	policy := cmp.Or(r.Parameter("policyArn"), r.Parameter("policyName"))
	if r.Name == "CreatePolicy" { // it gives the parts of the ARN
		policy = ":policy" + r.Parameter("path") + policy
	}
	return access.AttachedBy(policy, n.Name)
}

func policyOf(r *trail.Record) string {
	arn := r.Parameter("policyArn")
	return cmp.Or(r.Parameter("policyName"), arn[strings.LastIndexByte(arn, '/')+1:])
}

// principalOf is the ARN of the principal in a call's parameters, without a path; empty: there is none.
func principalOf(r *trail.Record) string {
	for parameter, kind := range map[string]string{"roleName": "role/", "userName": "user/"} {
		if name := r.Parameter(parameter); name != "" {
			return "arn:aws:iam::" + r.Account + ":" + kind + name
		}
	}
	return ""
}
