package rightsize

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

const fewest = 3

// narrowResources replaces each pattern by what was used of it.
func narrowResources(patterns, known []string) (all []string) {
	for _, pattern := range patterns {
		var used []string
		for _, arn := range known {
			if covers(pattern, arn) {
				used = append(used, arn)
			}
		}
		for _, text := range narrowPattern(pattern, used) {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all
}

// covers reports whether a pattern has an ARN. A pattern that cannot be asked has every ARN.
func covers(pattern, arn string) bool {
	d := &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{{Effect: iampolicy.Allow, Actions: []string{"a:A"}, Resources: []string{pattern}}}}
	if _, err := iampolicy.Parse(d.Bytes()); err != nil {
		return true
	}
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}, iampolicy.Call{Action: "a:A", Resource: arn}).Outcome == iampolicy.Allowed
}

// narrowPattern makes a closing "*" narrower where enough different ARNs begin alike, up to a slash or a colon.
func narrowPattern(pattern string, used []string) []string {
	head, star := strings.CutSuffix(pattern, "*")
	switch {
	case isOpen(pattern):
		return []string{pattern}
	case len(used) == 0:
		return nil
	case !star || strings.HasSuffix(head, "*") || len(used) < fewest:
		return []string{pattern}
	}
	common := used[0]
	for _, arn := range used[1:] {
		n := 0
		for n < len(common) && n < len(arn) && common[n] == arn[n] {
			n++
		}
		common = common[:n]
	}
	common = common[:strings.LastIndexAny(common, "/:")+1]
	// The last "*" of a pattern takes everything, so what begins as the pattern does is a part of it.
	parts := strings.SplitN(common, ":", 6)
	if len(parts) < 6 || parts[5] == "" || strings.ContainsAny(common, "*?$") || common == head || !covers(pattern, common) {
		return []string{pattern}
	}
	return []string{common + "*"}
}
