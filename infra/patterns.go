package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// calls returns the pattern of CloudTrail's events of these sources with these details. The guide and the events do not
// agree on the detail-type of sign-ins.
func calls(sources []any, details ...map[string]any) map[string]any {
	p := map[string]any{"source": sources, "detail-type": []any{map[string]any{"suffix": " via CloudTrail"}}}
	detail := map[string]any{}
	for _, d := range details {
		maps.Copy(detail, d)
	}
	if len(detail) > 0 {
		p["detail"] = detail
	}
	return p
}

func issuedBy(roles []string) map[string]any {
	return map[string]any{"userIdentity": map[string]any{"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": matchers(roles)}}}}
}

// byPrincipals returns the detail of calls of roles' sessions and of users; nil without principals. The ARN of a session
// lacks its role's path; that of the issuer has it.
func byPrincipals(arns []string) map[string]any {
	var by []any
	if roles := only(":role/", arns); len(roles) > 0 {
		by = append(by, issuedBy(roles))
	}
	if users := only(":user/", arns); len(users) > 0 {
		by = append(by, map[string]any{"userIdentity": map[string]any{"arn": matchers(users)}})
	}
	switch len(by) {
	case 0:
		return nil
	case 1:
		return by[0].(map[string]any)
	}
	return map[string]any{"$or": by}
}

func only(kind string, arns []string) []string {
	return slices.DeleteFunc(slices.Clone(arns), func(arn string) bool { return !strings.Contains(arn, kind) })
}

// matchers returns the tests of ARNs with IAM's wildcards. Any account means the stack's own: principals of another are
// for the rules there. A rule's ? would be a literal: * lets through more.
func matchers(arns []string) []any {
	var all []any
	for _, arn := range arns {
		part := strings.SplitN(strings.ReplaceAll(arn, "?", "*"), ":", 6)
		if strings.Contains(part[4], "*") {
			part[4] = "${AWS::AccountId}"
		}
		text := strings.Join(part, ":")
		for strings.Contains(text, "**") {
			text = strings.ReplaceAll(text, "**", "*")
		}
		switch i := strings.Index(text, "*"); {
		case i < 0:
			all = append(all, filled(text))
		case i == len(text)-1:
			all = append(all, map[string]any{"prefix": filled(text[:i])})
		default:
			all = append(all, map[string]any{"wildcard": filled(text)})
		}
	}
	return all
}

const maxPattern = 2_048 // characters: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html

var isReference = regexp.MustCompile(`\{"Fn::Sub":("[^"]*")\}`)

// patternSize returns a pattern's characters for the quota; those of a key's id are not counted.
func patternSize(pattern map[string]any) int {
	b, err := json.Marshal(pattern)
	if err != nil { // maps, lists and strings: cannot fail
		return 0
	}
	return len(strings.ReplaceAll(string(isReference.ReplaceAll(b, []byte("$1"))), "${AWS::AccountId}", "111122223333"))
}
