package onboard

import (
	"maps"
	"strings"

	"curfew/shared/iampolicy"
)

// To try a statement, build calls that match it: patterns with their wildcards filled in, and a context that meets its
// conditions. This proves each loss that it finds, but does not find every loss: the report says "for example".

// exampleWord replaces a * in a pattern.
const exampleWord = "example"

// fillIn returns a text that a pattern matches.
func fillIn(pattern string) string {
	return strings.NewReplacer("*", exampleWord, "?", "x").Replace(pattern)
}

// exampleOf returns a resource that a pattern matches, for an action; false if the action does not apply to such
// resources.
func exampleOf(pattern, action, account string) (string, bool) {
	service, _, _ := strings.Cut(action, ":")
	if service == "sts" { // it acts on roles
		service = "iam"
	}
	if pattern == "*" {
		return "arn:aws:" + service + ":us-east-1:" + account + ":" + exampleWord, true
	}
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) != 6 {
		return fillIn(pattern), true
	}
	if parts[2] != service && !strings.ContainsAny(parts[2], "*?") {
		return "", false
	}
	for i, usual := range map[int]string{1: "aws", 2: service, 3: "us-east-1", 4: account} {
		if strings.ContainsAny(parts[i], "*?") {
			parts[i] = usual
		}
	}
	parts[5] = fillIn(parts[5])
	return strings.Join(parts, ":"), service != "iam" || ofKind(action, parts[5])
}

// ofKind reports whether an action of IAM may apply to a resource of this kind. Most action names tell.
func ofKind(action, thing string) bool {
	action = strings.ToLower(action)
	on := func(kind string) bool { return strings.Contains(action, kind) }
	switch kind, _, _ := strings.Cut(thing, "/"); kind {
	case "role":
		return on("role")
	case "policy":
		return on("policy") && !on("role") && !on("user") && !on("group")
	case "user":
		return !on("role") && !on("group")
	}
	return true
}

// contextMeeting returns a context that meets a statement's conditions. It returns false for dates, numbers, addresses
// and variables.
func contextMeeting(conditions []iampolicy.Condition) (iampolicy.Context, bool) {
	met := iampolicy.Context{}
	for _, c := range conditions {
		base := strings.ToLower(strings.TrimSuffix(c.Operator[strings.LastIndexByte(c.Operator, ':')+1:], "IfExists"))
		if len(c.Values) == 0 || strings.Contains(c.Values[0], "${") {
			return nil, false
		}
		switch base {
		case "stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike":
			if strings.HasPrefix(c.Operator, "ForAnyValue:") {
				met[c.Key] = []string{exampleWord}
			} // otherwise leave the key out: a missing key differs from every value
		case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "bool":
			met[c.Key] = []string{fillIn(c.Values[0])}
		case "null":
			if strings.EqualFold(c.Values[0], "false") {
				met[c.Key] = []string{exampleWord}
			}
		default:
			return nil, false
		}
	}
	return met, true
}

// mergeContexts merges two contexts; b wins.
func mergeContexts(a, b iampolicy.Context) iampolicy.Context {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// conditionsText writes conditions for people.
func conditionsText(conditions []iampolicy.Condition) string {
	var all []string
	for _, c := range conditions {
		all = append(all, c.Key+" "+c.Operator+" "+strings.Join(c.Values, ", "))
	}
	return strings.Join(all, " and ")
}
