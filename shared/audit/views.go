package audit

import (
	"embed"
	"strings"
)

//go:embed views/*.sql
var viewFiles embed.FS

// View is one SELECT over tables and the views before it.
type View struct {
	Name string
	Text string
}

// Views returns all views, in an order in which they can be created. The first three make a table of its files.
func Views() (all []View) {
	for _, name := range []string{"evidence", "usage", "findings", "known_findings", "elevations", "decisions", "ends", "reviews", "refusals", "latest_usage"} {
		text, err := viewFiles.ReadFile("views/" + name + ".sql")
		if err != nil {
			panic(err) // an embedded file
		}
		all = append(all, View{name, strings.TrimSpace(string(text))})
	}
	return all
}
