package onboard

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
)

// Session is what the trust policy says of the names of a role's sessions. A grant can be bound to one session only as
// far as nobody chooses its name himself.
type Session struct {
	// Name and SourceIdentity are the values that every statement pins; "" if one leaves a choice.
	Name           string `json:"session_name,omitempty"`
	SourceIdentity string `json:"source_identity,omitempty"`
	Says           string `json:"says"`
}

// session reads the trust policy by the rule of the domain: each statement that lets anybody but an AWS service assume the
// role must say the name itself, as one value without a wildcard in which at most the caller's own name or tag is filled in.
func session(s Subject) Session {
	if s.Trust == "" {
		return Session{Says: "a user has no sessions of its own: a grant is bound by its fence alone"}
	}
	doc, err := iampolicy.ParseTrust([]byte(s.Trust))
	if err != nil {
		return Session{Says: fmt.Sprintf("the trust policy is not understood: %v", err)}
	}
	open := slices.DeleteFunc(slices.Clone(doc.Statements), func(st iampolicy.Statement) bool {
		return st.Effect != iampolicy.Allow || access.ServicesOnly(st)
	})
	if len(open) == 0 {
		return Session{Says: "only AWS services assume it, and they choose the session's name"}
	}
	out := Session{Name: pinned(open, "sts:RoleSessionName"), SourceIdentity: pinned(open, "sts:SourceIdentity")}
	switch {
	case out.Name == "" && out.SourceIdentity == "":
		out.Says = "not pinned: whoever assumes it chooses the session's name, so an entitlement must say binding: weak"
	case out.Name == "":
		out.Says = "source identity pinned to " + out.SourceIdentity + "; the session's name is not"
	case out.SourceIdentity == "":
		out.Says = "session name pinned to " + out.Name
	default:
		out.Says = "session name pinned to " + out.Name + ", source identity to " + out.SourceIdentity
	}
	return out
}

// pinned are the values that the statements pin a key to, "or" between them; "" if one of them leaves a choice.
func pinned(all []iampolicy.Statement, key string) string {
	var values []string
	for _, st := range all {
		v, ok := access.PinnedValue(st, key)
		if !ok {
			return ""
		}
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return strings.Join(values, " or ")
}
