package api

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// saysOfTrail names what the policies allow and CloudTrail does not show by default; empty: nothing.
func saysOfTrail(t access.Terms) []string {
	hidden := unobservable(t)
	if len(hidden) == 0 {
		return nil
	}
	const shown = 3
	text := strings.Join(hidden[:min(len(hidden), shown)], ", ")
	if more := len(hidden) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return []string{"CloudTrail shows these actions only where data events are logged: " + text + "."}
}

func unobservable(t access.Terms) []string {
	var documents []*iampolicy.Document
	for _, p := range t.Policies {
		if d, err := iampolicy.Parse([]byte(p)); err == nil { // outliving warns of one that cannot be read
			documents = append(documents, d)
		}
	}
	return trail.Unobservable(func(action string) bool {
		return slices.ContainsFunc(documents, func(d *iampolicy.Document) bool { return iampolicy.Reaches(d, action) })
	}, false)
}
