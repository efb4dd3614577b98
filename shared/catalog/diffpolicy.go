package catalog

import (
	"encoding/json"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
)

// policy compares two IAM policies action by action. What is new in what is allowed widens, and so does what is gone of what is
// denied; whether a wildcard beside it covers it already is for the reader.
func (d *diff) policy(was, is access.Entitlement) {
	before, failed := rulesOf(was.Policy)
	now, err := rulesOf(is.Policy)
	if failed != nil || err != nil {
		d.add(Changed, "policy: %s", is.Policy)
		return
	}
	n := len(d.changes)
	d.set("policy allows", before[iampolicy.Allow], now[iampolicy.Allow], true)
	d.set("policy denies", before[iampolicy.Deny], now[iampolicy.Deny], false)
	if len(d.changes) == n {
		d.add(Changed, sameAllowed)
	}
}

// rulesOf are the actions of a policy in words, by effect: "s3:GetObject on arn:aws:s3:::orders/* if StringEquals aws:PrincipalTag/team a".
func rulesOf(policy json.RawMessage) (map[iampolicy.Effect][]string, error) {
	doc, err := iampolicy.Parse(policy)
	if err != nil {
		return nil, err
	}
	rules := map[iampolicy.Effect][]string{}
	for _, s := range doc.Statements {
		actions := slices.Clone(s.Actions)
		if len(s.NotActions) > 0 {
			actions = []string{"all but " + strings.Join(s.NotActions, ", ")}
		}
		resources := slices.Clone(s.Resources)
		if len(s.NotResources) > 0 {
			resources = []string{"all but " + strings.Join(s.NotResources, ", ")}
		}
		var when strings.Builder
		for i, c := range s.Conditions {
			when.WriteString(map[bool]string{true: " if ", false: " and "}[i == 0] + c.Operator + " " + c.Key + " " + strings.Join(c.Values, ", "))
		}
		for _, action := range actions {
			for _, resource := range resources {
				rules[s.Effect] = append(rules[s.Effect], action+" on "+resource+when.String())
			}
		}
	}
	for effect := range rules {
		slices.Sort(rules[effect])
		rules[effect] = slices.Compact(rules[effect])
	}
	return rules, nil
}
