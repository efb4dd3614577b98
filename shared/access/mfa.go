package access

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

// bindMFA asks calls for aws:MultiFactorAuthPresent where they can have it, else MFA was asked for at sign-in alone.
func (t *Terms) bindMFA(ent Entitlement, trust string) error {
	if !ent.MFA {
		return nil
	}
	t.Session.MFA = mayShowMFA(t.Principal, trust)
	t.Session.MFASignIn = !t.Session.MFA
	if t.Session.MFASignIn && t.Requester.Kind == identity.Machine {
		return deny("curfew.mfa", "%s needs MFA, which no session of %s can have", ent.Name, t.Principal.ARN)
	}
	return nil
}

// mayShowMFA reports whether calls of the principal may have MFA. STS takes a code from users only: sessions that a role, Identity
// Center, federation or a service began are without. What is not understood may.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func mayShowMFA(p Principal, trust string) bool {
	doc, err := iampolicy.ParseTrust([]byte(trust))
	if p.User() || err != nil {
		return true
	}
	return slices.ContainsFunc(doc.Statements, func(st iampolicy.Statement) bool {
		byUser := len(st.NotPrincipals) > 0 || slices.ContainsFunc(st.Principals, func(by iampolicy.Principal) bool {
			return by.Type == "*" || by.Type == "AWS" && !ofRole(by.Value)
		})
		return st.Effect == iampolicy.Allow && st.Covers("sts:AssumeRole") && byUser && !slices.ContainsFunc(st.Conditions, onlyRoles)
	})
}

// ofRole reads the resource only: the path of a user may have ":role/".
func ofRole(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	resource := parts[len(parts)-1]
	return strings.HasPrefix(arn, "AROA") || len(parts) == 6 && (strings.HasPrefix(resource, "role/") || strings.HasPrefix(resource, "assumed-role/"))
}

// onlyRoles reports whether a condition lets in only sessions of roles. A wildcard of StringLike also matches colons: in the
// account it could match a user's path.
func onlyRoles(c iampolicy.Condition) bool {
	operator := strings.ToLower(c.Operator)
	some := slices.ContainsFunc(c.Values, func(arn string) bool {
		account, _, _ := strings.Cut(arn, "role/")
		return !ofRole(arn) || operator == "stringlike" && strings.ContainsAny(account, "*?")
	})
	return strings.EqualFold(c.Key, "aws:PrincipalArn") && !some &&
		slices.Contains([]string{"arnlike", "arnequals", "stringlike", "stringequals"}, operator)
}
