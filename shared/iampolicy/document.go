package iampolicy

import "cmp"

// Versions of the policy language. A document without Version has VersionOld, which has no policy variables.
const (
	Version    = "2012-10-17"
	VersionOld = "2008-10-17"
)

// Effect is the effect of a statement.
type Effect string

// The two effects. A matching Deny always wins.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Document is a parsed IAM policy document. Do not change it after Parse, which prepares it for Evaluate.
type Document struct {
	Version    string // VersionOld if the text has none
	ID         string // the optional element Id
	Statements []Statement

	trust    bool
	matchers []matcher // one for each statement
}

// matcher is a statement prepared for Evaluate.
type matcher struct {
	allow       bool
	notAction   bool
	notResource bool
	actions     []pattern
	resources   []pattern // nil in a trust policy
	conditions  []condition
}

// Statement is one statement. It has exactly one of Actions and NotActions. In an identity policy it also has exactly
// one of Resources and NotResources.
type Statement struct {
	Sid          string
	Effect       Effect
	Actions      []string
	NotActions   []string
	Resources    []string
	NotResources []string
	Principals   []Principal // trust policies only
	// NotPrincipals is the element NotPrincipal; trust policies only.
	NotPrincipals []Principal
	Conditions    []Condition // sorted by operator, then key
}

// Principal is one entry of the element Principal of a trust policy.
type Principal struct {
	Type  string // "AWS", "Service", "Federated", "CanonicalUser", or "*" for the bare wildcard
	Value string // an ARN, an account id, a service name, or "*"
}

// Condition is one key under one operator.
type Condition struct {
	Operator string   // canonical, as "ForAnyValue:StringLikeIfExists"
	Key      string   // as written; AWS ignores the case of keys
	Values   []string // booleans and numbers as text
}

func compareConditions(a, b Condition) int {
	return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Key, b.Key))
}
