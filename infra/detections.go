package main

import (
	"maps"
	"slices"
	"strings"
)

// globalRegion alone has the events of IAM and Organizations.
// https://repost.aws/knowledge-center/eventbridge-rule-triggers-iam-single-region
const globalRegion = "us-east-1"

// wholly are the sources whose writes have the rule route-identity.
var wholly = []string{"iam.amazonaws.com", "organizations.amazonaws.com"}

// global are other sources whose events come to globalRegion alone.
var global = []string{"account.amazonaws.com", "route53.amazonaws.com"}

// tokenCalls have the rule route-tokens.
var tokenCalls = []string{"AssumeRoot", "GetFederationToken", "GetSessionToken"}

// detected returns the patterns of rules for detections. EventBridge bounds patterns, so calls are spread over several.
func (c catalog) detected(region string) (all []map[string]any) {
	names, root := c.detectedCalls(region)
	var parts []any // of $or
	for _, source := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, partsOf(source, names[source])...)
	}
	if root {
		all = append(all, calls(anyService(), ofRoot()))
	}
	for from := 0; from < len(parts); {
		to := from + 1
		for to < len(parts) && patternSize(oneOf(parts[from:to+1])) <= maxPattern {
			to++
		}
		all = append(all, oneOf(parts[from:to]))
		from = to
	}
	return all
}

// detectedCalls returns the eventNames by eventSource that no other rule of the Region has. An empty name is every write.
func (c catalog) detectedCalls(region string) (names map[string][]string, root bool) {
	names = map[string][]string{}
	for _, d := range c.Detections {
		for _, r := range d.Routes {
			switch {
			case r.Source == "":
				root = root || r.Root
			case slices.Contains(wholly, r.Source), slices.Contains(global, r.Source) && region != globalRegion:
			case len(r.Names) == 0:
				names[r.Source] = append(names[r.Source], "")
			default:
				names[r.Source] = append(names[r.Source], r.Names...)
			}
		}
	}
	const sts = "sts.amazonaws.com"
	names[sts] = slices.DeleteFunc(names[sts], func(name string) bool { return slices.Contains(tokenCalls, name) })
	maps.DeleteFunc(names, func(_ string, of []string) bool { return len(of) == 0 })
	return names, root
}

// partsOf returns the details of calls of one source, each as long as a pattern holds.
func partsOf(source string, names []string) []any {
	slices.Sort(names)
	names = slices.Compact(names)
	if names[0] == "" {
		return []any{map[string]any{"eventSource": []any{source}, "managementEvent": []any{true}}}
	}
	var tests []any
	for _, name := range names {
		if begin, ok := strings.CutSuffix(name, "*"); ok {
			tests = append(tests, map[string]any{"prefix": begin})
			continue
		}
		tests = append(tests, name)
	}
	part := map[string]any{"eventSource": []any{source}, "eventName": tests}
	if half := len(names) / 2; half > 0 && patternSize(oneOf([]any{part})) > maxPattern {
		return append(partsOf(source, names[:half]), partsOf(source, names[half:])...)
	}
	return []any{part}
}

func oneOf(parts []any) map[string]any {
	if len(parts) == 1 {
		return calls(anyService(), parts[0].(map[string]any))
	}
	return calls(anyService(), map[string]any{"$or": parts})
}

func anyService() []any { return []any{map[string]any{"prefix": "aws."}} }

// ofRoot is not for calls that a service makes for root.
func ofRoot() map[string]any {
	return map[string]any{"userIdentity": map[string]any{"type": []any{"Root"}, "invokedBy": []any{map[string]any{"exists": false}}}}
}
