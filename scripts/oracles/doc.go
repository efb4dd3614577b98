// Package oracles holds what Curfew does against judges that others wrote: the answers of the API against its OpenAPI
// document, the log against its clients and a witness, queries against DuckDB and a grammar of Trino, the report against a
// browser. In linear, verbs of several callers at once have a linear order. It is a separate module, and so are its judges:
// go -C scripts/oracles test ./...
package oracles
