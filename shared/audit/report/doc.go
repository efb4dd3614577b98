// Package report makes the report of a period from the lake: figures, charts, lists, exceptions, and pages for control
// frameworks. Each number leads to the query that gave it, and to rows with their place in the log.
package report
