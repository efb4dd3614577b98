package standing

import (
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// matching are the actions of package iamdata that a pattern covers, sorted; all actions for "*".
func matching(pattern string) (all []string) {
	service, _, _ := strings.Cut(pattern, ":")
	s := iampolicy.Statement{Effect: iampolicy.Allow, Actions: []string{pattern}, Resources: []string{"*"}}
	d := withStatements([]iampolicy.Statement{s})
	for _, of := range servicesOf(service) {
		for _, a := range iamdata.Actions(of) {
			if action := of + ":" + a.Name; iampolicy.Reaches(action, d) {
				all = append(all, action)
			}
		}
	}
	return all
}

func servicesOf(service string) []string {
	if strings.ContainsAny(service, "*?") {
		return iamdata.Services()
	}
	return []string{strings.ToLower(service)}
}

func exists(pattern string) bool {
	service, name, _ := strings.Cut(pattern, ":")
	if strings.ContainsAny(pattern, "*?") {
		return len(matching(pattern)) > 0
	}
	_, ok := iamdata.Lookup(strings.ToLower(service), name)
	return ok
}

// withStatements makes a document that is ready to be evaluated; nil if it has no statement.
func withStatements(all []iampolicy.Statement) *iampolicy.Document {
	if len(all) == 0 {
		return nil
	}
	d := &iampolicy.Document{Version: iampolicy.Version, Statements: all}
	if parsed, err := iampolicy.Parse(d.Bytes()); err == nil {
		return parsed
	}
	return d // it reaches every action
}
