package catalog

import (
	"fmt"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/nearest"
)

// unknownActions says which actions of statements AWS does not document: a wrong name grants nothing, and IAM accepts it. Patterns are
// not looked at.
func unknownActions(statements []iampolicy.Statement) (why []string) {
	for _, s := range statements {
		for _, action := range s.Actions {
			service, name, _ := strings.Cut(action, ":")
			service = strings.ToLower(service)
			if strings.ContainsAny(action, "*?") {
				continue
			}
			if _, ok := iamdata.Lookup(service, name); ok {
				continue
			}
			var names []string
			for _, a := range iamdata.Actions(service) {
				names = append(names, a.Name)
			}
			switch near := nearest.Of(name, names); {
			case names == nil:
				why = append(why, fmt.Sprintf("%s: AWS documents no service %q", action, service))
			case near != "":
				why = append(why, fmt.Sprintf("AWS documents no action %s; did you mean %s:%s?", action, service, near))
			default:
				why = append(why, fmt.Sprintf("AWS documents no action %s", action))
			}
		}
	}
	return why
}
