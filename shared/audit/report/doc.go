// Package report makes the report of a period from the lake: figures, charts, lists, exceptions, and pages for control
// frameworks. Each number leads to the query that gave it, and to rows with their place in the log.
//
//	contents.go    which queries a report asks, and what it takes from their answers
//	build.go       asking them
//	framework.go   the mapping files: frameworks/*.yaml
//	html.go, chart.go, cells.go   the report as HTML, JSON and CSV
package report
