// Package baseline keeps what each marked principal may do by itself, and since when, for package trail.
//
// The survey of IAM is the only writer: [Keep] writes what differs from the stored values. [Load] reads.
//
//	baseline#ID, current        the value of a principal, managed policy or group, and since when
//	baseline#ID, INSTANT        a value that was replaced, since that instant
//	baseline#ARN, id            which principal has this name
//	history#iac-ACCOUNT, WRITE  a change by a writer that the catalog names, which correlate stores
//	baseline#survey, ACCOUNT    which principals the survey saw
//	baseline#survey, confirmed  when the last complete survey of each account began
//
// A value is confirmed until the last complete survey began. From then until another value was seen, either may have
// been in IAM.
package baseline
