package suspension

import (
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Scope has exactly one field set: an empty scope must not mean everything. Input may have names for ids; only ids are
// stored. See [Suspensions.Resolve].
type Scope struct {
	Principal   string `json:"principal,omitempty"` // ARN; input: or name
	Requester   string `json:"requester,omitempty"` // id; input: or name, subject, machine's role
	Entitlement string `json:"entitlement,omitempty"`
	Everything  bool   `json:"everything,omitempty"`
}

// Check returns Invalid unless one valid field is set.
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

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var principalName = fault.Pattern(`^[A-Za-z0-9_+=,.@-]{1,64}$`)

// maxScope is in characters, for keys.
const maxScope = 512

// Exact reports whether the scope is by ids.
func (sc Scope) Exact() bool {
	switch {
	case sc.Principal != "":
		return identity.IsPrincipal(sc.Principal)
	case sc.Requester != "":
		return identity.IsID(sc.Requester)
	}
	return true
}

// String is for keys and people. IAM ignores case.
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

// flag is quoted for a shell.
func (sc Scope) flag() string {
	kind, text, named := strings.Cut(sc.String(), " ")
	if !named {
		return "--" + kind
	}
	return "--" + kind + " '" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Holds reports whether an elevation is in the scope.
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
