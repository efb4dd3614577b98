// Package evidence keeps what happened in a form that shows tampering: append-only records, each bound to the one before
// it by SHA-256, in one chain per elevation and one per caller and day.
//
// A chain shows alteration, removal, insertion and reordering of what lies before its head. It cannot show that its own
// tail was cut off, or that all of it was replaced: for that the head must be known from elsewhere. The elevation keeps
// its chain's head in its own record, and whoever verifies a chain passes the head that he knows to [Verify].
package evidence
