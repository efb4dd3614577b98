// Package baseline keeps what each marked principal may do by itself, from which instant on, for package trail to weigh a
// call against.
//
// The survey of IAM is the one writer: [Keep] compares a page of it with the stored values, and writes only what differs.
// Package trail reads with [Load].
//
//	baseline#ID, current        the value of a principal, managed policy or group, and since when
//	baseline#ID, INSTANT        a value that was replaced, since that instant
//	baseline#ARN, id            which principal has this name
//	history#iac-ACCOUNT, WRITE  a change by a writer that the catalog names, which correlate stores
//	baseline#survey, ACCOUNT    which principals the survey saw
//	baseline#survey, confirmed  when the last complete survey of each account began
//
// A value is confirmed until the last complete survey began. Between that instant and the one at which another value was
// seen, it is not known which of the two IAM had.
package baseline
