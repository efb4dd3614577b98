package catalog

import (
	"maps"
	"slices"
	"strings"

	"curfew/shared/detection"
	"curfew/shared/eventpattern"
	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// routedDetection is a detection in the canonical form. The stacks make rules from its routes.
type routedDetection struct {
	detection.Detection
	Routes []route `json:"routes,omitempty"`
}

// route is calls that rules let through for a detection.
type route struct {
	Source string   `json:"source,omitempty"` // eventSource; empty: any
	Names  []string `json:"names,omitempty"`  // eventNames, or beginnings that end in *; empty: every write
	Root   bool     `json:"root,omitempty"`   // only those of root users
}

// routing is what rules let through for a detection, and why they do not carry the rest. The rules of principals carry the writes of marked
// principals without a route.
type routing struct {
	routes      []route
	reads, data []string // calls by name
	anyRead     bool     // read-only events without a name
	anyCaller   bool     // calls of every service by callers that are not marked
}

func routingOf(d detection.Detection) (r routing) {
	p, err := eventpattern.Parse(d.Pattern)
	if err != nil { // impossible: Load parsed it
		return r
	}
	scope, names := detection.ScopeOf(d.When), map[string][]string{}
	for _, way := range p.Ways() {
		sources, named := way.Exactly("detail", "eventSource")
		types, _ := way.Exactly("detail", "userIdentity", "type")
		switch {
		case named:
			for _, source := range sources {
				r.add(way, source, scope, names)
			}
		case slices.Equal(types, []string{"Root"}):
			r.routes = append(r.routes, route{Root: true})
		default:
			r.anyCaller = r.anyCaller || !scope.Marked
			r.anyRead = r.anyRead || !scope.Writes
		}
	}
	for _, source := range slices.Sorted(maps.Keys(names)) {
		of := slices.Compact(slices.Sorted(slices.Values(names[source])))
		if of[0] == "" {
			of = nil
		}
		r.routes = append(r.routes, route{Source: source, Names: of})
	}
	return r
}

// add adds the calls of one source in one way of the pattern. An empty name means every write.
func (r *routing) add(way *eventpattern.Pattern, source string, scope detection.Scope, names map[string][]string) {
	of, ok := way.Begins("detail", "eventName")
	if !ok {
		of, r.anyRead = []string{""}, r.anyRead || !scope.Writes
	}
	service, _, _ := strings.Cut(source, ".")
	for _, name := range of {
		switch call := service + ":" + name; {
		case isDataEvent(service, name):
			r.data = append(r.data, call)
		case isReadEvent(service, name):
			r.reads = append(r.reads, call)
		case !scope.Marked:
			names[source] = append(names[source], name)
		}
	}
}

// isDataEvent knows events whose name is not that of an action, too.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
func isDataEvent(service, name string) bool {
	switch service + ":" + name {
	case "dynamodb:TransactWriteItems", "dynamodb:TransactGetItems", "dynamodb:ExecuteStatement", "dynamodb:BatchExecuteStatement", "dynamodb:ExecuteTransaction",
		"lambda:Invoke", "s3:DeleteObjects":
		return true
	}
	return trail.DataEvent(service + ":" + name)
}

// isReadEvent reports whether CloudTrail marks a call as readOnly. It marks some that IAM calls writes. Calls for tokens have a rule that sees
// both.
// https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func isReadEvent(service, name string) bool {
	switch call := service + ":" + name; {
	case call == "sts:GetSessionToken" || call == "sts:GetFederationToken" || call == "sts:AssumeRoot":
		return false
	case strings.HasPrefix(call, "sts:AssumeRole"), call == "kms:Decrypt", call == "kms:Encrypt", strings.HasPrefix(call, "kms:GenerateDataKey"):
		return true
	}
	a, ok := iamdata.Lookup(service, name)
	return ok && (a.Level == iamdata.Read || a.Level == iamdata.List)
}
