// Package house tests the rules of the repository: imports, what main may do, file lengths, links, words. It exports
// nothing. Each rule has an example that breaks it and one that keeps it.
package house
