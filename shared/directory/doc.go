// Package directory keeps who was seen: callers who changed something, and operators who were refused. By it a name is resolved
// to an id, and an operator is known to be one.
package directory
