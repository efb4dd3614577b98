package catalog

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/nearest"
)

// checkActions refuses actions that do not exist, and patterns that match none: IAM accepts them, and they allow or deny nothing. It
// stops after some, because each looks for the nearest.
func checkActions(at value, doc *iampolicy.Document) {
	const most = 10
	found := 0
	for i, s := range doc.Statements {
		element, actions := "Action", s.Actions
		if len(s.NotActions) > 0 {
			element, actions = "NotAction", s.NotActions
		}
		for n, action := range actions {
			why := unknownAction(action)
			if why == "" {
				continue
			}
			at.at(fmt.Sprintf("Statement[%d].%s[%d]", i, element, n)).report("%s", why)
			if found++; found == most {
				return
			}
		}
	}
}

// unknownAction says why AWS has no such action; empty: it has.
func unknownAction(action string) string {
	service, name, _ := strings.Cut(action, ":")
	service = strings.ToLower(service)
	if service == "*" {
		return ""
	}
	known := iamdata.Actions(service)
	if known == nil {
		return fmt.Sprintf("%s: AWS documents no service %q%s", action, service, suggest(service, iamdata.Services(), nil))
	}
	if _, ok := iamdata.Lookup(service, name); ok {
		return ""
	}
	one := iampolicy.Statement{Actions: []string{action}}
	if slices.ContainsFunc(known, func(a iamdata.Action) bool { return one.Covers(service + ":" + a.Name) }) {
		return ""
	}
	var names []string
	for _, a := range known {
		names = append(names, a.Name)
	}
	what := "action"
	if strings.ContainsAny(name, "*?") {
		what = "action like"
	}
	if near := nearest.Of(strings.Trim(name, "*?"), names); near != "" {
		return fmt.Sprintf("AWS documents no %s %s; did you mean %s:%s?", what, action, service, near)
	}
	return fmt.Sprintf("AWS documents no %s %s", what, action)
}
