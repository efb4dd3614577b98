package catalog

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/nearest"
)

// suggest ends a message about an unknown name: with the nearest known name, or else with the list.
func suggest(name string, known, listed []string) string {
	if near := nearest.Of(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	const most = 12
	if len(listed) > 0 && len(listed) <= most {
		return "; there are " + strings.Join(slices.DeleteFunc(slices.Clone(listed), func(s string) bool { return s == "" }), ", ")
	}
	return ""
}
