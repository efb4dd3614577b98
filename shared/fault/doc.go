// Package fault has the errors of the domain and the checks of text from callers.
package fault
