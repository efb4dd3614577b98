package api

import (
	"fmt"
	"strings"

	"curfew/shared/access"
	"curfew/shared/correlate"
)

// saysOfTrail names what the policies allow and CloudTrail does not show by default; empty: nothing.
func saysOfTrail(t access.Terms) []string {
	hidden := correlate.Unobservable(t.Policies, false)
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
