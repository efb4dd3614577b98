// Package audit shows the log of package evidence/log as rows for SQL: the lake. A row depends on one entry of the log and
// its index only, so the rows can be rebuilt from the log, and each leads to its entry.
//
// Athena, DuckDB and SQLite share few types. A column is a string or a bigint: an instant is RFC 3339 text in UTC with whole
// seconds, which compares as text; a flag is 1 or NULL; a list is joined by spaces; what an entry does not say is NULL.
package audit
