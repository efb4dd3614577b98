package eventpattern

import (
	"slices"

	"curfew/shared/strictjson"
)

// or is the name that makes a list of objects an alternative. The guide's page
// eb-create-pattern-operators, "Or matching".
const or = "$or"

// isReserved tells whether a field inside a $or may not have the name: it is an
// operator's, or one that Event Ruler keeps for an operator to come.
func isReserved(name string) bool {
	switch name {
	case "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "html",
		"=", "<", "<=", ">", ">=",
		"regex", "not-wildcard", "not-equals-ignore-case",
		"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
		"ip-address-in-range", "ip-address-not-in-range":
		return true
	}
	return false
}

// or multiplies the rules by the branches of a $or.
func (c *compiler) or(t strictjson.Value, at place, rules []rule) ([]rule, error) {
	here := at.join(or)
	if t.Kind != strictjson.List {
		return nil, wrong(here, "want a list of objects, got %s", describe(t))
	}
	if len(t.Items) < 2 {
		return nil, wrong(here, "want at least 2 objects, got %d", len(t.Items))
	}
	var all []rule
	for i, branch := range t.Items {
		if branch.Kind != strictjson.Object {
			return nil, at.branch(i).wrong("want an object, got %s", describe(branch))
		}
		ways, err := c.object(branch, at.branch(i), slices.Clone(rules))
		if err != nil {
			return nil, err
		}
		if all = append(all, ways...); len(all) > MaxRules {
			return nil, wrong(here, "more than %d combinations", MaxRules)
		}
	}
	return all, nil
}
