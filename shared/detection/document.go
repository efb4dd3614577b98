package detection

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/trail"
)

// policyNames are the parameters that hold a policy. Calls with a bucketPolicy also have an empty policy, which is a part of S3's URL.
func policyNames() []string {
	return []string{"policyDocument", "assumeRolePolicyDocument", "bucketPolicy", "policy", "inlinePolicy", "resourcePolicy", "policyText"}
}

// document returns three facts about the policy in a call's parameters; nil: none. It reads resource policies too,
// which package iampolicy refuses.
func document(r *trail.Record) cedar.Value {
	var parameters map[string]json.RawMessage
	if json.Unmarshal([]byte(r.Parameters), &parameters) != nil {
		return nil
	}
	for _, name := range policyNames() {
		raw, ok := parameters[name]
		if !ok || string(raw) == "null" {
			continue
		}
		admin, foreign, readable := readPolicy(raw, r.Account)
		return cedar.NewRecord(cedar.RecordMap{"admin": cedar.Boolean(admin), "foreign": cedar.Boolean(foreign), "unreadable": cedar.Boolean(!readable)})
	}
	return nil
}

type list []string

// UnmarshalJSON accepts both forms.
func (l *list) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource list
	Principal, NotPrincipal                  json.RawMessage
	Condition                                map[string]json.RawMessage
}

// readPolicy reads a policy: an object, or a text of one, URL-encoded in some records.
func readPolicy(raw json.RawMessage, account string) (admin, foreign, readable bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if plain, err := url.PathUnescape(text); err == nil && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			text = plain
		}
		raw = json.RawMessage(text)
	}
	var policy struct{ Statement json.RawMessage }
	if json.Unmarshal(raw, &policy) != nil || policy.Statement == nil {
		return false, false, false
	}
	var all []statement
	if json.Unmarshal(policy.Statement, &all) != nil {
		var one statement
		if json.Unmarshal(policy.Statement, &one) != nil {
			return false, false, false
		}
		all = []statement{one}
	}
	for _, s := range all {
		if s.Effect == "Allow" {
			admin = admin || s.admin()
			foreign = foreign || s.foreign(account)
		}
	}
	return admin, foreign, true
}

func (s *statement) admin() bool {
	everything := len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, func(a string) bool { return strings.Trim(a, "*:") == "" || strings.EqualFold(a, "iam:*") })
	return everything && (len(s.NotResource) > 0 || slices.Contains(s.Resource, "*"))
}

// foreign reports whether the statement trusts another account, a federated provider's users of any account, or everybody without a
// condition.
func (s *statement) foreign(account string) bool {
	if s.NotPrincipal != nil {
		return true
	}
	var all string
	if json.Unmarshal(s.Principal, &all) == nil {
		return all == "*" && len(s.Condition) == 0
	}
	var by map[string]list
	if s.Principal == nil || json.Unmarshal(s.Principal, &by) != nil {
		return false
	}
	return slices.ContainsFunc(by["AWS"], func(p string) bool {
		if p == "*" {
			return len(s.Condition) == 0
		}
		if arn := strings.Split(p, ":"); len(arn) > 4 {
			return arn[4] != account
		}
		return p != account && !strings.HasPrefix(p, "AROA") && !strings.HasPrefix(p, "AIDA") // ids of principals that are gone
	})
}
