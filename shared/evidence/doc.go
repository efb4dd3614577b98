// Package evidence keeps what happened in a form that shows tampering: append-only records, each bound to the one before
// it by SHA-256, in one chain per elevation and one per caller and day.
//
// What is hashed has the form of RFC 8785 (JCS): any implementation of it verifies a chain. The hash of a record is the
// SHA-256 of the record with an empty hash.
//
// A chain shows alteration, removal, insertion and reordering of what lies before its head. It cannot show that its own
// tail was cut off, or that all of it was replaced: for that the head must be known from elsewhere. The elevation keeps
// its chain's head in its own record, and whoever verifies a chain passes the head that he knows to [Verify].
package evidence
