package iampolicy

import "slices"

// joinStatements joins statements that differ only in actions or only in resources. IAM ORs statements and the values
// of Action and Resource, so the meaning stays. It ANDs those of NotAction and NotResource: these are not joined.
func joinStatements(all []Statement) []Statement {
	joined := make([]Statement, 0, len(all))
	for _, s := range all {
		joined = append(joined, s.clone())
	}
	for changed := true; changed; {
		joined, changed = joinOnce(joined)
	}
	return joined
}

func (s Statement) clone() Statement {
	s.Actions, s.NotActions = unique(s.Actions), unique(s.NotActions)
	s.Resources, s.NotResources = unique(s.Resources), unique(s.NotResources)
	return s
}

func unique(values []string) []string {
	var out []string
	seen := make(map[string]bool, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func joinOnce(all []Statement) (joined []Statement, changed bool) {
	for i := 0; i < len(all); i++ {
		for k := i + 1; k < len(all); {
			if !all[i].absorb(all[k]) {
				k++
				continue
			}
			all = slices.Delete(all, k, k+1)
			changed = true
		}
	}
	return all, changed
}

// absorb merges o into s if possible. s keeps its Sid only if o has none: two Sids for one statement would mislead.
func (s *Statement) absorb(o Statement) bool {
	if s.Effect != o.Effect || !slices.EqualFunc(s.Conditions, o.Conditions, sameCondition) {
		return false
	}
	switch {
	case !sameSet(s.NotActions, o.NotActions) || !sameSet(s.NotResources, o.NotResources):
		return false
	case sameSet(s.Resources, o.Resources):
		s.Actions = unique(slices.Concat(s.Actions, o.Actions))
	case sameSet(s.Actions, o.Actions) && len(s.Resources) > 0 && len(o.Resources) > 0:
		s.Resources = unique(slices.Concat(s.Resources, o.Resources))
	default:
		return false
	}
	if o.Sid != "" {
		s.Sid = ""
	}
	return true
}

func sameCondition(a, b Condition) bool {
	return a.Operator == b.Operator && a.Key == b.Key && sameSet(a.Values, b.Values)
}

// sameSet ignores order.
func sameSet(a, b []string) bool {
	if slices.Equal(a, b) {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	const few = 16 // up to here, searching is cheaper than sorting
	if len(a) <= few {
		return isSubset(a, b) && isSubset(b, a)
	}
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func isSubset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(v string) bool { return !slices.Contains(b, v) })
}
