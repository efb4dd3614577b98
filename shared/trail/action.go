package trail

import "strings"

// Call is one thing that IAM was asked for: an event may need several.
type Call struct {
	Action   string // "s3:GetObject"
	Resource string // an ARN, "*" for an action that takes none, empty: the record does not say
}

// Calls gives what IAM was asked for an event. False: no action is known for it.
func Calls(r *Record) ([]Call, bool) {
	service, ok := strings.CutSuffix(r.Source, ".amazonaws.com")
	if !ok || r.Name == "" {
		return nil, false
	}
	return []Call{{Action: service + ":" + r.Name}}, true
}
