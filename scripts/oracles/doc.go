// Package oracles holds what Curfew does against judges that others wrote: the answers of the API against its OpenAPI
// document, and verbs of several callers at once against a linear order of them. It is a separate module, and so are its
// judges: go -C scripts/oracles test ./...
package oracles
