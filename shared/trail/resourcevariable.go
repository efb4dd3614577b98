package trail

import (
	"slices"
	"strings"
)

// variableValues adds what the parameters have for a variable of an ARN's format.
func variableValues(r *Record, service, kind, variable string, into []string) []string {
	if strings.HasSuffix(variable, "WithPath") {
		return createdWithPath(r, variable, into)
	}
	names, self := parameterNames(service, kind, variable)
	for i := 0; i < len(names) || i == 0 && self; i++ {
		name := variable
		if !self {
			name = names[i]
		}
		values := parameters(r.Parameters, name, service == "ec2", into)
		if len(values) == 0 {
			values = parameters(r.Parameters, name+"s", false, into)
		}
		for i := range values {
			ok := false
			if values[i], ok = normalValue(r, service, kind, variable, values[i]); !ok {
				return nil
			}
		}
		if len(values) > 0 {
			return values
		}
	}
	if d := defaultValue(service, kind, variable); d != "" {
		return append(into, d)
	}
	return nil
}

// generic are variables whose name does not tell what they are: a parameter of that name may be another thing.
var generic = []string{"ResourceId", "Id", "Name", "Token", "Type", "ResourceType", "ResourceName", "AccountId", "Version", "Path"}

// parameterNames are those that a variable has in the parameters of its service. Self: it has its own name there.
func parameterNames(service, kind, variable string) (names []string, self bool) {
	for _, p := range parametersOf {
		if p.service == service && p.kind == kind && p.variable == variable {
			return p.names, false
		}
	}
	return nil, !slices.Contains(generic, variable)
}

// createdWithPath gives the path and name of an IAM resource that the event makes. Of others the path is not in the parameters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func createdWithPath(r *Record, variable string, into []string) []string {
	kind := strings.TrimSuffix(variable, "WithPath")
	if what, ok := strings.CutPrefix(r.Name, "Create"); !ok || what != strings.TrimSuffix(kind, "Name") {
		return nil
	}
	name, ok := parameter(r.Parameters, kind)
	path, _ := parameter(r.Parameters, "path")
	if !ok || name == "" || strings.ContainsAny(name+path, ":*?") {
		return nil
	}
	return append(into, strings.TrimPrefix(path, "/")+name)
}
