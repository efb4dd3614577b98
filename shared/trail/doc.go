// Package trail attributes each CloudTrail record to the elevation whose grant allowed the call, to the principal's own
// policies or to a service, or says why it cannot. It uses no AWS SDK.
//
// [Reader] finds and decodes a record. [Calls] gives its IAM actions and resources. [Rights] weighs the grants and
// policies that its principal had then. [Ledger] counts it once for that right. [Sessions] finds the person at the
// beginning of its chain of sessions.
//
//	scan, record, decode                   one record
//	counts, window, unit, walk, read       files, envelopes, what cannot be read
//	action*, resource*                     event to IAM actions and ARNs
//	event, grant, documents, rights        who called; what they were allowed
//	attribute                              the right behind a call
//	unobservable                           what CloudTrail does not show
//	session, openings, table, usage,          what is kept
//	unresolved, seen, held, ledger, save
package trail
