package suspension

import (
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Scope says which elevations are meant. Exactly one of its fields is set: that everything is meant is said, and never
// what is left when nothing is.
//
// A scope that is given may have names where ids belong; [Suspensions.Resolve] gives it by ids, and only ids are stored.
type Scope struct {
	Principal   string `json:"principal,omitempty"` // ARN; given: or the name of a role or user
	Requester   string `json:"requester,omitempty"` // a caller's id; given: or a name, a subject, a machine's role
	Entitlement string `json:"entitlement,omitempty"`
	Everything  bool   `json:"everything,omitempty"`
}

// Check is Invalid unless the scope says one thing.
func (sc Scope) Check() error {
	said := 0
	for _, text := range []string{sc.Principal, sc.Requester, sc.Entitlement} {
		if text != "" {
			said++
		}
	}
	if sc.Everything {
		said++
	}
	switch {
	case said != 1:
		return fault.Errorf(fault.Invalid, "a scope is one of principal, requester, entitlement and everything")
	case sc.Principal != "" && !identity.IsPrincipal(sc.Principal) && !principalName().MatchString(sc.Principal):
		return fault.Errorf(fault.Invalid, "principal %q: want the ARN or the name of an IAM role or user", fault.Printable(sc.Principal))
	}
	for _, text := range []string{sc.Requester, sc.Entitlement} {
		if err := fault.CheckText("scope", text, 0, maxScope); err != nil {
			return err
		}
	}
	return nil
}

// principalName is the name of a role or user.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var principalName = fault.Pattern(`^[A-Za-z0-9_+=,.@-]{1,64}$`)

// maxScope bounds the text of a scope, in characters: it becomes part of a key.
const maxScope = 512

// Exact reports whether a scope is by ids already, as a resolved one is.
func (sc Scope) Exact() bool {
	switch {
	case sc.Principal != "":
		return identity.IsPrincipal(sc.Principal)
	case sc.Requester != "":
		return identity.IsID(sc.Requester)
	}
	return true
}

// String names the scope in keys and for people. IAM holds two names to be one whatever their case, and so does this.
func (sc Scope) String() string {
	switch {
	case sc.Principal != "":
		return "principal " + strings.ToLower(sc.Principal)
	case sc.Requester != "":
		return "requester " + sc.Requester
	case sc.Entitlement != "":
		return "entitlement " + sc.Entitlement
	case sc.Everything:
		return "everything"
	}
	return ""
}

// flag is how the command line says it. People paste it into a shell, which leaves what is in single quotes as it is.
func (sc Scope) flag() string {
	kind, text, named := strings.Cut(sc.String(), " ")
	if !named {
		return "--" + kind
	}
	return "--" + kind + " '" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Holds reports whether an elevation is meant, by the principal's ARN, the requester's id and the entitlement's name.
func (sc Scope) Holds(principal, requester, entitlement string) bool {
	switch {
	case sc.Principal != "":
		return strings.EqualFold(sc.Principal, principal)
	case sc.Requester != "":
		return sc.Requester == requester
	case sc.Entitlement != "":
		return sc.Entitlement == entitlement
	}
	return sc.Everything
}
