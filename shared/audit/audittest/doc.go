// Package audittest makes the log of a year for tests of package audit, and says as plain values what the log says, so that
// a test knows the answers without reading rows.
package audittest
