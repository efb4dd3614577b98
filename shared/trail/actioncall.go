package trail

import (
	"slices"
	"strings"
)

// Call is one thing that IAM was asked for: an event may need several.
type Call struct {
	Action   string // "s3:GetObject"
	Resource string // an ARN, in which * and ? are literals; "*" for an action that takes none; empty: the record does not say
	Many     bool   // the record names more than 100 resources of the action, which are not told one by one
}

func (s *step) appendTo(calls []Call, r *Record) []Call {
	switch {
	case s.any:
		return appendCall(calls, Call{Action: s.action, Resource: "*"})
	case len(s.alternatives) == 0:
		return appendCall(calls, Call{Action: s.action})
	case s.param != "":
		arn, _ := r.parameter(s.param)
		if !fitsAny(arn, s.types) {
			arn = ""
		}
		return appendCall(calls, Call{Action: s.action, Resource: arn})
	}
	for _, list := range s.alternatives {
		var found [1]string
		arns := resourceARNs(r, s.service, list, found[:0])
		if len(arns) == 0 || len(arns) > maxResources {
			calls = appendCall(calls, Call{Action: s.action, Many: len(arns) > 0})
			continue
		}
		for _, arn := range arns {
			calls = appendCall(calls, Call{Action: s.action, Resource: arn})
		}
	}
	return calls
}

func appendCall(calls []Call, c Call) []Call {
	if calls == nil {
		return []Call{c}
	}
	if slices.Contains(calls, c) {
		return calls
	}
	return append(calls, c)
}

// passRoles adds a call of iam:PassRole for each role in the parameters. A role without its path is unknown.
func passRoles(calls []Call, r *Record, names []string) []Call {
	for _, name := range names {
		values := r.parameterValues(name, true, nil)
		for _, value := range values {
			many := len(values) > maxResources
			if many || !isRoleARN(value) {
				value = ""
			}
			calls = appendCall(calls, Call{"iam:PassRole", value, many})
		}
	}
	return calls
}

func isRoleARN(s string) bool {
	parts := strings.SplitN(s, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[3] == "" && len(parts[4]) == 12 &&
		strings.HasPrefix(parts[5], "role/") && !strings.ContainsAny(s, "* ?")
}
