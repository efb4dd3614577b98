package rightsize

import (
	"cmp"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// Use are recorded calls of one action on one resource, which IAM allowed.
type Use struct {
	Action   string `json:"action"`             // "s3:GetObject"
	Resource string `json:"resource,omitempty"` // an ARN; empty: not known; "*": the action takes none
	Calls    int64  `json:"calls"`
}

// Names are names with the number of their calls, as usage keeps them; More are the calls of names that it does not keep.
type Names struct {
	Calls map[string]int64
	More  int64
}

// Pairs gives uses of what keeps actions and resources apart: an action with each resource of its types. If a call's resource may be
// missing, its action has an unknown resource as well. unknown are the calls whose record does not say the resource.
func Pairs(actions, resources Names, unknown int64) (all []Use) {
	for name, calls := range actions.Calls {
		service, short, _ := strings.Cut(name, ":")
		action, _ := iamdata.Lookup(service, short)
		certain := unknown == 0 && resources.More == 0 && len(action.Resources) > 0
		seen := map[string]bool{}
		for arn := range resources.Calls {
			if trail.Fits(arn, action.Resources...) {
				all = append(all, Use{name, arn, calls})
				for _, kind := range action.Resources {
					seen[kind.Name] = seen[kind.Name] || trail.Fits(arn, kind)
				}
			}
		}
		required := false
		for _, kind := range action.Resources {
			required = required || kind.Required
			certain = certain && (!kind.Required || seen[kind.Name])
		}
		if !certain || !required {
			all = append(all, Use{Action: name, Calls: calls})
		}
	}
	return Join(all)
}

// Join adds up the uses of one action and resource. They are sorted.
func Join(uses ...[]Use) []Use {
	type key struct{ action, resource string }
	sum := map[key]*Use{}
	for _, list := range uses {
		for _, u := range list {
			k := key{strings.ToLower(u.Action), u.Resource}
			if sum[k] == nil {
				sum[k] = &Use{Action: u.Action, Resource: u.Resource}
			}
			sum[k].Calls += u.Calls
		}
	}
	all := make([]Use, 0, len(sum))
	for _, u := range sum {
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b Use) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Action), strings.ToLower(b.Action)), cmp.Compare(a.Resource, b.Resource))
	})
	return all
}

// asked is a use as IAM is asked: unknown where the recorded ARN may not be IAM's.
//
// IAM asks CloudWatch Logs for "log-group:NAME:*", and API Gateway for a path.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
func asked(u Use) Use {
	service, _, _ := strings.Cut(strings.ToLower(u.Action), ":")
	if u.Resource == "*" || service == "logs" || service == "apigateway" {
		u.Resource = ""
	}
	return u
}

// isAction reports whether a name may stand in a policy as an action, and is no pattern.
func isAction(name string) bool {
	service, action, ok := strings.Cut(name, ":")
	return ok && len(name) <= 200 && service != "" && action != "" && isMadeOf(service, true) && isMadeOf(action, false)
}

func isMadeOf(s string, service bool) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || service && c == '-') {
			return false
		}
	}
	return true
}
