package standing

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// Points of ways in.
const (
	anyone      = 30
	anySubject  = 20
	noExternal  = 12
	otherWayIn  = 6
	mostOutside = 20 // ways into one role in a report
)

// outside gives the ways into a role for callers outside of the organization.
func (o *Options) outside(p *authdetails.Principal, own map[string]bool) (ways []Outside) {
	if p.Trust == nil || isServiceLinked(p) {
		return nil
	}
	for _, s := range p.Trust.Statements {
		if s.Effect != iampolicy.Allow || !begins(s) {
			continue
		}
		if len(s.NotPrincipals) > 0 {
			ways = append(ways, Outside{"everyone but some", "Allow with NotPrincipal lets in all that it does not name", anyone})
		}
		for _, c := range s.Principals {
			if way, is := wayIn(c, s.Conditions, p.Account, own); is && !slices.Contains(ways, way) {
				ways = append(ways, way)
			}
		}
	}
	slices.SortStableFunc(ways, func(a, b Outside) int { return b.Points - a.Points })
	return ways[:min(len(ways), mostOutside)]
}

// begins reports whether a statement lets callers begin sessions.
func begins(s iampolicy.Statement) bool {
	return slices.ContainsFunc([]string{"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"}, s.Covers)
}

func wayIn(c iampolicy.Principal, conditions []iampolicy.Condition, account string, own map[string]bool) (Outside, bool) {
	switch {
	case c.Type == "*", c.Type == "AWS" && c.Value == "*":
		return everyone(conditions, account, own)
	case c.Type == "AWS":
		return fromAccount(accountOf(c.Value), c.Value, conditions, account, own)
	case c.Type == "Federated" && !strings.Contains(c.Value, ":saml-provider/"):
		return fromProvider(issuerOf(c.Value), conditions)
	case c.Type == "Federated":
		if of := accountOf(c.Value); of != account {
			return Outside{c.Value, "a SAML provider of another account", noExternal}, true
		}
	}
	return Outside{}, false
}

// everyone reads the principal "*": some conditions limit it to accounts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func everyone(conditions []iampolicy.Condition, account string, own map[string]bool) (Outside, bool) {
	for _, key := range []string{"aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceOrgID"} {
		if len(pinned(conditions, key)) > 0 {
			return Outside{}, false
		}
	}
	for _, key := range []string{"aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount"} {
		for _, value := range pinned(conditions, key) {
			if way, is := fromAccount(accountOf(value), value, conditions, account, own); is {
				return way, true
			}
		}
		if len(pinned(conditions, key)) > 0 {
			return Outside{}, false
		}
	}
	if len(pinned(conditions, "sts:ExternalId")) > 0 {
		return Outside{"*", "anyone who knows the external id, which is no secret", anyone}, true
	}
	return Outside{"*", "anyone: the principal is * without a condition on the organization or an account", anyone}, true
}

// fromAccount reads a principal of an account: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
func fromAccount(of, who string, conditions []iampolicy.Condition, account string, own map[string]bool) (Outside, bool) {
	switch {
	case of == account || own[of]:
		return Outside{}, false
	case of == "":
		if strings.HasPrefix(who, "AROA") || strings.HasPrefix(who, "AIDA") {
			return Outside{}, false // a deleted principal: IAM shows its id, which no caller gets again
		}
		return Outside{who, "it names no account", anyone}, true
	case len(pinned(conditions, "sts:ExternalId")) == 0:
		return Outside{who, "account " + of + " is not of the organization, and no external id is asked", noExternal}, true
	}
	return Outside{who, "account " + of + " is not of the organization", otherWayIn}, true
}

// fromProvider reads the condition on the subject of a token.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
func fromProvider(issuer string, conditions []iampolicy.Condition) (Outside, bool) {
	if issuer == "cognito-identity.amazonaws.com" {
		if len(pinned(conditions, issuer+":aud")) > 0 {
			return Outside{}, false
		}
		return Outside{issuer, "any identity pool: no condition on aud", anySubject}, true
	}
	subjects := pinned(conditions, issuer+":sub")
	if len(subjects) == 0 {
		return Outside{issuer, "any subject of the provider: no condition on sub", anySubject}, true
	}
	worst := Outside{}
	for _, s := range subjects {
		if way := subject(issuer, s); way.Points > worst.Points {
			worst = way
		}
	}
	return worst, worst.Points > 0
}

// subject reads one pattern of a subject. The owner of a GitHub subject is all between "repo:" and the slash.
// https://docs.github.com/en/actions/reference/security/oidc
func subject(issuer, pattern string) Outside {
	fixed, _, wild := strings.Cut(strings.ReplaceAll(pattern, "?", "*"), "*")
	if !wild {
		return Outside{}
	}
	if issuer == "token.actions.githubusercontent.com" || strings.HasPrefix(issuer, "token.actions.githubusercontent.com/") {
		owner, rest, inOwner := strings.Cut(strings.TrimPrefix(fixed, "repo:"), "/")
		repository, _, inRepository := strings.Cut(rest, ":")
		switch {
		case !strings.HasPrefix(fixed, "repo:") || !inOwner:
			return Outside{issuer, fmt.Sprintf("any repository on GitHub: sub is %q", pattern), anyone}
		case !inRepository:
			return Outside{issuer, fmt.Sprintf("any repository that fits %q of owner %s", pattern, owner), noExternal}
		}
		return Outside{issuer, fmt.Sprintf("any branch or event of %s/%s that fits %q", owner, repository, pattern), otherWayIn}
	}
	if fixed == "" || fixed == "system:serviceaccount:" {
		return Outside{issuer, fmt.Sprintf("any subject of the provider: sub is %q", pattern), anySubject}
	}
	return Outside{issuer, fmt.Sprintf("subjects that fit %q", pattern), otherWayIn}
}

// pinned are the values that a condition demands of a key. Nothing is demanded by operators that a missing key meets, by negations, and by
// a value that everything fits.
func pinned(conditions []iampolicy.Condition, key string) (values []string) {
	for _, c := range conditions {
		operator := strings.ToLower(strings.TrimPrefix(c.Operator, "ForAnyValue:"))
		switch operator {
		case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
		default:
			continue
		}
		if !strings.EqualFold(c.Key, key) {
			continue
		}
		for _, v := range c.Values {
			if strings.HasPrefix(operator, "string") && !strings.HasSuffix(operator, "like") {
				v = strings.NewReplacer("*", "x", "?", "x").Replace(v) // literals there
			}
			if strings.Trim(v, "*") == "" {
				return nil
			}
			values = append(values, v)
		}
	}
	return values
}
