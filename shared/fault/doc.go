// Package fault has the errors of the domain, each of a [Kind] that says what it means to the caller, and the checks of text that
// callers give.
package fault
