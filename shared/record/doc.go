// Package record stores rows in two tables: the state, and the evidence of its changes.
//
// [Update] reads, decides and writes in one transaction. Rows on which nothing depends need only [Store.Write] with a
// condition. Four rules:
//
//   - Store the intent before the call to AWS, so that it can be cleaned up after a crash.
//   - Write state and evidence in one transaction.
//   - After a conflict, read and decide again.
//   - A failed write may have been made: its retry gets a conflict, and a read shows it.
package record
