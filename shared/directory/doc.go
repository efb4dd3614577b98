// Package directory remembers callers. It resolves names to ids, and knows operators.
package directory
