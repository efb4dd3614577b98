package command

import (
	"io"
	"strings"

	"curfew/shared/audit/queries"
	"curfew/shared/standing"
)

// writeStandingCSV writes a line for each principal, the highest score first.
func writeStandingCSV(w io.Writer, r *standing.Report) error {
	out := queries.Result{Columns: []string{"score", "account", "principal", "kind", "admin", "classes", "can_become", "used", "unused", "unobservable", "use_not_known", "missing_boundary", "not_known"}}
	for _, e := range r.Entries {
		var classes, paths []string
		for _, c := range e.Classes {
			classes = append(classes, c.Name)
		}
		for _, p := range e.Paths {
			paths = append(paths, printable(p.To))
		}
		u := e.Unused
		if u == nil {
			u = &standing.Unused{}
		}
		row := []queries.Value{int64(e.Score), e.Account, printable(e.Principal), string(e.Kind), printable(e.Admin), strings.Join(classes, " "), strings.Join(paths, " ")}
		out.Rows = append(out.Rows, append(row, int64(u.Used), int64(u.Unused), int64(u.Unobservable), int64(u.NotKnown), when(e.MissingBoundary, "yes"), printable(e.Unknown)))
	}
	return writeCSV(w, out)
}
