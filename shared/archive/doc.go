// Package archive enters all evidence in the log of package log, in the order of each chain, once.
//
//	s.Take  a batch of a table's stream       s.Pass  each day: what the stream lost
//
// Take raises a finding about evidence that was changed, removed or made by hand, and keeps the images. Only faults of AWS
// are errors: the stream then delivers the batch again. The order of one append is that of package log: stage, replace the
// head with one row for each entry, publish. A crash at any point is finished by the next call.
//
// The log has one record for each place in a chain. A record that is not intact, not in its place, that does not follow the one
// in the log, or whose place the log has, is not entered: with it the log could be neither verified nor restored. It is a
// finding with its image. A record whose predecessor is neither in the log nor in the table is a finding, and is entered.
//
// The daily pass scans the whole audit table. The indexes belong to the access table and cannot show a chain whose row
// expired or was removed, and an index of the audit table would let its throttling delay the evidence of a revoke. A
// scan of 20 GB, five years of 1,000 elevations a day, takes minutes and costs less than a dollar.
package archive
